"""Accounts without Flask: what a rule refuses, then what it does."""

import json
from datetime import timedelta

import pytest

from config import TestConfig
from controller import account
from controller.frame import batch
from controller.frame import security as security_module
from controller.frame.error import Forbidden, Invalid, NotFound, Unauthorized
from controller.frame.security import Security
from model.frame import value
from model.frame.error import Duplicate, InvalidValue
from tests import engines

NOT_A_NAME = f"username {account.NOT_A_NAME}"
GOOD = {"username": "jake", "email": "jake@jake.jake", "password": "correct horse"}


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"username": " "}, "username can't be blank"),
        ({"email": " "}, "email can't be blank"),
        ({"username": "\u200b"}, "username can't be blank"),
        ({"username": "a/b"}, NOT_A_NAME),
        ({"username": "a\u202eb"}, NOT_A_NAME),
        ({"username": "a\u0378b"}, NOT_A_NAME),
        ({"username": "a\ue000b"}, NOT_A_NAME),
        ({"email": "jake"}, "email must be an e-mail address"),
        ({"email": "a b@jake.jake"}, "email must be an e-mail address"),
        ({"password": " " * 8}, "password can't be blank"),
        ({"password": "7 chars"}, "password is too short (the minimum is 8)"),
        ({"password": "x" * 257}, "password is too long (the maximum is 256)"),
    ],
)
def test_an_account_that_breaks_a_rule_is_not_made(database, security, changed, message):
    with pytest.raises(Invalid) as raised:
        account.register(database, security, **{**GOOD, **changed})
    assert str(raised.value) == message
    assert database.users.find_by_email(GOOD["email"]) is None


# --- Passwords that are guessed first ---

COMMON = "password is one of the most common passwords"
HOLDS_USERNAME = "password can't contain the username"
HOLDS_EMAIL = "password can't contain the e-mail address"


@pytest.fixture
def strict():
    """Security that refuses common passwords."""
    return Security(type("Strict", (TestConfig,), {"COMMON_PASSWORDS": "refuse"}))


GUESSABLE = [
    ({"password": "password123"}, COMMON),
    ({"password": "PassWord123"}, COMMON),
    ({"password": "ｐａｓｓｗｏｒｄ"}, COMMON),
    ({"password": "\u017funshine"}, COMMON),  # a long s, which is casefolded to s
    ({"username": "mary", "password": "xxMARYxx1"}, HOLDS_USERNAME),
    ({"username": "Straße", "password": "7 STRASSE 7"}, HOLDS_USERNAME),
    ({"username": "\u212bngstr\xf6m", "password": "my \xe5ngstro\u0308m"}, HOLDS_USERNAME),
    ({"email": "mary.jones@jake.jake", "password": "3 Mary.Jones 3"}, HOLDS_EMAIL),
]
NOT_GUESSABLE = [
    {"password": "password123 "},
    {"password": "xpassword123"},
    {"username": "ann", "password": "annapurna!"},
    {"username": "mary", "password": "mar_y mar_y"},
    {"email": "ann@jake.jake", "password": "annapurna!"},
    {"email": "ann+jones@jake.jake", "password": "jones and jake"},
]


@pytest.mark.parametrize(("changed", "message"), GUESSABLE)
def test_a_guessable_password_is_refused_where_the_configuration_says_so(
    database, security, strict, register, changed, message
):
    with pytest.raises(Invalid) as raised:
        account.register(database, strict, **{**GOOD, "username": "x", **changed})
    assert str(raised.value) == message
    assert database.users.find_by_email(changed.get("email", GOOD["email"])) is None
    with pytest.raises(Invalid) as raised:
        account.update(database, strict, reader_id=register("other"), **changed)
    assert str(raised.value) == message
    account.register(database, security, **{**GOOD, "username": "x", **changed})


@pytest.mark.parametrize("changed", NOT_GUESSABLE)
def test_a_password_that_is_nearly_guessable_is_accepted(database, strict, changed):
    assert account.register(database, strict, **{**GOOD, "username": "x", **changed})


def test_a_new_password_is_held_to_the_names_that_the_account_has_then(database, strict, jake):
    def refused(**changed):
        with pytest.raises(Invalid) as raised:
            account.update(database, strict, reader_id=jake, password="i am jake", **changed)
        return str(raised.value)

    assert refused() == HOLDS_USERNAME
    assert refused(username="mary") == HOLDS_EMAIL
    assert refused(username="i am", email="mary@jake.jake") == HOLDS_USERNAME
    renamed = {"username": "mary", "email": "mary@jake.jake"}
    account.update(database, strict, reader_id=jake, password="i am jake", **renamed)


