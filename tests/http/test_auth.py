"""Tokens: what shows who asks, and what does not."""

import jwt
import pytest
from flask import g

from app import create_flask_app
from app.http.auth import login_optional
from app.http.response import ok
from config import TestConfig
from controller.frame import security
from controller.frame.security import Claims, Security
from tests.http.people import PASSWORD

INVALID = {"token": ["is invalid"]}
EXPIRED = {"token": ["has expired"]}


@pytest.fixture
def app(database):
    """The app on each engine in turn, with an endpoint that knows whoever shows who they are."""
    app = create_flask_app(TestConfig, database)

    @app.get("/reader")
    @login_optional
    def get_reader():
        return ok({"username": g.reader["username"] if g.reader else None})

    return app


def test_a_missing_token_is_reported(nobody):
    for method in ("GET", "PUT"):
        response = nobody.send(method, "/user")
        assert response.status_code == 401
        assert response.json["errors"] == {"token": ["is missing"]}
        assert response.headers["WWW-Authenticate"] == "Bearer"


def test_a_token_may_be_optional(client, jake):
    assert client.get("/reader").json["username"] is None
    response = client.get("/reader", headers={"Authorization": f"Token {jake.token}"})
    assert response.json["username"] == "jake"


@pytest.mark.parametrize("scheme", ["Token", "Bearer", "bearer", "TOKEN"])
def test_both_schemes_show_who_asks(client, api, jake, scheme):
    response = client.get(f"{api}/user", headers={"Authorization": f"{scheme} {jake.token}"})
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
        # Expired, and not ours for another reason.
        signed(exp=claims["iat"] - 1, key=b"x" * 32),
        signed(exp=claims["iat"] - 1, key=None, algorithm="none"),
        signed(exp=claims["iat"] - 1, iss="Another"),
        signed(exp=claims["iat"] - 1, purpose="refresh"),
        signed(exp=claims["iat"] - 1, sub=None),
        signed(exp=float(claims["iat"] - 1)),
        signed(exp=None),
        signed(exp=str(claims["exp"])),
        signed(exp=[claims["exp"]]),
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
        signed(sid="\ud800"),
        signed(sid="\0"),
        signed(sid=1),
    ]


def test_a_bad_token_is_refused_even_where_none_is_needed(client, api, jake, app):
    for path in (f"{api}/user", "/reader"):
        for header in bad_headers(jake, app):
            response = client.get(path, headers={"Authorization": header})
            assert response.status_code == 401, header
            assert response.json["errors"] == INVALID, header
        good = client.get(path, headers={"Authorization": f"Token {jake.token}"})
        assert good.status_code == 200


def test_a_token_expires_even_if_it_was_used_before(jake, monkeypatch):
    assert jake.get("/user").status_code == 200
    now = security.time.time
    monkeypatch.setattr(security.time, "time", lambda: now() + 60 * 60 + 1)
    response = jake.get("/user")
    assert response.status_code == 401
    assert response.json["errors"] == EXPIRED
    assert response.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("seconds", [0, 1, 10**9])
def test_a_token_that_was_never_used_in_time_has_expired(client, jake, app, monkeypatch, seconds):
    claims = jwt.decode(jake.token, options={"verify_signature": False})
    now = claims["exp"] + seconds
    monkeypatch.setattr(security.time, "time", lambda: now)
    for path in (f"{jake.api}/user", "/reader"):
        response = client.get(path, headers={"Authorization": f"Bearer {jake.token}"})
        assert (response.status_code, response.json["errors"]) == (401, EXPIRED)
    monkeypatch.setattr(security.time, "time", lambda: claims["exp"] - 0.001)
    assert jake.get("/user").status_code == 200


def test_the_previous_key_is_valid_until_it_is_removed(nobody, jake, app):
    changed = {"SECRET_KEY": "another key", "SECRET_KEY_PREVIOUS": TestConfig.SECRET_KEY}
    app.extensions["security"] = Security(type("Changed", (TestConfig,), changed))
    assert jake.get("/user").status_code == 200
    user = {"email": "jake@example.com", "password": PASSWORD}
    signed_in_anew = nobody.signed_in(nobody.post("/users/login", user=user))
    app.extensions["security"] = Security(
        type("Removed", (TestConfig,), {"SECRET_KEY": "another key"})
    )
    assert jake.get("/user").status_code == 401
    assert signed_in_anew.get("/user").status_code == 200


def test_a_token_is_invalid_once_its_account_is_gone(nobody, app):
    claims = Claims(user_id=999_999, family_hash="x")
    token = app.extensions["security"].access_token(claims)
    assert nobody.with_token(token).get("/user").json["errors"] == INVALID
