"""The answers an endpoint gives. Each call makes a fresh response; nothing here is shared."""

from collections.abc import Mapping
from hashlib import sha256
from io import BytesIO
from typing import TYPE_CHECKING, Any, Generic, Literal, TypedDict, TypeVar

from flask import Response, request, send_file
from werkzeug.datastructures import Headers
from werkzeug.http import parse_etags

from app.http.json import encoded

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

RETRY_AFTER_SECONDS = "1"
# Given to a response, it costs less than what Werkzeug does to find it out.
JSON = "application/json"

FieldErrors = Mapping[str, list[str]]
Results = TypeVar("Results", bound=Mapping[str, Any])
MediaType = TypeVar("MediaType", bound=str)


class Answer(Response, Generic[Results]):
    """A success that holds these results by name: an endpoint's `-> Ok[UserAnswer]` says which."""

    default_mimetype = JSON


class Ok(Answer[Results]):
    """200: it worked, and these are the results."""

    default_status = 200

    def get_wsgi_headers(self, environ: "WSGIEnvironment") -> Headers:  # noqa: ARG002
        """Return the headers as they are: the length is among them, and no Location is."""
        return self.headers


class Created(Answer[Results]):
    """201: it was made, and this is what was made."""

    default_status = 201


class NoContent(Response):
    """204: it worked, and there is nothing to say."""

    default_status = 204
    default_mimetype = None


class NotModified(Response):
    """304: the client has what it asked for, as the ETag in its If-None-Match says."""

    default_status = 304
    default_mimetype = None


class FileAnswer(Response, Generic[MediaType]):
    """200: a file; an endpoint's `-> FileAnswer[Literal["text/csv"]]` says of which type."""

    default_status = 200


class Nothing(TypedDict):
    """No results, only that it worked."""


class Failure(TypedDict):
    """What went wrong: in one sentence for people, and by field."""

    msg: Literal["fail"]
    description: str
    errors: dict[str, list[str]]


class Mistakes(str):
    """What is wrong with a request: one sentence for people that also carries `errors` by field.

    It is a string because flask-validation-extended hands its error functions a string.
    """

    errors: FieldErrors

    def __new__(cls, errors: FieldErrors) -> "Mistakes":
        """Make the sentence from the errors of each field."""
        sentences = (f"{field} {message}" for field, found in errors.items() for message in found)
        mistakes = super().__new__(cls, "; ".join(sentences))
        mistakes.errors = errors
        return mistakes


def ok(results: Results) -> Ok[Results]:
    """200: it worked, and these are the results."""
    return Ok(_success(results), content_type=JSON)


def created(results: Results) -> Created[Results]:
    """201: it was made, and this is what was made."""
    return Created(_success(results), content_type=JSON)


def no_content() -> NoContent:
    """204: it worked, and there is nothing to say."""
    return NoContent()


def ok_if_changed(results: Results) -> Ok[Results] | NotModified:
    """200 with an ETag; 304 without a body if the client sent it as its If-None-Match."""
    body = _success(results)
    tag = sha256(body).hexdigest()[:32]
    known = request.environ.get("HTTP_IF_NONE_MATCH")
    is_known = known is not None and parse_etags(known).contains_weak(tag)
    answer: Ok[Results] | NotModified = NotModified() if is_known else Ok(body, content_type=JSON)
    answer.headers["ETag"] = f'"{tag}"'
    return answer


def file(content: bytes, media_type: MediaType, *, name: str) -> FileAnswer[MediaType]:
    """200: a file, which a browser saves under this name."""
    sent = send_file(
        BytesIO(content), mimetype=media_type, as_attachment=True, download_name=name, etag=False
    )
    return FileAnswer(sent.response, headers=sent.headers, direct_passthrough=True)


def bad_request(mistakes: str) -> Response:
    """400: the input is wrong; usable as a Validator's error function."""
    return fail(400, mistakes)


def unprocessable(mistakes: str) -> Response:
    """422: the input is well-formed and yet wrong; usable as a Validator's error function."""
    return fail(422, mistakes)


def unavailable(description: str) -> Response:
    """503: temporarily unavailable; tells a client when to retry."""
    response = fail(503, description)
    response.headers["Retry-After"] = RETRY_AFTER_SECONDS
    return response


def fail(status: int, description: str, errors: FieldErrors | None = None) -> Response:
    """The one shape in which every error leaves."""
    if errors is None:
        errors = description.errors if isinstance(description, Mistakes) else {}
    body: Failure = {
        "msg": "fail",
        "description": description,
        "errors": {field: list(found) for field, found in errors.items()},
    }
    return Response(encoded(body), status, mimetype="application/json")


def _success(results: Mapping[str, object]) -> bytes:
    return encoded({"msg": "success", **results})