def test_whoever_has_a_guessable_password_already_still_signs_in(database, security, strict):
    account.register(database, security, **{**GOOD, "password": "password123"})
    assert account.login(database, strict, email=GOOD["email"], password="password123")


# --- The current password ---

WRONG = "current_password is wrong"
MISSING = "current_password is missing"


@pytest.fixture
def guarded():
    """Security that requires the current password."""
    return Security(type("Guarded", (TestConfig,), {"REQUIRE_CURRENT_PASSWORD": True}))


@pytest.mark.parametrize("changed", [{"password": "another password"}, {"email": "new@jake.jake"}])
@pytest.mark.parametrize(
    ("current", "message"), [(None, MISSING), ("", WRONG), ("wrong password", WRONG)]
)
def test_a_new_password_or_email_needs_the_current_password_if_it_is_required(
    database, guarded, jake, changed, current, message
):
    before = database.users.find(jake)
    with pytest.raises(Invalid) as raised:
        account.update(
            database, guarded, reader_id=jake, bio="new", current_password=current, **changed
        )
    assert str(raised.value) == message
    assert database.users.find(jake) == before
    changed = {**changed, "current_password": "correct horse"}
    assert account.update(database, guarded, reader_id=jake, bio="new", **changed)["bio"] == "new"


def test_what_is_not_guarded_needs_no_current_password(database, guarded, jake):
    changed = {"username": "jim", "email": " JAKE@example.com", "bio": "b"}
    assert account.update(database, guarded, reader_id=jake, **changed)["username"] == "jim"


def test_a_current_password_is_verified_also_where_it_is_not_required(database, security, jake):
    with pytest.raises(Invalid, match=WRONG):
        account.update(database, security, reader_id=jake, bio="b", current_password="x")
    account.update(database, security, reader_id=jake, bio="b", current_password="correct horse")


def test_a_current_password_that_is_changed_meanwhile_is_wrong(
    database, guarded, jake, monkeypatch
):
    thief = {"current_password": "correct horse", "password": "the thief's own"}
    hash_password = guarded.hash_password

    def meanwhile(password):
        monkeypatch.setattr(guarded, "hash_password", hash_password)
        account.update(database, guarded, reader_id=jake, **{**thief, "password": "jake's own"})
        return hash_password(password)

    monkeypatch.setattr(guarded, "hash_password", meanwhile)
    with pytest.raises(Invalid, match=WRONG):
        account.update(database, guarded, reader_id=jake, **thief)
    assert account.login(database, guarded, email="jake@example.com", password="jake's own")


@pytest.mark.parametrize("image", ["javascript:alert(1)", "i", "data:,x", " https://a.b/c"])
def test_an_image_that_is_no_web_address_is_refused(database, security, jake, image):
    with pytest.raises(InvalidValue) as raised:
        account.update(database, security, reader_id=jake, image=image)
    assert str(raised.value) == "image must be a URL of http or https"


def test_an_account_is_made_with_its_session_or_not_at_all(database, security, monkeypatch):
    def fail(*_args, **_values):
        raise RuntimeError

    monkeypatch.setattr(account, "_begin_session", fail)
    with pytest.raises(RuntimeError):
        account.register(database, security, **GOOD)
    assert database.users.find_by_email(GOOD["email"]) is None


def test_signing_in_and_being_known(database, security, jake):
    signed_in = account.login(
        database, security, email="JAKE@example.com", password="correct horse"
    )
    known = account.authenticate(database, security, token=signed_in["access_token"])
    assert known == {**signed_in["user"], "session_id": known["session_id"]}
    assert "password_hash" not in signed_in["user"]
    account.end_session(database, reader_id=jake, id=known["session_id"])
    with pytest.raises(Unauthorized, match="token is invalid"):
        account.authenticate(database, security, token=signed_in["access_token"])
    with pytest.raises(NotFound, match="session not found"):
        account.end_session(database, reader_id=jake, id=known["session_id"])


@engines.needs("sqlite")
def test_a_token_names_its_own_session_also_when_ids_begin_anew(database, security, register):
    old = account.register(database, security, **GOOD)["access_token"]
    database.run("DELETE FROM users")
    database.run("DELETE FROM sqlite_sequence")
    assert register("jake") == 1
    with pytest.raises(Unauthorized, match="token is invalid"):
        account.authenticate(database, security, token=old)


