"""Registering, signing in, and one's own account."""

import jwt
import pytest

from config import TestConfig
from controller import security
from controller.security import Claims, Security
from tests.api.v1.conftest import PASSWORD, Person

GOOD = {"username": "jake", "email": "jake@jake.jake", "password": PASSWORD}
INVALID = {"token": ["is invalid"]}


def register(nobody, **changed):
    return nobody.post("/users", user={**GOOD, **changed})


def login(nobody, email="jake@example.com", password=PASSWORD):
    return nobody.post("/users/login", user={"email": email, "password": password})


# --- Who may not register ---


@pytest.mark.parametrize("blank", ["", " ", "\t\n", " " * 20])
def test_every_blank_field_is_named(nobody, blank):
    response = nobody.post("/users", user=dict.fromkeys(GOOD, blank))
    assert response.status_code == 422
    assert response.json["errors"] == {field: ["can't be blank"] for field in GOOD}


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("email", "jake", "must be an e-mail address"),
        ("email", "jake@", "must be an e-mail address"),
        ("email", "@jake.jake", "must be an e-mail address"),
        ("email", "a b@jake.jake", "must be an e-mail address"),
        ("username", "a/b", "can't hold a slash or a control character"),
        ("username", "a\nb", "can't hold a slash or a control character"),
        ("username", "..", "can't hold a slash or a control character"),
        ("username", "x" * 65, "is too long (the maximum is 64)"),
        ("password", "7 chars", "is too short (the minimum is 8)"),
        ("password", "x" * 257, "is too long (the maximum is 256)"),
        ("password", None, "can't be null"),
    ],
)
def test_what_an_account_cannot_be_is_named(nobody, database, field, value, message):
    response = register(nobody, **{field: value})
    assert response.status_code == 422
    assert response.json["errors"] == {field: [message]}
    assert database.users.find_by_email(GOOD["email"]) is None


@pytest.mark.parametrize(
    ("changed", "fields"),
    [
        ({"email": "new@jake.jake"}, ["username"]),
        ({"username": "new"}, ["email"]),
        ({"username": "new", "email": " JAKE@Jake.jake "}, ["email"]),
        ({}, ["username", "email"]),
    ],
)
def test_everything_that_is_taken_is_named(nobody, changed, fields):
    assert register(nobody).status_code == 201
    response = register(nobody, **changed)
    assert response.status_code == 409
    assert response.json["errors"] == {field: ["has already been taken"] for field in fields}


# --- Registering ---


def test_who_registers_is_signed_in(nobody, client):
    response = register(nobody, username="  jake ", email=" Jake@JAKE.jake\n")
    assert response.status_code == 201
    user = response.json["user"]
    token, refresh_token = user.pop("token"), user.pop("refreshToken")
    assert user == {"username": "jake", "email": "jake@jake.jake", "bio": None, "image": None}
    assert refresh_token
    me = Person(client, token).get("/user").json["user"]
    assert me == {**user, "token": token}


def test_usernames_are_compared_exactly(nobody):
    register(nobody)
    assert register(nobody, username="Jake", email="other@jake.jake").status_code == 201


@pytest.mark.parametrize(
    "password", ["aaaaaaaa", " spaces ", "비밀번호비밀번호", "🧪" * 8, "x" * 256, "'; DROP--"]
)
def test_any_characters_make_a_password(nobody, password):
    assert register(nobody, password=password).status_code == 201
    assert login(nobody, "jake@jake.jake", password).status_code == 200
    assert login(nobody, "jake@jake.jake", password[:-1]).status_code == 401


def test_a_password_is_kept_as_an_argon2id_hash_alone(nobody, database):
    register(nobody)
    stored = database.users.find_by_email("jake@jake.jake")["password_hash"]
    assert stored.startswith("$argon2id$")
    assert PASSWORD not in stored


# --- Signing in ---


@pytest.mark.parametrize(
    ("email", "password"),
    [("jake@example.com", "wrong password"), ("unknown@example.com", PASSWORD), ("jake", PASSWORD)],
)
def test_a_wrong_email_and_a_wrong_password_are_answered_alike(nobody, jake, email, password):
    response = login(nobody, email, password)
    assert response.status_code == 401
    assert response.json == {
        "msg": "fail",
        "description": "credentials invalid",
        "errors": {"credentials": ["invalid"]},
    }


