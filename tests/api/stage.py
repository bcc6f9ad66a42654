"""A stage: the scene among so many rows that an index is worth it, where each request is undone.

The rows come from controller/seed. A table that it does not fill, such as that of the sessions, is
filled with copies of the rows that the scene has in it. Which tables and columns there are, the
database's catalogue says, so that every resource's are among them.
"""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import date, datetime, timedelta
from decimal import Decimal
from importlib import import_module
from itertools import count
from typing import Any
from uuid import UUID, uuid5

import pytest

import model
from app import create_flask_app
from config import TestConfig
from controller import seed
from model import Database, Models
from model.frame.error import Duplicate, InvalidValue
from tests import engines
from tests.api import plans
from tests.api.scene import Scene, set_scene
from tests.model.statements import put, watch

PEOPLE, ROWS = 200, 3000
# So many that even a narrow table has more pages than a request asks for rows: with fewer, MariaDB
# would rather read and sort them all.
COPIES = 12_000

FOREIGN_KEYS = {
    "sqlite": """
        SELECT tables.name AS child, keys."from" AS child_column, keys."table" AS parent
        FROM sqlite_master AS tables
        JOIN pragma_foreign_key_list(tables.name) AS keys
        WHERE tables.type = 'table'
        ORDER BY 1, 2
    """,
    "mysql": """
        SELECT table_name AS child, column_name AS child_column, referenced_table_name AS parent
        FROM information_schema.key_column_usage
        WHERE table_schema = DATABASE() AND referenced_table_name IS NOT NULL
        ORDER BY 1, 2
    """,
}
UNIQUE_COLUMNS = {
    "sqlite": """
        SELECT name AS of_key FROM pragma_table_info(%(table)s) WHERE pk
        UNION
        SELECT columns.name
        FROM pragma_index_list(%(table)s) AS indexes
        JOIN pragma_index_info(indexes.name) AS columns
        WHERE indexes."unique"
    """,
    "mysql": """
        SELECT DISTINCT column_name AS of_key
        FROM information_schema.statistics
        WHERE table_schema = DATABASE() AND table_name = %(table)s AND non_unique = 0
    """,
}


