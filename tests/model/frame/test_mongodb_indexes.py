"""On MongoDB every filter and order of a query is an index's, and what it returns is bounded.

Found out from what is sent: each method is called as in STATEMENTS of the models' tests,
and the indexes are those that the database has. secantusdb plans otherwise than MongoDB, so that
its plans are not asked for.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from tests.model.marks import only
from tests.model.test_statements import CALLS, MODULES

RANGES = {"$gt", "$gte", "$lt", "$lte"}
EQUALITIES = {"$eq", "$in"}
# What leaves out a few of those that an index finds.
REMAINDERS = {"$ne", "$nin", "$or"}

# Sorted in memory, or returned whatever their number, and why.
FEW = {
    "limits.delete_least_hit": "among as many as are kept at most, in a flood of new ones",
    **dict.fromkeys(
        ("sessions.list_by_user", "sessions.make_room"), "an account has few active sessions"
    ),
    **{
        f"{name}.{call}": "returns what is wrong"
        for name, call in CALLS
        if call in ("verify", "verify and fix")
    },
    **{call: why for one in MODULES.values() for call, why in getattr(one, "FEW", {}).items()},
}

# What deletes rows reads the ids of them all, for those that belong to them.
READING_ALL = {call for one in MODULES.values() for call in getattr(one, "READING_ALL", ())}

WORK = [
    (f"{name}.{call}", MODULES[name], MODULES[name].STATEMENTS[call][-1]) for name, call in CALLS
]


class Query(NamedTuple):
    """What is asked of one collection."""

    collection: str
    equal: set[str]
    ranges: set[str]
    sort: list[tuple[str, int]]


class Index(NamedTuple):
    """An index of a collection."""

    columns: list[tuple[str, int]]
    unique: bool

    def names(self) -> list[str]:
        return [name for name, _ in self.columns]

    def finds_one(self, equal: set[str]) -> bool:
        """At most one document, or the slots of one count, have these columns."""
        return self.unique and set(self.names()) - {"slot"} <= equal

    def serves(self, query: Query) -> bool:
        """First the columns compared, then those sorted by, of which the first may have a range."""
        if self.finds_one(query.equal):
            return True
        count = len(query.equal)
        rest = self.columns[count:]
        return (
            set(self.names()[:count]) == query.equal
            and query.ranges <= {name for name, _ in rest[:1]}
            and query.sort in (rest[: len(query.sort)], _reversed(rest[: len(query.sort)]))
        )


@only("mongodb")
@pytest.mark.parametrize(("call", "module", "work"), WORK, ids=[call for call, *_ in WORK])
def test_what_a_method_sends_is_served_by_an_index(sent, database, call, module, work):
    module.fill(database)
    commands = sent.by(lambda: work(database))
    indexes = {name: _indexes(database, name) for name in database.tables()}
    for command in commands:
        for query in _queries(command):
            if not (call in FEW and query.sort):
                served = any(index.serves(query) for index in indexes[query.collection])
                assert served, (query, indexes[query.collection])
        if not _is_bounded(command, indexes):
            assert call in FEW or call in READING_ALL, command


def test_an_index_serves_only_what_begins_it():
    index = Index([("tags", 1), ("created_at", 1), ("_id", 1)], unique=False)
    newest_first = [("created_at", -1), ("_id", -1)]
    assert index.serves(Query("things", {"tags"}, {"created_at"}, newest_first))
    assert index.serves(Query("things", set(), set(), []))
    assert not index.serves(Query("things", {"owner_id"}, set(), []))
    assert not index.serves(Query("things", set(), set(), newest_first))
    assert not index.serves(Query("things", {"tags"}, set(), [("created_at", -1), ("_id", 1)]))
    assert not index.serves(Query("things", {"tags"}, {"_id"}, []))


# --- Queries ---


def _queries(command: dict[str, Any]) -> Iterator[Query]:
    """What a command asks of each collection."""
    kind, collection = next(iter(command.items()))
    if kind == "aggregate":
        yield from _of_pipeline(collection, command["pipeline"], {})
    elif kind == "find":
        yield _query(collection, [command["filter"]], command.get("sort", {}))
    elif kind == "findAndModify":
        yield _query(collection, [command["query"]], {})
    elif kind in ("update", "delete"):
        for each in command[f"{kind}s"]:
            yield _query(collection, [each["q"]], {})
    else:
        assert kind in ("insert", "hello"), command


def _of_pipeline(collection: str, pipeline: list[dict], joined: dict) -> Iterator[Query]:
    """What its first stages ask of the collection itself, and its joins of others."""
    filters, sort = [joined], {}
    for stage in pipeline:
        if "$match" in stage and not sort:
            filters.append(stage["$match"])
        elif "$sort" in stage and not sort:
            sort = stage["$sort"]
        else:
            break
    yield _query(collection, filters, sort)
    for stage in pipeline:
        if lookup := stage.get("$lookup"):
            by = {lookup["foreignField"]: "what is joined"}
            yield from _of_pipeline(lookup["from"], lookup.get("pipeline", []), by)
        if union := stage.get("$unionWith"):
            yield from _of_pipeline(union["coll"], union["pipeline"], {})


def _query(collection: str, filters: list[dict], sort: dict) -> Query:
    query = Query(collection, set(), set(), [*sort.items()])
    for filter in filters:
        for name, given in filter.items():
            operators = (
                {key for key in given if key[0] == "$"} if isinstance(given, dict) else set()
            )
            if name in REMAINDERS:
                assert query.ranges or "_id" in query.equal, (collection, filters)
            elif operators & RANGES:
                query.ranges.add(name)
            elif not operators & REMAINDERS:
                assert operators <= EQUALITIES, (collection, filters)
                query.equal.add(name)
    return query


def _is_bounded(command: dict[str, Any], indexes: dict[str, list[Index]]) -> bool:
    """No more is returned than was asked for, however many documents there are."""
    if "limit" in command or not ("find" in command or "aggregate" in command):
        return True
    pipeline = command.get("pipeline", [])
    if any("$limit" in stage or "$count" in stage or _is_sum(stage) for stage in pipeline):
        return True
    own = next(_queries(command))
    return any(index.finds_one(own.equal) for index in indexes[own.collection])


def _is_sum(stage: dict[str, Any]) -> bool:
    return "$group" in stage and not str(stage["$group"]["_id"]).startswith(("$", "{"))


# --- Indexes ---


def _indexes(database, name: str) -> list[Index]:
    found = database.driver_database()[name].list_indexes()
    return [
        Index([*each["key"].items()], each.get("unique", False) or each["name"] == "_id_")
        for each in found
    ]


def _reversed(columns: list[tuple[str, int]]) -> list[tuple[str, int]]:
    return [(name, -direction) for name, direction in columns]
