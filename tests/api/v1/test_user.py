"""Accounts: registering, signing in, and your own settings."""

import pytest

from config import TestConfig
from controller import account
from controller.frame.security import Security
from tests.api.wrong_values import MONGO, SQL
from tests.http.people import PASSWORD

GOOD = {"username": "jake", "email": "jake@jake.jake", "password": PASSWORD}
INVALID = {"token": ["is invalid"]}
NEW = "another password"
IMAGE = "https://example.com/jake.png"

EMAILS = ["text", "@", "a@", "@b.cd", "a b@c.de", f"{'x' * 250}@b.cd"]
PASSWORDS = ["short", "x" * 257]
IMAGES = [
    "i",
    "javascript:alert(1)",
    "JaVaScRiPt://example.com/%0aalert(1)",
    "data:image/svg+xml,<svg onload=alert(1)>",
    "file:///etc/passwd",
    "ftp://example.com/jake.png",
    "//example.com/jake.png",
    "/jake.png",
    "https:",
    "https://",
    "https:///jake.png",
    "https://jake:secret@example.com/jake.png",
    " https://example.com/jake.png",
    "https://example.com/jake.png\n",
    "https://example.com/a b.png",
    'https://example.com/"onerror="alert(1)',
    "https://example.com/\u202egnp.ekaj",
    f"https://example.com/{'x' * 2000}",
]

# Invisible, turning the direction, unassigned, for private use.
UNREADABLE = ["a\u200bb", "a\u202eb", "a\u0378b", "a\ue000b"]
UNKNOWN = {"login.email": (401, "credentials"), "login.password": (401, "credentials")}
REFUSED = {
    "username": ["a/b", "/", ".", "..", "a\nb", "a\x7fb", "x" * 65, *UNREADABLE],
    **dict.fromkeys(["register.email", "update_user.email"], EMAILS),
    **dict.fromkeys(["register.password", "update_user.password"], PASSWORDS),
    "update_user.image": IMAGES,
    "update_user.currentPassword": ["wrong password"],
}


def prepare(jake, anne, database):
    """jake is registered already, and everything may change at once."""
    return {
        "register": {"username": "mary", "email": "mary@jake.jake"},
        "update_user": {
            "email": "other@jake.jake",
            "username": "other",
            "password": "another horse",
        },
    }


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
        ("username", "a/b", account.NOT_A_NAME),
        ("username", "a\nb", account.NOT_A_NAME),
        ("username", "..", account.NOT_A_NAME),
        ("username", "x" * 65, "is too long (the maximum is 64)"),
        ("password", "7 chars", "is too short (the minimum is 8)"),
        ("password", "x" * 257, "is too long (the maximum is 256)"),
        ("password", None, "can't be null"),
    ],
)
def test_an_invalid_field_is_named(nobody, database, field, value, message):
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
def test_every_field_that_is_taken_is_named(nobody, changed, fields):
    assert register(nobody).status_code == 201
    response = register(nobody, **changed)
    assert response.status_code == 409
    assert response.json["errors"] == {field: ["has already been taken"] for field in fields}


# --- Registering ---


def test_registering_signs_in(nobody):
    response = register(nobody, username="  jake ", email=" Jake@JAKE.jake\n")
    assert response.status_code == 201
    user = response.json["user"]
    token, refresh_token = user.pop("token"), user.pop("refreshToken")
    assert user == {"username": "jake", "email": "jake@jake.jake", "bio": None, "image": None}
    assert refresh_token
    me = nobody.with_token(token).get("/user").json["user"]
    assert me == {**user, "token": token}


@pytest.mark.parametrize("alike", ["Jake", "JAKE", "ｊake", " jake "])
def test_a_username_is_taken_however_it_is_cased_or_composed(nobody, alike):
    register(nobody)
    response = register(nobody, username=alike, email="other@jake.jake")
    assert response.status_code == 409
    assert response.json["errors"] == {"username": ["has already been taken"]}


def test_a_username_may_be_cased_anew_by_its_owner(jake):
    assert jake.put("/user", user={"username": "JaKe"}).json["user"]["username"] == "JaKe"


@pytest.mark.parametrize(
    "password", ["aaaaaaaa", " spaces ", "비밀번호비밀번호", "🧪" * 8, "x" * 256, "'; DROP--"]
)
def test_a_password_may_hold_any_characters(nobody, password):
    assert register(nobody, password=password).status_code == 201
    assert login(nobody, "jake@jake.jake", password).status_code == 200
    assert login(nobody, "jake@jake.jake", password[:-1]).status_code == 401


def test_a_password_is_stored_only_as_an_argon2id_hash(nobody, database):
    register(nobody)
    stored = database.users.find_by_email("jake@jake.jake")["password_hash"]
    assert stored.startswith("$argon2id$")
    assert PASSWORD not in stored


# --- Signing in ---


@pytest.mark.parametrize(
    ("email", "password"),
    [("jake@example.com", "wrong password"), ("unknown@example.com", PASSWORD), ("jake", PASSWORD)],
)
def test_a_wrong_email_and_a_wrong_password_get_the_same_answer(nobody, jake, email, password):
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
def test_a_blank_field_of_the_login_is_named(nobody, field):
    response = nobody.post(
        "/users/login", user={"email": "a@b.c", "password": PASSWORD, field: " "}
    )
    assert response.status_code == 422
    assert response.json["errors"] == {field: ["can't be blank"]}


def test_signing_in_gives_new_tokens(nobody, jake):
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


def test_nobody_signs_in_as_a_made_up_account(nobody, database):
    database.users.insert(username="x", email="x@y.z", password_hash="!")
    assert login(nobody, "x@y.z", "!").status_code == 401


# --- Your own account ---


