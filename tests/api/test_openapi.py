"""The OpenAPI document: that it is valid, complete, true, and what RealWorld wants."""

import copy
import json
import time
from typing import Any, TypedDict

import jsonschema_rs
import pytest
from flask_validation_extended import ValidationRule
from openapi_spec_validator import OpenAPIV31SpecValidator

from app import create_flask_app
from app.api import openapi, schema
from app.api.response import Created, Ok, ok
from app.api.rule import NOT_BLANK, Email, In, IsoDatetime, MaxLen, Min, MinLen, NotBlank
from app.api.validation import Json, Query, Route, Validator
from config import TestConfig
from controller import account
from tests import engines
from tests.api.document import document
from tests.api.v1.conftest import PASSWORD, registered
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
        assert operation["summary"].endswith(".")
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
    if "answer" in wanted:
        [content] = ours["responses"][str(wanted["statuses"][0])]["content"].values()
        assert_holds(content["schema"], wanted["answer"])


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


def assert_holds(schema, wanted):
    """Hold a schema to names within names; a list of one stands for the items of an array."""
    if "$ref" in schema:
        schema = document()["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if isinstance(wanted, list):
        assert_holds(schema["items"], wanted[0])
    for name, inner in (wanted if isinstance(wanted, dict) else {}).items():
        assert name in schema["properties"]
        assert name in schema["required"]
        assert_holds(schema["properties"][name], inner)


# --- The examples are requests that work ---


@pytest.fixture
def engine() -> str:
    """SQLite alone, where the first id is 1."""
    return "sqlite"


@pytest.fixture
def jake(database, url):
    """Jake with an article, a comment and two sessions; anne is there too, and favours it."""
    client = create_flask_app(TestConfig, database).test_client()
    jake, anne = (registered(client, name, "jake.jake") for name in ("jake", "anne"))
    account.promote(database, email="jake@jake.jake")
    [example] = OPERATIONS["POST /api/v1/articles"]["requestBody"]["content"].values()
    slug = jake.write(**example["example"]["article"])["slug"]
    jake.comment(slug)
    anne.post(f"/articles/{slug}/favorite")
    user = {"email": "jake@jake.jake", "password": PASSWORD}
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
    body = None
    if "requestBody" in operation:
        [content] = operation["requestBody"]["content"].values()
        body = copy.deepcopy(content["example"])
    if name == "POST /api/v1/users":
        body["user"] |= {"username": "new", "email": "new@jake.jake"}
    if name == "POST /api/v1/auth/refresh":
        assert body == {"refreshToken": "the refreshToken of the last answer"}
        body["refreshToken"] = jake.refresh_token
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


def test_every_example_is_of_an_operation_and_of_what_it_takes():
    examples = json.loads((PROJECT / "app/asset/example.json").read_text())
    by_name = {operation["operationId"]: operation for operation in OPERATIONS.values()}
    for name, example in examples.items():
        taken = {(one["in"], one["name"]) for one in by_name[name].get("parameters", [])}
        given = {(place, one) for place in ("path", "query") for one in example.get(place, {})}
        assert given <= taken, name
        assert set(example) <= {"path", "query", "body"}, name
        assert "body" not in example or "requestBody" in by_name[name], name


# --- What a team may add ---


class Even(ValidationRule):
    """A rule of one's own that says its schema."""

    types = int

    def is_valid(self, data):
        return data % 2 == 0

    def invalid_str(self):
        return "must be even"

    def schema(self):
        return {"multipleOf": 2}


class Added(TypedDict):
    name: str
    anything: Any


@pytest.fixture
def parameters():
    """The schemas of an added endpoint's parameters, by their names."""
    app = create_flask_app(TestConfig)

    @app.get("/added/<int:id>/<path:rest>")
    @Validator()
    def added(
        id: int = Route(int, rules=Min(-5)),
        rest: str = Route(str),
        even: int = Query(int, rules=[Even(), Min(5), Min(1)]),
        unknown: str = Query(str, rules=IsoDatetime()),
    ) -> Ok[Added] | Created[Added]:
        """Answer."""
        return ok({"name": "x", "anything": id})

    found = json.loads(openapi.written(app))
    OpenAPIV31SpecValidator(found).validate()
    operation = found["paths"]["/added/{id}/{rest}"]["get"]
    assert operation["tags"] == ["app"]
    assert list(operation["responses"]) == ["200", "201", "400"]
    [content] = operation["responses"]["200"]["content"].values()
    assert content["schema"]["properties"]["anything"] == {}
    return {one["name"]: one["schema"] for one in operation["parameters"]}


def test_a_rule_and_a_converter_say_their_own_schema(parameters):
    assert parameters["id"] == {"type": "integer", "minimum": 0, "maximum": 2**63 - 1}
    assert parameters["rest"] == {"type": "string", "minLength": 1}
    assert parameters["even"] == {
        "type": "integer",
        "minimum": 5,
        "maximum": 2**63 - 1,
        "multipleOf": 2,
        "allOf": [{"minimum": 1}],
    }
    assert parameters["unknown"] == {"type": "string"}


@pytest.mark.parametrize(
    ("rules", "good", "bad"),
    [
        ([], ["", " ", "a b"], []),
        ([NotBlank()], ["a", " a b\n", "\x1ca"], ["", " \t", "\x1d", "\u3000\x85"]),
        ([MinLen(1)], ["a", " a"], ["", "  "]),
        ([MaxLen(1)], ["", " a ", "  "], ["ab", " a b "]),
        ([MinLen(3), MaxLen(4)], ["abc", " a  d "], ["ab", " ab ", "abcde"]),
        ([In(["a", "b.c"])], ["a", " b.c "], ["bxc", "c", "aa"]),
        ([Email()], [" a@b.c\n"], ["a", "a @b.c"]),
    ],
)
def test_what_is_judged_without_its_blanks_is_told_exactly(rules, good, bad):
    @Validator()
    def endpoint(text: str = Json(str, rules=rules, strip=True)): ...

    judge = jsonschema_rs.Draft202012Validator(schema.of_field(endpoint.fields[0]))
    for text in (*good, *bad):
        assert judge.is_valid(text) is (text in good), repr(text)
        assert all(rule.is_valid(text.strip()) for rule in rules) is (text in good), repr(text)


# --- Over HTTP ---


def test_it_is_served_and_asked_for_once(client):
    response = client.get("/openapi.json")
    assert response.json == document()
    assert response.headers["Cache-Control"] == "no-cache"
    again = client.get("/openapi.json", headers={"If-None-Match": response.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_the_command_prints_it(run):
    finished = run("-m", "flask", "openapi", DATABASE_URL=TestConfig.DATABASE_URL)
    assert finished.returncode == 0, finished.stderr
    assert json.loads(finished.stdout) == document()


def test_one_variable_takes_it_away(configured):
    client = configured(API_DOCS=False)
    for path in ("/docs", "/openapi.json", "/docs/asset/swagger-ui.css"):
        assert client.get(path).status_code == 404
    page = client.get("/")
    assert page.status_code == 200
    assert "/docs" not in page.text
