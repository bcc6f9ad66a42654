"""Where a MongoDB database keeps what was migrated, and who may migrate."""

import importlib.util
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

from pymongo.errors import DuplicateKeyError

from model import value
from model.error import Unavailable
from model.migration import Migration, Record, Step, files_in

FOLDER = Path(__file__).parent / "migrations"
# A process that died holds the lock for no longer than this.
LEASE = timedelta(seconds=15)
RENEWAL_SECONDS = 5.0
LOOK_SECONDS = 0.1


def read_files(folder: Path = FOLDER) -> list[Migration]:
    """Return the migrations: Python files with `up(db)` and `down(db)`, each one step."""
    return [_read_file(path) for path in files_in(folder, ".py")]


def _read_file(path: Path) -> Migration:
    text = path.read_text(encoding="utf-8")
    down = [Step("down(db)", len(text))] if hasattr(_module(path.stem, path), "down") else []
    return Migration(path.stem, text, [Step("up(db)", len(text))], down)


def _module(name: str, path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"model.mongodb.migrations.{name}", path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Ledger:
    """The collection migration."""

    def __init__(self, driver_database: Any, folder: Path = FOLDER) -> None:
        self._database = driver_database
        self._folder = folder

    def records(self) -> list[Record]:
        """Return the record of every migration that was begun."""
        return [
            Record(name=found.pop("_id"), **found)
            for found in self._database.migration.find().sort("_id")
        ]

    def save(self, record: Record) -> None:
        """Keep a record."""
        document = {"_id": record.name, **vars(record)}
        del document["name"]
        self._database.migration.replace_one({"_id": record.name}, document, upsert=True)

    def forget(self, name: str) -> None:
        """Remove a record."""
        self._database.migration.delete_one({"_id": name})

    def perform(self, migration: Migration, step: Step) -> None:
        """Call the file's up or down with PyMongo's database."""
        module = _module(migration.name, self._folder / f"{migration.name}.py")
        (module.up if step.text == "up(db)" else module.down)(self._database)


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
        locks.delete_one({"_id": "migration", "owner": owner})


def _took(locks: Any, owner: str) -> bool:
    lease = {"owner": owner, "until": value.now() + LEASE}
    try:
        # Takes a lock whose lease ran out; meets the lock of a living owner as a duplicate.
        locks.update_one(
            {"_id": "migration", "until": {"$lt": value.now()}}, {"$set": lease}, upsert=True
        )
    except DuplicateKeyError:
        return False
    return True


def _renew(locks: Any, owner: str, finished: threading.Event) -> None:
    while not finished.wait(RENEWAL_SECONDS):
        locks.update_one(
            {"_id": "migration", "owner": owner}, {"$set": {"until": value.now() + LEASE}}
        )
