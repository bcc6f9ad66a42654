"""Migrations: numbered files per engine, applied in order, one runner for every engine.

A file is applied step by step (a statement of SQL, or the whole `up` of a Python file), and each
step is recorded, because MySQL commits every change of a table as it goes. What failed half-way
goes on after its last good step once it is mended.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Protocol

from model import value
from model.error import ModelError

FILE_NAME = re.compile(r"(\d{4})_[a-z0-9_]+")
LOCK_SECONDS = 60

NEW_SQL = "-- What this changes, and why.\n\n-- down\n\n"
NEW_PYTHON = '''"""What this changes, and why."""

from typing import Any


def up(db: Any) -> None:
    """Make the change; what a failed try did already is no error."""


def down(db: Any) -> None:
    """Undo the change."""
'''
# Where each engine keeps its migrations in model/, and what a new one begins with.
NEW_FILES = {
    "sql/migrations/sqlite": (".sql", NEW_SQL),
    "sql/migrations/mysql": (".sql", NEW_SQL),
    "mongodb/migrations": (".py", NEW_PYTHON),
}


class MigrationError(ModelError):
    """A migration that cannot go on; its text says which, where and why."""


@dataclass(frozen=True)
class Step:
    """One thing to do, and where in its file it ends."""

    text: str
    end: int


@dataclass(frozen=True)
class Migration:
    """One file: what it does, and what undoes it."""

    name: str
    text: str
    up: list[Step]
    down: list[Step]

    def checksum(self, done: int) -> str:
        """The checksum of the file as far as so many steps reach; of all of it after the last."""
        part = self.text if done == len(self.up) else self.text[: self.up[done - 1].end]
        return hashlib.sha256(part.encode()).hexdigest()


@dataclass(frozen=True)
class Record:
    """What the database knows of a migration: how many steps were done, and undone again."""

    name: str
    checksum: str
    done: int
    undone: int
    complete: bool
    applied_at: datetime


class Ledger(Protocol):
    """What the runner asks of an engine while it holds the engine's lock."""

    def records(self) -> list[Record]:
        """Return the record of every migration that was begun."""

    def save(self, record: Record) -> None:
        """Keep a record."""

    def forget(self, name: str) -> None:
        """Remove a record."""

    def perform(self, migration: Migration, step: Step) -> None:
        """Do one step; raises the driver's own error."""


class Migrated(Protocol):
    """What the runner asks of a database."""

    def migrations(self) -> list[Migration]:
        """Return the files of this engine, in order."""

    def migration_records(self) -> list[Record]:
        """Return the records without any lock; none in a database that was never migrated."""

    def ledger(self, wait: float) -> AbstractContextManager[Ledger]:
        """Hold the lock that lets one process migrate; Unavailable after so many seconds."""


def pending(database: Migrated) -> list[str]:
    """Return the names of the migrations that are still to be applied."""
    complete = {record.name for record in database.migration_records() if record.complete}
    return [one.name for one in database.migrations() if one.name not in complete]


def status(database: Migrated) -> list[tuple[str, str]]:
    """Return each migration with what became of it, in words."""
    records = {record.name: record for record in database.migration_records()}
    files = {one.name: one for one in database.migrations()}
    return [
        (name, _in_words(files.get(name), records.get(name)))
        for name in sorted(files.keys() | records.keys())
    ]


def migrate(database: Migrated, wait: float = LOCK_SECONDS) -> Iterator[str]:
    """Apply what is pending; yields each name when it is done.

    One process works while others wait. Nothing is applied if an applied file was edited since.
    """
    with database.ledger(wait) as ledger:
        records = {record.name: record for record in ledger.records()}
        files = database.migrations()
        _refuse_edited(files, records)
        for migration in files:
            record = records.get(migration.name)
            if record is None or not record.complete:
                _apply(ledger, migration, record.done if record else 0)
                yield migration.name


