"""The operations of the API, as the URL map has them, and the tests of their resources.

An operation is an endpoint and a method. Of the endpoints in app/api/v1/session.py the tests are in
tests/api/v1/test_session.py; a version without tests of its own has those of an older one.
"""

import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import flask_validation_extended as library
from flask import Flask
from werkzeug.routing import Rule as Route

from app.http import openapi
from app.http.validation import Field
from tests.conftest import PROJECT
from tests.http.people import VERSION

TESTS = PROJECT / "tests/api"


@dataclass(frozen=True)
class Operation:
    """An endpoint and one of its methods."""

    route: Route
    method: str
    view: Callable[..., Any]

    @property
    def name(self) -> str:
        """Its name in the OpenAPI document."""
        return openapi.operation_id(self.route, self.method)

    @property
    def function(self) -> str:
        return inspect.unwrap(self.view).__name__

    @property
    def module(self) -> str:
        """The module of its endpoint: app.api.v1.session."""
        return inspect.unwrap(self.view).__module__

    @property
    def folder(self) -> str:
        """The folder of its module below app/api: v1."""
        return "/".join(self.module.split(".")[2:-1])

    @property
    def version(self) -> str:
        """The version that people speak to beside it: its own, or the oldest."""
        return self.folder if is_version(self.folder) else VERSION

    @property
    def resource(self) -> str:
        """What its module is called for: session."""
        return self.module.rpartition(".")[2]

    @property
    def tests(self) -> Path:
        """The file of its resource's tests, whether or not it is there."""
        return tests_of(self.folder, self.resource)

    @property
    def where(self) -> str:
        """The same for people to read."""
        return str(self.tests.relative_to(PROJECT))

    @property
    def fields(self) -> list[Field]:
        """What the endpoint declares, but for parts of another route's path."""
        declared: list[Field] = getattr(self.view, "fields", [])
        parts = self.route.arguments
        return [one for one in declared if one.source is not library.Route or one.label in parts]

    def of(self, *sources: type) -> list[Field]:
        """Return the fields that come from there."""
        return [field for field in self.fields if field.source in sources]


def operations(app: Flask) -> list[Operation]:
    """Return every operation of app/api, in the order of the registers."""
    return [
        operation
        for route in app.url_map.iter_rules()
        for method in openapi.methods_of(route)
        if (operation := Operation(route, method, app.view_functions[route.endpoint]))
        and operation.module.startswith("app.api.")
    ]


def lacking(operation: Operation) -> Iterator[str]:
    """Say what an endpoint must declare before its request can be made, and where."""
    where = f"{operation.module}.{operation.function}"
    for name in operation.route.arguments - {one.label for one in operation.of(library.Route)}:
        yield f"declare {name} in {where}: {name}: str = Route(str, example=...)"
    for field in operation.fields:
        is_needed = field.required or field.source is library.Route
        # Of a file, whatever ends as it should will do.
        if is_needed and field.example is None and field.source is not library.File:
            yield f"give {field.source.__name__}(...) of {field.name} in {where} an example="


def is_version(folder: str) -> bool:
    return re.fullmatch(r"v[0-9]+", folder) is not None


@cache
def tests_of(folder: str, resource: str) -> Path:
    """Return the file of a resource's tests, whether or not it is there."""
    number = int(folder[1:]) if is_version(folder) else 0
    older = [f"v{one}" for one in range(number - 1, 0, -1)]
    files = [TESTS / each / f"test_{resource}.py" for each in (folder, *older)]
    return next((file for file in files if file.exists()), files[0])


def module_of(file: Path) -> ModuleType | None:
    """Return a file of tests as a module; None without it."""
    if not file.exists():
        return None
    return import_module(".".join(file.relative_to(PROJECT).with_suffix("").parts))


def declared(operation: Operation, name: str, field: Field) -> Iterator[Any]:
    """Yield what a resource's tests declare of a field: for this endpoint, or for all of its own.

    `UNKNOWN = {"login.email": (401, "credentials"), "id": (404, "session")}`
    """
    found = getattr(module_of(operation.tests), name, {})
    for key in (f"{operation.function}.{field.label}", field.label):
        if key in found:
            yield found[key]
