"""Comments: who may say something, and take it back."""

import re

import pytest


@pytest.fixture(autouse=True)
def article(jake):
    return jake.write("One")


@pytest.mark.parametrize("blank", ["", " \t\n"])
def test_a_blank_comment_is_named(anne, blank):
    response = anne.post("/articles/one/comments", comment={"body": blank})
    assert response.status_code == 422
    assert response.json["errors"] == {"body": ["can't be blank"]}
    assert anne.get("/articles/one/comments").json["comments"] == []


def test_a_token_is_needed(nobody, anne):
    id = anne.comment("one")["id"]
    for response in (
        nobody.post("/articles/one/comments", comment={"body": "b"}),
        nobody.delete(f"/articles/one/comments/{id}"),
    ):
        assert response.status_code == 401
        assert response.json["errors"] == {"token": ["is missing"]}


def test_an_unknown_article_is_named(anne):
    id = anne.comment("one")["id"]
    for response in (
        anne.get("/articles/unknown/comments"),
        anne.post("/articles/unknown/comments", comment={"body": "b"}),
        anne.delete(f"/articles/unknown/comments/{id}"),
    ):
        assert response.status_code == 404
        assert response.json["errors"] == {"article": ["not found"]}


@pytest.mark.parametrize("id", [0, -1, 999_999, 2**53, 2**63 - 1])
def test_an_unknown_comment_is_named(anne, id):
    response = anne.delete(f"/articles/one/comments/{id}")
    assert response.status_code == 404
    assert response.json["errors"] == {"comment": ["not found"]}


@pytest.mark.parametrize("id", ["x", "1x", "1.5", "null", "%24gt"])
def test_what_is_no_id_is_named(anne, id):
    response = anne.delete(f"/articles/one/comments/{id}")
    assert response.status_code == 422
    assert response.json["errors"] == {"id": ["must be a whole number"]}


def test_a_comment_belongs_to_its_article(anne, jake):
    jake.write("Two")
    id = anne.comment("one")["id"]
    response = anne.delete(f"/articles/two/comments/{id}")
    assert response.status_code == 404
    assert response.json["errors"] == {"comment": ["not found"]}
    assert len(anne.get("/articles/one/comments").json["comments"]) == 1


def test_only_who_wrote_it_deletes_a_comment(jake, anne):
    id = anne.comment("one")["id"]
    response = jake.delete(f"/articles/one/comments/{id}")
    assert response.status_code == 403
    assert response.json["errors"] == {"comment": ["forbidden"]}
    response = anne.delete(f"/articles/one/comments/{id}")
    assert (response.status_code, response.data) == (204, b"")
    assert anne.delete(f"/articles/one/comments/{id}").status_code == 404


def test_an_admin_deletes_any_comment(root, anne):
    id = anne.comment("one")["id"]
    assert root.delete(f"/articles/one/comments/{id}").status_code == 204
    assert anne.get("/articles/one/comments").json["comments"] == []


def test_comments_are_newest_first(jake, anne, nobody):
    first, second = anne.comment("one", "First"), jake.comment("one", "Second 🧪")
    assert isinstance(first["id"], int)
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", first["createdAt"])
    assert first == {
        "id": first["id"],
        "createdAt": first["createdAt"],
        "updatedAt": first["createdAt"],
        "body": "First",
        "author": {"username": "anne", "bio": None, "image": None, "following": False},
    }
    assert nobody.get("/articles/one/comments").json["comments"] == [second, first]


def test_an_author_is_shown_as_the_reader_follows_them(jake, anne):
    anne.comment("one")
    jake.post("/profiles/anne/follow")
    [comment] = jake.get("/articles/one/comments").json["comments"]
    assert comment["author"]["following"] is True
