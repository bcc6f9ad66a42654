"""What a method sends to the database, and rows for it to find."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

Look = Callable[[Any, str, Any], Any]


# --- What is sent ---


class Sent:
    """What reaches the driver."""

    def __init__(self) -> None:
        self.all: list[Any] = []

    def by(self, work: Callable[[], Any]) -> list[Any]:
        """What the work sends: statements with their values, or PyMongo's commands."""
        self.all.clear()
        work()
        return list(self.all)


def watch(engine: str, monkeypatch, look: Look = lambda _, sql, values: (sql, values)) -> Sent:
    """Look at what reaches the driver; before there is a database, which PyMongo wants.

    Of each statement in SQL, what `look` returns is kept; it is called before the driver is.
    """
    sent = Sent()
    if engine == "mongodb":
        _watch_mongodb(monkeypatch, sent)
    else:
        kind = import_module(f"model.sql.driver.{engine}").Connection
        for method in ("one", "all", "tuples", "run", "insert", "insert_many"):
            _watch_method(monkeypatch, kind, method, sent, look)
    return sent


def _watch_method(monkeypatch, kind, method, sent, look) -> None:
    original = getattr(kind, method)

    def watched(connection, sql, values):
        sent.all.append(look(connection, sql, values))
        return original(connection, sql, values)

    monkeypatch.setattr(kind, method, watched)


def _watch_mongodb(monkeypatch, sent) -> None:
    from pymongo.monitoring import CommandListener

    class Listener(CommandListener):
        def started(self, event):
            if event.command_name not in ("commitTransaction", "abortTransaction", "endSessions"):
                sent.all.append(dict(event.command))

        def succeeded(self, event): ...
        def failed(self, event): ...

    settings = import_module("model.mongodb.driver.database").SETTINGS
    monkeypatch.setitem(settings, "event_listeners", [Listener()])


# --- Data ---


def put(database, table: str, rows: list[dict[str, Any]]) -> None:
    """Put rows in by as few statements as hold them; on MongoDB, ids go on after theirs."""
    if database.engine == "mongodb":
        _put_documents(database.driver_database(), table, rows)
    else:
        columns = list(rows[0])
        values = ", ".join(f"%({column})s" for column in columns)
        database.insert_many(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({values})", rows)


def has_rows(database, table: str) -> bool:
    """Return whether a table has any row."""
    if database.engine == "mongodb":
        return database.driver_database()[table].find_one() is not None
    return database.one(f"SELECT 1 AS found FROM {table} LIMIT 1") is not None


def _put_documents(driver, collection, rows) -> None:
    ids = [row["id"] for row in rows if "id" in row]
    driver[collection].insert_many(
        [{"_id" if name == "id" else name: given for name, given in row.items()} for row in rows]
    )
    if ids:
        counter = {"$set": {"value": max(ids)}}
        driver.counters.update_one({"_id": collection}, counter, upsert=True)
