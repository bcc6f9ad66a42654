"""Marks for tests that are about some engines alone."""

import pytest

from tests import engines


def only(*names: str) -> pytest.MarkDecorator:
    """Let a test run on these engines alone."""
    return pytest.mark.parametrize("engine", present(*names), indirect=True)


def present(*names: str) -> list:
    """Engines as parameters; those whose folder was deleted are left out."""
    return [pytest.param(name, marks=engines.needs(name)) for name in names]