def test_a_token_of_a_machine_whose_clock_is_ahead_is_good(database, security, monkeypatch, jake):
    now = security_module.time.time
    monkeypatch.setattr(security_module.time, "time", lambda: now() + 30)
    signed_in = account.login(
        database, security, email="jake@example.com", password="correct horse"
    )
    monkeypatch.undo()
    assert account.authenticate(database, security, token=signed_in["access_token"])


def test_signing_in_forgets_what_has_expired(database, security, jake, monkeypatch):
    [old] = account.list_sessions(database, reader_id=jake)
    later = old["expires_at"]
    monkeypatch.setattr(account.value, "now", lambda: later)
    account.login(database, security, email="jake@example.com", password="correct horse")
    monkeypatch.setattr(account.value, "now", lambda: old["created_at"])
    assert len(account.list_sessions(database, reader_id=jake)) == 1


def test_the_same_letters_are_the_same_password(database, security):
    account.register(database, security, **{**GOOD, "password": "caf\u00e9 latte"})
    assert account.login(database, security, email=GOOD["email"], password="cafe\u0301 latte")


def test_a_change_to_a_taken_name_ends_no_session(database, security, jake, anne):
    with pytest.raises(Duplicate, match="username has already been taken"):
        account.update(
            database, security, reader_id=jake, username="anne", password="another password"
        )
    assert len(account.list_sessions(database, reader_id=jake)) == 1


def test_promoting(database, security, jake):
    assert not account.is_admin(database, reader_id=jake)
    with pytest.raises(NotFound, match="user not found"):
        account.promote(database, email="unknown@example.com")
    account.promote(database, email=" Jake@Example.com")
    assert account.is_admin(database, reader_id=jake)
    account.require_admin(database.users.find(jake)["role"])


def test_who_is_no_admin_is_refused(database, jake):
    with pytest.raises(Forbidden, match="role forbidden"):
        account.require_admin(database.users.find(jake)["role"])


def test_it_runs_alone(run, url):
    def command(*arguments):
        return run("-m", "controller.account", *arguments, DATABASE_URL=url)

    options = ("--username", "jake", "--email", "jake@jake.jake", "--password")
    refused = command("register", *options, "short")
    assert refused.returncode == 1
    assert refused.stderr == "register: password is too short (the minimum is 8)\n"
    made = command("register", *options, "correct horse")
    assert made.returncode == 0, made.stderr
    jake = json.loads(made.stdout)["user"]
    assert jake["username"] == "jake"
    assert "argon2" not in made.stdout
    twice = command("register", *options, "correct horse")
    assert twice.stderr == "register: username and email has already been taken\n"
    changed = command("update", "--reader-id", str(jake["id"]), "--bio", "I work.")
    assert json.loads(changed.stdout)["bio"] == "I work."
    assert command("update", "--reader-id", "999999").stderr == "update: user not found\n"


def test_a_username_is_stored_composed_and_as_it_is_typed(database, security):
    account.register(database, security, **{**GOOD, "username": " Jake\u0301 "})
    assert database.users.find_by_username("JAKÉ")["username"] == "Jaké"
    with pytest.raises(Duplicate, match="username has already been taken"):
        account.register(database, security, **{**GOOD, "username": "ｊaké", "email": "a@b.cd"})


# --- Sessions that have expired ---


@pytest.mark.parametrize("days", [0, -1, 36_501])
def test_a_number_of_days_that_makes_no_sense_deletes_no_session(database, jake, days):
    with pytest.raises(Invalid, match=r"^days must be from 1 to 36500$"):
        account.prune_sessions(database, days=days)
    assert len(database.sessions.list_by_user(jake)) == 1


def test_sessions_are_deleted_a_day_after_they_expired(database, jake, monkeypatch):
    monkeypatch.setattr(batch, "BATCH", 2)
    for hours in (23, 25, 26, 49):
        database.sessions.insert(
            user_id=jake,
            family_hash=f"{hours}",
            refresh_hash="r",
            user_agent="",
            expires_at=value.now() - timedelta(hours=hours),
        )
    assert account.prune_sessions(database, days=2) == 1
    assert account.prune_sessions(database) == 2
    assert account.prune_sessions(database) == 0
    assert database.sessions.find_by_family("23") is not None
    assert len(database.sessions.list_by_user(jake)) == 1
