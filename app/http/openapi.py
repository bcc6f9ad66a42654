"""The OpenAPI document, made from what is there: routes, signatures, docstrings and decorators."""

import inspect
import re
import sys
import types
import typing
from collections.abc import Iterator
from typing import Any

import flask_validation_extended as library
import orjson
from flask import Flask
from werkzeug.http import HTTP_STATUS_CODES
from werkzeug.routing import Rule as UrlRule

from app.http import schema
from app.http.errors import STATUS_OF
from app.http.response import Answer, Failure, FileAnswer, Mistakes, NoContent, NotModified
from app.http.schema import Schema
from app.http.validation import Field
from model.frame.error import Unavailable

# The version of the API, not of the project.
VERSION = "1.0.0"
# An endpoint that names one of these works with a database.
DATABASES = {"db", "log_db"}

ONE_PART: Schema = {"type": "string", "minLength": 1, "pattern": "^[^/]+$"}
CONVERTERS: dict[str, Schema] = {
    "path": {"type": "string", "minLength": 1},
    "int": {"type": "integer", "minimum": 0},
    "uuid": {"type": "string", "format": "uuid"},
}
SECURITY_SCHEMES = {
    "Bearer": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "The access token alone.",
    },
    "Token": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "The word Token, a blank and the access token.",
    },
}
# <name> or <converter(...):name>
IN_PATH = re.compile(r"<(?:(\w+)(?:\([^)]*\))?:)?(\w+)>")

FILE: Schema = {"schema": {"type": "string", "format": "binary"}}

# What a status says besides its body.
TEXT: Schema = {"schema": {"type": "string"}}
HEADERS: dict[int, Schema] = {
    429: {
        "Retry-After": {"schema": {"type": "integer", "minimum": 0}},
        "RateLimit": TEXT,
        "RateLimit-Policy": TEXT,
    }
}

EITHER_SCHEME: list[Schema] = [{"Bearer": []}, {"Token": []}]


def written(app: Flask) -> bytes:
    """Return the document of an app as JSON: made on first demand, then kept."""
    if "openapi" not in app.extensions:
        options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
        app.extensions["openapi"] = orjson.dumps(Document(app).whole(), option=options)
    document: bytes = app.extensions["openapi"]
    return document


