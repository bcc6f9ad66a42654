"""A slash at the end of a path of the API is accepted, whatever the method; two are not."""

from urllib.parse import unquote

import pytest

from app import create_flask_app
from app.http import openapi
from config import TestConfig
from tests import engines
from tests.api.good_request import GoodRequest
from tests.api.operations import operations
from tests.api.scene import set_scene
from tests.http.checked_client import document

OPERATIONS = {one.name: one for one in operations(create_flask_app(TestConfig))}


@engines.needs("sqlite")
@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
@pytest.mark.parametrize("name", OPERATIONS)
def test_a_request_works_with_a_slash_at_its_end_and_is_not_sent_on(app, database, name):
    operation = OPERATIONS[name]
    request = GoodRequest(operation, set_scene(app, database, operation.version))
    path = unquote(request.url({}))
    for end in ("//", "///", "/%2f"):
        response = request.send(environ={"PATH_INFO": path + unquote(end)})
        assert response.status_code == 404, end
        assert response.json["msg"] == "fail"
    response = request.send(environ={"PATH_INFO": f"{path}/"})
    wanted = {openapi.status_of(answer) for answer in openapi.answers_of(operation.view)}
    assert response.status_code in wanted, response.text
    assert "Location" not in response.headers


def test_the_document_shows_one_path():
    assert [path for path in document()["paths"] if path.endswith("/")] == []


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"])
def test_a_method_that_is_not_allowed_is_not_allowed_with_a_slash_either(app, method):
    client = app.test_client()
    for rule in {one.route.rule for one in OPERATIONS.values()}:
        path = openapi.IN_PATH.sub("1", rule)
        plain, slashed = (client.open(each, method=method) for each in (path, f"{path}/"))
        assert slashed.status_code == plain.status_code, path
        assert slashed.headers.get("Allow") == plain.headers.get("Allow"), path
