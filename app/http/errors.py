"""The one place where an error becomes HTTP. Every error leaves in the shape of `response.fail`."""

from flask import Flask, Response, current_app, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import (
    BadHost,
    HTTPException,
    NotFound,
    RequestEntityTooLarge,
    SecurityError,
)

from app.http.limit import tell
from app.http.response import Mistakes, fail, unavailable
from controller.frame import error as controller_error
from controller.frame import log
from model.frame import error as model_error

# A subclass inherits the status of its nearest listed base.
STATUS_OF: dict[type[Exception], int] = {
    controller_error.Invalid: 422,
    controller_error.Unauthorized: 401,
    controller_error.Forbidden: 403,
    controller_error.NotFound: 404,
    controller_error.TooMany: 429,
    controller_error.Busy: 503,
    model_error.Duplicate: 409,
    model_error.HasChildren: 409,
    model_error.InvalidValue: 422,
    model_error.MissingParent: 422,
    model_error.TooLarge: 413,
    model_error.Unavailable: 503,
}


def init_app(app: Flask) -> None:
    """Let every error of the app leave through this module."""
    app.register_error_handler(controller_error.ControllerError, _refused)
    app.register_error_handler(controller_error.TooMany, _too_many)
    app.register_error_handler(controller_error.Busy, _busy)
    app.register_error_handler(model_error.ModelError, _refused)
    app.register_error_handler(model_error.Unavailable, _unavailable)
    app.register_error_handler(NotFound, _nothing_here)
    app.register_error_handler(RequestEntityTooLarge, _too_large)
    app.register_error_handler(BadHost, _wrong_host)
    app.register_error_handler(SecurityError, _wrong_host)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _unexpected)


def _refused(error: controller_error.ControllerError | model_error.ModelError) -> Response:
    for kind in type(error).__mro__:
        if kind in STATUS_OF:
            response = fail(STATUS_OF[kind], _as_sent(error))
            if response.status_code == 401:
                response.headers["WWW-Authenticate"] = "Bearer"
            return response
    return _unexpected(error)


def _as_sent(error: controller_error.ControllerError | model_error.ModelError) -> str:
    """What went wrong, in the client's names: `refresh_token` came as `refreshToken`."""
    view = current_app.view_functions.get(request.endpoint or "")
    labels = {field.name: field.label for field in getattr(view, "fields", [])}
    errors = {labels.get(field, field): found for field, found in error.errors.items()}
    return Mistakes(errors) if errors else str(error)


def _too_many(error: controller_error.TooMany) -> Response:
    response = _refused(error)
    response.headers["Retry-After"] = str(error.retry_after)
    return tell(response, error.left) if error.left else response


def _busy(error: controller_error.Busy) -> Response:
    return unavailable(Mistakes(error.errors))


def _unavailable(error: model_error.Unavailable) -> Response:
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


def _wrong_host(_error: BadHost | SecurityError) -> Response:
    # The name that was asked for may be an attacker's, and is not repeated.
    return fail(400, Mistakes({"Host": ["is not a name of this app"]}))


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
