"""How many statements a method sends, and whether the engine reads a whole table for them."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib import import_module
from typing import Any

from tests import engines

Pages = Mapping[str, Callable[[Any], Any]]

# How many rows make the indexes worth their while to each engine.
MANY = {"sqlite": 3000, "mysql": 3000, "mongodb": 300}


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


def watch(engine: str, monkeypatch) -> Sent:
    """Look at what reaches the driver; before there is a database, which PyMongo wants."""
    sent = Sent()
    if engine == "mongodb":
        _watch_mongodb(monkeypatch, sent)
    else:
        kind = import_module(f"model.sql.driver.{engine}").Connection
        for method in ("one", "all", "tuples", "run", "insert", "insert_many"):
            _watch_method(monkeypatch, kind, method, sent)
    return sent


def _watch_method(monkeypatch, kind, method, sent) -> None:
    original = getattr(kind, method)

    def watched(connection, sql, values):
        sent.all.append((sql, values))
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


# --- What the engines say of their plans ---


def assert_reads_no_whole_table(
    database,
    sent: Sent,
    pages: Pages,
    *,
    unsorted: Iterable[str] = (),
    unique: str | None = None,
) -> None:
    """Ask the engine for the plan of whatever each page sends.

    SQLite must find the pages in `unsorted` in the order of an index. secantusdb uses an index for
    one condition only: where one of several is on a column that is `unique`, it is asked for that.
    """
    if database.engine == "sqlite":
        _assert_of_sqlite(database, sent, pages, unsorted)
        database.run("ANALYZE")
        _assert_of_sqlite(database, sent, pages, unsorted)
    elif database.engine == "mysql":
        _assert_of_mysql(database, sent, pages)
    else:
        _assert_of_mongodb(database, sent, pages, unique)


def _sendings(database, sent, pages) -> Iterator[tuple[str, Any]]:
    for name, work in pages.items():
        for sending in sent.by(lambda work=work: work(database)):
            yield name, sending


def _assert_of_sqlite(database, sent, pages, unsorted) -> None:
    for name, (sql, values) in _sendings(database, sent, pages):
        plan = database.all(f"EXPLAIN QUERY PLAN {sql}", **values)
        sorting = {row["parent"] for row in plan if "TEMP B-TREE" in row["detail"]}
        for row in plan:
            if row["detail"].startswith("SCAN") and not _is_small(row["detail"]):
                # In the order of an index, so that it stops at the page's end.
                assert "INDEX" in row["detail"], (name, plan)
                assert row["parent"] not in sorting, (name, plan)
        assert not any("AUTOMATIC" in row["detail"] for row in plan), (name, plan)
        assert not (sorting and name in unsorted), (name, plan)


def _is_small(line) -> bool:
    return line.split()[1] in ("page", "json_each")


def _assert_of_mysql(database, sent, pages) -> None:
    database.all(f"ANALYZE TABLE {', '.join(engines.tables(database))}")
    for name, (sql, values) in _sendings(database, sent, pages):
        plan = database.all(f"EXPLAIN {sql}", **values)
        whole = [row["table"] for row in plan if row["type"] == "ALL" or _is_sorted_whole(row)]
        # <derived2> is the page, <subquery3> what one tag has.
        assert all(table.startswith("<") for table in whole), (name, plan)


def _is_sorted_whole(row) -> bool:
    """All of an index is read, not in the order of the page."""
    return row["type"] == "index" and "filesort" in (row["Extra"] or "")


def _assert_of_mongodb(database, sent, pages, unique) -> None:
    for name, command in _sendings(database, sent, pages):
        plan = _plan_of(database, command, unique)
        assert "IXSCAN" in plan, (name, plan)
        assert "COLLSCAN" not in plan, (name, plan)


def _plan_of(database, command, unique) -> str:
    """The plan of a find, or of an aggregation's beginning, which is a find in other words."""
    if "find" in command:
        command = {"aggregate": command["find"], "pipeline": [{"$match": command["filter"]}]}
    stages = {key: given for stage in command["pipeline"] for key, given in stage.items()}
    filter = command["pipeline"][0].get("$match", {})
    # MongoDB sees through an $and, as secantusdb does not.
    [filter] = filter.get("$and", [filter])
    if unique in filter:
        filter = {unique: filter[unique]}
    find = {"find": command["aggregate"], "filter": filter}
    if "$sort" in stages:
        find["sort"] = stages["$sort"]
    found = database.driver_database().command("explain", find, verbosity="queryPlanner")
    return str(found["queryPlanner"]["winningPlan"])


# --- Data ---


def put(database, table: str, rows: list[dict[str, Any]]) -> None:
    """Put rows in by as few statements as hold them; on MongoDB, ids go on after theirs."""
    if database.engine == "mongodb":
        _put_documents(database.driver_database(), table, rows)
    else:
        columns = list(rows[0])
        values = ", ".join(f"%({column})s" for column in columns)
        database.insert_many(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({values})", rows)


def _put_documents(driver, collection, rows) -> None:
    ids = [row["id"] for row in rows if "id" in row]
    driver[collection].insert_many(
        [{"_id" if name == "id" else name: given for name, given in row.items()} for row in rows]
    )
    if ids:
        counter = {"$set": {"value": max(ids)}}
        driver.counters.update_one({"_id": collection}, counter, upsert=True)
