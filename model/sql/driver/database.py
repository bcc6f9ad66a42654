"""A database of SQL over a pool of connections, and its transactions, without any model."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any, NoReturn, TypeVar

from model.frame import migration, value
from model.frame.error import ConnectionLost, OutcomeUnknown, TryAgain, Unavailable
from model.frame.migration import Migration, MigrationError, Record
from model.frame.transaction import again
from model.sql.driver import grants, ledger
from model.sql.driver import url as database_url
from model.sql.driver.pool import Pool
from model.sql.driver.statements import Statements

Result = TypeVar("Result")

SLOTS = {"sqlite": 1, "mysql": 16}
TABLES = {
    "sqlite": """
        SELECT name
        FROM sqlite_master
        WHERE type = 'table' AND name NOT LIKE 'sqlite!_%%' ESCAPE '!'
        ORDER BY name
    """,
    "mysql": """
        SELECT table_name AS name
        FROM information_schema.tables
        WHERE table_schema = DATABASE()
        ORDER BY table_name
    """,
}


class Database(Statements):
    """A database over a pool of connections, safe to share between threads and across a fork.

    Each statement runs on its own connection and is committed; `atomically` runs several in one
    transaction.
    """

    # What `atomically` runs its work on: a Transaction that carries the models.
    transaction: "type[Transaction]"

    def __init__(self, url: str) -> None:
        self.target = database_url.read(url)
        self.engine = self.target.engine
        self.slots = SLOTS[self.engine]
        self.pool: Pool[Any] = Pool(
            self.target.connect,
            size=self.target.pool_size,
            wait=self.target.pool_wait,
            max_age=self.target.max_age,
        )
        if self.target.is_in_memory:
            # Nobody else can reach it to migrate it.
            list(migration.migrate(self))

    def atomically(self, work: Callable[[Any], Result]) -> Result:
        """Return what the work returns, committed; try again as often as the database asks."""
        return again(lambda: self._in_transaction(work))

    def briefly(self, work: Callable[[Any], Result]) -> Result:
        """As `atomically`; on MySQL it locks the rows that it finds, and no gaps between them."""
        return again(lambda: self._in_transaction(work, is_brief=True))

    def in_bulk(self, work: Callable[[Any], Result], *, write: bool = True) -> Result:
        """Return what the work returns, once and without time limits: it goes through whole tables.

        To write is one transaction; to read takes no lock, and each statement stands alone.
        """
        if self.target.is_in_memory:
            return self.atomically(work)
        connection = self.target.connect()
        transaction = self.transaction(connection, self)
        try:
            connection.lift_limits()
            if write:
                transaction.begin()
            result = work(transaction)
            if write:
                transaction.commit()
        finally:
            # What was not committed is undone.
            transaction.end()
            connection.close()
        return result

    def ping(self) -> None:
        """Raise Unavailable unless the database answers and can read its tables."""
        self.one("SELECT COUNT(*) AS migrations FROM migration")

    def create(self) -> None:
        """Make the database itself if it is not there: a folder for SQLite, a schema on MySQL."""
        self.target.create()

    def drop(self) -> None:
        """Delete the database with everything in it; the next statement needs a new one."""
        self.pool.empty()
        self.target.drop()

    def tables(self) -> list[str]:
        """Return the names of the tables, as the database's catalogue has them."""
        return [row["name"] for row in self.all(TABLES[self.engine])]

    def has_rows(self, table: str) -> bool:
        """Return whether a table holds anything."""
        return self.one(f"SELECT 1 AS found FROM {table} LIMIT 1") is not None

    def most_connections(self) -> int:
        """Return how many connections a process has at most."""
        return self.target.pool_size

    def is_exposed(self) -> bool:
        """Tell whether the URL lets statements cross a network unencrypted."""
        return self.target.is_exposed

    def clock(self) -> datetime:
        """Return the time by the server's clock, in UTC; SQLite has none but ours."""
        if self.engine == "sqlite":
            return value.now()
        now: datetime = self.one("SELECT UTC_TIMESTAMP(3) AS now")["now"]
        return now

    def excess_rights(self) -> list[str]:
        """Return what the user may do besides working on this database; SQLite has no users."""
        if self.engine == "sqlite":
            return []
        name = self.one("SELECT DATABASE() AS name")["name"]
        return grants.excess([row[0] for row in self.tuples("SHOW GRANTS")], name)

    def migrations(self) -> list[Migration]:
        """Return the migration files of this engine, in order."""
        return ledger.read_files(self.engine)

    def migration_records(self) -> list[Record]:
        """Return the migration records; empty if the database was never migrated."""
        if "migration" not in self.tables():
            return []
        return [ledger.record_of(row) for row in self.all(ledger.RECORDS)]

    @contextmanager
    def ledger(self, wait: float) -> Iterator[ledger.Ledger]:
        """Hold the migration lock; Unavailable if it is not free within this many seconds."""
        connection = self.pool.take()
        try:
            with ledger.locked(connection, wait) as held:
                yield held
        except MigrationError:
            raise
        except BaseException as error:
            raise_translated(connection, error, "migration")
        finally:
            self.pool.give(connection)

    def insert_many(self, sql: str, rows: Iterable[Mapping[str, Any]]) -> int:
        """Insert every row or none, however many statements that takes; return how many."""
        kept = list(rows)
        inserted: int = self.atomically(lambda db: db.insert_many(sql, kept))
        return inserted

    def close(self) -> None:
        """Close every connection."""
        self.pool.close()

    def _call(self, method: str, sql: str, values: Any) -> Any:
        connection = self.pool.take()
        try:
            return getattr(connection, method)(sql, values)
        except BaseException as error:
            with suppress(TryAgain):
                raise_translated(connection, error, sql)
        finally:
            self.pool.give(connection)
        # The database undid this one statement, which was all there was to undo.
        return self.atomically(lambda db: db._call(method, sql, values))

    def _in_transaction(self, work: Callable[[Any], Result], *, is_brief: bool = False) -> Result:
        connection = self.pool.take()
        transaction = self.transaction(connection, self)
        try:
            transaction.begin(is_brief=is_brief)
            result = work(transaction)
            transaction.commit()
        except BaseException:
            connection.rollback()
            raise
        finally:
            transaction.end()
            self.pool.give(connection)
        return result


