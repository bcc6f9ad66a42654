"""The OpenAPI document: that it is valid, complete and true."""

import inspect
import json
import time
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Literal, TypedDict
from uuid import UUID

import jsonschema_rs
import pytest
from flask import g
from flask_validation_extended import ValidationRule
from openapi_spec_validator import OpenAPIV31SpecValidator

from app import create_flask_app
from app.http import openapi, schema
from app.http.auth import admin_required, login_optional, login_required
from app.http.decorator import may_raise, timer
from app.http.response import Created, NoContent, Ok, ok
from app.http.rule import (
    Digits,
    Email,
    In,
    IsoDatetime,
    Max,
    MaxLen,
    Min,
    MinLen,
    NotBlank,
)
from app.http.validation import ABSENT, File, Form, Header, Json, List, Query, Route, Validator
from config import TestConfig
from controller.frame.error import Forbidden, NotFound
from tests.conftest import PROJECT
from tests.http.checked_client import document
from tests.http.people import API

OPERATIONS = {
    f"{method.upper()} {path}": operation
    for path, item in document()["paths"].items()
    for method, operation in item.items()
}


def test_it_is_valid():
    OpenAPIV31SpecValidator(document()).validate()


def test_the_committed_document_is_that_of_the_code():
    committed = (PROJECT / "docs/openapi.json").read_bytes()
    now = openapi.written(create_flask_app(TestConfig))
    assert committed == now, "run: flask openapi > docs/openapi.json"


def test_it_is_made_once_and_quickly(app):
    started = time.perf_counter()
    first = openapi.written(app)
    assert time.perf_counter() - started < 0.2
    assert openapi.written(app) is first


def test_it_has_every_route_that_answers_json(app):
    pages = {"/", "/docs", "/openapi.json"}
    paths = {
        openapi.IN_PATH.sub(r"{\2}", rule.rule)
        for rule in app.url_map.iter_rules()
        if not rule.endpoint.endswith("static")
    }
    assert set(document()["paths"]) == paths - pages


def test_every_operation_has_its_own_name_a_tag_and_a_summary():
    names = [operation["operationId"] for operation in OPERATIONS.values()]
    assert len(set(names)) == len(names)
    tags = {tag["name"] for tag in document()["tags"]}
    for operation in OPERATIONS.values():
        assert set(operation["tags"]) <= tags
        assert operation["summary"].endswith(".")
    assert all(tag["description"].endswith(".") for tag in document()["tags"])


# --- Accounts ---


def test_it_has_what_a_query_declares():
    assert OPERATIONS[f"GET {API}/admin/logs"]["parameters"][0] == {
        "name": "limit",
        "in": "query",
        "required": False,
        "schema": {"type": "integer", "minimum": 1, "maximum": 100, "default": 20},
        "example": 20,
    }


def test_it_has_what_a_body_declares():
    [body] = OPERATIONS[f"PUT {API}/user"]["requestBody"]["content"].values()
    user = body["schema"]["properties"]["user"]
    assert body["schema"]["required"] == ["user"]
    assert "required" not in user
    assert user["properties"]["bio"] == {
        "anyOf": [{"type": "string", "maxLength": 1000}, {"type": "null"}]
    }
    [body] = OPERATIONS[f"POST {API}/users"]["requestBody"]["content"].values()
    user = body["schema"]["properties"]["user"]
    assert user["required"] == ["username", "email", "password"]
    assert user["properties"]["password"] == {
        "type": "string",
        **NotBlank().schema(),
        "minLength": 8,
        "maxLength": 256,
    }


@pytest.mark.parametrize(
    ("operation", "security"),
    [
        (f"POST {API}/users", []),
        (f"GET {API}/user", [{"Bearer": []}, {"Token": []}]),
        (f"GET {API}/admin/logs", [{"Bearer": []}, {"Token": []}]),
    ],
)
def test_it_says_who_may_ask(operation, security):
    assert OPERATIONS[operation]["security"] == security


@pytest.mark.parametrize(
    ("operation", "statuses"),
    [
        ("GET /healthz", "200"),
        (f"GET {API}/admin/logs", "200 401 403 422 503"),
        (f"POST {API}/users", "201 409 413 415 422 429 503"),
        (f"DELETE {API}/auth/sessions/{{id}}", "204 401 404 422 503"),
    ],
)
def test_it_has_every_status(operation, statuses):
    assert sorted(OPERATIONS[operation]["responses"]) == statuses.split()


# --- What a team may add ---


