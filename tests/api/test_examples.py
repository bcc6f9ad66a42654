"""Every endpoint's example is a request that works, and every endpoint has one."""

import pytest

from app import create_flask_app
from app.http import openapi
from config import TestConfig
from tests import engines
from tests.api.good_request import GoodRequest
from tests.api.operations import Operation, lacking, operations
from tests.api.scene import set_scene

OPERATIONS = {one.name: one for one in operations(create_flask_app(TestConfig))}


@pytest.fixture(params=OPERATIONS)
def operation(request) -> Operation:
    return OPERATIONS[request.param]


def test_every_endpoint_declares_a_whole_request(operation):
    assert not list(lacking(operation)), "\n".join(lacking(operation))


@engines.needs("sqlite")
@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_an_example_is_a_request_that_works(app, database, operation):
    """On SQLite, where the first id is 1."""
    scene = set_scene(app, database, operation.version)
    request = GoodRequest(operation, scene, as_documented=True)
    for field in operation.fields:
        if field.annotation == [int] and field.example is not None:
            assert request.values[field.label] == field.example, "write what prepare() makes"
    response = request.send()
    wanted = {openapi.status_of(answer) for answer in openapi.answers_of(operation.view)}
    message = f"{response.text} Does prepare() in {operation.where} make what the example names?"
    assert response.status_code in wanted, message
