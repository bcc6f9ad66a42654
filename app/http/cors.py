"""Who may call the API from a page of another origin: CORS, without credentials.

A token travels in a header that a page sets itself, never in a cookie: a page of an origin that
is not allowed has none to send. An origin is named in an answer only if the setting allows it.
"""

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

import flask_validation_extended as library
from flask import Flask, Response

from app.http.request import this_request
from app.http.response import no_content

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

ANY = "*"
ANY_PORT = ":*"
# What the frame reads of a request, of what a page may not send without being allowed.
READ = ("Authorization", "Content-Type", "If-None-Match", "X-Request-ID")
# What a page cannot see otherwise.
EXPOSED = "X-Request-ID, Retry-After, RateLimit, RateLimit-Policy, ETag"
# As long as Chromium remembers it at most.
SECONDS_REMEMBERED = "7200"

Pairs = list[tuple[str, str]]


class Origins:
    """The origins that may call the API: exact ones, or `http://localhost:*` for any port."""

    def __init__(self, origins: Iterable[str]) -> None:
        listed = {*origins}
        self._is_any = ANY in listed
        any_port = {one for one in listed if one.endswith(ANY_PORT)}
        self._any_port = {one.removesuffix(ANY_PORT) for one in any_port}
        self._exact = (listed - any_port) | self._any_port
        # Of an answer that is the same for every origin, a cache needs one copy.
        self.vary = bool(listed) and not self._is_any

    def pairs(self, environ: "WSGIEnvironment") -> Pairs:
        """Return the headers that let the page read the answer; none if its origin may not."""
        if self._is_any:
            return _allowing(ANY)
        origin = environ.get("HTTP_ORIGIN")
        if origin and (origin in self._exact or self._has_any_port(origin)):
            return _allowing(origin)
        return []

    def _has_any_port(self, origin: str) -> bool:
        name, _, port = origin.rpartition(":")
        return name in self._any_port and port.isascii() and port.isdecimal()


def init_app(app: Flask) -> None:
    """Answer every OPTIONS with what may be asked of its route, also as a preflight."""
    app.extensions["origins"] = Origins(app.config["CORS_ORIGINS"])
    app.make_default_options_response = partial(_options, app)  # type: ignore[method-assign]


def _allowing(origin: str) -> Pairs:
    return [
        ("Access-Control-Allow-Origin", origin),
        ("Access-Control-Expose-Headers", EXPOSED),
    ]


def _options(app: Flask) -> Response:
    methods = ", ".join(sorted(Flask.make_default_options_response(app).allow))
    response = no_content()
    response.headers["Allow"] = methods
    environ = this_request().environ
    is_preflight = "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in environ
    if is_preflight and app.extensions["origins"].pairs(environ):
        response.headers["Access-Control-Allow-Methods"] = methods
        response.headers["Access-Control-Allow-Headers"] = ", ".join(_read_by(app))
        response.headers["Access-Control-Max-Age"] = SECONDS_REMEMBERED
    return response


def _read_by(app: Flask) -> list[str]:
    """The headers that a page may send: the frame's, and those that endpoints declare."""
    declared = {
        field.label
        for view in app.view_functions.values()
        for field in getattr(view, "fields", [])
        if field.source is library.Header
    }
    return [*READ, *sorted(declared - {*READ})]
