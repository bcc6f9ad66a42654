"""The request of an operation's examples, and the same with one thing changed."""

import io
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

import flask_validation_extended as library
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import TestResponse, encode_multipart

from app.http import openapi
from tests.api import wrong_values as wrong
from tests.api.operations import Operation, lacking
from tests.api.scene import Scene

# Headers that a request has for another reason.
TAKEN = {"authorization", "content-length", "content-type", "host"}
JSON = "application/json"


class GoodRequest:
    """A request that works, sent by jake, who may do whatever it asks for.

    As documented it has the examples alone; else also what `prepare` returned.
    """

    def __init__(self, operation: Operation, scene: Scene, *, as_documented: bool = False) -> None:
        assert not list(lacking(operation)), "\n".join(lacking(operation))
        self.operation, self.scene = operation, scene
        self.values: dict[str, Any] = {}
        for field in operation.fields:
            value = scene.value(operation, field)
            if value is not None and not (as_documented and field.example is None):
                self.values[field.label] = value
        self.envelope = getattr(operation.view, "envelope", None)
        self.path = {name: quote(text, safe="") for name, text in self._texts(library.Route)}
        self.query = {name: quote(text, safe="") for name, text in self._texts(library.Query)}
        self.headers = dict(self._texts(library.Header))
        self.form: dict[str, Any] = dict(self._texts(library.Form))
        self.form |= {one.label: wrong.good_files(one) for one in operation.of(library.File)}
        self.body = {name: wrong.as_json(value) for name, value in self._of(library.Json)}

    def _of(self, source: type) -> Iterable[tuple[str, Any]]:
        labels = {field.label for field in self.operation.of(source)}
        return [(label, value) for label, value in self.values.items() if label in labels]

    def _texts(self, source: type) -> Iterable[tuple[str, str]]:
        return [(label, wrong.as_text(value)) for label, value in self._of(source)]

    def send(
        self,
        *,
        path: Mapping[str, str] | None = None,
        query: str | None = None,
        headers: Mapping[str, str | None] | None = None,
        form: Mapping[str, Any] | None = None,
        data: str | None = None,
        content_type: str | None = JSON,
        environ: Mapping[str, Any] | None = None,
        token: str | None = "jake's",
    ) -> TestResponse:
        """Send it with another path, query, header, form, body or token."""
        token = self.scene.jake.token if token == "jake's" else token
        body, content_type = self._body(data, content_type, {**self.form, **(form or {})})
        return self.scene.jake.client.open(
            self.url(path or {}),
            method=self.operation.method,
            query_string=self.with_query() if query is None else query,
            headers={} if token is None else {"Authorization": f"Token {token}"},
            environ_overrides={**_environ({**self.headers, **(headers or {})}), **(environ or {})},
            data=body,
            content_type=content_type,
        )

    def _body(
        self, data: str | None, content_type: str | None, form: Mapping[str, Any]
    ) -> tuple[bytes | None, str | None]:
        if data is None and self.body:
            data = self.with_fields()
        if data is not None:
            return data.encode("utf-8", "surrogatepass"), content_type
        return _multipart(form) if form else (None, None)

    def url(self, path: Mapping[str, str]) -> str:
        segments = {**self.path, **path}
        return openapi.IN_PATH.sub(lambda part: segments[part[2]], self.operation.route.rule)

    def with_query(self, **values: str | None) -> str:
        """Return the query with other values, as they stand in a URL; None leaves one out."""
        kept = {**self.query, **values}
        return "&".join(f"{key}={value}" for key, value in kept.items() if value is not None)

    def with_fields(self, **values: str | None) -> str:
        """Return the body with other values, as they stand in JSON; None leaves one out."""
        return self.in_envelope(self.bare(**values))

    def bare(self, **values: str | None) -> str:
        kept = {key: value for key, value in {**self.body, **values}.items() if value is not None}
        return "{" + ", ".join(f'"{key}": {value}' for key, value in kept.items()) + "}"

    def in_envelope(self, content: str) -> str:
        return f'{{"{self.envelope}": {content}}}' if self.envelope else content


def _environ(headers: Mapping[str, str | None]) -> dict[str, str]:
    """Headers as a server hands them on, which may hold what the test client would refuse."""
    return {
        f"HTTP_{name.upper().replace('-', '_')}": text
        for name, text in headers.items()
        if text is not None and name.lower() not in TAKEN
    }


def _multipart(form: Mapping[str, Any]) -> tuple[bytes, str]:
    """A form as it is sent; None leaves a field out."""
    sent: MultiDict[str, Any] = MultiDict()
    for label, value in form.items():
        if isinstance(value, wrong.Files):
            sent.setlist(label, [FileStorage(io.BytesIO(b"x"), name) for name in value])
        elif value is not None:
            sent.add(label, value)
    boundary, data = encode_multipart(sent)
    return data, f'multipart/form-data; boundary="{boundary}"'
