"""Accounts on every engine."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import get_type_hints

import pytest

from model.frame import value
from model.frame.error import Duplicate, InvalidValue
from model.user import LONGEST, UserRow
from tests.model.statements import put

UNICODE = "레토르트 🧪 é é \u202e ﷽ 𝒳"
NEW = {"username": "n", "email": "n", "password_hash": "x"}
UNCHANGED = {"username": None, "email": None, "password_hash": None, "bio": None, "image": None}

MODEL = "users"
SOME = [{"username": n, "email": n, "password_hash": "x"} for n in ("Ann", "Ben")]
STATEMENTS = {
    "insert": (1, 2, lambda db: db.users.insert(**NEW)),
    "insert_many": (2, 2, lambda db: db.users.insert_many(SOME)),
    "find": (1, 1, lambda db: db.users.find(1)),
    "find_by_email": (1, 1, lambda db: db.users.find_by_email("e1")),
    "find_by_username": (1, 1, lambda db: db.users.find_by_username("u1")),
    "update": (1, 1, lambda db: update(db, 1, username="u1", email="e1", password_hash="x")),
    "sign_in": (1, 1, lambda db: db.users.sign_in(1, password_hash="x", new_hash="x")),
    "set_role": (1, 1, lambda db: db.users.set_role(1, "admin")),
}


def fill(database, count: int = 10) -> None:
    """Accounts 1 to count."""
    now = value.now()
    empty = {"bio": None, "image": None, "role": "user", "sign_ins": 0}
    rows = [
        {
            "id": n,
            "username": f"u{n}",
            "username_key": f"u{n}",
            "email": f"e{n}",
            "password_hash": "x",
        }
        | {**empty, "created_at": now + timedelta(seconds=n), "updated_at": now}
        for n in range(1, count + 1)
    ]
    put(database, "users", rows)


def update(db, id, **changes) -> int:
    """Change an account in what is given."""
    return db.users.update(id, **{**UNCHANGED, **changes})


# --- What is refused ---


@pytest.mark.parametrize("bad", ["nul\0", "\ud800", "half \udfff"])
def test_text_that_an_engine_cannot_keep_is_refused(database, user_id, bad):
    kept = database.users.find(user_id)
    refused = "username can't hold the NUL character or half of"
    with pytest.raises(InvalidValue, match=refused) as raised:
        database.users.insert(**{**NEW, "username": bad})
    assert raised.value.field == "username"
    assert database.users.find_by_email(NEW["email"]) is None
    with pytest.raises(InvalidValue, match=refused):
        update(database, user_id, username=bad)
    assert database.users.find(user_id) == kept


def test_text_of_the_full_length_is_kept_and_longer_text_refused(database):
    longest = "🧪" * LONGEST["username"]
    id = database.users.insert(**{**NEW, "username": longest})
    assert database.users.find(id)["username"] == longest
    with pytest.raises(InvalidValue, match="username is too long"):
        update(database, id, username=longest + "x")
    assert database.users.find(id)["username"] == longest


@pytest.mark.parametrize("column", NEW)
def test_each_text_of_a_new_account_has_a_maximum_length(database, column):
    longest = LONGEST[column]
    with pytest.raises(InvalidValue) as raised:
        database.users.insert(**{**NEW, column: "x" * (longest + 1)})
    assert raised.value.field == column
    assert database.users.insert(**{**NEW, column: "x" * longest})


@pytest.mark.parametrize("column", UNCHANGED)
def test_each_changed_text_has_a_maximum_length(database, user_id, column):
    longest = "🧪" * LONGEST[column]
    assert update(database, user_id, **{column: longest}) == 1
    with pytest.raises(InvalidValue) as raised:
        update(database, user_id, **{column: longest + "x"})
    assert raised.value.field == column
    assert database.users.find(user_id)[column] == longest


@pytest.mark.parametrize(
    "id", [0, -1, 2**53, 2**63, 2**80, "1", "1abc", None, 1.0, True, {"$gt": 0}]
)
def test_a_malformed_id_is_not_found(database, user_id, id):
    assert database.users.find(id) is None


def test_an_account_that_does_not_exist_is_none(database):
    assert database.users.find(1) is None
    assert database.users.find_by_email("x") is None
    assert database.users.find_by_username("x") is None


# --- What is unique ---


def test_text_is_compared_exactly(database):
    emails = ["jake", "Jake", "JAKE", "jaké", "jake ", " jake", "jake\t", "ｊake", "jake\u0301"]
    ids = {
        email: database.users.insert(username=f"u{number}", email=email, password_hash="x")
        for number, email in enumerate(emails)
    }
    assert len(set(ids.values())) == len(emails)
    for email, id in ids.items():
        assert database.users.find_by_email(email)["id"] == id


ALIKE = ["Jaké", "jaké", "JAKÉ", "jake\u0301", "ｊaké"]


@pytest.mark.parametrize("username", ALIKE)
def test_a_username_is_one_however_it_is_cased_or_composed(database, username):
    id = database.users.insert(username=username, email="first", password_hash="x")
    assert database.users.find(id)["username"] == username
    for other in ALIKE:
        assert database.users.find_by_username(other)["id"] == id
        with pytest.raises(Duplicate) as raised:
            database.users.insert(username=other, email="second", password_hash="x")
        assert raised.value.fields == ("username",)
    assert database.users.find_by_username("jake") is None
    assert update(database, id, username=ALIKE[0]) == 1


def test_a_username_that_no_index_can_hold_is_refused(database):
    with pytest.raises(InvalidValue) as raised:
        database.users.insert(username="\ufdfa" * 64, email="e", password_hash="x")
    assert raised.value.field == "username"
    assert database.users.find_by_email("e") is None


@pytest.mark.parametrize(
    ("username", "email", "fields"),
    [
        ("jake", "new", ("username",)),
        ("new", "jake@jake.jake", ("email",)),
        ("jake", "jake@jake.jake", ("username", "email")),
        ("jake", "anne@anne.anne", ("username", "email")),
    ],
)
def test_every_value_that_is_taken_is_named(database, user_id, other_id, username, email, fields):
    for _ in range(2):
        with pytest.raises(Duplicate) as raised:
            database.users.insert(username=username, email=email, password_hash="x")
        assert raised.value.fields == fields


def test_an_update_to_a_taken_value_names_it(database, user_id, other_id):
    kept = database.users.find(other_id)
    with pytest.raises(Duplicate) as raised:
        update(
            database, other_id, username="jake", email="anne@anne.anne", password_hash="y", bio="b"
        )
    assert raised.value.fields == ("username",)
    assert database.users.find(other_id) == kept


def test_a_duplicate_in_a_transaction_is_named_too(database, user_id):
    with pytest.raises(Duplicate) as raised:
        database.atomically(
            lambda db: db.users.insert(username="jake", email="new", password_hash="x")
        )
    assert raised.value.fields == ("username",)


def test_a_username_is_unique_under_concurrency(database):
    def insert(number: int) -> bool:
        try:
            database.users.insert(username="jake", email=f"{number}", password_hash="x")
        except Duplicate:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(insert, range(24))) == 1


# --- What is kept ---


def test_an_account_is_found_by_each_of_its_names(database, user_id):
    account = database.users.find(user_id)
    assert set(account) == set(get_type_hints(UserRow))
    assert account == database.users.find_by_email("jake@jake.jake")
    assert account == database.users.find_by_username("jake")
    assert database.users.find_by_email("JAKE@jake.jake") is None
    assert account["bio"] is None
    assert account["created_at"] == account["updated_at"]


def test_all_of_unicode_comes_back_unchanged(database):
    id = database.users.insert(username=UNICODE, email=UNICODE, password_hash="x")
    update(database, id, bio=UNICODE)
    account = database.users.find_by_email(UNICODE)
    assert (account["username"], account["bio"]) == (UNICODE, UNICODE)


def test_an_update_changes_only_what_is_given(database, user_id):
    values = {"username": "jake", "email": "e", "password_hash": "p", "bio": UNICODE, "image": "i"}
    assert database.users.update(user_id, **values) == 1
    account = database.users.find(user_id)
    assert {name: account[name] for name in values} == values
    for name, given in values.items():
        assert update(database, user_id, **{name: given + "2"}) == 1
        values[name] = given + "2"
        account = database.users.find(user_id)
        assert {name: account[name] for name in values} == values
    assert update(database, user_id + 1000, **{**values, "username": "u", "email": "f"}) == 0


def test_an_update_that_changes_nothing_still_counts_its_row(database, user_id, monkeypatch):
    moment = value.now()
    monkeypatch.setattr(value, "now", lambda: moment)
    assert update(database, user_id + 1000, bio="b") == 0
    for _ in range(3):
        assert update(database, user_id, bio="b") == 1


def test_an_update_moves_updated_at_alone(database, user_id):
    first = database.users.find(user_id)
    time.sleep(0.002)
    update(database, user_id, bio="b")
    second = database.users.find(user_id)
    assert second == {**first, "bio": "b", "updated_at": second["updated_at"]}
    assert second["updated_at"] > first["updated_at"]


def test_an_empty_bio_and_image_become_null(database, user_id):
    update(database, user_id, bio="b", image="i")
    assert update(database, user_id, bio="", image="") == 1
    account = database.users.find(user_id)
    assert (account["bio"], account["image"]) == (None, None)
    update(database, user_id, bio=" ")
    assert database.users.find(user_id)["bio"] == " "


def test_an_account_has_a_role(database, user_id):
    assert database.users.find(user_id)["role"] == "user"
    assert database.users.set_role(user_id, "admin") == 1
    assert database.users.find(user_id)["role"] == "admin"
    assert database.users.set_role(user_id + 1000, "admin") == 0


def test_a_sign_in_counts_only_with_the_current_hash(database, user_id):
    assert database.users.sign_in(user_id, password_hash="y", new_hash="z") == 0
    assert database.users.sign_in(user_id + 1000, password_hash="x", new_hash="z") == 0
    assert database.users.find(user_id)["password_hash"] == "x"
    assert database.users.sign_in(user_id, password_hash="x", new_hash="x") == 1
    assert database.users.sign_in(user_id, password_hash="x", new_hash="y") == 1
    assert database.users.find(user_id)["password_hash"] == "y"
