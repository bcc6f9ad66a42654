"""What happens around every request: its id, its time, and the line it leaves in the log."""

import re
from functools import partial
from io import BufferedReader, RawIOBase
from secrets import token_hex
from time import perf_counter
from typing import Any

from flask import Flask, Request, Response, g, request
from werkzeug.exceptions import BadRequest, HTTPException, RequestEntityTooLarge

from app.http.api_log import ApiLog
from app.http.response import Mistakes
from controller.frame import log

# Long enough for every common id, and nothing in it that could forge a log line or a header.
SANE_REQUEST_ID = re.compile(r"[A-Za-z0-9._:/+=-]{1,128}")


def init_app(app: Flask) -> None:
    """Give every request of the app an id, a clock, its databases and an access line."""
    if app.config["API_LOGGING"]:
        app.extensions["api_log"] = ApiLog(app.extensions["log_database"])
    app.before_request(partial(_begin, app))
    app.after_request(partial(_finish, app))
    app.teardown_request(_forget)


def this_request() -> Request:
    """Return the request itself: each use of Flask's `request` looks it up again."""
    return request._get_current_object()  # type: ignore[attr-defined, no-any-return]


def this_context() -> Any:
    """Return what `g` stands for, for the same reason."""
    return g._get_current_object()


def _begin(app: Flask) -> None:
    environ, context, extensions = this_request().environ, this_context(), app.extensions
    given = environ.get("HTTP_X_REQUEST_ID", "")
    log.request_id.set(given if given and SANE_REQUEST_ID.fullmatch(given) else token_hex(16))
    context.started = perf_counter()
    context.db = extensions["database"]
    context.log_db = extensions["log_database"]
    context.security = extensions["security"]
    if environ.get("wsgi.input_terminated") and _may_be_endless(environ):
        _refuse_endless_body(app.config["MAX_CONTENT_LENGTH"])


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


def _finish(app: Flask, response: Response) -> Response:
    seconds = perf_counter() - this_context().started
    asked = this_request()
    response.headers["X-Request-ID"] = log.request_id.get()
    method, path, status = asked.method, asked.path, response.status_code
    milliseconds = round(seconds * 10_000) / 10
    facts = {"method": method, "path": path, "status": status, "milliseconds": milliseconds}
    log.info(f"{method} {path} {status} {milliseconds} ms", **facts)
    if api_log := app.extensions.get("api_log"):
        api_log.write(
            ip=asked.remote_addr or "",
            request_id=log.request_id.get(),
            **facts,
        )
    if seconds >= app.config["SLOW_API_TIME"]:
        log.warning(f"slow: {method} {path} took {milliseconds} ms")
    return response


def _forget(_error: BaseException | None) -> None:
    log.request_id.set("")