def rollback(database: Migrated, count: int = 1, wait: float = LOCK_SECONDS) -> Iterator[str]:
    """Undo the last migrations that were applied; yields each name when it is undone."""
    with database.ledger(wait) as ledger:
        records = sorted(ledger.records(), key=lambda record: record.name, reverse=True)
        files = {one.name: one for one in database.migrations()}
        _refuse_edited(files.values(), {record.name: record for record in records})
        for record in records[:count]:
            _undo(ledger, files[record.name], record)
            yield record.name


def new(folder: Path, name: str) -> list[Path]:
    """Make the next numbered file in the folder of each engine that is present."""
    if not re.fullmatch(r"[a-z0-9_]+", name):
        raise MigrationError("a migration's name consists of small letters, digits and _")
    places = [folder / place for place in NEW_FILES if (folder / place).is_dir()]
    number = max((_number(path) for place in places for path in place.iterdir()), default=0) + 1
    made = []
    for place in places:
        suffix, text = NEW_FILES[place.relative_to(folder).as_posix()]
        path = place / f"{number:04}_{name}{suffix}"
        path.write_text(text, encoding="utf-8")
        made.append(path)
    return made


def files_in(folder: Path, suffix: str) -> list[Path]:
    """Return the migration files of a folder, in order; two of one number are refused."""
    paths = sorted(path for path in folder.glob(f"*{suffix}") if FILE_NAME.fullmatch(path.stem))
    for earlier, later in pairwise(paths):
        if earlier.name[:4] == later.name[:4]:
            raise MigrationError(f"{earlier.name} and {later.name} have the same number")
    return paths


def _number(path: Path) -> int:
    found = FILE_NAME.fullmatch(path.stem)
    return int(found[1]) if found else 0


def _in_words(file: Migration | None, record: Record | None) -> str:
    if record is None:
        return "pending"
    at = record.applied_at.isoformat(timespec="seconds")
    if file is None:
        return f"applied {at}, but its file is not here"
    if record.checksum != file.checksum(record.done):
        return f"applied {at}, but its file was edited since"
    if record.complete and not record.undone:
        return f"applied {at}"
    done = record.undone or record.done
    of = len(file.down if record.undone else file.up)
    return f"{'undone' if record.undone else 'applied'} to step {done} of {of}, then failed"


def _refuse_edited(files: Iterable[Migration], records: dict[str, Record]) -> None:
    by_name = {one.name: one for one in files}
    for name, record in records.items():
        if name not in by_name:
            raise MigrationError(f"{name} was applied, but its file is not here")
        file = by_name[name]
        if record.done > len(file.up) or record.checksum != file.checksum(record.done):
            which = "was" if record.complete else f"was, up to step {record.done},"
            raise MigrationError(f"{name} {which} applied and then edited: write a new one instead")


def _apply(ledger: Ledger, migration: Migration, done: int) -> None:
    for number, step in enumerate(migration.up[done:], start=done + 1):
        _perform(ledger.perform, migration, step, f"step {number} of {len(migration.up)}")
        complete = number == len(migration.up)
        checksum = migration.checksum(number)
        ledger.save(Record(migration.name, checksum, number, 0, complete, value.now()))


def _undo(ledger: Ledger, migration: Migration, record: Record) -> None:
    if not record.complete:
        raise MigrationError(f"{migration.name} failed half-way: mend it and migrate first")
    if not migration.down:
        raise MigrationError(f"{migration.name} does not say how to undo it")
    for number, step in enumerate(migration.down[record.undone :], start=record.undone + 1):
        where = f"undoing step {number} of {len(migration.down)}"
        _perform(ledger.perform, migration, step, where)
        ledger.save(replace(record, undone=number))
    ledger.forget(migration.name)


def _perform(
    perform: Callable[[Migration, Step], None], migration: Migration, step: Step, where: str
) -> None:
    try:
        perform(migration, step)
    except Exception as error:
        raise MigrationError(
            f"{migration.name} failed at {where}: {error}\n{step.text}\n"
            "What came before it is kept; mend the file and migrate again."
        ) from error
