"""The one place where an error becomes HTTP. Every error leaves in the shape of `response.fail`."""

from flask import Flask, Response, current_app, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException, NotFound, RequestEntityTooLarge

from app.api.response import Mistakes, fail, unavailable
from controller import error as rule
from controller import log
from model import error as data

STATUS_OF: dict[type[Exception], int] = {
    rule.Invalid: 422,
    rule.Unauthorized: 401,
    rule.Forbidden: 403,
    rule.NotFound: 404,
    data.Duplicate: 409,
    data.HasChildren: 409,
    data.InvalidValue: 422,
    data.MissingParent: 422,
    data.TooLarge: 413,
    data.Unavailable: 503,
}


def init_app(app: Flask) -> None:
    """Let every error of the app leave through this module."""
    app.register_error_handler(rule.RuleError, _refused)
    app.register_error_handler(data.ModelError, _refused)
    app.register_error_handler(data.Unavailable, _unavailable)
    app.register_error_handler(NotFound, _nothing_here)
    app.register_error_handler(RequestEntityTooLarge, _too_large)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _unexpected)


def _refused(error: rule.RuleError | data.ModelError) -> Response:
    # A kind of error that a team adds below one of these has its status.
    for kind in type(error).__mro__:
        if kind in STATUS_OF:
            response = fail(STATUS_OF[kind], str(error), error.errors)
            if response.status_code == 401:
                response.headers["WWW-Authenticate"] = "Bearer"
            return response
    return _unexpected(error)


def _unavailable(error: data.Unavailable) -> Response:
    log.warning(f"unavailable: {error}")
    return unavailable("The database cannot answer right now. Please try again.")


def _nothing_here(missing: NotFound) -> ResponseReturnValue:
    # A URL that no route knows, asked for by a browser; an API client is told in JSON.
    is_no_page = request.routing_exception is missing or request.endpoint == "static"
    is_for_people = request.method == "GET" and not request.path.startswith("/api/")
    wanted = request.accept_mimetypes.best_match(["application/json", "text/html"])
    if is_no_page and is_for_people and wanted == "text/html":
        return render_template("not_found.html"), 404
    return _http_error(missing)


def _too_large(too_large: RequestEntityTooLarge) -> ResponseReturnValue:
    limit, length = current_app.config["MAX_CONTENT_LENGTH"], request.content_length
    if (len(request.get_data()) if length is None else length) <= limit:
        return _http_error(too_large)  # for another reason, such as a form of too many fields
    return fail(413, Mistakes({"body": [f"can't be larger than {limit} bytes"]}))


def _http_error(http_error: HTTPException) -> ResponseReturnValue:
    if http_error.response is not None:
        return http_error.get_response()  # made by abort(response)
    if http_error.code == 500:
        return _unexpected(http_error)
    response = fail(http_error.code or 500, http_error.description or http_error.name)
    # Allow, Retry-After and WWW-Authenticate are part of the answer; the HTML body is not.
    for name, value in http_error.get_headers():
        if name != "Content-Type":
            response.headers[name] = value
    return response


def _unexpected(_error: Exception) -> Response:
    log.exception("unexpected error")
    reference = log.request_id.get()
    return fail(500, f"Something went wrong here. Its request id is {reference}.")
