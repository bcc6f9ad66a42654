"""What the tests over HTTP share: an app, its client, and the same three people."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_flask_app
from config import TestConfig
from controller import account
from tests.http.checked_client import CheckedClient
from tests.http.people import API, Person

# Whatever a test asks of an app, the answer is held to the OpenAPI document.
Flask.test_client_class = CheckedClient


@pytest.fixture
def app() -> Flask:
    return create_flask_app(TestConfig)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def configured():
    """Make a client of an app whose configuration has these values."""

    def make(**values: object) -> FlaskClient:
        return create_flask_app(type("Configured", (TestConfig,), values)).test_client()

    return make


@pytest.fixture
def api() -> str:
    """Where the API answers that people speak to."""
    return API


@pytest.fixture
def nobody(client, api) -> Person:
    """Someone who is not signed in."""
    return Person(client, api)


@pytest.fixture
def jake(nobody) -> Person:
    return nobody.register("jake")


@pytest.fixture
def anne(nobody) -> Person:
    return nobody.register("anne")


@pytest.fixture
def root(nobody, database) -> Person:
    """An admin."""
    person = nobody.register("root")
    account.promote(database, email="root@example.com")
    return person
