"""What the tests of the pages share: the app on each engine in turn."""

import pytest
from flask import Flask

from app import create_flask_app
from config import TestConfig
from tests.browser import browser, wait
from tests.http.conftest import client, configured

__all__ = ["browser", "client", "configured", "wait"]


@pytest.fixture
def app(database) -> Flask:
    return create_flask_app(TestConfig, database)
