"""Sessions: new tokens, signing out, and where you are signed in."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from config import TestConfig
from controller import account
from controller.frame import security
from controller.frame.error import Unauthorized
from controller.frame.security import Security
from model.frame.error import Unavailable
from tests.http.people import PASSWORD

INVALID = {"refreshToken": ["is invalid"]}

UNKNOWN = {"refreshToken": (401, "refreshToken"), "id": (404, "session")}


def prepare(jake, anne, database):
    """jake has a second session already."""
    sessions = jake.get("/auth/sessions").json["sessions"]
    [other] = [session["id"] for session in sessions if not session["current"]]
    return {"refresh": {"refreshToken": jake.refresh_token}, "end_session": {"id": other}}


def refresh(person, token):
    return person.post("/auth/refresh", refreshToken=token)


@pytest.fixture
def again(client, api, nobody, jake):
    """jake, signed in a second time."""
    user = {"email": "jake@example.com", "password": PASSWORD}
    phone = {"User-Agent": "Phone/1.0"}
    return nobody.signed_in(client.post(f"{api}/users/login", json={"user": user}, headers=phone))


@pytest.mark.parametrize("token", ["x", "a.b", "." * 100, "x" * 100_000, "%s", "' OR 1=1"])
def test_a_malformed_refresh_token_is_refused(nobody, jake, token):
    response = refresh(nobody, token)
    assert response.status_code == 401
    assert response.json["errors"] == INVALID
    assert jake.get("/user").status_code == 200


def test_a_refresh_token_is_exchanged_for_new_tokens(nobody, jake):
    user = refresh(nobody, jake.refresh_token).json["user"]
    assert user["username"] == "jake"
    assert user["refreshToken"] != jake.refresh_token
    assert nobody.with_token(user["token"]).get("/user").status_code == 200
    assert refresh(nobody, user["refreshToken"]).status_code == 200


def test_a_refresh_token_that_is_used_twice_ends_its_session(nobody, jake, again):
    first = refresh(nobody, jake.refresh_token).json["user"]
    second = refresh(nobody, first["refreshToken"]).json["user"]
    stolen = refresh(nobody, jake.refresh_token)
    assert stolen.status_code == 401
    assert stolen.json["errors"] == INVALID
    for token in (jake.token, first["token"], second["token"]):
        assert nobody.with_token(token).get("/user").json["errors"] == {"token": ["is invalid"]}
    assert refresh(nobody, second["refreshToken"]).status_code == 401
    assert again.get("/user").status_code == 200
    assert refresh(nobody, again.refresh_token).status_code == 200


def test_only_hashes_of_a_refresh_token_are_stored(jake, database, engine):
    if engine == "mongodb":
        stored = str(list(database.driver_database().sessions.find({})))
    else:
        stored = str(database.all("SELECT * FROM sessions"))
    family, _, secret = jake.refresh_token.partition(".")
    assert "family_hash" in stored
    assert family not in stored
    assert secret not in stored


def test_signing_out_revokes_the_access_token_too(nobody, jake, again):
    response = jake.post("/auth/logout")
    assert (response.status_code, response.data) == (204, b"")
    assert jake.get("/user").json["errors"] == {"token": ["is invalid"]}
    assert jake.get("/auth/sessions").status_code == 401
    assert jake.post("/auth/logout").status_code == 401
    assert refresh(nobody, jake.refresh_token).status_code == 401
    assert again.get("/user").status_code == 200


def test_you_see_only_your_own_sessions(jake, again, anne):
    sessions = again.get("/auth/sessions").json["sessions"]
    assert [session["current"] for session in sessions] == [True, False]
    assert sessions[0]["userAgent"] == "Phone/1.0"
    assert set(sessions[0]) == {
        "id",
        "userAgent",
        "createdAt",
        "refreshedAt",
        "expiresAt",
        "current",
    }
    assert len(anne.get("/auth/sessions").json["sessions"]) == 1


def test_you_can_revoke_only_your_own_sessions(jake, again, anne):
    other = next(
        session["id"]
        for session in again.get("/auth/sessions").json["sessions"]
        if not session["current"]
    )
    refused = anne.delete(f"/auth/sessions/{other}")
    assert refused.status_code == 404
    assert refused.json["errors"] == {"session": ["not found"]}
    assert jake.get("/user").status_code == 200
    assert again.delete(f"/auth/sessions/{other}").status_code == 204
    assert jake.get("/user").status_code == 401
    assert again.delete(f"/auth/sessions/{other}").status_code == 404


@pytest.mark.parametrize("id", [0, -1, 2**53, 2**63 - 1, 999_999])
def test_an_unknown_session_is_404(jake, id):
    assert jake.delete(f"/auth/sessions/{id}").json["errors"] == {"session": ["not found"]}


def test_a_session_expires_unless_it_is_refreshed(nobody, jake, database, monkeypatch):
    later = security.value.now() + security.timedelta(days=30, seconds=1)
    monkeypatch.setattr(security.value, "now", lambda: later)
    assert jake.get("/user").status_code == 401
    response = refresh(nobody, jake.refresh_token)
    assert response.status_code == 401
    assert response.json["errors"] == {"refreshToken": ["has expired"]}
    assert refresh(nobody, jake.refresh_token[1:]).json["errors"] == INVALID
    assert account.list_sessions(database, reader_id=1) == []


def test_a_session_lives_on_while_it_is_refreshed(nobody, jake, monkeypatch):
    later = security.value.now() + security.timedelta(days=20)
    monkeypatch.setattr(security.value, "now", lambda: later)
    user = refresh(nobody, jake.refresh_token).json["user"]
    monkeypatch.setattr(security.value, "now", lambda: later + security.timedelta(days=20))
    assert nobody.with_token(user["token"]).get("/user").status_code == 200


# --- How many sessions there are ---


@pytest.fixture
def bounded():
    """Security with so many sessions for each account."""
    return lambda number: Security(type("Bounded", (TestConfig,), {"SESSIONS_PER_ACCOUNT": number}))


def sign_in(database, security):
    email = "jake@example.com"
    return account.login(database, security, email=email, password=PASSWORD)


def test_another_session_ends_the_one_that_was_not_used_for_the_longest_time(
    app, nobody, jake, again, anne, bounded
):
    app.extensions["security"] = bounded(2)
    used = refresh(nobody, jake.refresh_token).json["user"]
    user = {"email": "jake@example.com", "password": PASSWORD}
    third = nobody.signed_in(nobody.post("/users/login", user=user))
    assert again.get("/user").json["errors"] == {"token": ["is invalid"]}
    assert refresh(nobody, again.refresh_token).json["errors"] == INVALID
    for person in (third, nobody.with_token(used["token"]), anne):
        assert person.get("/user").status_code == 200
    assert len(third.get("/auth/sessions").json["sessions"]) == 2


@pytest.mark.parametrize("number", [1, 3])
def test_fifty_who_sign_in_at_once_keep_the_bound(database, jake, bounded, number):
    security = bounded(number)
    with ThreadPoolExecutor(50) as threads:
        answers = list(threads.map(lambda _: attempt(database, security), range(50)))
    signed_in = [answer for answer in answers if answer]
    assert signed_in
    reader_id = database.users.find_by_username("jake")["id"]
    assert len(account.list_sessions(database, reader_id=reader_id)) == number
    assert len([one for one in signed_in if is_active(database, security, one)]) == number


def attempt(database, security):
    """Sign in, unless the database asks to come again later."""
    with suppress(Unavailable):
        return sign_in(database, security)


def is_active(database, security, signed_in) -> bool:
    with suppress(Unauthorized):
        return bool(account.authenticate(database, security, token=signed_in["access_token"]))
    return False