def test_an_unknown_email_takes_as_long_as_a_wrong_password(nobody, jake, app, monkeypatch):
    hasher = app.extensions["security"]._hasher
    verified = []

    class Counting:
        def verify(self, password_hash, password):
            verified.append(password_hash.rpartition("$")[0].rpartition("$")[0])
            return hasher.verify(password_hash, password)

    monkeypatch.setattr(app.extensions["security"], "_hasher", Counting())
    login(nobody, password="wrong password")
    login(nobody, "unknown@example.com", "wrong password")
    assert len(verified) == 2
    assert verified[0] == verified[1]  # one hash each, of the same costs


@pytest.mark.parametrize("field", ["email", "password"])
def test_a_blank_field_of_the_sign_in_is_named(nobody, field):
    response = nobody.post(
        "/users/login", user={"email": "a@b.c", "password": PASSWORD, field: " "}
    )
    assert response.status_code == 422
    assert response.json["errors"] == {field: ["can't be blank"]}


def test_who_signs_in_is_shown_with_new_tokens(nobody, jake):
    user = login(nobody, " JAKE@example.com ").json["user"]
    assert user["username"] == "jake"
    assert (user["bio"], user["image"]) == (None, None)
    assert user["token"] != jake.token
    assert user["refreshToken"] != jake.refresh_token


def test_a_password_is_hashed_anew_when_its_costs_changed(nobody, app, jake, database):
    def stored():
        return database.users.find_by_email("jake@example.com")["password_hash"]

    before = stored()
    login(nobody)
    assert stored() == before
    dearer = type("Dearer", (TestConfig,), {"ARGON2_TIME_COST": 2})
    app.extensions["security"] = Security(dearer)
    assert login(nobody, password="wrong password").status_code == 401
    assert stored() == before
    assert login(nobody).status_code == 200
    assert "t=2" in stored()
    assert login(nobody).status_code == 200


def test_nobody_signs_in_as_someone_who_was_made_up(nobody, database):
    database.users.insert(username="x", email="x@y.z", password_hash="!")
    assert login(nobody, "x@y.z", "!").status_code == 401


# --- Tokens ---


@pytest.mark.parametrize("method_path", ["GET /user", "PUT /user", "GET /articles/feed"])
def test_a_missing_token_is_told(nobody, method_path):
    response = nobody.send(*method_path.split())
    assert response.status_code == 401
    assert response.json["errors"] == {"token": ["is missing"]}
    assert response.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("scheme", ["Token", "Bearer", "bearer", "TOKEN"])
def test_both_schemes_show_who_someone_is(client, jake, scheme):
    response = client.get("/api/v1/user", headers={"Authorization": f"{scheme} {jake.token}"})
    assert response.json["user"]["username"] == "jake"


def bad_headers(jake, app):
    """Authorizations that are malformed, of another key, purpose or issuer, or for nobody."""
    claims = jwt.decode(jake.token, options={"verify_signature": False})
    key = app.extensions["security"]._keys[0]

    def signed(key=key, algorithm="HS256", **changed):
        payload = {
            name: value for name, value in {**claims, **changed}.items() if value is not None
        }
        return f"Token {jwt.encode(payload, key, algorithm=algorithm)}"

    head, body, signature = jake.token.split(".")
    return [
        "Token",
        "Token ",
        jake.token,
        f"Basic {jake.token}",
        f"Token {jake.token} {jake.token}",
        f"Token {head}.{body}",
        f"Token {head}.{body}.",
        f"Token {head}.{body}.{signature[::-1]}",
        "Token null",
        "Token " + "[" * 5000,
        "Token \xff\xfe",
        signed(key=b"x" * 32),
        signed(key=None, algorithm="none"),
        signed(key=key * 2, algorithm="HS512"),
        signed(key=key * 2, algorithm="HS256"),
        signed(exp=claims["iat"] - 1),
        signed(exp=None),
        signed(iss="Another"),
        signed(iss=None),
        signed(purpose="refresh"),
        signed(purpose=None),
        signed(sub=None),
        signed(sub="1 OR 1=1"),
        signed(sub=str(int(claims["sub"]) + 1)),
        signed(sub=str(2**80)),
        signed(sid=claims["sid"][::-1]),
        signed(sid=None),
        signed(sid="x"),
        signed(sid={"$gt": 0}),
    ]


