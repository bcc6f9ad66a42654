"""The OpenAPI document as the tests read it, and a client that holds every answer to it."""

import json
from functools import cache
from typing import Any

import jsonschema_rs
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException

from app import create_flask_app
from app.http import openapi
from config import TestConfig


@cache
def document() -> dict[str, Any]:
    """The document of the app as it stands."""
    return json.loads(openapi.written(create_flask_app(TestConfig)))


@cache
def validator(pointer: tuple[str, ...]) -> jsonschema_rs.Draft202012Validator:
    """What judges an answer: the schema at this place of the document."""
    schema = document()
    for key in pointer:
        schema = schema[key]
    return jsonschema_rs.Draft202012Validator(
        {**schema, "components": document()["components"]}, validate_formats=True
    )


FAILURE = ("components", "schemas", "http.response.Failure")


class CheckedClient(FlaskClient):
    """A client that fails the test when an answer is not what the document says."""

    def open(self, *args, **kwargs):
        response = super().open(*args, **kwargs)
        place = self._place(response)
        if place is not None and response.request.method != "HEAD":
            self._check(response, place)
        return response

    def _check(self, response, place) -> None:
        found = json.loads(response.data)
        try:
            validator(place).validate(found)
        except jsonschema_rs.ValidationError as error:
            where = f"{response.request.method} {response.request.path} {response.status_code}"
            raise AssertionError(f"{where}: {error.message}\n{response.text}") from None

    def _place(self, response) -> tuple[str, ...] | None:
        """Where the document tells of this answer; None of what has no body, and of a page."""
        method, status = response.request.method, str(response.status_code)
        adapter = self.application.url_map.bind_to_environ(response.request.environ)
        try:
            rule, _ = adapter.match(return_rule=True)
        except HTTPException:
            return FAILURE if response.is_json else None
        path = openapi.IN_PATH.sub(r"{\2}", rule.rule)
        if path not in document()["paths"] or method == "OPTIONS":
            return None
        if status == "500":
            return FAILURE
        as_told = "get" if method == "HEAD" else method.lower()
        answers = document()["paths"][path][as_told]["responses"]
        assert status in answers, f"{method} {path} does not tell of {status}: {response.text}"
        if "$ref" in answers[status]:
            return FAILURE
        if "content" not in answers[status]:
            assert response.data == b"", f"{method} {path} {status} has a body"
            return None
        content = ("responses", status, "content", "application/json", "schema")
        return ("paths", path, as_told, *content)
