"""Profiles, and following."""

import pytest

NOT_FOUND = {"profile": ["not found"]}
UNKNOWN = ["nobody", "Jake", "jake ", "%00x"[3:], "' OR 1=1 --", "제이크", "$gt"]


@pytest.mark.parametrize("name", UNKNOWN)
def test_who_is_not_there_is_not_found(anne, jake, name):
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


def test_following_twice_and_unfollowing_twice_is_once(nobody, jake, anne):
    for expected, follow in ((True, anne.post), (False, anne.delete)):
        for _ in range(2):
            response = follow("/profiles/jake/follow")
            assert response.status_code == 200
            assert response.json["profile"]["following"] is expected
        assert anne.get("/profiles/jake").json["profile"]["following"] is expected
        assert jake.get("/profiles/anne").json["profile"]["following"] is False
        assert nobody.get("/profiles/jake").json["profile"]["following"] is False
