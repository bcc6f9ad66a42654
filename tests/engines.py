"""The engines of the tests: their servers, started once when first asked for, and clean databases.

MySQL is TEST_MYSQL_URL or a private mariadbd; MongoDB is TEST_MONGODB_URL or secantusdb. Whatever
the URL names, tests work in a database of their own beside it, which they drop at the end.
"""

import importlib.util
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path

import pytest

import model
from model.frame import migration

HERE = Path(model.__file__).parent
# An engine whose folder was deleted is not tested.
NAMES = [
    name
    for name, folder in (("sqlite", "sql"), ("mysql", "sql"), ("mongodb", "mongodb"))
    if (HERE / folder / "__init__.py").is_file()
]
# What is to be stopped and dropped when the tests are over, the last thing first.
at_end = ExitStack()

# A URL for an app or a command that asks its database for nothing.
NOWHERE = "sqlite:///:memory:" if "sqlite" in NAMES else "mongodb://127.0.0.1:1/nowhere"
DATABASE_NAME = f"retort_test_{os.getpid()}"
# What belongs to the migrations, not to a resource.
LEDGER = {"migration", "migration_lock", "counters", "holds"}


def needs(engine: str) -> pytest.MarkDecorator:
    """Mark a test that makes no sense where an engine's folder was deleted: it is not collected."""
    return pytest.mark.needs(engine)


def clean_database(engine: str, folder: Path) -> str:
    """Return the URL of a migrated database without rows; skip the test if there is no server."""
    if engine == "sqlite":
        shutil.copy(_sqlite_template(), folder / "test.db")
        return f"sqlite:///{folder / 'test.db'}"
    url = mysql_url() if engine == "mysql" else mongodb_url()
    empty(_connected(url))
    return url


@cache
def _sqlite_template() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="retort"))
    at_end.callback(shutil.rmtree, folder, ignore_errors=True)
    _migrated(f"sqlite:///{folder / 'template.db'}")
    return folder / "template.db"


@cache
def mysql_url() -> str:
    """Return the URL of the tests' own database on MySQL, made on first use."""
    if given := os.environ.get("TEST_MYSQL_URL"):
        return _migrated(own_database(given))
    from tests.servers import MariaServer

    if not MariaServer.is_installed():
        pytest.skip("no MySQL: apt-get install mariadb-server, or set TEST_MYSQL_URL")
    server = MariaServer()
    server.start()
    at_end.callback(server.stop)
    return _migrated(server.url(DATABASE_NAME))


@cache
def mongodb_url() -> str:
    """Return the URL of the tests' own database on MongoDB, made on first use."""
    if given := os.environ.get("TEST_MONGODB_URL"):
        return _migrated(own_database(given))
    if importlib.util.find_spec("secantus") is None:
        pytest.skip("no MongoDB: pip install secantusdb, or set TEST_MONGODB_URL")
    from secantus import SecantusDBServer, transactions

    # At each write it looks through the last 10,000, were it not for this.
    transactions._RETRYABLE_RECORD_MAX = 100
    folder = tempfile.mkdtemp(prefix="retort")
    server = SecantusDBServer(storage_path=folder, cache_size="128M")
    server.start()
    at_end.callback(shutil.rmtree, folder, ignore_errors=True)
    at_end.callback(server.stop)
    host, port = server.address
    return _migrated(f"mongodb://{host}:{port}/{DATABASE_NAME}")


def own_database(url: str) -> str:
    """Return the URL with the tests' own database instead of the one that it names."""
    return re.sub(r"^(\w+(?:\+srv)?://[^/]*)(/[^?]*)?", rf"\1/{DATABASE_NAME}", url)


def _migrated(url: str) -> str:
    database = model.connect(url)
    database.create()
    list(migration.migrate(database))
    database.close()
    if not url.startswith("sqlite"):
        at_end.callback(_drop, url)
    return url


def tables(database) -> list[str]:
    """Return the tables or collections that resources made, as the catalogue has them."""
    return [name for name in database.tables() if name not in LEDGER]


@cache
def _connected(url: str) -> model.Database:
    database = model.connect(url)
    at_end.callback(database.close)
    return database


def empty(database: model.Database) -> None:
    """Delete every row."""
    if database.engine == "mongodb":
        for name in tables(database):
            database.driver_database()[name].delete_many({})
    else:
        names = tables(database)
        database.atomically(lambda db: _delete_all_rows(db, names))


def _delete_all_rows(db, names: list[str]) -> None:
    with any_order(db):
        for name in names:
            db.run(f"DELETE FROM {name}")


@contextmanager
def any_order(db) -> Iterator[None]:
    """Let rows come and go, in a transaction, whichever belongs to which."""
    if db.engine == "sqlite":
        db.run("PRAGMA defer_foreign_keys = ON")
        yield
    else:
        db.run("SET foreign_key_checks = 0")
        yield
        db.run("SET foreign_key_checks = 1")


def _drop(url: str) -> None:
    database = model.connect(url)
    database.drop()
    database.close()
