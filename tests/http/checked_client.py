"""The OpenAPI document as the tests read it, and a client that holds every answer to it."""

import json
from functools import cache, lru_cache
from typing import Any

import jsonschema_rs
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException

from app import create_flask_app
from app.http import openapi
from config import TestConfig


@cache
def written() -> bytes:
    """The document of the app as it stands."""
    return openapi.written(create_flask_app(TestConfig))


def document() -> dict[str, Any]:
    """The document of the app as it stands, to look into."""
    return parsed(written())


@lru_cache(maxsize=8)
def parsed(document: bytes) -> dict[str, Any]:
    return json.loads(document)


@lru_cache(maxsize=256)
def validator(document: bytes, pointer: tuple[str, ...]) -> jsonschema_rs.Draft202012Validator:
    """What judges an answer: the schema at this place of a document."""
    schema = whole = parsed(document)
    for key in pointer:
        schema = schema[key]
    return jsonschema_rs.Draft202012Validator(
        {**schema, "components": whole["components"]}, validate_formats=True
    )


FAILURE = ("components", "schemas", "http.response.Failure")


class CheckedClient(FlaskClient):
    """A client that fails the test when an answer is not what the document says."""

    def open(self, *args, **kwargs):
        response = super().open(*args, **kwargs)
        if response.request.method != "HEAD":
            self._check(response)
        return response

    def _check(self, response) -> None:
        path = self._path(response)
        is_own = path is not None and path not in document()["paths"]
        # Of an app to which a test has added an endpoint, the document is another.
        text = openapi.written(self.application) if is_own else written()
        place = self._place(response, parsed(text), path)
        if place is None:
            return
        try:
            validator(text, place).validate(json.loads(response.data))
        except jsonschema_rs.ValidationError as error:
            where = f"{response.request.method} {response.request.path} {response.status_code}"
            raise AssertionError(f"{where}: {error.message}\n{response.text}") from None

    def _path(self, response) -> str | None:
        """The path that answered, as a document has it; None if no route did."""
        adapter = self.application.url_map.bind_to_environ(response.request.environ)
        try:
            rule, _ = adapter.match(return_rule=True)
        except HTTPException:
            return None
        return openapi.IN_PATH.sub(r"{\2}", rule.rule)

    def _place(self, response, whole, path) -> tuple[str, ...] | None:
        """Where the document tells of this answer; None of what has no schema, and of a page."""
        method, status = response.request.method, str(response.status_code)
        if path is None:
            return FAILURE if response.is_json else None
        if path not in whole["paths"] or method == "OPTIONS":
            return None
        if status == "500":
            return FAILURE
        answers = whole["paths"][path][method.lower()]["responses"]
        assert status in answers, f"{method} {path} does not tell of {status}: {response.text}"
        if "$ref" in answers[status]:
            return FAILURE
        if "content" not in answers[status]:
            assert response.data == b"", f"{method} {path} {status} has a body"
            return None
        content = answers[status]["content"]
        assert response.mimetype in content, f"{method} {path} tells of no {response.mimetype}"
        if response.mimetype != "application/json":
            return None
        place = ("responses", status, "content", "application/json", "schema")
        return ("paths", path, method.lower(), *place)
