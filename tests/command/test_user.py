"""`flask user-promote` as a person runs it, on every engine."""

import pytest

PERSON = {"username": "jake", "email": "jake@jake.jake", "password_hash": "x"}


@pytest.fixture
def promote(run, url):
    return lambda email: run("-m", "flask", "user-promote", email, DATABASE_URL=url)


def test_nobody_unknown_is_promoted(promote):
    finished = promote("unknown@jake.jake")
    assert (finished.returncode, finished.stderr) == (1, "user not found\n")


def test_someone_is_promoted_whatever_the_case_of_their_email(promote, database):
    id = database.users.insert(**PERSON)
    finished = promote("Jake@jake.jake")
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout == "Jake@jake.jake is an admin now.\n"
    assert database.users.find(id)["role"] == "admin"