class Transaction(Statements):
    """Statements on one connection, committed or undone together."""

    def __init__(self, connection: Any, database: Database) -> None:
        self.engine, self.slots = database.engine, database.slots
        self._connection: Any = connection
        self._undone: Unavailable | None = None

    def atomically(self, work: Callable[[Any], Result]) -> Result:
        """Return what the work returns, as a part of this transaction."""
        return work(self)

    def briefly(self, work: Callable[[Any], Result]) -> Result:
        """Return what the work returns, as a part of this transaction."""
        return work(self)

    def in_bulk(self, work: Callable[[Any], Result], *, write: bool = True) -> Result:  # noqa: ARG002
        """Return what the work returns, as a part of this transaction and with its limits."""
        return work(self)

    def begin(self, *, is_brief: bool = False) -> None:
        """Begin it on the connection."""
        try:
            self._connection.begin(is_brief=is_brief)
        except BaseException as error:
            raise_translated(self._connection, error, "BEGIN")

    def commit(self) -> None:
        """Keep what was done; OutcomeUnknown if the answer got lost."""
        self._refuse_undone()
        try:
            self._connection.commit()
        except BaseException as error:
            try:
                raise_translated(self._connection, error, "COMMIT")
            except ConnectionLost:
                raise OutcomeUnknown("the connection broke during the commit") from error

    def end(self) -> None:
        """Let go of the connection, which is somebody else's from now on."""
        self._connection = None

    def _call(self, method: str, sql: str, values: Any) -> Any:
        if self._connection is None:
            raise RuntimeError("this transaction has ended")
        self._refuse_undone()
        try:
            return getattr(self._connection, method)(sql, values)
        except BaseException as error:
            try:
                raise_translated(self._connection, error, sql)
            except Unavailable as undone:
                self._undone = undone
                raise

    def _refuse_undone(self) -> None:
        """Raise the error that ended the transaction: the rest must not be committed."""
        if self._undone is not None:
            raise self._undone


def raise_translated(connection: Any, error: BaseException, sql: str) -> NoReturn:
    """Raise the driver's error as one of model/frame/error.py, if one fits."""
    answer: BaseException = connection.translated(error, sql)
    if answer is error:
        raise error
    raise answer from error