@pytest.mark.parametrize("path", ["/user", "/articles", "/profiles/jake"])
def test_a_bad_token_is_refused_also_where_none_is_needed(client, jake, app, path):
    for header in bad_headers(jake, app):
        response = client.get(f"/api/v1{path}", headers={"Authorization": header})
        assert response.status_code == 401, header
        assert response.json["errors"] == INVALID, header
    assert jake.get(path).status_code == 200


def test_a_token_expires_though_it_was_seen_before(jake, monkeypatch):
    assert jake.get("/user").status_code == 200
    now = security.time.time
    monkeypatch.setattr(security.time, "time", lambda: now() + 60 * 60 + 1)
    response = jake.get("/user")
    assert response.status_code == 401
    assert response.json["errors"] == INVALID


def test_a_key_that_was_changed_is_good_until_it_is_forgotten(client, jake, app):
    changed = {"SECRET_KEY": "another key", "SECRET_KEY_PREVIOUS": TestConfig.SECRET_KEY}
    app.extensions["security"] = Security(type("Changed", (TestConfig,), changed))
    assert jake.get("/user").status_code == 200
    new = login(Person(client)).json["user"]["token"]
    app.extensions["security"] = Security(
        type("Forgotten", (TestConfig,), {"SECRET_KEY": "another key"})
    )
    assert jake.get("/user").status_code == 401
    assert Person(client, new).get("/user").status_code == 200


def test_a_token_is_of_no_use_when_its_account_is_gone(client, jake, app):
    claims = Claims(user_id=999_999, family_hash="x")
    token = app.extensions["security"].access_token(claims)
    assert Person(client, token).get("/user").json["errors"] == INVALID


# --- One's own account ---


@pytest.mark.parametrize("field", ["email", "username", "password"])
@pytest.mark.parametrize(("value", "message"), [(None, "can't be null"), (" ", "can't be blank")])
def test_what_an_account_needs_can_not_be_taken_away(jake, field, value, message):
    before = jake.get("/user").json
    response = jake.put("/user", user={field: value, "bio": "changed"})
    assert response.status_code == 422
    assert response.json["errors"][field][0] == message
    assert jake.get("/user").json == before


def test_each_part_changes_alone(jake, nobody):
    changes = {
        "email": " NEW@example.com ",
        "username": " new ",
        "bio": "I work.",
        "image": "https://example.com/jake.png",
    }
    expected = jake.get("/user").json["user"]
    for field, value in changes.items():
        response = jake.put("/user", user={field: value})
        assert response.status_code == 200
        expected[field] = value.strip().lower() if field == "email" else value.strip()
        assert response.json["user"] == expected
        assert jake.get("/user").json["user"] == expected
    assert login(nobody, "new@example.com").status_code == 200


@pytest.mark.parametrize("nothing", [None, ""])
def test_null_and_nothing_clear_bio_and_image(jake, nothing):
    jake.put("/user", user={"bio": "b", "image": "i"})
    user = jake.put("/user", user={"bio": nothing}).json["user"]
    assert (user["bio"], user["image"]) == (None, "i")
    user = jake.put("/user", user={"image": nothing}).json["user"]
    assert (user["bio"], user["image"]) == (None, None)


def test_nobody_takes_the_name_of_another(jake, anne):
    response = jake.put("/user", user={"username": "anne", "email": "ANNE@example.com"})
    assert response.status_code == 409
    assert response.json["errors"] == {
        "username": ["has already been taken"],
        "email": ["has already been taken"],
    }
    assert jake.get("/user").json["user"]["username"] == "jake"


def test_an_empty_change_changes_nothing(jake):
    before = jake.get("/user").json
    assert jake.put("/user", user={}).json == before


def test_a_new_password_ends_every_other_session(client, nobody, jake, anne):
    other = Person(client, login(nobody).json["user"]["token"])
    assert other.get("/user").status_code == 200
    response = jake.put("/user", user={"password": "another password"})
    assert response.status_code == 200
    assert other.get("/user").json["errors"] == INVALID
    assert jake.get("/user").status_code == 200
    assert anne.get("/user").status_code == 200
    assert login(nobody).status_code == 401
    assert login(nobody, password="another password").status_code == 200
