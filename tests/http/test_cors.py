"""Pages of other origins: which may call the API, what they may send, and what they may read."""

import re
import time

import pytest
from flask import abort

from app.http import addresses, cors, openapi
from app.http.response import Nothing, Ok, ok
from app.http.validation import Header, Validator
from config import LOCAL_ORIGINS
from tests.conftest import PROJECT
from tests.http.people import API

ORIGIN = "https://app.example.com"
OTHERS = [
    "null",
    "",
    "*",
    "https://app.example.com.evil.example",
    "https://evil.example/https://app.example.com",
    "http://app.example.com",
    "https://app.example.com:8443",
    "https://app.example.com/",
    "https://app.example.com ",
    "https://APP.example.com",
    "https://app.example.com\r\nX-Forged: 1",
    "\nhttps://app.example.com",
    "https://app.example.com, https://app.example.com",
    "https://\u00e4pp.example.com",
    "https://app.example.com" * 10_000,
    "x" * 1_000_000,
]


@pytest.fixture
def allowing(configured):
    """Make a client of an app that these origins may call."""
    return lambda *origins: configured(CORS_ORIGINS=origins)


@pytest.fixture
def client(allowing):
    return allowing(ORIGIN, "https://other.example")


def send(client, path, *, origin=ORIGIN, method="GET", wanted=None, **more):
    """Send a request as a page of an origin does; with `wanted`, the preflight of that method."""
    environ = {"HTTP_ORIGIN": origin}
    if wanted:
        environ["HTTP_ACCESS_CONTROL_REQUEST_METHOD"] = wanted
        environ["HTTP_ACCESS_CONTROL_REQUEST_HEADERS"] = "authorization,content-type,x-evil"
        method = "OPTIONS"
    return client.open(path, method=method, environ_overrides=environ, **more)


def granted(response) -> dict[str, str]:
    return {name: value for name, value in response.headers if name.startswith("Access-Control-")}


READABLE = {
    "Access-Control-Allow-Origin": ORIGIN,
    "Access-Control-Expose-Headers": "X-Request-ID, Retry-After, RateLimit, RateLimit-Policy, ETag",
}


# --- Before the request ---


@pytest.mark.parametrize("origin", OTHERS)
@pytest.mark.parametrize("wanted", [None, "GET"])
def test_another_origin_is_granted_nothing_and_never_repeated(client, origin, wanted):
    response = send(client, "/healthz", origin=origin, wanted=wanted)
    assert granted(response) == {}
    assert response.headers["Vary"] == "Origin"
    if origin not in ("", "*"):
        assert origin[:50] not in str(response.headers) + response.text


def test_a_preflight_is_answered_with_the_methods_of_the_route_asked_for(client):
    written: dict[str, set[str]] = {}
    for route in client.application.url_map.iter_rules():
        written.setdefault(route.rule, set()).update(openapi.methods_of(route))
    assert {"GET", "PUT"} == written[f"{API}/user"]
    for rule, methods in written.items():
        path = re.sub(openapi.IN_PATH, "1", rule)
        response = send(client, path, wanted=min(methods))
        assert response.status_code == 204, path
        assert response.data == b""
        assert "Content-Type" not in response.headers
        allowed = set(response.headers["Access-Control-Allow-Methods"].split(", "))
        # Of another route with the same path when its parts are filled in, too.
        assert methods <= allowed - {"HEAD", "OPTIONS"}, path
        assert response.headers["Allow"] == response.headers["Access-Control-Allow-Methods"]


def test_a_preflight_tells_what_may_be_sent_and_for_how_long(client):
    response = send(client, f"{API}/user", wanted="PUT")
    assert granted(response) == READABLE | {
        "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS, PUT",
        "Access-Control-Allow-Headers": "Authorization, Content-Type, If-None-Match, X-Request-ID",
        "Access-Control-Max-Age": "7200",
    }
    assert response.headers["Vary"] == "Authorization, Origin"


def test_a_preflight_of_nothing_is_404(client):
    response = send(client, "/no/such/route", wanted="GET")
    assert response.status_code == 404
    assert "Access-Control-Allow-Methods" not in granted(response)


def test_an_options_that_is_no_preflight_says_what_is_allowed(client):
    response = send(client, "/healthz", method="OPTIONS")
    assert (response.status_code, response.headers["Allow"]) == (204, "GET, HEAD, OPTIONS")
    assert granted(response) == READABLE


def test_a_header_that_an_endpoint_declares_may_be_sent(client):
    @client.application.get("/declared")
    @Validator()
    def endpoint(key: str = Header("Idempotency-Key", str, optional=True)) -> Ok[Nothing]:
        return ok({})

    response = send(client, "/declared", wanted="GET")
    allowed = response.headers["Access-Control-Allow-Headers"]
    assert allowed == "Authorization, Content-Type, If-None-Match, X-Request-ID, Idempotency-Key"


