"""Migrations: numbered files per engine, applied in order, one runner for every engine.

A file is applied step by step (a statement of SQL, or the whole `up` of a Python file), and each
step is recorded, because MySQL commits every change of a table as it goes. What failed half-way
goes on after its last good step once it is mended.
"""

import hashlib
import re
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Protocol

from model.frame import value
from model.frame.error import MissingParent, ModelError

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

    def checksum(self, done: int, *, complete: bool) -> str:
        """The checksum of the whole file, or of its part up to the end of step `done`."""
        end = self.up[done - 1].end if done else 0
        part = self.text if complete else self.text[:end]
        return hashlib.sha256(part.encode()).hexdigest()

    def was_edited(self, record: "Record") -> bool:
        """Tell whether the applied part of the file was edited since."""
        if record.done > len(self.up):
            return True
        return record.checksum != self.checksum(record.done, complete=record.complete)


@dataclass(frozen=True)
class Record:
    """What the database knows of a migration: how many steps were done, and how many undone."""

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

    def file(self) -> AbstractContextManager[None]:
        """Run one file as a unit; MissingParent if a row lost its parent, undone where possible."""

    def perform(self, migration: Migration, step: Step) -> None:
        """Do one step; raises the driver's own error."""


class Migrated(Protocol):
    """What the runner asks of a database."""

    def migrations(self) -> list[Migration]:
        """Return the files of this engine, in order."""

    def migration_records(self) -> list[Record]:
        """Return the records without any lock; none in a database that was never migrated."""

    def ledger(self, wait: float) -> AbstractContextManager[Ledger]:
        """Hold the migration lock; Unavailable if it is not free within this many seconds."""


def pending(database: Migrated) -> list[str]:
    """Return the names of the migrations that are still to be applied."""
    records = database.migration_records()
    complete = {record.name for record in records if record.complete and not record.undone}
    return [one.name for one in database.migrations() if one.name not in complete]


def status(database: Migrated) -> list[tuple[str, str]]:
    """Return each migration with what became of it, in words."""
    records = {record.name: record for record in database.migration_records()}
    files = {one.name: one for one in database.migrations()}
    return [
        (name, _in_words(files.get(name), records.get(name)))
        for name in sorted(files.keys() | records.keys())
    ]


def migrate(
    database: Migrated, wait: float = LOCK_SECONDS, begin: Callable[[str], None] | None = None
) -> Iterator[str]:
    """Apply what is pending; yields each name when it is done, and calls `begin` with it before.

    One process works while others wait. Nothing is applied if an applied file was edited since.
    """
    with database.ledger(wait) as ledger:
        records = {record.name: record for record in ledger.records()}
        files = database.migrations()
        _refuse_changed({one.name: one for one in files}, records)
        for migration in files:
            record = records.get(migration.name)
            if record is None or not record.complete:
                if begin:
                    begin(migration.name)
                _apply(ledger, migration, record.done if record else 0)
                yield migration.name


def rollback(database: Migrated, count: int = 1, wait: float = LOCK_SECONDS) -> Iterator[str]:
    """Undo the last migrations that were applied; yields each name when it is undone.

    Runs `down` as it is in the file now, so that a failing one can be fixed by an edit.
    """
    with database.ledger(wait) as ledger:
        records = sorted(ledger.records(), key=lambda record: record.name, reverse=True)
        files = {one.name: one for one in database.migrations()}
        for record in records[: max(count, 0)]:
            if record.name not in files:
                raise MigrationError(_without_file(record.name))
            _undo(ledger, files[record.name], record)
            yield record.name


def undo(
    database: Migrated, files: Collection[Migration], wait: float = LOCK_SECONDS
) -> Iterator[str]:
    """Undo these migrations alone, the newest first; yields each name when it is undone."""
    with database.ledger(wait) as ledger:
        records = {record.name: record for record in ledger.records()}
        for one in sorted(files, key=lambda one: one.name, reverse=True):
            if one.name in records:
                _undo(ledger, one, records[one.name])
                yield one.name


