"""The OpenAPI document: that it is valid, complete, true, and what RealWorld wants."""

import copy
import json
import time

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from app import create_flask_app
from app.api import openapi
from app.api.rule import NOT_BLANK
from config import TestConfig
from controller import account
from tests import engines
from tests.api.document import document
from tests.api.v1.conftest import Person
from tests.conftest import PROJECT

OPERATIONS = {
    f"{method.upper()} {path}": operation
    for path, item in document()["paths"].items()
    for method, operation in item.items()
}
REALWORLD = json.loads((PROJECT / "tests/api/realworld.json").read_text())

# What the RealWorld document says of an operation and ours does not, and why.
NEVER_ANSWERED = {
    ("GET /user", 422): "it takes no input that could be wrong",
    ("GET /tags", 422): "it takes no input that could be wrong",
    ("POST /articles", 409): "a title that is taken gets a slug of its own",
}


def test_it_is_valid():
    OpenAPIV31SpecValidator(document()).validate()


def test_the_committed_document_is_that_of_the_code():
    committed = (PROJECT / "docs/openapi.json").read_bytes()
    now = openapi.written(create_flask_app(TestConfig))
    assert committed == now, "run: flask openapi > docs/openapi.json"


def test_it_is_made_in_a_moment_and_once(app):
    started = time.perf_counter()
    first = openapi.written(app)
    assert time.perf_counter() - started < 0.2
    assert openapi.written(app) is first


def test_every_route_that_answers_json_is_told_of(app):
    pages = {"/", "/docs", "/openapi.json"}
    paths = {
        openapi.IN_PATH.sub(r"{\2}", rule.rule)
        for rule in app.url_map.iter_rules()
        if not rule.endpoint.endswith("static")
    }
    assert set(document()["paths"]) == paths - pages


def test_every_operation_has_a_name_of_its_own_a_tag_and_a_summary():
    names = [operation["operationId"] for operation in OPERATIONS.values()]
    assert len(set(names)) == len(names)
    tags = {tag["name"] for tag in document()["tags"]}
    for operation in OPERATIONS.values():
        assert set(operation["tags"]) <= tags
        assert operation["summary"].endswith((".", "."))
    assert all(tag["description"].endswith(".") for tag in document()["tags"])


def test_what_a_validator_declares_is_told():
    limit = OPERATIONS["GET /api/v1/articles"]["parameters"][3]
    assert limit == {
        "name": "limit",
        "in": "query",
        "required": False,
        "schema": {"type": "integer", "minimum": 1, "maximum": 100, "default": 20},
        "example": 20,
    }
    [body] = OPERATIONS["POST /api/v1/articles"]["requestBody"]["content"].values()
    article = body["schema"]["properties"]["article"]
    assert body["schema"]["required"] == ["article"]
    assert article["required"] == ["title", "description", "body"]
    assert article["properties"]["title"] == {
        "type": "string",
        "pattern": NOT_BLANK,
        "maxLength": 255,
    }
    assert article["properties"]["tagList"] == {
        "type": "array",
        "items": {"type": "string"},
        "maxItems": 100,
    }
    [body] = OPERATIONS["PUT /api/v1/user"]["requestBody"]["content"].values()
    assert body["schema"]["properties"]["user"]["properties"]["bio"] == {
        "anyOf": [{"type": "string", "maxLength": 1000}, {"type": "null"}]
    }
    divisor = OPERATIONS["GET /sample/divide"]["parameters"][1]["schema"]
    assert divisor["not"] == {"const": 0}


@pytest.mark.parametrize(
    ("operation", "security"),
    [
        ("GET /api/v1/tags", []),
        ("GET /api/v1/user", [{"Bearer": []}, {"Token": []}]),
        ("GET /api/v1/articles", [{}, {"Bearer": []}, {"Token": []}]),
        ("GET /api/v1/admin/logs", [{"Bearer": []}, {"Token": []}]),
    ],
)
def test_who_may_ask_is_told(operation, security):
    assert OPERATIONS[operation]["security"] == security


@pytest.mark.parametrize(
    ("operation", "statuses"),
    [
        ("GET /healthz", "200"),
        ("GET /sample/add", "200 400"),
        ("GET /api/v1/admin/logs", "200 401 403 422 503"),
        ("POST /api/v1/users", "201 409 413 415 422 503"),
        ("DELETE /api/v1/articles/{slug}", "204 401 403 404 422 503"),
    ],
)
def test_every_status_is_told(operation, statuses):
    assert sorted(OPERATIONS[operation]["responses"]) == statuses.split()


# --- RealWorld ---


