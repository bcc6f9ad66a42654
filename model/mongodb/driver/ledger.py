"""Where a MongoDB database keeps what was migrated, and who may migrate."""

import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pymongo
from pymongo.errors import PyMongoError

from model.frame import value
from model.frame.error import Duplicate, Unavailable
from model.frame.migration import Migration, Record, Step, files_in
from model.mongodb.driver.collection import limited

FOLDER = Path(__file__).parents[1] / "migrations"
# A process that died holds the lock for no longer than this.
LEASE = timedelta(seconds=15)
RENEWAL_SECONDS = 5.0
LOOK_SECONDS = 0.1
# In place of the client's own few seconds, for a step may go through every document.
STEP_SECONDS = 24 * 60 * 60


def read_files() -> list[Migration]:
    """Return the migrations: Python files with `up(db)` and `down(db)`, each one step."""
    return [_read_file(path) for path in files_in(FOLDER, ".py")]


def _read_file(path: Path) -> Migration:
    text = path.read_text(encoding="utf-8-sig")
    down = [Step("down(db)", len(text))] if "\ndef down(" in text else []
    return Migration(path.stem, text, [Step("up(db)", len(text))], down)


class Ledger:
    """The collection migration."""

    def __init__(self, driver_database: Any) -> None:
        self._database = driver_database

    def records(self) -> list[Record]:
        """Return the record of every migration that was begun."""
        with limited():
            found = list(self._database.migration.find().sort("_id"))
        return [Record(name=document.pop("_id"), **document) for document in found]

    def save(self, record: Record) -> None:
        """Keep a record, in place of the one of that name."""
        document = {"_id": record.name, **vars(record)}
        del document["name"]
        with limited():
            self._database.migration.replace_one({"_id": record.name}, document, upsert=True)

    def forget(self, name: str) -> None:
        """Remove a record."""
        with limited():
            self._database.migration.delete_one({"_id": name})

    def file(self) -> AbstractContextManager[None]:
        """Do nothing: MongoDB has no foreign keys to check."""
        return nullcontext()

    def perform(self, migration: Migration, step: Step) -> None:
        """Call the file's up or down with PyMongo's database."""
        names: dict[str, Any] = {}
        # Run from its text: Python's own cache takes a file mended at once for the old one.
        code = compile(migration.text, FOLDER / f"{migration.name}.py", "exec")
        exec(code, names)  # noqa: S102
        with pymongo.timeout(STEP_SECONDS):
            names[step.text.removesuffix("(db)")](self._database)


@contextmanager
def locked(driver_database: Any, wait: float) -> Iterator[Ledger]:
    """Hold the lock, a document with a lease that is renewed as long as the work goes on."""
    locks, owner = driver_database.migration_lock, uuid.uuid4().hex
    deadline = time.monotonic() + wait
    while not _took(locks, owner):
        if time.monotonic() > deadline:
            raise Unavailable("another process is migrating")
        time.sleep(LOOK_SECONDS)
    finished = threading.Event()
    renewal = threading.Thread(target=_renew, args=(locks, owner, finished), daemon=True)
    renewal.start()
    try:
        yield Ledger(driver_database)
    finally:
        finished.set()
        renewal.join()
        with suppress(PyMongoError):  # a lock that nobody can reach ends with its lease
            locks.delete_one({"_id": "migration", "owner": owner})


def _took(locks: Any, owner: str) -> bool:
    lease = {"owner": owner, "until": value.now() + LEASE}
    try:
        # Takes a lock whose lease ran out; meets the lock of a living owner as a duplicate.
        with limited():
            locks.update_one(
                {"_id": "migration", "until": {"$lt": value.now()}}, {"$set": lease}, upsert=True
            )
    except Duplicate:
        return False
    return True


def _renew(locks: Any, owner: str, finished: threading.Event) -> None:
    while not finished.wait(RENEWAL_SECONDS):
        with suppress(PyMongoError):  # the lease outlasts a try or two that fail
            locks.update_one(
                {"_id": "migration", "owner": owner}, {"$set": {"until": value.now() + LEASE}}
            )
