"""What the tests of the endpoints share: the app on each engine in turn, and the same people."""

from collections import defaultdict
from itertools import chain

import pytest
from flask import Flask

from app import create_flask_app
from config import TestConfig
from tests.api import authorization, plans
from tests.api.operations import is_version
from tests.http.conftest import anne, client, configured, jake, nobody, root
from tests.http.people import API

# What tests told by record_property, by its name.
Told = defaultdict[str, list]

__all__ = ["anne", "client", "configured", "jake", "nobody", "root"]


@pytest.fixture(scope="session")
def app_of_all() -> Flask:
    return create_flask_app(TestConfig)


@pytest.fixture
def app(app_of_all, database, monkeypatch) -> Flask:
    """The app on this test's own database; to make another app takes longer than most tests."""
    own = {**app_of_all.extensions, "database": database, "log_database": database}
    monkeypatch.setattr(app_of_all, "extensions", own)
    return app_of_all


@pytest.fixture
def api(request) -> str:
    """Where the version answers in whose folder the test is: tests/api/v1 is of /api/v1."""
    folder = request.path.parent.name
    return f"/api/{folder}" if is_version(folder) else API


@pytest.fixture
def meanwhile(monkeypatch):
    """Let something happen once, right after a function was called and before it returns."""

    def let_happen(owner, name, happening):
        original = getattr(owner, name)
        waiting = [happening]

        def called(*args, **kwargs):
            result = original(*args, **kwargs)
            if waiting:
                waiting.pop()()
            return result

        monkeypatch.setattr(owner, name, called)

    return let_happen


def pytest_terminal_summary(terminalreporter):
    """Print the counts of the matrix, and what another version of a server plans otherwise."""
    told = Told(list)
    for report in chain(*terminalreporter.stats.values()):
        # A property comes along from whichever process ran the test.
        if getattr(report, "when", "") == "call":
            for name, value in report.user_properties:
                told[name].append(value)
    for text in (*authorization.summary(told), *plans.summary(told)):
        terminalreporter.write_line(text)
