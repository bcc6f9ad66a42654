"""What happens around every request: its id, its time, and the line it leaves in the log."""

import re
from secrets import token_hex
from time import perf_counter

from flask import Flask, Response, current_app, g, request
from werkzeug.exceptions import RequestEntityTooLarge

from app.http.api_log import ApiLog
from controller.frame import log

# Long enough for every common id, and nothing in it that could forge a log line or a header.
SANE_REQUEST_ID = re.compile(r"[A-Za-z0-9._:/+=-]{1,128}")


def init_app(app: Flask) -> None:
    """Give every request of the app an id, a clock, its databases and an access line."""
    if app.config["API_LOGGING"]:
        app.extensions["api_log"] = ApiLog(app.extensions["log_database"])
    app.before_request(_begin)
    app.after_request(_finish)
    app.teardown_request(_forget)


def _begin() -> None:
    given = request.environ.get("HTTP_X_REQUEST_ID", "")
    log.request_id.set(given if given and SANE_REQUEST_ID.fullmatch(given) else token_hex(16))
    context, extensions = g._get_current_object(), current_app.extensions
    context.started = perf_counter()
    context.db = extensions["database"]
    context.log_db = extensions["log_database"]
    context.security = extensions["security"]
    if request.environ.get("wsgi.input_terminated"):
        _refuse_endless_body()


def _refuse_endless_body() -> None:
    """Apply the limit to a body without a length: Werkzeug would silently truncate it."""
    limit = current_app.config["MAX_CONTENT_LENGTH"]
    if request.content_length is None:
        request.max_content_length = limit + 1
        if len(request.get_data()) > limit:
            raise RequestEntityTooLarge


def _finish(response: Response) -> Response:
    seconds = perf_counter() - g.started
    response.headers["X-Request-ID"] = log.request_id.get()
    method, path, status = request.method, request.path, response.status_code
    milliseconds = round(seconds * 1000, 1)
    facts = {"method": method, "path": path, "status": status, "milliseconds": milliseconds}
    log.info(f"{method} {path} {status} {milliseconds} ms", **facts)
    if api_log := current_app.extensions.get("api_log"):
        api_log.write(
            ip=request.remote_addr or "",
            request_id=log.request_id.get(),
            **facts,
        )
    if seconds >= current_app.config["SLOW_API_TIME"]:
        log.warning(f"slow: {method} {path} took {milliseconds} ms")
    return response


def _forget(_error: BaseException | None) -> None:
    log.request_id.set("")
