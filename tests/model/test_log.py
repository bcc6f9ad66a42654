"""The API log on every engine: ids, times, pages newest first."""

from datetime import UTC, datetime, timedelta
from typing import get_type_hints

import pytest

from model.frame import value
from model.frame.error import InvalidValue
from model.log import LogRow
from tests import engines
from tests.model.statements import put

LOG = {
    "ip": "::1",
    "method": "GET",
    "path": "/",
    "status": 200,
    "milliseconds": 1.5,
    "request_id": "r",
}

LATER = datetime(2999, 1, 1, tzinfo=UTC)

MODEL = "logs"
STATEMENTS = {
    "insert_log": (1, 2, lambda db: db.logs.insert_log(**LOG)),
    "delete_oldest": (2, 2, lambda db: db.logs.delete_oldest(LATER, 5)),
    "get_log": (1, 1, lambda db: db.logs.get_log(0, 20)),
    "count": (1, 1, lambda db: db.logs.count()),
}


def fill(database, count: int = 10) -> None:
    """Logs 1 to count, the last the newest."""
    now = value.now()
    rows = [{"id": n, **LOG, "created_at": now + timedelta(seconds=n)} for n in range(1, count + 1)]
    put(database, "logs", rows)


@pytest.mark.parametrize(
    ("column", "bad"),
    [
        ("ip", "x" * 46),
        ("method", "x" * 17),
        ("path", "x" * 2049),
        ("request_id", "\0"),
        ("request_id", "x" * 129),
        ("status", 99),
        ("status", 2**70),
        ("status", True),
        ("status", "200"),
        ("path", None),
        ("path", 1),
        ("path", {"$gt": ""}),
    ],
)
def test_a_bad_value_is_named_by_its_column(database, column, bad):
    with pytest.raises(InvalidValue) as raised:
        database.logs.insert_log(**{**LOG, column: bad})
    assert raised.value.field == column
    assert database.logs.count() == 0


@pytest.mark.parametrize(("skip", "limit", "field"), [(-1, 1, "skip"), (0, -1, "limit")])
def test_a_negative_page_is_refused(database, skip, limit, field):
    with pytest.raises(InvalidValue) as raised:
        database.logs.get_log(skip, limit)
    assert raised.value.field == field


def test_times_are_in_utc_and_whole_milliseconds(database):
    before = value.now()
    database.logs.insert_log(**LOG)
    [row] = database.logs.get_log(0, 1)
    assert before <= row["created_at"] <= datetime.now(UTC)
    assert row["created_at"].utcoffset() == timedelta(0)
    assert row["created_at"].microsecond % 1000 == 0


def test_a_row_is_what_was_inserted(database):
    id = database.logs.insert_log(**LOG)
    [row] = database.logs.get_log(0, 10)
    assert type(row) is dict
    assert {**row, "created_at": None} == {**LOG, "id": id, "created_at": None}
    assert set(row) == set(get_type_hints(LogRow))
    assert type(row["status"]) is int
    assert type(row["milliseconds"]) is float


def test_ids_are_whole_numbers_that_grow(database):
    ids = [database.logs.insert_log(**LOG) for _ in range(5)]
    assert ids == sorted(set(ids))
    assert all(type(id) is int and 0 < id < 2**53 for id in ids)
    assert database.logs.count() == 5


def test_newest_first_with_ties_broken_by_id(database, monkeypatch):
    moment = value.now()
    monkeypatch.setattr(value, "now", lambda: moment)
    ids = [database.logs.insert_log(**LOG) for _ in range(4)]
    monkeypatch.setattr(value, "now", lambda: moment - timedelta(seconds=1))
    older = database.logs.insert_log(**LOG)
    assert [row["id"] for row in database.logs.get_log(0, 10)] == [*ids[::-1], older]
    assert [row["id"] for row in database.logs.get_log(1, 2)] == [ids[2], ids[1]]


@pytest.mark.parametrize(("skip", "limit"), [(1, 10), (2**70, 10), (0, 0)])
def test_a_page_past_the_end_is_empty(database, skip, limit):
    database.logs.insert_log(**LOG)
    assert database.logs.get_log(skip, limit) == []


@pytest.mark.parametrize("limit", [1, 3, 100])
def test_the_oldest_rows_are_deleted_in_batches(database, limit):
    fill(database)
    times = {row["id"]: row["created_at"] for row in database.logs.get_log(0, 10)}
    deleted = []
    while count := database.logs.delete_oldest(times[8], limit):
        deleted.append(count)
        left = {row["id"] for row in database.logs.get_log(0, 10)}
        assert left == set(range(sum(deleted) + 1, 11))
    assert sum(deleted) == 7
    assert max(deleted) <= limit


@engines.needs("sqlite")
def test_old_rows_are_found_by_the_index(sent, database, engine):
    fill(database)
    [find, delete] = sent.by(lambda: database.logs.delete_oldest(LATER, 5))
    if engine == "mongodb":
        return
    plan = explained(database, *find)
    assert "logs_recent" in plan
    assert "TEMP B-TREE" not in plan
    assert "filesort" not in plan
    assert "SCAN logs" not in explained(database, *delete)


def explained(database, sql, values):
    """The database's own plan of a statement, in whatever form."""
    explain = "EXPLAIN QUERY PLAN" if database.engine == "sqlite" else "EXPLAIN"
    return str(database.all(f"{explain} {sql}", **values))
