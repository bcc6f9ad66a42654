"""Every error leaves in one shape, whatever raised it."""

import io
import logging

import pytest
from flask import abort, request
from werkzeug.exceptions import ServiceUnavailable, Unauthorized

from app.http.errors import STATUS_OF
from app.http.response import fail, no_content
from app.http.validation import Json, List, Query, Validator
from controller.frame import error
from model.frame.error import Duplicate, InvalidValue, ModelError


class TooYoung(error.Invalid):
    """A kind of Invalid that a team might add."""


SHAPE = {"msg", "description", "errors"}


@pytest.mark.parametrize(
    "status", [400, 401, 403, 404, 405, 409, 410, 413, 415, 418, 422, 429, 503]
)
def test_every_http_error_has_one_shape(app, client, status):
    app.add_url_rule("/raise", view_func=lambda: abort(status))
    response = client.get("/raise")
    assert response.status_code == status
    assert response.content_type == "application/json"
    assert set(response.json) == SHAPE
    assert response.json["msg"] == "fail"
    assert response.json["description"]


@pytest.mark.parametrize(
    ("broken", "status", "errors"),
    [
        (error.Invalid("bio", "is too long"), 422, {"bio": ["is too long"]}),
        (error.Unauthorized("token", "is missing"), 401, {"token": ["is missing"]}),
        (error.Forbidden("thing"), 403, {"thing": ["forbidden"]}),
        (error.NotFound("thing"), 404, {"thing": ["not found"]}),
        (TooYoung("age", "is too low"), 422, {"age": ["is too low"]}),
        (Duplicate("name"), 409, {"name": ["has already been taken"]}),
        (InvalidValue("name", "must be text"), 422, {"name": ["must be text"]}),
    ],
)
def test_a_broken_rule_has_its_status(app, client, broken, status, errors):
    def view():
        raise broken

    app.add_url_rule("/raise", view_func=view)
    response = client.get("/raise")
    assert response.status_code == status
    assert response.json == {"msg": "fail", "description": str(broken), "errors": errors}


def test_every_error_of_a_controller_has_a_status():
    assert set(error.ControllerError.__subclasses__()) < set(STATUS_OF)


@pytest.mark.parametrize("kind", [InvalidValue, error.Invalid])
def test_an_error_names_a_column_as_the_client_sent_it(app, client, kind):
    @app.post("/tags")
    @Validator()
    def write(tags=Json(List(str), name="nickNames"), other=Query(str, optional=True)):
        raise kind("tags", "is bad")

    response = client.post("/tags", json={"nickNames": []})
    assert response.status_code == 422
    assert response.json["description"] == "nickNames is bad"
    assert response.json["errors"] == {"nickNames": ["is bad"]}


def test_an_error_without_a_column_is_one_sentence(app, client):
    app.add_url_rule("/raise", view_func=lambda: _raise(ModelError("no room")))
    response = client.get("/raise")
    assert response.status_code == 500
    assert response.json["errors"] == {}
    assert "no room" not in response.text


def test_405_says_what_is_allowed(client):
    response = client.delete("/healthz")
    assert response.status_code == 405
    assert set(response.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}
    assert set(response.json) == SHAPE


def test_headers_of_an_error_are_kept(app, client):
    app.add_url_rule("/busy", view_func=lambda: _raise(ServiceUnavailable(retry_after=7)))
    app.add_url_rule(
        "/who", "who", view_func=lambda: _raise(Unauthorized(www_authenticate=_token()))
    )
    assert client.get("/busy").headers["Retry-After"] == "7"
    assert client.get("/who").headers["WWW-Authenticate"].startswith("Token")


def test_abort_with_a_response_sends_that_response(app, client):
    app.add_url_rule("/own", view_func=lambda: abort(fail(409, "Taken.", {"name": ["is taken"]})))
    response = client.get("/own")
    assert response.status_code == 409
    assert response.json == {
        "msg": "fail",
        "description": "Taken.",
        "errors": {"name": ["is taken"]},
    }