class Document:
    """The document while it is being put together."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._schemas: dict[str, Schema] = {}
        self._responses: dict[str, Schema] = {}
        self._tags: dict[str, str] = {}

    def whole(self) -> Schema:
        """Return the document."""
        paths: dict[str, Schema] = {}
        for route, method in self._operations():
            path = IN_PATH.sub(r"{\2}", route.rule)
            paths.setdefault(path, {})[method.lower()] = self._operation(route, method)
        return {
            "openapi": "3.1.0",
            "info": {"title": self._app.config["APP_NAME"], "version": VERSION},
            "tags": [{"name": name, "description": text} for name, text in self._tags.items()],
            "paths": paths,
            "components": {
                "schemas": dict(sorted(self._schemas.items())),
                "responses": dict(sorted(self._responses.items())),
                "securitySchemes": SECURITY_SCHEMES,
            },
        }

    def _operations(self) -> Iterator[tuple[UrlRule, str]]:
        """Each route that answers JSON, with each of its methods."""
        for route in sorted(self._app.url_map.iter_rules(), key=lambda route: route.rule):
            is_file = route.endpoint.rpartition(".")[2] == "static"
            if not is_file and answers_of(self._app.view_functions[route.endpoint]):
                for method in methods_of(route):
                    yield route, method

    def _operation(self, route: UrlRule, method: str) -> Schema:
        view = self._app.view_functions[route.endpoint]
        summary, _, description = (inspect.getdoc(view) or "").partition("\n")
        operation: Schema = {
            "operationId": operation_id(route, method),
            "tags": [self._tag(route, view)],
            "summary": summary,
            "description": description.strip(),
            "parameters": list(_parameters(route, view)),
            "requestBody": _request_body(view),
            "responses": self._all_responses(view),
            "security": _security(view),
        }
        return {key: part for key, part in operation.items() if part or key == "security"}

    def _tag(self, route: UrlRule, view: Any) -> str:
        """The name of the endpoint's own blueprint; its module's docstring describes it."""
        blueprint: str = route.endpoint.rpartition(".")[0]
        name = blueprint.rpartition(".")[2] or "app"
        module = sys.modules[inspect.unwrap(view).__module__]
        self._tags.setdefault(name, (inspect.getdoc(module) or "").partition("\n")[0])
        return name

    def _all_responses(self, view: Any) -> dict[str, Schema]:
        answers = {str(status_of(answer)): answer for answer in answers_of(view)}
        responses = {status: self._success(view, answer) for status, answer in answers.items()}
        for status in sorted(self._statuses_of_errors(view)):
            phrase = HTTP_STATUS_CODES[status]
            name = phrase.replace(" ", "")
            headers = {"headers": HEADERS[status]} if status in HEADERS else {}
            self._responses[name] = {
                "description": f"{phrase}.",
                **headers,
                **self._content(Failure),
            }
            responses[str(status)] = {"$ref": f"#/components/responses/{name}"}
        return responses

    def _success(self, view: Any, answer: Any) -> Schema:
        if answer is NoContent:
            return {"description": "It worked, and there is nothing to say."}
        if answer is NotModified:
            return {"description": "The answer whose ETag If-None-Match names is unchanged."}
        if typing.get_origin(answer) is FileAnswer:
            return {
                "description": "The file.",
                "content": dict.fromkeys(_media_types(answer), FILE),
            }
        [results] = typing.get_args(answer)
        body = schema.object_of(results, self._schemas)
        body["properties"] = {"msg": {"const": "success"}, **body["properties"]}
        body["required"] = ["msg", *body["required"]]
        if hasattr(view, "is_timed"):
            body["properties"]["process_time"] = {"type": "number"}
        return {
            "description": body.pop("description"),
            "content": {"application/json": {"schema": body}},
        }

    def _content(self, kind: Any) -> Schema:
        reference = schema.of_typed_dict(kind, self._schemas)
        return {"content": {"application/json": {"schema": reference}}}

    def _statuses_of_errors(self, view: Any) -> set[int]:
        statuses = {STATUS_OF[error] for error in getattr(view, "errors", ())}
        authentication = getattr(view, "authentication", None)
        if authentication:
            statuses.add(401)
        is_limited = hasattr(view, "is_limited")
        if is_limited:
            statuses.add(429)
        if authentication or is_limited or DATABASES & set(inspect.unwrap(view).__code__.co_names):
            statuses.add(STATUS_OF[Unavailable])
        if authentication == "admin":
            statuses.add(403)
        if hasattr(view, "fields"):
            with self._app.app_context():
                answer = self._app.make_response(view.error_function(Mistakes({})))
            statuses.add(answer.status_code)
        if _fields_of(view, library.Json, library.Form, library.File):
            statuses |= {413, 415} if _fields_of(view, library.Json) else {413}
        return statuses


def methods_of(route: UrlRule) -> list[str]:
    """Return the methods that somebody wrote an endpoint for."""
    return sorted((route.methods or set()) - {"HEAD", "OPTIONS"})


def operation_id(route: UrlRule, method: str) -> str:
    """Return the name of an operation: its endpoint's, and its method's if there are several."""
    name: str = route.endpoint.replace(".", "_")
    return f"{name}_{method.lower()}" if len(methods_of(route)) > 1 else name


def answers_of(view: Any) -> list[Any]:
    """Return the declared answers, Ok[...], Created[...] or NoContent; nothing of a page."""
    declared = inspect.get_annotations(inspect.unwrap(view), eval_str=True).get("return")
    is_union = typing.get_origin(declared) in (types.UnionType, typing.Union)
    return [
        one for one in (typing.get_args(declared) if is_union else [declared]) if _is_answer(one)
    ]


def _media_types(answer: Any) -> tuple[str, ...]:
    """The types of a file: of FileAnswer[Literal["text/csv"]], text/csv."""
    [media_type] = typing.get_args(answer)
    return typing.get_args(media_type)


def _is_answer(declared: Any) -> bool:
    kind = typing.get_origin(declared) or declared
    return inspect.isclass(kind) and issubclass(kind, Answer | FileAnswer | NoContent | NotModified)


def status_of(answer: Any) -> int:
    """Return the status of an answer."""
    return int((typing.get_origin(answer) or answer).default_status)


def _parameters(route: UrlRule, view: Any) -> Iterator[Schema]:
    declared = {field.name: field for field in _fields_of(view, library.Route)}
    for converter, name in IN_PATH.findall(route.rule):
        found = _in_path(CONVERTERS.get(converter, ONE_PART), declared.get(name))
        yield _parameter("path", name, found, declared.get(name))
    for source, place in ((library.Query, "query"), (library.Header, "header")):
        for field in _fields_of(view, source):
            yield _parameter(place, field.label, schema.of_field(field), field)


def _in_path(converter: Schema, field: Field | None) -> Schema:
    """What the router lets through, and the validator after it."""
    own = schema.of_field(field) if field else {}
    if "type" in own and own["type"] != converter["type"]:
        return own
    if "minimum" in own and "minimum" in converter:
        own["minimum"] = max(own["minimum"], converter["minimum"])
    return {**converter, **own}


def _parameter(place: str, name: str, found: Schema, field: Field | None) -> Schema:
    required = place == "path" or (field is not None and field.required)
    parameter = {"name": name, "in": place, "required": required, "schema": found}
    if field is not None and field.example is not None:
        parameter["example"] = field.example
    return parameter


def _request_body(view: Any) -> Schema | None:
    if fields := _fields_of(view, library.Json):
        kind, envelope = "application/json", view.envelope
    elif fields := _fields_of(view, library.Form, library.File):
        kind, envelope = "multipart/form-data", None
    else:
        return None
    body = _object(fields)
    content: Schema = {"schema": body}
    if example := {one.label: one.example for one in fields if one.example is not None}:
        content["example"] = {envelope: example} if envelope else example
    if envelope:
        properties = {envelope: body}
        content["schema"] = {"type": "object", "properties": properties, "required": [envelope]}
    required = envelope is not None or "required" in body
    return {"required": required, "content": {kind: content}}


def _object(fields: list[Field]) -> Schema:
    properties = {field.label: schema.of_field(field) for field in fields}
    required = [field.label for field in fields if field.required]
    body: Schema = {"type": "object", "properties": properties}
    return {**body, "required": required} if required else body


def _fields_of(view: Any, *sources: type) -> list[Field]:
    return [field for field in getattr(view, "fields", []) if field.source in sources]


def _security(view: Any) -> list[Schema]:
    authentication = getattr(view, "authentication", None)
    if authentication is None:
        return []
    return [{}, *EITHER_SCHEME] if authentication == "optional" else EITHER_SCHEME
