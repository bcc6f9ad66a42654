"""What the model tests share: two people, and a look at what reaches the driver."""

import pytest

from tests.model.statements import Sent, watch


@pytest.fixture
def user_id(database) -> int:
    return database.users.insert(username="jake", email="jake@jake.jake", password_hash="x")


@pytest.fixture
def other_id(database) -> int:
    return database.users.insert(username="anne", email="anne@anne.anne", password_hash="x")


@pytest.fixture
def sent(engine, monkeypatch) -> Sent:
    """What reaches the driver; asked for before the database, which PyMongo wants."""
    return watch(engine, monkeypatch)
