"""What the tests over HTTP share."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_flask_app
from config import TestConfig
from tests.api.document import CheckedClient

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
