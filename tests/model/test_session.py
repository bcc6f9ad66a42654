"""Sessions on every engine."""

from datetime import timedelta
from typing import get_type_hints

import pytest

from model.frame import value
from model.frame.error import Duplicate, InvalidValue, MissingParent
from model.session import LONGEST, SessionReaderRow, SessionRow
from tests import engines
from tests.model.statements import put
from tests.model.test_log import explained
from tests.model.test_user import UNICODE
from tests.model.test_user import fill as fill_users

NEW = {"family_hash": "f", "refresh_hash": "r", "user_agent": "a", "expires_at": value.now()}
LATER = value.now() + timedelta(days=365)
ROTATED = {"old_hash": "r", "new_hash": "s", "expires_at": value.now()}

MODEL = "sessions"
STATEMENTS = {
    "insert": (1, 3, lambda db: db.sessions.insert(user_id=1, **NEW)),
    "find_reader": (1, 1, lambda db: db.sessions.find_reader("f1")),
    "find_by_family": (1, 1, lambda db: db.sessions.find_by_family("f1")),
    "list_by_user": (1, 1, lambda db: db.sessions.list_by_user(1)),
    "rotate": (1, 1, lambda db: db.sessions.rotate(1, **ROTATED)),
    "delete": (1, 1, lambda db: db.sessions.delete(1, user_id=1)),
    "delete_others": (1, 1, lambda db: db.sessions.delete_others(1, kept=1)),
    "make_room": (1, 2, lambda db: db.sessions.make_room(1, kept=1)),
    "delete_expired": (2, 2, lambda db: db.sessions.delete_expired(LATER, 5)),
}


def fill(database, count: int = 10) -> None:
    """Sessions 1 to count, one of each account."""
    fill_users(database, count)
    now = value.now()
    rows = [
        {"id": n, "user_id": n, "family_hash": f"f{n}", "refresh_hash": "r", "user_agent": "a"}
        | {"created_at": now, "refreshed_at": now, "expires_at": now + timedelta(days=1)}
        for n in range(1, count + 1)
    ]
    put(database, "sessions", rows)


@pytest.fixture
def begin(database, user_id):
    """Begin a session that is active for so many seconds; returns its id."""

    def begin_one(family: str, seconds: float = 60, user_id: int = user_id) -> int:
        return database.sessions.insert(
            user_id=user_id,
            family_hash=family,
            refresh_hash=f"{family}.1",
            user_agent=UNICODE,
            expires_at=value.now() + timedelta(seconds=seconds),
        )

    return begin_one


def test_a_session_is_active_until_it_expires(database, begin, user_id, other_id):
    session = begin("a")
    begin("b", seconds=-1)
    reader = database.sessions.find_reader("a")
    assert reader == {
        "session_id": session,
        "id": user_id,
        "username": "jake",
        "email": "jake@jake.jake",
        "bio": None,
        "image": None,
        "role": "user",
    }
    for family in ("b", "A", "c", "", "a "):
        assert database.sessions.find_reader(family) is None
    for family in ("A", "c", "", "a "):
        assert database.sessions.find_by_family(family) is None
    assert database.sessions.find_by_family("b")["expires_at"] <= value.now()
    assert [row["id"] for row in database.sessions.list_by_user(user_id)] == [session]


def test_every_column_of_a_row_is_declared(database, begin, user_id):
    begin("a")
    [listed] = database.sessions.list_by_user(user_id)
    assert listed == database.sessions.find_by_family("a")
    assert set(listed) == set(get_type_hints(SessionRow))
    assert set(database.sessions.find_reader("a")) == set(get_type_hints(SessionReaderRow))


def test_a_session_needs_an_account_and_a_family_of_its_own(database, begin, user_id):
    with pytest.raises(MissingParent):
        begin("a", user_id=user_id + 1000)
    begin("a")
    with pytest.raises(Duplicate):
        begin("a")


