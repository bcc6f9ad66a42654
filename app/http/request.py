"""What happens around every request: its id, its time, and the line it leaves in the log."""

import re
from collections.abc import Iterable
from functools import partial
from io import BufferedReader, RawIOBase
from secrets import token_hex
from time import perf_counter
from typing import TYPE_CHECKING, Any

from flask import Flask, Request, g, request
from werkzeug.exceptions import (
    BadRequest,
    HTTPException,
    RequestEntityTooLarge,
    SecurityError,
)
from werkzeug.wsgi import get_path_info

from app.http.api_log import ApiLog
from app.http.response import Mistakes
from controller.frame import log

if TYPE_CHECKING:
    from _typeshed import OptExcInfo
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

# Long enough for every common id, and nothing in it that could forge a log line or a header.
SANE_REQUEST_ID = re.compile(r"[A-Za-z0-9._:/+=-]{1,128}")


def init_app(app: Flask) -> None:
    """Give every request of the app an id, a clock, its databases and an access line."""
    if app.config["API_LOGGING"]:
        app.extensions["api_log"] = ApiLog(app.extensions["log_database"])
    app.before_request(partial(_begin, app))
    app.wsgi_app = Requests(app)  # type: ignore[method-assign]


class Requests:
    """A WSGI app around the app's own that names each request and logs its answer.

    It meets every answer, also of what fails in Flask, and takes less than three of Flask's hooks.
    """

    def __init__(self, app: Flask) -> None:
        self._wsgi_app: WSGIApplication = app.wsgi_app
        self._api_log: ApiLog | None = app.extensions.get("api_log")
        self._settings = app.config

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer as the app does, with the id of the request, and write its access line."""
        given = environ.get("HTTP_X_REQUEST_ID", "")
        request_id = given if given and SANE_REQUEST_ID.fullmatch(given) else token_hex(16)
        log.request_id.set(request_id)
        started = perf_counter()

        def start(
            status: str, headers: list[tuple[str, str]], error: "OptExcInfo | None" = None
        ) -> Any:
            self._log(environ, request_id, int(status[:3]), perf_counter() - started)
            return start_response(status, [*headers, ("X-Request-ID", request_id)], error)

        try:
            return self._wsgi_app(environ, start)
        finally:
            log.request_id.set("")

    def _log(
        self, environ: "WSGIEnvironment", request_id: str, status: int, seconds: float
    ) -> None:
        # The path as Werkzeug's Request has it.
        method, path = environ["REQUEST_METHOD"], "/" + get_path_info(environ).lstrip("/")
        milliseconds = round(seconds * 10_000) / 10
        facts = {"method": method, "path": path, "status": status, "milliseconds": milliseconds}
        log.info(f"{method} {path} {status} {milliseconds} ms", **facts)
        if self._api_log:
            self._api_log.write(ip=environ.get("REMOTE_ADDR") or "", request_id=request_id, **facts)
        if seconds >= self._settings["SLOW_API_TIME"]:
            log.warning(f"slow: {method} {path} took {milliseconds} ms")


def this_request() -> Request:
    """Return the request itself: each use of Flask's `request` looks it up again."""
    return request._get_current_object()  # type: ignore[attr-defined, no-any-return]


def this_context() -> Any:
    """Return what `g` stands for, for the same reason."""
    return g._get_current_object()


def _begin(app: Flask) -> None:
    asked, context, extensions = this_request(), this_context(), app.extensions
    environ = asked.environ
    context.db = extensions["database"]
    context.log_db = extensions["log_database"]
    context.security = extensions["security"]
    # First, for what is not read of a malformed body, the server takes for another request.
    if environ.get("wsgi.input_terminated") and _may_be_endless(environ):
        _refuse_endless_body(app.config["MAX_CONTENT_LENGTH"])
    if (names := extensions["names"]) and not names.have(asked.host):
        raise SecurityError


def _may_be_endless(environ: dict[str, Any]) -> bool:
    """Tell whether there may be a body without a length: in HTTP/1 it says that it is chunked."""
    is_http_1 = environ.get("SERVER_PROTOCOL", "").startswith("HTTP/1")
    return "HTTP_TRANSFER_ENCODING" in environ or not is_http_1


def _refuse_endless_body(limit: int) -> None:
    """Apply the limit to a body without a length: Werkzeug would silently truncate it."""
    if request.content_length is None:
        request.max_content_length = limit + 1
        if len(_chunks()) > limit:
            raise RequestEntityTooLarge


def _chunks() -> bytes:
    stream = request.environ["wsgi.input"]
    if isinstance(stream, RawIOBase):
        # Werkzeug's own server reads memory behind a chunk that is shorter than it says, and may
        # crash. From a buffer it cannot.
        request.environ["wsgi.input"] = BufferedReader(stream)
    try:
        return request.get_data()
    except HTTPException:
        raise
    except Exception as error:
        # Servers read the chunks only now, each with errors of its own for malformed ones.
        raise BadRequest(Mistakes({"body": ["has a chunk that is malformed"]})) from error