# What a page may send without being asked, or may not send at all.
UNASKED = {"ORIGIN", "TRANSFER_ENCODING", "HOST", "ACCEPT"}
OF_A_PREFLIGHT = {"ACCESS_CONTROL_REQUEST_METHOD"}
OF_PROXIES = {name.removeprefix("HTTP_") for name in addresses.FORWARDED}


def test_what_the_app_reads_of_a_request_may_be_sent():
    code = "\n".join(path.read_text() for path in (PROJECT / "app").rglob("*.py"))
    read = set(re.findall(r"HTTP_([A-Z_]+)\b", code)) - UNASKED - OF_A_PREFLIGHT - OF_PROXIES
    allowed = {name.upper().replace("-", "_") for name in cors.READ}
    assert read - {"STATUS_CODES"} == allowed - {"CONTENT_TYPE"}


# --- After the request ---


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/", b"", 200),
        ("GET", "/healthz", b"", 200),
        ("GET", "/openapi.json", b"", 200),
        ("GET", "/boom", b"", 500),
        ("GET", "/away", b"", 503),
        ("GET", "/no/such/route", b"", 404),
        ("DELETE", "/healthz", b"", 405),
        ("GET", f"{API}/user", b"", 401),
        ("POST", f"{API}/users", b"x" * 2_000_000, 413),
        ("POST", f"{API}/users", b"x", 415),
    ],
)
def test_every_answer_can_be_read(client, method, path, body, status):
    client.application.add_url_rule("/boom", view_func=lambda: 1 / 0)
    client.application.add_url_rule("/away", "away", view_func=lambda: abort(503))
    response = send(client, path, method=method, data=body)
    assert response.status_code == status
    assert granted(response) == READABLE
    assert "Origin" in response.headers["Vary"]
    assert len(response.headers.getlist("X-Request-ID")) == 1


def test_no_answer_grants_credentials(allowing):
    for client in (allowing(ORIGIN), allowing("*")):
        for wanted in (None, "GET"):
            response = send(client, "/healthz", wanted=wanted)
            assert "Access-Control-Allow-Credentials" not in response.headers
            assert "Set-Cookie" not in response.headers


def test_without_an_origin_the_answer_varies_all_the_same(client):
    response = client.get("/healthz")
    assert granted(response) == {}
    assert response.headers["Vary"] == "Origin"


# --- The setting ---


def test_any_origin_may_call_where_it_says_so_and_the_answer_is_one_for_all(allowing):
    client = allowing("*")
    for origin in (ORIGIN, "null", "https://evil.example"):
        response = send(client, "/healthz", origin=origin, wanted="GET")
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        assert "Vary" not in response.headers
    assert client.get("/healthz").headers["Access-Control-Allow-Origin"] == "*"


def test_without_origins_no_answer_knows_of_any(configured):
    response = send(configured(), "/healthz", wanted="GET")
    assert response.status_code == 204
    assert granted(response) == {}
    assert "Vary" not in response.headers


@pytest.mark.parametrize(
    "origin",
    [
        "http://localhost",
        "http://localhost:3000",
        "https://localhost:65535",
        "http://127.0.0.1:4200",
    ],
)
def test_a_front_end_that_is_developed_may_be_on_any_port(allowing, origin):
    response = send(allowing(*LOCAL_ORIGINS), "/healthz", origin=origin)
    assert response.headers["Access-Control-Allow-Origin"] == origin


@pytest.mark.parametrize(
    "origin",
    [
        *OTHERS,
        "http://localhost.evil.example",
        "http://localhost:3000.evil.example",
        "http://localhost:evil",
        "http://localhost:",
        "http://localhost:*",
        "http://localhost:3000/",
        "http://localhost:\u0663",
        "http://localhost:1\n",
        "http://evil.example:3000",
        "http://me@localhost:3000",
        "http://[::1]:3000",
    ],
)
def test_what_only_looks_like_localhost_may_not(allowing, origin):
    assert granted(send(allowing(*LOCAL_ORIGINS), "/healthz", origin=origin)) == {}


def test_ten_thousand_origins_cost_no_more_than_one():
    listed = [f"https://{number}.example.com" for number in range(10_000)]
    origins = cors.Origins(listed)
    started = time.process_time()
    for origin in listed:
        assert origins.pairs({"HTTP_ORIGIN": origin})[0][1] == origin
        assert origins.pairs({"HTTP_ORIGIN": f"{origin}:1"}) == []
    # To look through the list each time takes more than ten seconds.
    assert time.process_time() - started < 1
