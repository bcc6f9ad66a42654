"""Comments: who may write one, and delete it."""

import re

import pytest

from tests.api.v1.test_article import write
from tests.api.wrong_values import MONGO, SQL

COMMENT = {
    **dict.fromkeys(["id", "createdAt", "updatedAt", "body"]),
    "author": dict.fromkeys(["username", "bio", "image", "following"]),
}
REALWORLD = {
    "GET /articles/{slug}/comments": {
        "parameters": {"slug": "path", "limit": "query", "offset": "query"},
        "statuses": [200, 401, 404, 422],
        "answer": {"comments": [COMMENT], "commentsCount": None},
    },
    "POST /articles/{slug}/comments": {
        "parameters": {"slug": "path"},
        "body": {"comment": {"body": True}},
        "statuses": [201, 401, 404, 422],
        "answer": {"comment": COMMENT},
    },
    "DELETE /articles/{slug}/comments/{id}": {
        "parameters": {"slug": "path", "id": "path"},
        "statuses": [204, 401, 403, 404, 422],
    },
}

UNKNOWN = {"slug": (404, "article"), "id": (404, "comment")}


def prepare(jake, anne, database):
    """jake commented on the article of the examples."""
    written = comment(jake, "how-to-train-your-dragon")
    return {"delete_comment": {"id": written["id"]}}


def comment(person, slug, body="Well said."):
    """Comment on an article and return the comment."""
    response = person.post(f"/articles/{slug}/comments", comment={"body": body})
    assert response.status_code == 201, response.text
    return response.json["comment"]


@pytest.fixture(autouse=True)
def article(jake):
    return write(jake, "One")


@pytest.mark.parametrize("blank", ["", " \t\n"])
def test_a_blank_comment_is_named(anne, blank):
    response = anne.post("/articles/one/comments", comment={"body": blank})
    assert response.status_code == 422
    assert response.json["errors"] == {"body": ["can't be blank"]}
    assert anne.get("/articles/one/comments").json["comments"] == []


def test_a_token_is_needed(nobody, anne):
    id = comment(anne, "one")["id"]
    for response in (
        nobody.post("/articles/one/comments", comment={"body": "b"}),
        nobody.delete(f"/articles/one/comments/{id}"),
    ):
        assert response.status_code == 401
        assert response.json["errors"] == {"token": ["is missing"]}


def test_an_unknown_article_is_named(anne):
    id = comment(anne, "one")["id"]
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
def test_an_invalid_id_is_named(anne, id):
    response = anne.delete(f"/articles/one/comments/{id}")
    assert response.status_code == 422
    assert response.json["errors"] == {"id": ["must be a whole number"]}


def test_a_comment_belongs_to_its_article(anne, jake):
    write(jake, "Two")
    id = comment(anne, "one")["id"]
    response = anne.delete(f"/articles/two/comments/{id}")
    assert response.status_code == 404
    assert response.json["errors"] == {"comment": ["not found"]}
    assert len(anne.get("/articles/one/comments").json["comments"]) == 1


def test_only_its_author_deletes_a_comment(jake, anne):
    id = comment(anne, "one")["id"]
    response = jake.delete(f"/articles/one/comments/{id}")
    assert response.status_code == 403
    assert response.json["errors"] == {"comment": ["forbidden"]}
    response = anne.delete(f"/articles/one/comments/{id}")
    assert (response.status_code, response.data) == (204, b"")
    assert anne.delete(f"/articles/one/comments/{id}").status_code == 404


def test_an_admin_deletes_any_comment(root, anne):
    id = comment(anne, "one")["id"]
    assert root.delete(f"/articles/one/comments/{id}").status_code == 204
    assert anne.get("/articles/one/comments").json["comments"] == []


def test_comments_are_newest_first(jake, anne, nobody):
    first, second = comment(anne, "one", "First"), comment(jake, "one", "Second 🧪")
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


def test_an_author_is_shown_with_whether_you_follow_them(jake, anne):
    comment(anne, "one")
    jake.post("/profiles/anne/follow")
    [shown] = jake.get("/articles/one/comments").json["comments"]
    assert shown["author"]["following"] is True


def test_deleting_an_article_deletes_its_comments(jake, anne, nobody):
    comment(anne, "one")
    assert jake.delete("/articles/one").status_code == 204
    assert nobody.get("/articles/one/comments").status_code == 404
    assert write(jake, "One")["slug"] == "one"
    assert nobody.get("/articles/one/comments").json["comments"] == []


def test_a_query_language_is_only_text(jake):
    for text in [*SQL, *MONGO]:
        assert comment(jake, "one", body=text)["body"] == text
        assert jake.get("/articles/one/comments").json["comments"][0]["body"] == text
