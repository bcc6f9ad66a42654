"""Profiles: people as others see them, and following them."""

from urllib.parse import quote

import pytest

from tests.api.wrong_values import MONGO, SQL

NOT_FOUND = {"profile": ["not found"]}

PROFILE = dict.fromkeys(["username", "bio", "image", "following"])
REALWORLD = {
    f"{method} /profiles/{{username}}{action}": {
        "parameters": {"username": "path"},
        "statuses": [200, 401, 404, 422],
        "answer": {"profile": PROFILE},
    }
    for method, action in (("GET", ""), ("POST", "/follow"), ("DELETE", "/follow"))
}

UNKNOWN = {"username": (404, "profile")}
SAME = {"username": ["ANNE"]}


def prepare(jake, anne, database):
    """jake and anne follow each other."""
    assert jake.post("/profiles/anne/follow").status_code == 200
    assert anne.post("/profiles/jake/follow").status_code == 200


@pytest.mark.parametrize("name", ["nobody", "jaké", "jake ", "x", "' OR 1=1 --", "제이크", "$gt"])
def test_an_unknown_profile_is_404(anne, jake, name):
    for response in (
        anne.get(f"/profiles/{name}"),
        anne.post(f"/profiles/{name}/follow"),
        anne.delete(f"/profiles/{name}/follow"),
    ):
        assert response.status_code == 404
        assert response.json["errors"] == NOT_FOUND


def test_following_needs_a_token(nobody, jake):
    for response in (nobody.post("/profiles/jake/follow"), nobody.delete("/profiles/jake/follow")):
        assert response.status_code == 401
        assert response.json["errors"] == {"token": ["is missing"]}


def test_nobody_follows_themselves(jake):
    response = jake.post("/profiles/jake/follow")
    assert response.status_code == 422
    assert response.json["errors"] == {"profile": ["can't be your own"]}
    assert jake.get("/profiles/jake").json["profile"]["following"] is False
    assert jake.delete("/profiles/jake/follow").status_code == 200


def test_a_profile_as_anybody_sees_it(nobody, jake):
    jake.put("/user", user={"bio": "I work.", "image": "https://example.com/jake.png"})
    assert nobody.get("/profiles/jake").json == {
        "msg": "success",
        "profile": {
            "username": "jake",
            "bio": "I work.",
            "image": "https://example.com/jake.png",
            "following": False,
        },
    }


def test_an_image_of_an_older_row_is_shown_only_if_it_could_be_set_today(nobody, jake, database):
    id = database.users.find_by_username("jake")["id"]
    changes = dict.fromkeys(["username", "email", "password_hash", "bio"])
    database.users.update(id, **changes, image="javascript:alert(1)")
    assert nobody.get("/profiles/jake").json["profile"]["image"] is None


def test_following_twice_and_unfollowing_twice_is_once(nobody, jake, anne):
    for expected, follow in ((True, anne.post), (False, anne.delete)):
        for _ in range(2):
            response = follow("/profiles/jake/follow")
            assert response.status_code == 200
            assert response.json["profile"]["following"] is expected
        assert anne.get("/profiles/jake").json["profile"]["following"] is expected
        assert jake.get("/profiles/anne").json["profile"]["following"] is False
        assert nobody.get("/profiles/jake").json["profile"]["following"] is False


def test_a_query_language_is_only_text(jake):
    for text in [*SQL, *MONGO]:
        jake.put("/user", user={"username": text, "bio": text})
        assert jake.get(f"/profiles/{quote(text, safe='')}").json["profile"]["bio"] == text


@pytest.mark.parametrize("name", ["JAKE", "Jake", "%EF%BD%8Aake"])
def test_a_profile_is_found_however_its_username_is_cased_or_composed(anne, jake, name):
    assert anne.get(f"/profiles/{name}").json["profile"]["username"] == "jake"
    assert anne.post(f"/profiles/{name}/follow").json["profile"]["following"] is True