class Stage:
    """One engine's database with many rows, and the scene of one version on it."""

    def __init__(self, engine: str, version: str, url: str) -> None:
        self.engine, self.version = engine, version
        self.database: Database = model.connect(url)
        random.seed(1)  # which slot of a kept count is added to
        counts = {one.NAME: ROWS for one in seed.sowers()} | {"users": PEOPLE}
        list(seed.sow(self.database, counts=counts, seed=1))
        app = create_flask_app(TestConfig, self.database)
        self.scene: Scene = set_scene(app, self.database, version)
        # The tables that stay small: of them an account has one row at most.
        self.small = fill(self.database)
        self.sizes = {name: size(self.database, name) for name in self.database.tables()}
        # Only new connections are sure to know what ANALYZE has found.
        self.database.pool.empty()
        self._connection = import_module(f"model.sql.driver.{engine}").Connection
        self.begin, self.rollback = self._connection.begin, self._connection.rollback

    def watch(self, monkeypatch) -> None:
        """Ask for the plan of every statement, and keep the transactions within `undone`."""
        self._look = plans.planner(self.engine, self.sizes)
        self.sent = watch(self.engine, monkeypatch, self._look)
        for method, statement in (
            ("begin", "SAVEPOINT work"),
            ("commit", "RELEASE SAVEPOINT work"),
            ("rollback", "ROLLBACK TO SAVEPOINT work"),
        ):
            monkeypatch.setattr(self._connection, method, self._part(method, statement))

    def _part(self, method: str, statement: str) -> Callable[[Any], None]:
        def watched(connection, **_options) -> None:
            self.sent.all.append(self._look(connection, method, None))
            connection.script(statement)

        return watched

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Undo what is done in the block, which gets the one connection that the pool has."""
        connection = self.database.pool.take()
        self.begin(connection)
        self.database.pool.give(connection)
        try:
            yield
        finally:
            self.rollback(connection)
            # With what it has prepared: SQLite does not plan a cached EXPLAIN again.
            self.database.pool.empty()

    def send(self, request: Callable[[], Any]) -> tuple[Any, list[Any]]:
        """Return the answer and what was seen of its statements."""
        answers: list[Any] = []
        with self.undone():
            seen = self.sent.by(lambda: answers.append(request()))
        return answers[0], seen


@contextmanager
def standing(engine: str, version: str, url: str) -> Iterator[Stage]:
    """The stage for as long as the block runs, in a migrated database without rows."""
    stage = Stage(engine, version, url)
    with pytest.MonkeyPatch.context() as monkeypatch:
        stage.watch(monkeypatch)
        yield stage
    stage.database.close()


def fill(database: Database) -> set[str]:
    """Fill the tables that have a row, but for those returned, and tell the planner of it."""
    tables = engines.tables(database)
    parents: dict[str, dict[str, str]] = {table: {} for table in tables}
    for key in database.all(FOREIGN_KEYS[database.engine]):
        parents[key["child"]][key["child_column"]] = key["parent"]
    small = {table for table in tables if has_one_each(database, table, parents[table])}
    for table in sorted(set(tables) - small, key=lambda table: depth(table, parents)):
        if 0 < size(database, table) <= plans.GROWN:
            put_apart(database, table, list(copies(database, table, parents[table])))
    database.atomically(lambda db: endow(db, parents))
    if database.engine == "sqlite":
        database.run("ANALYZE")
    else:
        database.all(f"ANALYZE TABLE {', '.join(tables)}")
    return small


def has_one_each(database: Database, table: str, parents: dict[str, str]) -> bool:
    """Tell whether an account can have one row at most: there are never more rows than accounts."""
    keys = {row["of_key"] for row in database.all(UNIQUE_COLUMNS[database.engine], table=table)}
    accounts = {name for name, parent in parents.items() if parent == "users"} - {"owner_id"}
    return "id" in keys and bool(keys & accounts)


def depth(table: str, parents: dict[str, dict[str, str]]) -> int:
    """Return how many tables are above this one: what belongs to rows is filled after them."""
    above = set(parents[table].values()) - {table}
    return 1 + max((depth(parent, parents) for parent in above), default=0)


def put_apart(database: Database, table: str, rows: list[dict[str, Any]]) -> None:
    """Put rows in, without those that are not allowed: a short unique text has no such copies."""
    try:
        put(database, table, rows)
    except (Duplicate, InvalidValue):
        for row in rows:
            with suppress(Duplicate, InvalidValue):
                put(database, table, [row])


def size(database: Database, table: str) -> int:
    return database.one(f"SELECT COUNT(*) AS size FROM {table}")["size"]


def copies(database: Database, table: str, parents: dict[str, str]) -> Iterator[dict[str, Any]]:
    """Yield copies of a table's rows, each a second older, with parents and keys of their own."""
    found = database.all(UNIQUE_COLUMNS[database.engine], table=table)
    keys = {row["of_key"] for row in found}
    unique = keys - set(parents)
    ids = {
        parent: [row["id"] for row in database.all(f"SELECT id FROM {parent} ORDER BY id")]
        for parent in parents.values()
    }
    rows = database.all(f"SELECT * FROM {table}")
    for number in range(COPIES):
        row = rows[number % len(rows)]
        copy = {name: copied(value, number, name in unique) for name, value in row.items()}
        # No two copies have all their parents in common.
        once: set[str] = set()
        for place, (name, parent) in zip(count(), parents.items(), strict=False):
            of = ids[parent]
            # What belongs to one row each belongs to those that no example names.
            is_once = name in keys and len(of) > COPIES and parent not in once
            once |= {parent} if is_once else set()
            copy[name] = of[-number - 1] if is_once else of[number // len(of) ** place % len(of)]
        yield copy


def copied(value: Any, number: int, is_unique: bool) -> Any:
    if isinstance(value, datetime):
        return value - timedelta(seconds=number)
    if not is_unique:
        return value
    if isinstance(value, date):
        return date(2000, 1, 1) - timedelta(days=number)
    if isinstance(value, Decimal):
        # With as many digits after the point, and as few before it as can be.
        return -Decimal(number + 1).scaleb(value.as_tuple().exponent)
    if isinstance(value, UUID):
        return uuid5(value, str(number))
    if isinstance(value, str):
        return copied_text(value, number)
    return type(value)(1_000_000 + number)


def copied_text(value: str, number: int) -> str:
    """Return another text: an e-mail address as such, the end of whatever else replaced."""
    _, at, host = value.partition("@")
    end = f"{900_000 + number}"  # which no example ends in
    return f"{end}{at}{host}" if at else f"{value[:-6]}{end}"


def endow(db: Models, parents: dict[str, dict[str, str]]) -> None:
    """Give jake and anne what two of the sown people have: a page of theirs is to be full."""
    ids = [row["id"] for row in db.all("SELECT id FROM users ORDER BY id")]
    for name, before in (("jake", ids[0]), ("anne", ids[PEOPLE // 2])):
        person = db.users.find_by_username(name)
        assert person is not None
        for table, columns in parents.items():
            for column in [column for column, parent in columns.items() if parent == "users"]:
                # Where somebody can have one row only, theirs is kept.
                with suppress(Duplicate):
                    db.run(
                        f"UPDATE {table} SET {column} = %(id)s WHERE {column} = %(before)s",
                        id=person["id"],
                        before=before,
                    )