class Even(ValidationRule):
    """A rule of one's own that has a schema."""

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
def added(app):
    """Make an operation of an endpoint that is added under /added/<int:id>/<path:rest>."""

    def add(endpoint, *, method="GET", path="/added/<int:id>/<path:rest>"):
        app.add_url_rule(path, "added", endpoint, methods=[method])
        found = json.loads(openapi.written(app))
        OpenAPIV31SpecValidator(found).validate()
        return found["paths"][openapi.IN_PATH.sub(r"{\2}", path)][method.lower()]

    return add


def test_a_rule_and_a_converter_have_their_own_schema(added):
    @Validator()
    def endpoint(
        id: int = Route(int, rules=Min(-5)),
        rest: str = Route(str),
        even: int = Query(int, rules=[Even(), Min(5), Min(1)]),
        unknown: str = Query(str, rules=IsoDatetime()),
        key: str = Header("X-Key", str, optional=True, example="k"),
    ) -> Ok[Added] | Created[Added]:
        """Answer."""
        return ok({"name": "x", "anything": id})

    operation = added(endpoint)
    assert operation["tags"] == ["app"]
    assert list(operation["responses"]) == ["200", "201", "422"]
    [content] = operation["responses"]["200"]["content"].values()
    assert content["schema"]["properties"]["anything"] == {}
    schemas = {one["name"]: one["schema"] for one in operation["parameters"]}
    assert schemas["id"] == {"type": "integer", "minimum": 0, "maximum": 2**63 - 1}
    assert schemas["rest"] == {"type": "string", "minLength": 1}
    assert schemas["even"] == {
        "type": "integer",
        "minimum": 5,
        "maximum": 2**63 - 1,
        "multipleOf": 2,
        "allOf": [{"minimum": 1}],
    }
    assert schemas["unknown"] == {"type": "string"}
    assert operation["parameters"][-1] == {
        "name": "X-Key",
        "in": "header",
        "required": False,
        "schema": {"type": "string"},
        "example": "k",
    }


def test_a_body_has_the_names_and_the_example_that_a_client_sends(added):
    @Validator(body="thing")
    def endpoint(
        title: str = Json(str, rules=[NotBlank(), MaxLen(255)], example="A title"),
        tags: list[str] = Json(
            List(str), rules=MaxLen(100), optional=True, name="nickNames", example=["a"]
        ),
        age: int = Json(int, rules=[Min(0), Max(9)], optional=True),
    ) -> NoContent:
        """Answer."""

    body = added(endpoint, method="POST", path="/added")["requestBody"]
    assert body["required"] is True
    assert body["content"]["application/json"] == {
        "schema": {
            "type": "object",
            "properties": {
                "thing": {
                    "type": "object",
                    "properties": {
                        "title": {"type": "string", **NotBlank().schema(), "maxLength": 255},
                        "nickNames": {
                            "type": "array",
                            "items": {"type": "string"},
                            "maxItems": 100,
                        },
                        "age": {"type": "integer", "minimum": 0, "maximum": 9},
                    },
                    "required": ["title"],
                }
            },
            "required": ["thing"],
        },
        "example": {"thing": {"title": "A title", "nickNames": ["a"]}},
    }


PLANNED = {
    "budget": Json(Decimal, rules=Digits(12, 2), default=Decimal("1.50")),
    "whole": Json(Decimal, rules=Digits(3, 0)),
    "due": Json(date, nullable=True, default=ABSENT),
    "starts": Json(datetime, default=datetime(2026, 1, 31, tzinfo=UTC)),
    "ticket": Json(UUID, default=UUID(int=1)),
    "status": Json(Literal["draft", "done"], default="draft"),
}


class PlanJson(TypedDict):
    """A plan."""

    budget: Decimal | None
    due: date
    starts: datetime | None
    ticket: UUID
    status: Literal["draft", "done"]


def test_decimals_dates_and_choices_have_their_schema():
    def endpoint(**_fields): ...

    endpoint.__signature__ = inspect.Signature(
        [
            inspect.Parameter(n, inspect.Parameter.KEYWORD_ONLY, default=d)
            for n, d in PLANNED.items()
        ]
    )
    fields = {field.name: field for field in Validator()(endpoint).fields}
    assert [name for name, field in fields.items() if field.required] == ["whole"]
    told = {name: schema.of_field(field) for name, field in fields.items()}
    pattern = r"^-?(0|[1-9][0-9]{0,9})(\.[0-9]{1,2})?$"
    assert told["budget"] == {"type": "string", "pattern": pattern, "default": "1.50"}
    assert told["whole"] == {"type": "string", "pattern": "^-?(0|[1-9][0-9]{0,2})$"}
    [due, null] = told["due"].pop("anyOf")
    assert (due["format"], null, told["due"]) == ("date", {"type": "null"}, {})
    assert told["starts"].items() >= {"default": "2026-01-31T00:00:00.000Z"}.items()
    assert told["starts"]["format"] == "date-time"
    assert told["ticket"] == {"type": "string", "format": "uuid", "default": str(UUID(int=1))}
    choices = {"type": "string", "enum": ["draft", "done"], "default": "draft"}
    assert told["status"] == choices
    good = {"budget": "-0.5", "due": "2026-01-31", "starts": "2026-01-31T12:30:00.5+01:00"}
    for name, text in good.items():
        assert jsonschema_rs.Draft202012Validator(schema.of_field(fields[name])).is_valid(text)


