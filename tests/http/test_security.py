"""What docs/security.md promises, and no other test is about."""

import ast

import pytest
from flask import Flask

from app import create_flask_app
from config import TestConfig
from controller.frame.security import Security
from tests.conftest import PROJECT

# What asks other servers by their URL.
CLIENTS = {"aiohttp", "ftplib", "http", "httpx", "requests", "socketserver", "urllib3", "urllib"}
# These two read a text, and ask nobody.
HARMLESS = {"urllib.parse", "http.cookies"}


@pytest.fixture
def app(database) -> Flask:
    return create_flask_app(TestConfig, database)


def test_a_token_is_read_from_its_header_alone(client, api, jake):
    query = "&".join(f"{name}={jake.token}" for name in ("token", "access_token", "Authorization"))
    for name in ("token", "session", "Authorization", "access_token"):
        client.set_cookie(name, jake.token)
    for sent in ({}, {"json": {"token": jake.token}}, {"headers": {"X-Auth-Token": jake.token}}):
        response = client.get(f"{api}/user?{query}", **sent)
        assert response.json["errors"] == {"token": ["is missing"]}


def test_without_its_key_a_token_is_invalid_and_a_refresh_token_is_not(app, nobody, jake):
    other = type("Other", (TestConfig,), {"SECRET_KEY": "another key"})
    app.extensions["security"] = Security(other)
    assert jake.get("/user").json["errors"] == {"token": ["is invalid"]}
    refreshed = nobody.post("/auth/refresh", refreshToken=jake.refresh_token)
    assert nobody.signed_in(refreshed).get("/user").status_code == 200


def test_nothing_fetches_what_a_request_names():
    for layer in ("app", "controller", "model"):
        for path in (PROJECT / layer).rglob("*.py"):
            assert not fetchers(path.read_text()), path


def fetchers(source):
    """Return the modules that a source imports to ask other servers."""
    nodes = list(ast.walk(ast.parse(source)))
    names = {one.name for node in nodes if isinstance(node, ast.Import) for one in node.names}
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{one.name}" for one in node.names)}
    names = {name for name in names if not f"{name}.".startswith(tuple(f"{h}." for h in HARMLESS))}
    return {name for name in names - {"urllib", "http"} if name.partition(".")[0] in CLIENTS}


def test_what_fetches_is_found():
    for source in (
        "import requests",
        "from urllib.request import urlopen",
        "from urllib import request",
        "import http.client",
    ):
        assert fetchers(source), source
    assert not fetchers("from urllib.parse import quote")
