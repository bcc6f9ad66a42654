"""What is SQLite's own: connecting, placeholders, error codes, how each type is kept."""

import json
import os
import re
import sqlite3
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache, partial
from pathlib import Path
from typing import Any
from uuid import UUID

from model.frame.error import (
    Duplicate,
    HasChildren,
    InvalidValue,
    MissingParent,
    ModelError,
    NoDatabase,
    TooLarge,
    TryAgain,
    Unavailable,
)
from model.frame.value import LONGEST_DECIMAL

BUSY_MILLISECONDS = 500
LONG_BUSY_MILLISECONDS = 50_000

BUSY_CODES = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
AWAY_CODES = {
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_AUTH,
}
IN_WORDS = {
    sqlite3.SQLITE_FULL: "the database is full",
    sqlite3.SQLITE_READONLY: "the database file cannot be written",
}
UNIQUE_CODES = {sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY}

# What SQLite says otherwise than MySQL, in whose words a statement is written.
OTHERWISE = re.compile(
    r"IN %\((\w+)\)s|%\((\w+)\)s|%%| FOR UPDATE\b|ON DUPLICATE KEY UPDATE|\bVALUES\((\w+)\)"
)


class Connection:
    """One connection to a SQLite file, for one owner at a time."""

    def __init__(self, path: str) -> None:
        self.broken = False
        self.process = os.getpid()
        self.made_at = time.monotonic()
        self._columns: dict[str, list[str]] = {}
        try:
            self._driver = sqlite3.connect(
                path,
                timeout=BUSY_MILLISECONDS / 1000,
                isolation_level=None,
                check_same_thread=False,
                detect_types=sqlite3.PARSE_DECLTYPES,
                cached_statements=256,
            )
            # The journal is chosen first: the change itself may have to wait for another process.
            self._driver.execute("PRAGMA journal_mode = WAL")
            self._driver.execute("PRAGMA synchronous = NORMAL")
            self._driver.execute("PRAGMA foreign_keys = ON")
        except sqlite3.Error as error:
            self.close()
            raise self.translated(error, "") from error

    def one(self, sql: str, values: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return the first row, or None."""
        cursor = self._driver.execute(TRANSLATED[sql], values)
        row = cursor.fetchone()
        if row is None:
            return None
        columns = self._columns.get(sql) or self._named(sql, cursor)
        return dict(zip(columns, row))  # noqa: B905 - asking whether they match is slow

    def all(self, sql: str, values: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return every row."""
        cursor = self._driver.execute(TRANSLATED[sql], values)
        rows = cursor.fetchall()
        columns = self._columns.get(sql) or self._named(sql, cursor)
        return [dict(zip(columns, row)) for row in rows]  # noqa: B905 - as above

    def tuples(self, sql: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Return every row as a tuple."""
        return self._driver.execute(TRANSLATED[sql], values).fetchall()

    def run(self, sql: str, values: Mapping[str, Any]) -> int:
        """Return how many rows the statement found to change."""
        return self._driver.execute(TRANSLATED[sql], values).rowcount

    def insert(self, sql: str, values: Mapping[str, Any]) -> int:
        """Return the id of the row that the statement made."""
        return self._driver.execute(TRANSLATED[sql], values).lastrowid or 0

    def insert_many(self, sql: str, rows: Iterable[Mapping[str, Any]]) -> int:
        """Run the statement for every row; return how many rows it made."""
        return self._driver.executemany(TRANSLATED[sql], rows).rowcount

    def begin(self, *, is_brief: bool = False) -> None:  # noqa: ARG002
        """Begin a transaction that may write: SQLite cannot turn a reading one into it safely."""
        self._driver.execute("BEGIN IMMEDIATE")

    def commit(self) -> None:
        """Commit."""
        self._driver.execute("COMMIT")

    def rollback(self) -> None:
        """Undo the transaction; a connection that cannot do so is broken."""
        try:
            if self._driver.in_transaction:
                self._driver.execute("ROLLBACK")
        except sqlite3.Error:
            self.broken = True

    def script(self, statement: str) -> None:
        """Run a statement that has no values, exactly as it is written."""
        self._driver.execute(statement)

    def lift_limits(self) -> None:
        """Wait for another writer for as long as one who goes through whole tables can."""
        self._driver.execute(f"PRAGMA busy_timeout = {LONG_BUSY_MILLISECONDS}")

    def begin_migrating(self, wait: float) -> None:
        """Hold the whole database, in which a change of tables is undone like any other."""
        try:
            # A table can only be rebuilt while its foreign keys are not looked at.
            self._driver.execute("PRAGMA foreign_keys = OFF")
            self._driver.execute(f"PRAGMA busy_timeout = {int(wait * 1000)}")
            self._driver.execute("BEGIN IMMEDIATE")
        except sqlite3.Error:
            self.broken = True
            raise

    def begin_file(self) -> None:
        """Mark where one migration file begins."""
        self._driver.execute("SAVEPOINT file")

    def end_file(self) -> None:
        """Keep what the file did, or undo it and raise MissingParent if it left an orphan."""
        if orphan := self._driver.execute("PRAGMA foreign_key_check").fetchone():
            self._driver.execute("ROLLBACK TO file")
            raise MissingParent(f"a row of {orphan[0]} was left without its row of {orphan[2]}")

    def end_migrating(self) -> None:
        """Keep what was done."""
        try:
            if self._driver.in_transaction:
                self._driver.execute("COMMIT")
        finally:
            self._driver.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
            self._driver.execute("PRAGMA foreign_keys = ON")

    def is_alive(self) -> bool:
        """Return True: there is no server that could close it."""
        return True

    def close(self) -> None:
        """Close it, if it was ever opened."""
        with suppress(AttributeError):
            self._driver.close()

    def translated(self, error: BaseException, sql: str) -> BaseException:
        """Return the error as one of model/frame/error.py, or unchanged if none fits."""
        if isinstance(error, sqlite3.Error):
            # Without a code it is a misuse, such as a missing value: for the programmer to read.
            code = getattr(error, "sqlite_errorcode", None)
            return error if code is None else _of_code(code, sql) or error
        if isinstance(error, ModelError):
            return error  # refused before it was sent
        if isinstance(error, OverflowError | UnicodeEncodeError):
            return InvalidValue("value", "cannot be kept by the database")
        # Whatever interrupted the driver left it in a state that nobody knows.
        self.broken = True
        return error

    def _named(self, sql: str, cursor: sqlite3.Cursor) -> list[str]:
        # A statement names its columns, so they are the same each time.
        columns = self._columns[sql] = [column[0] for column in cursor.description]
        return columns


def drop(path: str) -> None:
    """Delete the file, and what SQLite keeps beside it."""
    for ending in ("", "-wal", "-shm"):
        Path(path + ending).unlink(missing_ok=True)


def _of_code(code: int, sql: str) -> ModelError | None:
    primary = code & 0xFF
    if primary in BUSY_CODES:
        return TryAgain("the database is busy with another writer")
    if primary == sqlite3.SQLITE_CANTOPEN:
        return NoDatabase("the database file cannot be opened or does not exist")
    if primary in AWAY_CODES:
        return Unavailable(IN_WORDS.get(primary, "the database file cannot be used"))
    if code in UNIQUE_CODES:
        return Duplicate()
    if code == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
        deleting = sql.lstrip().upper().startswith("DELETE")
        if deleting:
            return HasChildren("other rows belong to it")
        return MissingParent()
    if primary in (sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISMATCH):
        return InvalidValue("value", "is not allowed by the database")
    if primary == sqlite3.SQLITE_TOOBIG:
        return TooLarge("more than the database takes at once")
    return None


class _Translations(dict[str, str]):
    """Each statement in SQLite's style, made once: `%(name)s` becomes `:name`."""

    def __missing__(self, sql: str) -> str:
        translated = self[sql] = OTHERWISE.sub(_in_sqlite, sql)
        return translated


TRANSLATED = _Translations()


def _in_sqlite(found: re.Match[str]) -> str:
    if found[1]:
        # SQLite binds no list; it reads one from JSON.
        return f"IN (SELECT value FROM json_each(:{found[1]}))"
    if found[2]:
        return f":{found[2]}"
    if found[3]:
        return f"excluded.{found[3]}"
    # A literal % is doubled for PyMySQL, and a writer here has every row locked already.
    return {"%%": "%", " FOR UPDATE": ""}.get(found[0], "ON CONFLICT DO UPDATE SET")


@lru_cache(maxsize=256)
def _time_text(moment: datetime) -> str:
    # Cached: one moment is written into every row of a transaction.
    if moment.tzinfo is None:
        raise InvalidValue("datetime", "must include its time zone")
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


@lru_cache(maxsize=4096)
def _read_time(raw: bytes) -> datetime:
    # Cached: what is read most is read again and again.
    return datetime.fromisoformat(raw.decode())


def _unscaled(number: Decimal) -> int:
    return int(f"{number:f}".replace(".", ""))


def _read_decimal(scale: int, raw: bytes) -> Decimal:
    return Decimal(f"{raw.decode()}E-{scale}")  # which rounds nothing, unlike arithmetic


# SQLite keeps a time as text that sorts: ISO 8601 in UTC with milliseconds. A column that is
# declared DATETIME is read back as an aware datetime.
sqlite3.register_adapter(datetime, _time_text)
sqlite3.register_converter("DATETIME", _read_time)
sqlite3.register_adapter(date, date.isoformat)
sqlite3.register_converter("DATE", lambda raw: date.fromisoformat(raw.decode()))
sqlite3.register_adapter(UUID, str)
sqlite3.register_converter("UUID_TEXT", lambda raw: UUID(raw.decode()))
sqlite3.register_converter("BOOLEAN", lambda raw: raw != b"0")
sqlite3.register_adapter(list, json.dumps)
# A decimal is kept without its point, as a whole number; SQLite's own DECIMAL is a float. The
# digits after the point are those of the value, so value.decimal() must have made it.
sqlite3.register_adapter(Decimal, _unscaled)
for scale in range(LONGEST_DECIMAL + 1):
    sqlite3.register_converter(f"SCALED_INTEGER_{scale}", partial(_read_decimal, scale))