def test_answered_decimals_dates_and_choices_have_their_schema():
    answered = schema.object_of(PlanJson, {})["properties"]
    decimal, null = answered["budget"]["anyOf"]
    assert (decimal["type"], null) == ("string", {"type": "null"})
    assert "pattern" in decimal
    assert answered["due"] == {"type": "string", "format": "date"}
    assert answered["starts"]["anyOf"][0] == {"type": "string", "format": "date-time"}
    assert answered["ticket"] == {"type": "string", "format": "uuid"}
    assert answered["status"] == {"enum": ["draft", "done"]}


def test_a_form_may_hold_files(added):
    @Validator()
    def endpoint(
        name: str = Form(str, example="a"), photos: Any = File(optional=True)
    ) -> NoContent:
        """Answer."""

    operation = added(endpoint, method="POST", path="/added")
    [(kind, content)] = operation["requestBody"]["content"].items()
    assert kind == "multipart/form-data"
    assert content["schema"]["required"] == ["name"]
    assert content["schema"]["properties"]["photos"] == {
        "type": "array",
        "items": {"type": "string", "format": "binary"},
    }
    assert content["example"] == {"name": "a"}
    assert sorted(operation["responses"]) == ["204", "413", "422"]


@pytest.mark.parametrize(
    ("decorator", "security", "statuses"),
    [
        (lambda endpoint: endpoint, [], "204"),
        (login_optional, [{}, {"Bearer": []}, {"Token": []}], "204 401 503"),
        (login_required, [{"Bearer": []}, {"Token": []}], "204 401 503"),
        (admin_required, [{"Bearer": []}, {"Token": []}], "204 401 403 503"),
        (may_raise(NotFound, Forbidden), [], "204 403 404"),
    ],
)
def test_a_decorator_says_who_may_ask_and_what_they_are_answered(
    added, decorator, security, statuses
):
    def endpoint() -> NoContent:
        """Answer."""

    operation = added(decorator(endpoint), path="/added")
    assert operation["security"] == security
    assert sorted(operation["responses"]) == statuses.split()


def test_an_endpoint_that_uses_a_database_may_answer_503(added):
    def endpoint() -> NoContent:
        """Answer."""
        g.db.ping()

    assert sorted(added(endpoint, path="/added")["responses"]) == ["204", "503"]


def test_a_timed_answer_may_hold_its_time(added):
    @timer
    def endpoint() -> Ok[Added]:
        """Answer."""

    [content] = added(endpoint, path="/added")["responses"]["200"]["content"].values()
    assert content["schema"]["properties"]["process_time"] == {"type": "number"}
    assert "process_time" not in content["schema"]["required"]


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
def test_the_schema_of_a_stripped_text_is_exact(rules, good, bad):
    @Validator()
    def endpoint(text: str = Json(str, rules=rules, strip=True)): ...

    judge = jsonschema_rs.Draft202012Validator(schema.of_field(endpoint.fields[0]))
    for text in (*good, *bad):
        assert judge.is_valid(text) is (text in good), repr(text)
        assert all(rule.is_valid(text.strip()) for rule in rules) is (text in good), repr(text)


# --- Over HTTP ---


def test_it_is_served_and_cached(client):
    response = client.get("/openapi.json")
    assert response.json == document()
    assert response.headers["Cache-Control"] == "no-cache"
    again = client.get("/openapi.json", headers={"If-None-Match": response.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_the_command_prints_it(run):
    finished = run("-m", "flask", "openapi", DATABASE_URL=TestConfig.DATABASE_URL)
    assert finished.returncode == 0, finished.stderr
    assert json.loads(finished.stdout) == document()


def test_one_variable_switches_it_off(configured):
    client = configured(API_DOCS=False)
    for path in ("/docs", "/openapi.json", "/docs/asset/swagger-ui.css"):
        assert client.get(path).status_code == 404
    page = client.get("/")
    assert page.status_code == 200
    assert "/docs" not in page.text
