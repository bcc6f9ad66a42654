"""Requests that overlap: each test lets the second begin and end in the middle of the first."""

import pytest

from controller import article
from tests.api.v1.conftest import PASSWORD, Person

NEW = "another password"


@pytest.fixture
def meanwhile(monkeypatch):
    """Let something happen once, right after a function was called and before it returns."""

    def let_happen(owner, name, happening):
        original = getattr(owner, name)
        waiting = [happening]

        def called(*args, **kwargs):
            result = original(*args, **kwargs)
            if waiting:
                waiting.pop()()
            return result

        monkeypatch.setattr(owner, name, called)

    return let_happen


def sign_in(nobody, password):
    user = {"email": "jake@example.com", "password": password}
    return nobody.post("/users/login", user=user)


@pytest.mark.parametrize("is_outdated", [False, True])
def test_a_sign_in_by_the_password_before_fails(
    app, nobody, jake, meanwhile, monkeypatch, is_outdated
):
    security = app.extensions["security"]
    monkeypatch.setattr(security, "is_outdated", lambda _hash: is_outdated)
    meanwhile(security, "is_password", lambda: jake.put("/user", user={"password": NEW}))
    response = sign_in(nobody, PASSWORD)
    assert response.status_code == 401
    assert response.json["errors"] == {"credentials": ["invalid"]}
    assert len(jake.get("/auth/sessions").json["sessions"]) == 1
    assert sign_in(nobody, PASSWORD).status_code == 401
    assert sign_in(nobody, NEW).status_code == 200


def test_a_sign_in_that_overlaps_another_that_hashes_anew_succeeds(
    app, nobody, jake, meanwhile, monkeypatch
):
    security = app.extensions["security"]
    monkeypatch.setattr(security, "is_outdated", lambda _hash: True)
    answers = []
    meanwhile(security, "is_password", lambda: answers.append(sign_in(nobody, PASSWORD)))
    answers.append(sign_in(nobody, PASSWORD))
    assert [answer.status_code for answer in answers] == [200, 200]


def test_of_two_new_passwords_the_second_is_of_a_session_that_ended(
    app, client, nobody, jake, meanwhile
):
    thief = Person(client, sign_in(nobody, PASSWORD).json["user"]["token"])
    meanwhile(
        app.extensions["security"],
        "hash_password",
        lambda: jake.put("/user", user={"password": NEW}),
    )
    response = thief.put("/user", user={"password": "the thief's own", "username": "thief"})
    assert response.status_code == 401
    assert response.json["errors"] == {"token": ["is invalid"]}
    assert jake.get("/user").json["user"]["username"] == "jake"
    assert sign_in(nobody, NEW).status_code == 200


def test_a_change_that_overlaps_a_new_title_leaves_title_and_slug_alone(jake, meanwhile):
    jake.write("Old")
    meanwhile(article, "not_blank", lambda: jake.put("/articles/old", article={"title": "New"}))
    changed = jake.put("/articles/old", article={"body": "B", "title": "Old"})
    assert changed.status_code == 200
    found = jake.get("/articles/new").json["article"]
    assert (found["title"], found["slug"], found["body"]) == ("New", "new", "B")
    assert changed.json["article"] == found


def test_a_change_that_overlaps_the_deletion_finds_nothing(jake, meanwhile):
    jake.write("One")
    meanwhile(article, "not_blank", lambda: jake.delete("/articles/one"))
    response = jake.put("/articles/one", article={"body": "B"})
    assert response.status_code == 404
    assert response.json["errors"] == {"article": ["not found"]}
    assert jake.get("/articles").json["articlesCount"] == 0