@pytest.mark.parametrize("name", REALWORLD)
def test_an_operation_of_realworld_is_there(name):
    wanted = REALWORLD[name]
    method, _, path = name.partition(" ")
    ours = OPERATIONS[f"{method} /api/v1{path}"]
    assert {one["name"]: one["in"] for one in ours.get("parameters", [])} == wanted["parameters"]
    assert body_of(ours) == wanted["body"]
    missing = set(map(str, wanted["statuses"])) - set(ours["responses"])
    assert missing == {str(status) for one, status in NEVER_ANSWERED if one == name}
    assert properties_of_success(ours, wanted["statuses"][0]) >= set(wanted.get("answer", {}))


def test_every_difference_is_one():
    for name, status in NEVER_ANSWERED:
        assert status in REALWORLD[name]["statuses"]


def body_of(operation):
    """The envelope with each property in it, and whether it is required."""
    if "requestBody" not in operation:
        return {}
    [content] = operation["requestBody"]["content"].values()
    [(envelope, body)] = content["schema"]["properties"].items()
    return {envelope: {one: one in body.get("required", []) for one in body["properties"]}}


def properties_of_success(operation, status):
    content = operation["responses"][str(status)].get("content")
    return set(content["application/json"]["schema"]["properties"]) if content else set()


# --- The examples are requests that work ---


@pytest.fixture
def engine() -> str:
    """SQLite alone, where the first id is 1."""
    return "sqlite"


@pytest.fixture
def jake(database, url):
    """Jake with an article, a comment and two sessions; anne is there too, and favours it."""
    client = create_flask_app(TestConfig, database).test_client()
    people = []
    for name in ("jake", "anne"):
        user = {"username": name, "email": f"{name}@jake.jake", "password": "correct horse"}
        signed_in = client.post("/api/v1/users", json={"user": user}).json["user"]
        people.append(Person(client, signed_in["token"]))
        people[-1].refresh_token = signed_in["refreshToken"]
    jake, anne = people
    account.promote(database, email="jake@jake.jake")
    [example] = OPERATIONS["POST /api/v1/articles"]["requestBody"]["content"].values()
    slug = jake.write(**example["example"]["article"])["slug"]
    jake.comment(slug)
    anne.post(f"/articles/{slug}/favorite")
    user = {"email": "jake@jake.jake", "password": "correct horse"}
    client.post("/api/v1/users/login", json={"user": user})
    database.master_config.insert_author("IML")
    return jake


@engines.needs_sqlite
@pytest.mark.parametrize("name", OPERATIONS)
def test_an_example_is_a_request_that_works(jake, database, name):
    operation = OPERATIONS[name]
    method, _, path = name.partition(" ")
    query = {}
    for parameter in operation.get("parameters", []):
        assert "example" in parameter, parameter["name"]
        if parameter["in"] == "path":
            path = path.replace(f"{{{parameter['name']}}}", str(parameter["example"]))
        else:
            query[parameter["name"]] = parameter["example"]
    path = path.replace("{id}", "1")
    body = None
    if "requestBody" in operation:
        [content] = operation["requestBody"]["content"].values()
        body = copy.deepcopy(content["example"])
    if name == "POST /api/v1/users":
        body["user"] |= {"username": "new", "email": "new@jake.jake"}
    if name == "POST /api/v1/auth/refresh":
        body = {"refreshToken": jake.refresh_token}
    if name == "DELETE /api/v1/auth/sessions/{id}":
        path = path.replace("/2", "/3")  # jake's second; anne has the one between
    response = jake.client.open(
        path,
        method=method,
        query_string=query,
        json=body,
        headers={"Authorization": f"Bearer {jake.token}"},
    )
    [success] = [status for status in operation["responses"] if status.startswith("2")]
    assert response.status_code == int(success), response.text


# --- Over HTTP ---


def test_it_is_served_and_asked_for_once(client):
    response = client.get("/openapi.json")
    assert response.json == document()
    assert response.headers["Cache-Control"] == "no-cache"
    again = client.get("/openapi.json", headers={"If-None-Match": response.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_the_command_prints_it(run):
    finished = run("-m", "flask", "openapi", DATABASE_URL="sqlite:///:memory:")
    assert finished.returncode == 0, finished.stderr
    assert json.loads(finished.stdout) == document()


def test_one_variable_takes_it_away(configured):
    client = configured(API_DOCS=False)
    for path in ("/docs", "/openapi.json", "/docs/asset/swagger-ui.css"):
        assert client.get(path).status_code == 404
    page = client.get("/")
    assert page.status_code == 200
    assert "/docs" not in page.text