@pytest.mark.parametrize("field", ["email", "username", "password"])
@pytest.mark.parametrize(("value", "message"), [(None, "can't be null"), (" ", "can't be blank")])
def test_a_field_that_an_account_needs_cannot_be_cleared(jake, field, value, message):
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
        "image": IMAGE,
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
def test_null_and_an_empty_text_clear_bio_and_image(jake, nothing):
    jake.put("/user", user={"bio": "b", "image": IMAGE})
    user = jake.put("/user", user={"bio": nothing}).json["user"]
    assert (user["bio"], user["image"]) == (None, IMAGE)
    user = jake.put("/user", user={"image": nothing}).json["user"]
    assert (user["bio"], user["image"]) == (None, None)


@pytest.mark.parametrize("image", IMAGES)
def test_an_image_is_a_web_address(jake, image):
    jake.put("/user", user={"image": IMAGE})
    response = jake.put("/user", user={"image": image, "bio": "changed"})
    assert response.status_code == 422
    assert list(response.json["errors"]) == ["image"]
    user = jake.get("/user").json["user"]
    assert (user["bio"], user["image"]) == (None, IMAGE)


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("javascript:alert(1)", None),
        (" javascript:alert(1)", None),
        ("data:text/html,x", None),
        ("//example.com/x.png", None),
        ("httpx://example.com", None),
        ("HTTPS://example.com/x.png", "HTTPS://example.com/x.png"),
        ('https://example.com/"onerror="alert(1)', None),
        ("http://example.com/x.png", "http://example.com/x.png"),
    ],
)
def test_an_image_of_an_older_row_is_shown_only_if_it_could_be_set(jake, database, stored, shown):
    id = database.users.find_by_username("jake")["id"]
    changes = dict.fromkeys(["username", "email", "password_hash", "bio"])
    database.users.update(id, **changes, image=stored)
    assert jake.get("/user").json["user"]["image"] == shown
    assert login(jake).json["user"]["image"] == shown


def test_the_name_of_another_account_is_refused(jake, anne):
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


def test_the_current_password_may_be_required(app, jake, nobody):
    required = type("Required", (TestConfig,), {"REQUIRE_CURRENT_PASSWORD": True})
    app.extensions["security"] = Security(required)
    for current, message in ((None, "is missing"), ("wrong password", "is wrong")):
        given = {"currentPassword": current} if current else {}
        for changed in ({"password": NEW}, {"email": "new@example.com"}):
            response = jake.put("/user", user={**changed, **given})
            assert response.status_code == 422
            assert response.json["errors"] == {"currentPassword": [message]}
    both = {"password": NEW, "email": "new@example.com", "currentPassword": PASSWORD}
    assert jake.put("/user", user=both).status_code == 200
    assert login(nobody, "new@example.com", NEW).status_code == 200


def test_a_common_password_is_named(app, nobody, jake):
    strict = type("Strict", (TestConfig,), {"COMMON_PASSWORDS": "refuse"})
    app.extensions["security"] = Security(strict)
    for response in (
        register(nobody, password="password123"),
        jake.put("/user", user={"password": "password123"}),
    ):
        assert response.status_code == 422
        message = "is one of the most common passwords"
        assert response.json["errors"] == {"password": [message]}


def test_a_new_password_ends_every_other_session(nobody, jake, anne):
    other = nobody.signed_in(login(nobody))
    assert other.get("/user").status_code == 200
    response = jake.put("/user", user={"password": NEW})
    assert response.status_code == 200
    assert other.get("/user").json["errors"] == INVALID
    assert jake.get("/user").status_code == 200
    assert anne.get("/user").status_code == 200
    assert login(nobody).status_code == 401
    assert login(nobody, password=NEW).status_code == 200


def test_a_query_language_is_only_text(jake):
    for text in [*SQL, *MONGO]:
        user = {"username": text, "bio": text}
        assert jake.put("/user", user=user).json["user"].items() >= user.items()
        assert jake.get("/user").json["user"].items() >= user.items()


# --- At the same time ---


@pytest.mark.parametrize("is_outdated", [False, True])
def test_a_login_fails_if_the_password_changes_meanwhile(
    app, nobody, jake, database, meanwhile, monkeypatch, is_outdated
):
    security = app.extensions["security"]
    monkeypatch.setattr(security, "is_outdated", lambda _hash: is_outdated)
    meanwhile(security, "is_password", lambda: jake.put("/user", user={"password": NEW}))
    response = login(nobody)
    assert response.status_code == 401
    assert response.json["errors"] == {"credentials": ["invalid"]}
    id = database.users.find_by_username("jake")["id"]
    assert len(account.list_sessions(database, reader_id=id)) == 1
    assert login(nobody).status_code == 401
    assert login(nobody, password=NEW).status_code == 200


def test_two_logins_at_once_that_both_hash_anew_succeed(app, nobody, jake, meanwhile, monkeypatch):
    security = app.extensions["security"]
    monkeypatch.setattr(security, "is_outdated", lambda _hash: True)
    answers = []
    meanwhile(security, "is_password", lambda: answers.append(login(nobody)))
    answers.append(login(nobody))
    assert [answer.status_code for answer in answers] == [200, 200]


def test_of_two_new_passwords_at_once_the_second_is_refused(app, nobody, jake, meanwhile):
    thief = nobody.signed_in(login(nobody))
    meanwhile(
        app.extensions["security"],
        "hash_password",
        lambda: jake.put("/user", user={"password": NEW}),
    )
    response = thief.put("/user", user={"password": "the thief's own", "username": "thief"})
    assert response.status_code == 401
    assert response.json["errors"] == {"token": ["is invalid"]}
    assert jake.get("/user").json["user"]["username"] == "jake"
    assert login(nobody, password=NEW).status_code == 200