def forget(database: Migrated, name: str, wait: float = LOCK_SECONDS) -> bool:
    """Remove the record of a migration whose file is gone; False if there is no such record.

    MigrationError if the file is here. The tables that it made stay.
    """
    with database.ledger(wait) as ledger:
        if name in {one.name for one in database.migrations()}:
            raise MigrationError(f"the file of {name} is here: flask db-rollback undoes it")
        if name not in {record.name for record in ledger.records()}:
            return False
        ledger.forget(name)
    return True


def new(folder: Path, name: str) -> list[Path]:
    """Make the next numbered file in the folder of each engine that is present."""
    if not re.fullmatch(r"[a-z0-9_]+", name):
        raise MigrationError("a migration's name consists of small letters, digits and _")
    places = [folder / place for place in NEW_FILES if (folder / place).is_dir()]
    number = next_number(folder)
    made = []
    for place in places:
        suffix, text = NEW_FILES[place.relative_to(folder).as_posix()]
        path = place / f"{number:04}_{name}{suffix}"
        path.write_text(text, encoding="utf-8")
        made.append(path)
    return made


def next_number(folder: Path) -> int:
    """Return the number that no engine's migration has yet."""
    paths = [path for place in NEW_FILES for path in (folder / place).glob("*")]
    return max((_number(path) for path in paths), default=0) + 1


def files_in(folder: Path, suffix: str) -> list[Path]:
    """Return the migration files of a folder, in order; MigrationError for any other name."""
    paths = sorted(path for path in folder.glob(f"*{suffix}") if path.name[0] not in "._")
    for path in paths:
        if not FILE_NAME.fullmatch(path.stem):
            raise MigrationError(f"{path.name} must be named like 0001_small_letters{suffix}")
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
    if file.was_edited(record):
        return f"applied {at}, but its file was edited since"
    if record.complete and not record.undone:
        return f"applied {at}"
    done = record.undone or record.done
    of = len(file.down if record.undone else file.up)
    return f"{'undone' if record.undone else 'applied'} to step {done} of {of}, then failed"


def _without_file(name: str) -> str:
    return (
        f"{name} was applied, but its file is not here: restore the file, "
        f"or let flask db-forget {name} remove the record, which leaves its tables"
    )


def _refuse_changed(files: dict[str, Migration], records: dict[str, Record]) -> None:
    for name, record in records.items():
        if name not in files:
            raise MigrationError(_without_file(name))
        if record.undone:
            raise MigrationError(f"{name} was undone half-way: roll it back before you migrate")
        if files[name].was_edited(record) and record.complete:
            raise MigrationError(f"{name} was applied and then edited: write a new one instead")
        if files[name].was_edited(record):
            raise MigrationError(
                f"{name} was applied to step {record.done}, then edited: restore it"
            )


def _apply(ledger: Ledger, migration: Migration, done: int) -> None:
    def save(done: int, *, complete: bool) -> None:
        checksum = migration.checksum(done, complete=complete)
        ledger.save(Record(migration.name, checksum, done, 0, complete, value.now()))

    with _one_file(ledger, migration):
        for number, step in enumerate(migration.up[done:], start=done + 1):
            _perform(ledger, migration, step, f"step {number} of {len(migration.up)}")
            save(number, complete=False)
    save(len(migration.up), complete=True)


def _undo(ledger: Ledger, migration: Migration, record: Record) -> None:
    if not record.complete:
        raise MigrationError(f"{migration.name} failed half-way: mend it and migrate first")
    if record.done and not migration.down:
        raise MigrationError(f"{migration.name} does not say how to undo it")
    with _one_file(ledger, migration):
        for number, step in enumerate(migration.down[record.undone :], start=record.undone + 1):
            _perform(ledger, migration, step, f"undoing step {number} of {len(migration.down)}")
            ledger.save(replace(record, undone=number))
    ledger.forget(migration.name)


@contextmanager
def _one_file(ledger: Ledger, migration: Migration) -> Iterator[None]:
    try:
        with ledger.file():
            yield
    except MissingParent as error:
        raise MigrationError(f"{migration.name} was rolled back: {error}") from error


def _perform(ledger: Ledger, migration: Migration, step: Step, where: str) -> None:
    try:
        ledger.perform(migration, step)
    except Exception as error:
        raise MigrationError(
            f"{migration.name} failed at {where}: {error}\n{step.text}\n"
            "What came before it is kept; mend the file and do this again."
        ) from error