@pytest.mark.parametrize("column", LONGEST)
def test_each_text_has_a_maximum_length(database, user_id, column):
    longest = "x" * LONGEST[column]
    with pytest.raises(InvalidValue) as raised:
        database.sessions.insert(user_id=user_id, **{**NEW, column: longest + "x"})
    assert raised.value.field == column
    assert database.sessions.insert(user_id=user_id, **{**NEW, column: longest})


def test_a_refresh_token_is_replaced_once(database, begin):
    session = begin("a")
    later = value.now() + timedelta(days=1)
    new = {"old_hash": "a.1", "new_hash": "a.2", "expires_at": later}
    assert database.sessions.rotate(session, **new) == 1
    assert database.sessions.rotate(session, **new) == 0
    row = database.sessions.find_by_family("a")
    assert (row["id"], row["expires_at"], row["user_agent"]) == (session, later, UNICODE)
    assert row["refreshed_at"] >= row["created_at"]


def test_sessions_are_deleted_one_by_one_and_all_but_one(database, begin, user_id, other_id):
    first, second, third = begin("a"), begin("b"), begin("c")
    theirs = begin("d", user_id=other_id)
    assert database.sessions.delete(theirs, user_id=user_id) == 0
    assert database.sessions.delete(first, user_id=user_id) == 1
    assert database.sessions.delete(first, user_id=user_id) == 0
    assert database.sessions.delete_others(user_id, kept=third) == 1
    assert [row["id"] for row in database.sessions.list_by_user(user_id)] == [third]
    assert second not in [row["id"] for row in database.sessions.list_by_user(user_id)]
    assert database.sessions.find_reader("b") is None
    assert database.sessions.find_reader("d")["username"] == "anne"


@pytest.mark.parametrize("kept", [0, 1, 2, 5])
def test_room_is_made_by_what_was_used_least_recently(
    database, begin, user_id, other_id, monkeypatch, kept
):
    start, ids = value.now(), {}
    for second, family in enumerate("abc"):
        now = start + timedelta(seconds=second)
        monkeypatch.setattr(value, "now", lambda now=now: now)
        ids[family] = begin(family)
    theirs = begin("d", user_id=other_id)
    monkeypatch.setattr(value, "now", lambda: start + timedelta(seconds=3))
    database.sessions.rotate(
        ids["a"], old_hash="a.1", new_hash="a.2", expires_at=start + timedelta(seconds=60)
    )
    begin("e", seconds=-1)
    by_use = [ids["a"], ids["c"], ids["b"]]
    assert database.sessions.make_room(user_id, kept=kept) == 1 + len(by_use[kept:])
    assert [row["id"] for row in database.sessions.list_by_user(user_id)] == by_use[:kept]
    assert database.sessions.find_by_family("e") is None
    assert database.sessions.list_by_user(other_id)[0]["id"] == theirs


@pytest.mark.parametrize("limit", [1, 2, 100])
def test_what_expired_before_a_time_is_deleted_in_batches(database, begin, user_id, limit):
    now = value.now()
    active = begin("active")
    begin("just expired", seconds=-1)
    for seconds in (-100, -300, -200):
        begin(f"{seconds}", seconds=seconds)
    before, deleted = now - timedelta(seconds=60), []
    while count := database.sessions.delete_expired(before, limit):
        deleted.append(count)
        left = [database.sessions.find_by_family(f"-{n}00") for n in (3, 2, 1)]
        # The longest expired first.
        assert [row is None for row in left] == [n < sum(deleted) for n in range(3)]
    assert sum(deleted) == 3
    assert max(deleted) <= limit
    assert database.sessions.find_by_family("just expired")
    assert [row["id"] for row in database.sessions.list_by_user(user_id)] == [active]


@engines.needs("sqlite")
def test_expired_sessions_are_found_by_the_index(sent, database, engine):
    fill(database)
    [find, delete] = sent.by(lambda: database.sessions.delete_expired(LATER, 5))
    if engine == "mongodb":
        return
    plan = explained(database, *find)
    assert "sessions_end" in plan
    assert "TEMP B-TREE" not in plan
    assert "filesort" not in plan
    assert "SCAN sessions" not in explained(database, *delete)
