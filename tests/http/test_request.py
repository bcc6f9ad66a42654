"""What happens around every request: ids, access lines, slow requests, the timer."""

import json
import logging
import time

import pytest
from flask import Blueprint, Response, jsonify

from app.http.decorator import timer
from app.http.response import Nothing, Ok, ok
from controller.frame import log
from tests.http.people import API


@pytest.mark.parametrize("given", ["a-sane.id:1/2=", "x" * 128])
def test_a_valid_request_id_is_kept(client, given):
    assert client.get("/healthz", headers={"X-Request-ID": given}).headers["X-Request-ID"] == given


@pytest.mark.parametrize("given", ["", "x" * 129, "two words", "<b>", "id\tid", "é"])
def test_an_invalid_request_id_is_replaced(client, given):
    answered = client.get("/healthz", headers={"X-Request-ID": given}).headers["X-Request-ID"]
    assert answered != given
    assert len(answered) == 32


@pytest.mark.parametrize("path", ["/", "/healthz", "/wrong", f"{API}/user", "/openapi.json"])
def test_every_answer_has_its_own_request_id(client, path):
    ids = {client.get(path).headers["X-Request-ID"] for _ in range(3)}
    assert len(ids) == 3


def test_one_access_line_per_request(client, caplog):
    caplog.set_level(logging.INFO)
    client.get("/healthz?token=hidden")
    [record] = caplog.records
    assert record.getMessage().startswith("GET /healthz 200 ")
    assert record.fields["method"] == "GET"
    assert record.fields["path"] == "/healthz"
    assert record.fields["status"] == 200
    assert record.fields["milliseconds"] >= 0
    assert "hidden" not in caplog.text


def test_every_line_of_a_request_carries_its_id(configured, capsys):
    client = configured(LOG_FORMAT="json")
    client.application.add_url_rule("/speak", view_func=lambda: (log.info("inside"), "")[1])
    client.get("/speak", headers={"X-Request-ID": "one-request"})
    log.info("outside")
    inside, access, outside = map(json.loads, capsys.readouterr().err.splitlines())
    assert [inside["message"], inside["request_id"]] == ["inside", "one-request"]
    assert [access["status"], access["request_id"]] == [200, "one-request"]
    assert [outside["message"], outside["request_id"]] == ["outside", None]


def test_a_slow_request_is_logged_without_its_content(configured, caplog):
    client = configured(SLOW_API_TIME=0.01)
    client.application.add_url_rule("/slow", view_func=_sleep, methods=["POST"])
    client.post(
        "/slow?key=hidden", json={"password": "hidden"}, headers={"Authorization": "hidden"}
    )
    [record] = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert record.getMessage().startswith("slow: POST /slow took ")
    assert "hidden" not in caplog.text


def test_a_quick_request_is_not_logged_as_slow(client, caplog):
    client.get("/healthz")
    assert "slow" not in caplog.text


def test_a_path_cannot_forge_a_log_line(configured, capsys):
    client = configured(LOG_FORMAT="text")
    client.get("/a%0a12:00:00 INFO forged%1b[31m")
    [line] = capsys.readouterr().err.splitlines()
    assert r"/a\x0a12:00:00 INFO forged\x1b[31m" in line


def _sleep():
    time.sleep(0.02)
    return ok({})


SHARED = {"msg": "success"}


@pytest.mark.parametrize("view", [lambda: SHARED, lambda: (SHARED, 201), lambda: jsonify(SHARED)])
def test_the_timer_adds_its_measure_to_this_response_only(configured, view):
    client = configured(TIMER_OUTPUT="response")
    client.application.add_url_rule("/timed", view_func=timer(view))
    first, second = client.get("/timed").json, client.get("/timed").json
    assert set(first) == {"msg", "process_time"}
    assert first["process_time"] != second["process_time"]
    assert SHARED == {"msg": "success"}


def test_the_timer_leaves_anything_but_a_json_object(configured):
    client = configured(TIMER_OUTPUT="response")
    client.application.add_url_rule("/text", view_func=timer(lambda: "text"))
    client.application.add_url_rule("/list", "list", view_func=timer(lambda: [1]))
    assert client.get("/text").text == "text"
    assert client.get("/list").json == [1]


@pytest.mark.parametrize(
    "body", [f'{{"large":{2**80}}}', r'{"half":"\ud800"}', '{"a":1.10, "a":2}', "{ }"]
)
def test_the_timer_leaves_other_values_as_they_are(configured, body):
    client = configured(TIMER_OUTPUT="response")
    view = timer(lambda: Response(body, mimetype="application/json"))
    client.application.add_url_rule("/timed", view_func=view)
    text = client.get("/timed").text
    assert text.startswith(body.rstrip(" }"))
    assert '"process_time":' in text
    json.loads(text)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Response(status=204, mimetype="application/json"),
        lambda: Response('{"process_time":1}', mimetype="application/json"),
        lambda: Response('{"cut', mimetype="application/json"),
        lambda: Response(iter(["{", "}"]), mimetype="application/json"),
        lambda: Response(["{}"], mimetype="application/json", direct_passthrough=True),
    ],
)
def test_the_timer_does_not_break_a_response(configured, make):
    client = configured(TIMER_OUTPUT="response")
    client.application.add_url_rule("/timed", view_func=timer(make))
    client.application.add_url_rule("/plain", "plain", view_func=make)
    timed, plain = client.get("/timed"), client.get("/plain")
    assert (timed.status, timed.data) == (plain.status, plain.data)


def test_the_timer_writes_to_the_log(configured, caplog):
    caplog.set_level(logging.INFO)
    client = configured(TIMER_OUTPUT="log")
    client.application.add_url_rule("/timed", view_func=timer(_sleep))
    assert client.get("/timed").json == {"msg": "success"}
    assert "_sleep took " in caplog.text


def test_behind_a_trusted_proxy_links_have_the_public_host(configured):
    headers = {"X-Forwarded-Host": "api.example", "X-Forwarded-Proto": "https"}
    trusting, other = configured(TRUST_PROXY=True), configured(TRUST_PROXY=False)
    for client in (trusting, other):
        client.application.register_blueprint(_greeting())
    assert "https://api.example/greeting" in trusting.get("/", headers=headers).text
    assert "api.example" not in other.get("/", headers=headers).text


def _greeting():
    """Endpoints of a team, which the welcome page links to."""
    greeting = Blueprint("greeting", __name__)

    @greeting.get("/greeting")
    def greet() -> Ok[Nothing]:
        return ok({})

    return greeting
