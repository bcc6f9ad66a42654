"""Bad input, walked through every operation: each answer names what is wrong, nothing is stored.

What is wrong follows from the type and the rules of each declared field. What follows from a rule
of the resource, its own tests declare:

    UNKNOWN = {"id": (404, "session")}       what is answered where nothing has this id;
                                             (200, {"sessions": []}) for a filter that fits
                                             nothing, None for what is not looked up
    SAME = {"email": ["Jake@jake.jake"]}     what finds the same as the example, and is not unknown
    REFUSED = {"username": ["a/b", ".."]}    what a field must not hold besides

Each may be of one endpoint: "login.email".
"""

import logging
from typing import Any

import pytest

from app import create_flask_app
from config import TestConfig
from tests import engines
from tests.api.operations import Operation, operations
from tests.api.scene import Scenes
from tests.api.walker import Walk

OPERATIONS = {one.name: one for one in operations(create_flask_app(TestConfig))}
# Fields that say how many rows to leave out of a list.
OFFSETS = {"offset", "skip"}
LISTS = [
    name
    for name, operation in OPERATIONS.items()
    if any(field.label in OFFSETS for field in operation.fields)
]


@pytest.fixture(scope="module", params=engines.NAMES)
def stage(request, tmp_path_factory):
    stage = Scenes(request.param, tmp_path_factory)
    yield stage
    stage.clear()


@pytest.fixture
def walk(stage, caplog):
    """Walk an operation where every example works."""
    caplog.set_level(logging.ERROR, "retort")

    def begin(operation: Operation) -> Walk:
        return Walk(operation, stage.set(operation.version))

    return begin


@pytest.mark.parametrize("name", OPERATIONS)
def test_bad_input_is_refused_by_name_and_not_stored(walk, name):
    walked = walk(OPERATIONS[name])
    walked.refuses(walked.cases())


@pytest.mark.parametrize("name", OPERATIONS)
def test_what_an_operation_does_not_ask_for_is_ignored(walk, name):
    walked = walk(OPERATIONS[name])
    before = walked.scene.stored()
    response = walked.send(**walked.smuggled())
    message = f"{response.text} Does prepare() in {walked.operation.where} make what it needs?"
    assert response.status_code in (200, 201, 204), message
    after = walked.scene.stored()
    assert "smuggled" not in response.text + repr(after)
    # What is not there, no bad request can change: the walk above would see nothing.
    for table in [table for table in after if after[table] != before[table]]:
        assert before[table], f"let prepare() in {walked.operation.where} put a row into {table}"


@pytest.mark.parametrize("name", LISTS)
def test_a_page_behind_the_last_one_is_empty(walk, name):
    walked = walk(OPERATIONS[name])
    [label] = [field.label for field in walked.operation.fields if field.label in OFFSETS]
    message = f"let prepare() in {walked.operation.where} make what is listed"
    assert page(walked, f"{label}=0") != [], message
    for offset in (101, 2**53, 2**63 - 1):
        assert page(walked, f"{label}={offset}") == [], offset


def page(walk: Walk, query: str) -> list[Any]:
    answer = walk.send(query=query)
    assert answer.status_code == 200, answer.text
    [found] = [value for value in answer.json.values() if isinstance(value, list)]
    return found
