"""What the controller tests share: a database of their own, without Flask."""

import pytest

from config import TestConfig
from controller import account
from controller.frame.security import Security
from tests import engines


@pytest.fixture
def engine(request) -> str:
    """One engine is enough, where a test names no others: the models make all of them alike."""
    return getattr(request, "param", engines.NAMES[0])


@pytest.fixture
def security() -> Security:
    return Security(TestConfig)


@pytest.fixture
def register(database, security):
    """Register somebody; returns their id."""

    def register_person(name: str) -> int:
        signed_in = account.register(
            database,
            security,
            username=name,
            email=f"{name}@example.com",
            password="correct horse",
        )
        return signed_in["user"]["id"]

    return register_person


@pytest.fixture
def jake(register) -> int:
    return register("jake")


@pytest.fixture
def anne(register) -> int:
    return register("anne")
