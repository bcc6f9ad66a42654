"""What is MySQL's own, and MariaDB's: connecting, error codes, how each type is kept."""

import os
import re
import select
import ssl
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID

import pymysql
from pymysql.constants import CLIENT, FIELD_TYPE
from pymysql.converters import conversions
from pymysql.cursors import Cursor, DictCursor

from model.frame.error import (
    ConfigurationError,
    ConnectionLost,
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

CONNECT_SECONDS = 2
READ_SECONDS = 4
# Shorter than reading waits: a write that nobody waits for any more must not happen later.
STATEMENT_SECONDS = 3
LOCK_SECONDS = 1

NO_DATABASE = 1049
LOST = {0, 2006, 2013, 2055}
CROWDED = {1040, 1203, 1226}
AGAIN = {1020, 1205, 1213}
# Away, refusing us, read-only, full, without quorum, shutting down, or over a statement's limit.
AWAY = {1021, 1044, 1045, 1047, 1053, 1114, 1129, 1130, 1290, 1317, 1792, 1836, 1927, 1969}
AWAY |= {2002, 2003, 2005, 3024}
IN_WORDS = {
    1044: "this user has no access to this database",
    1045: "the server refuses this user or password",
    1290: "the server is read-only",
    1969: "the statement took too long",
    2003: "the server cannot be reached",
    3024: "the statement took too long",
}
INVALID = {1048, 1264, 1265, 1292, 1300, 1364, 1366, 1406, 1411, 1690, 3819, 4025}

# A lock's name has at most 64 characters, and a database's name may fill them.
LOCK_NAME = "MD5(CONCAT('retort:', DATABASE()))"

STRICT = "STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ZERO_DATE,NO_ZERO_IN_DATE"
SESSION = (
    f"SET SESSION time_zone = '+00:00', sql_mode = '{STRICT},NO_ENGINE_SUBSTITUTION', "
    f"innodb_lock_wait_timeout = {LOCK_SECONDS}, "
)


def settings(
    *,
    host: str,
    port: int,
    user: str,
    password: str,
    name: str,
    unix_socket: str | None = None,
    tls: ssl.SSLContext | bool,
) -> dict[str, Any]:
    """What PyMySQL is to connect with. `tls` is a context, True for PyMySQL's own, or False."""
    return {
        "host": host,
        "port": port,
        "user": user,
        # As text, PyMySQL would send it in Latin-1, which no server reads.
        "password": password.encode(),
        "database": name,
        "unix_socket": unix_socket,
        "charset": "utf8mb4",
        "autocommit": True,
        # An update that changes nothing still counts its row.
        "client_flag": CLIENT.FOUND_ROWS,
        "cursorclass": DictCursor,
        "conv": CONVERSIONS,
        # Without all three, a server that hangs holds up even the connecting.
        "connect_timeout": CONNECT_SECONDS,
        "read_timeout": READ_SECONDS,
        "write_timeout": READ_SECONDS,
        "ssl": tls if isinstance(tls, ssl.SSLContext) else None,
        "ssl_disabled": tls is False,
    }


class Connection:
    """One connection to a MySQL server, for one owner at a time."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self.broken = False
        self.process = os.getpid()
        self.made_at = time.monotonic()
        try:
            self._driver: Any = pymysql.connect(**settings)
            self.is_mariadb = "MariaDB" in self._driver.server_version
            self._cursor = self._driver.cursor()
            self._tuples = self._driver.cursor(Cursor)
            self._cursor.execute(SESSION + self._statement_limit())
        except Exception as error:
            self.close()
            raise self._not_connected(error) from error
        self._poll = _poll_of(self._driver._sock)

    def one(self, sql: str, values: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return the first row, or None."""
        self._cursor.execute(sql, values)
        row: dict[str, Any] | None = self._cursor.fetchone()
        return row

    def all(self, sql: str, values: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return every row."""
        self._cursor.execute(sql, values)
        return list(self._cursor.fetchall())

    def tuples(self, sql: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Return every row as a tuple."""
        self._tuples.execute(sql, values)
        return list(self._tuples.fetchall())

    def run(self, sql: str, values: Mapping[str, Any]) -> int:
        """Return how many rows the statement found to change."""
        count: int = self._cursor.execute(sql, values)
        return count

    def insert(self, sql: str, values: Mapping[str, Any]) -> int:
        """Return the id of the row that the statement made."""
        self._cursor.execute(sql, values)
        return int(self._cursor.lastrowid)

    def insert_many(self, sql: str, rows: Iterable[Mapping[str, Any]]) -> int:
        """Insert every row, by as few statements as hold them; return how many."""
        return self._cursor.executemany(sql, list(rows)) or 0

    def begin(self, *, is_brief: bool = False) -> None:
        """Begin a transaction; a brief one sees what others commit, and locks no gaps."""
        if is_brief:
            self._cursor.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
        self._driver.begin()

    def commit(self) -> None:
        """Commit."""
        self._driver.commit()

    def rollback(self) -> None:
        """Undo the transaction; a connection that cannot do so is broken."""
        try:
            if not self.broken:
                self._driver.rollback()
        except pymysql.Error:
            self.broken = True
        except BaseException:
            self.broken = True
            raise

    def script(self, statement: str) -> None:
        """Run a statement without values; on MariaDB, with its own name for MySQL 8's collation."""
        if self.is_mariadb:
            statement = statement.replace("utf8mb4_0900_bin", "utf8mb4_nopad_bin")
        self._cursor.execute(statement)

    def lift_limits(self) -> None:
        """Let statements take as long as they need; nobody else gets this connection any more."""
        self.broken = True
        limit = "max_statement_time" if self.is_mariadb else "max_execution_time"
        self._cursor.execute(
            f"SET SESSION {limit} = 0, innodb_lock_wait_timeout = 50, "
            "group_concat_max_len = 1000000"
        )
        self._driver._read_timeout = None

    def begin_migrating(self, wait: float) -> None:
        """Take a server lock; from now on this connection has no time-outs."""
        self.lift_limits()
        self._driver._read_timeout = wait + READ_SECONDS
        taken = self.one(f"SELECT GET_LOCK({LOCK_NAME}, %(wait)s) AS taken", {"wait": wait})
        if not taken or not taken["taken"]:
            raise Unavailable("another process is migrating")
        self._driver._read_timeout = None

    def begin_file(self) -> None:
        """Do nothing: MySQL commits a change of a table at once."""

    def end_file(self) -> None:
        """Do nothing: MySQL looks at foreign keys all the time."""

    def end_migrating(self) -> None:
        """Release the lock; a broken connection has already released it."""
        with suppress(pymysql.Error):
            self.one(f"SELECT RELEASE_LOCK({LOCK_NAME}) AS released", {})

    def is_alive(self) -> bool:
        """Check the socket: not usable if the server closed it or sent unexpected data."""
        return not self._poll()

    def close(self) -> None:
        """Close it, whatever state it is in."""
        # It may never have been opened, or the other end may have closed it.
        with suppress(pymysql.Error, AttributeError):
            self._driver.close()

    def translated(self, error: BaseException, _sql: str) -> BaseException:
        """Return the error as one of model/frame/error.py, or unchanged if none fits."""
        if isinstance(error, pymysql.Error):
            code = error.args[0] if error.args and isinstance(error.args[0], int) else 0
            answer = _of_code(code) or error
            # What is neither undone nor refused by the server alone leaves the connection unclear.
            is_clear = isinstance(answer, REFUSALS) and self._driver_is_open()
            self.broken = self.broken or not is_clear
            return answer
        if isinstance(error, ModelError):
            return error  # refused before it was sent
        if isinstance(error, OverflowError | UnicodeEncodeError):
            return InvalidValue("value", "cannot be kept by the database")
        self.broken = True
        return error

    def _not_connected(self, error: Exception) -> ModelError:
        answer = self.translated(error, "")
        if isinstance(answer, ModelError):
            return answer
        if isinstance(error, RuntimeError):
            # MySQL 8's caching_sha2_password, over a connection that is not encrypted.
            return ConfigurationError(
                "this user can only log in over TLS (ssl=required in the database URL), "
                "or with the package cryptography installed"
            )
        # No TLS, another protocol, an unknown way to log in: whoever answered is not our server.
        return Unavailable("unexpected reply: wrong protocol, TLS or authentication plugin")

    def _driver_is_open(self) -> bool:
        driver = getattr(self, "_driver", None)
        return driver is not None and bool(driver.open)

    def _statement_limit(self) -> str:
        if self.is_mariadb:
            return f"max_statement_time = {STATEMENT_SECONDS}"
        return f"max_execution_time = {STATEMENT_SECONDS * 1000}"


def create(settings: Mapping[str, Any]) -> None:
    """Make the database if it is not there, with exact comparison of text as its default."""
    _on_server(
        settings,
        "CREATE DATABASE IF NOT EXISTS {name} CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin",
    )


def drop(settings: Mapping[str, Any]) -> None:
    """Delete the database with everything in it."""
    _on_server(settings, "DROP DATABASE IF EXISTS {name}")


def _on_server(settings: Mapping[str, Any], statement: str) -> None:
    """Run a statement about the database outside of it."""
    connection = Connection({**settings, "database": None})
    try:
        connection.script(statement.format(name=f"`{settings['database'].replace('`', '``')}`"))
    except pymysql.Error as error:
        raise connection.translated(error, "") from error
    finally:
        connection.close()


REFUSALS = (Duplicate, InvalidValue, MissingParent, HasChildren, TryAgain)


def _of_code(code: int) -> ModelError | None:
    if code in LOST:
        return ConnectionLost("the connection to the database broke")
    if code in CROWDED:
        # Somebody may leave in a moment.
        return TryAgain("the server has too many connections")
    if code in AGAIN:
        return TryAgain("the database rolled back the work: deadlock or lock timeout")
    if code == NO_DATABASE:
        return NoDatabase("there is no such database on the server")
    if code in AWAY:
        return Unavailable(IN_WORDS.get(code, f"the database cannot do this now (code {code})"))
    if code in (1062, 1586):
        return Duplicate()
    if code in (1216, 1452):
        return MissingParent()
    if code in (1217, 1451):
        return HasChildren("other rows belong to it")
    if code in INVALID:
        return InvalidValue("value", "is not allowed by the database")
    return TooLarge("more than the database takes at once") if code == 1153 else None


def _poll_of(socket: Any) -> Any:
    """Return a function that tells whether something can be read from the socket right now."""
    if not hasattr(select, "poll"):
        return lambda: select.select([socket], [], [], 0)[0]
    poll = select.poll()
    poll.register(socket, select.POLLIN)
    return lambda: poll.poll(0)


@lru_cache(maxsize=4096)
def _read_time(text: str) -> datetime:
    # Cached: what is read most is read again and again.
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _write_time(moment: datetime, _mapping: object = None) -> str:
    if moment.tzinfo is None:
        raise InvalidValue("datetime", "must include its time zone")
    # Cut to milliseconds as every engine does; MySQL itself would round.
    text = moment.astimezone(UTC).isoformat(sep=" ", timespec="milliseconds")
    return f"'{text.removesuffix('+00:00')}'"


def _read_char(text: Any) -> Any:
    is_uuid = isinstance(text, str) and UUID_TEXT.fullmatch(text)
    return UUID(text) if is_uuid else text


UUID_TEXT = re.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")

CONVERSIONS = {
    **conversions,
    FIELD_TYPE.DATETIME: _read_time,
    datetime: _write_time,
    # BOOLEAN is TINYINT(1); use TINYINT for nothing else.
    FIELD_TYPE.TINY: lambda text: text != "0",
    # A UUID is CHAR(36); other texts are VARCHAR.
    FIELD_TYPE.STRING: _read_char,
    UUID: lambda uuid, _mapping=None: f"'{uuid}'",
    # PyMySQL would write 1E-7, which MySQL reads as a float.
    Decimal: lambda number, _mapping=None: f"{number:f}",
}