def test_a_body_that_is_too_large_is_413(app, client):
    app.add_url_rule("/body", view_func=_read_body, methods=["POST"])
    response = client.post("/body", data=b"x" * 1_048_577)
    assert response.status_code == 413
    assert response.json["errors"] == {"body": ["can't be larger than 1048576 bytes"]}


@pytest.mark.parametrize(("size", "status"), [(1_048_576, 200), (1_048_577, 413), (5_000_000, 413)])
def test_a_body_without_a_length_is_limited_too(app, client, size, status):
    app.add_url_rule("/form", view_func=lambda: request.form["a"][:3], methods=["POST"])
    response = client.post(
        "/form",
        input_stream=io.BytesIO(b"a=" + b"x" * (size - 2)),
        content_type="application/x-www-form-urlencoded",
        headers={"Transfer-Encoding": "chunked"},
        environ_overrides={"wsgi.input_terminated": True},
    )
    assert response.status_code == status


def test_a_field_of_a_form_may_be_as_long_as_a_body(app, client):
    app.add_url_rule("/form", view_func=lambda: request.form["a"][:3], methods=["POST"])
    part = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n' + b"y" * 600_000
    response = client.post(
        "/form", data=part + b"\r\n--x--", content_type="multipart/form-data; boundary=x"
    )
    assert response.text == "yyy"


@pytest.mark.parametrize("headers", [{}, {"Transfer-Encoding": "chunked"}])
def test_the_limit_is_named_only_if_it_is_the_cause(app, client, headers):
    app.add_url_rule("/form", view_func=lambda: request.form, methods=["POST"])
    part = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n'
    response = client.post(
        "/form",
        input_stream=io.BytesIO(part * 1001 + b"--x--"),
        content_type="multipart/form-data; boundary=x",
        headers=headers or {"Content-Length": len(part) * 1001 + 5},
        environ_overrides={"wsgi.input_terminated": True},
    )
    assert response.status_code == 413
    assert response.json["errors"] == {}


@pytest.mark.parametrize("failure", [lambda: 1 / 0, lambda: abort(500)])
def test_an_unexpected_error_shows_only_its_request_id(app, client, caplog, failure):
    app.add_url_rule("/boom", view_func=failure)
    response = client.get("/boom", headers={"X-Request-ID": "find-me"})
    assert response.status_code == 500
    assert response.json == {
        "msg": "fail",
        "description": "Something went wrong here. Its request id is find-me.",
        "errors": {},
    }
    [record] = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert record.exc_info is not None
    assert "Traceback" in caplog.text


@pytest.mark.parametrize(
    "accept", [None, "*/*", "application/json", "text/html;q=0.5, application/json"]
)
@pytest.mark.parametrize("path", ["/wrong/url", "/static/wrong.css"])
def test_a_client_gets_404_in_json(client, path, accept):
    response = client.get(path, headers={"Accept": accept} if accept else {})
    assert response.status_code == 404
    assert set(response.json) == SHAPE


@pytest.mark.parametrize("path", ["/wrong/<script>", "/static/<script>"])
@pytest.mark.parametrize(
    "accept", ["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html, */*"]
)
def test_a_browser_gets_404_as_a_page(client, accept, path):
    response = client.get(path, headers={"Accept": accept})
    assert response.status_code == 404
    assert response.mimetype == "text/html"
    assert "<script>" not in response.text


def test_a_browser_gets_json_from_an_endpoint_that_finds_nothing(app, client):
    app.add_url_rule("/thing", view_func=lambda: _raise(error.NotFound("thing")))
    response = client.get("/thing", headers={"Accept": "text/html"})
    assert response.json["errors"] == {"thing": ["not found"]}


def test_no_content_has_no_body(app, client):
    app.add_url_rule("/nothing", view_func=no_content)
    response = client.get("/nothing")
    assert response.status_code == 204
    assert response.data == b""


def _raise(exception):
    raise exception


def _token():
    from werkzeug.datastructures import WWWAuthenticate

    return WWWAuthenticate("token", {"realm": "api"})


def _read_body():
    return request.get_data()
