"""Accounts without Flask: what a rule refuses, then what it does."""

import json

import pytest

from controller import account
from controller.frame import security as security_module
from controller.frame.error import Forbidden, Invalid, NotFound, Unauthorized
from model.frame.error import Duplicate
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
