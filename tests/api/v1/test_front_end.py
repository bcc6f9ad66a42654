"""A front end on another origin, in a real browser and with no proxy in between."""

import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from app import create_flask_app
from config import TestConfig
from controller.frame import security
from tests import engines
from tests.browser import browser, needs_browser
from tests.http.people import PASSWORD
from tests.servers import served

__all__ = ["browser"]
pytestmark = [engines.needs("sqlite"), needs_browser]

# The whole of it: what a script of a page can see of an answer, or that it may see nothing.
PAGE = """<!doctype html>
<title>A front end</title>
<script>
  async function call(address, method, path, token, body, known) {
    const headers = body ? {"Content-Type": "application/json"} : {};
    if (token) headers["Authorization"] = `Token ${token}`;
    if (known) headers["If-None-Match"] = known;
    try {
      const sent = body ? JSON.stringify(body) : undefined;
      const answer = await fetch(address + path, {method, headers, body: sent});
      const text = await answer.text();
      return {
        status: answer.status,
        json: text ? JSON.parse(text) : null,
        headers: Object.fromEntries(answer.headers),
        redirected: answer.redirected,
      };
    } catch (error) {
      return {status: 0, json: String(error)};
    }
  }
</script>
"""
ARTICLE = {"title": "A slug", "description": "Ever wonder how?", "body": "Very carefully."}


@pytest.fixture
def engine() -> str:
    return "sqlite"


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_): ...


@pytest.fixture
def serve_page(tmp_path):
    """Serve the page to the browser from an origin of its own; returns the origin."""
    folder = tmp_path / "front_end"
    folder.mkdir()
    (folder / "index.html").write_text(PAGE)
    servers = []

    def serve() -> str:
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder))
        threading.Thread(target=server.serve_forever).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def address(database, serve_page, browser, api):
    """Where the API is served; the browser is on the page of an origin that may call it."""
    origin = serve_page()
    own = type("Own", (TestConfig,), {"CORS_ORIGINS": (origin,)})
    with served(create_flask_app(own, database)) as host:
        browser.get(origin)
        yield f"{host}{api}"


@pytest.fixture
def call(browser, address):
    """Let the page send a request: `call("POST", "/users", body={...})`."""

    def send(method, path, token=None, body=None, known=None):
        script = "call(...Array.from(arguments).slice(0, -1)).then(arguments[arguments.length - 1])"
        return browser.execute_async_script(script, address, method, path, token, body, known)

    return send


@pytest.fixture
def token(call) -> str:
    user = {"username": "jake", "email": "jake@jake.jake", "password": PASSWORD}
    registered = call("POST", "/users", body={"user": user})
    assert registered["status"] == 201, registered
    assert registered["headers"]["x-request-id"]
    return registered["json"]["user"]["token"]


def test_somebody_registers_publishes_comments_and_signs_out(call, token):
    # With a slash at the end, as older front ends of RealWorld have it.
    published = call("POST", "/articles/", token, {"article": ARTICLE})
    assert published["status"] == 201, published
    assert not published["redirected"]
    slug = published["json"]["article"]["slug"]
    comment = {"comment": {"body": "It worked."}}
    assert call("POST", f"/articles/{slug}/comments", token, comment)["status"] == 201
    [shown] = call("GET", f"/articles/{slug}/comments")["json"]["comments"]
    assert shown["author"]["username"] == "jake"
    assert call("POST", "/auth/logout", token)["status"] == 204
    refused = call("POST", "/articles", token, {"article": ARTICLE})
    assert (refused["status"], list(refused["json"]["errors"])) == (401, ["token"])


def test_a_token_expires_and_the_page_can_tell(call, token, monkeypatch):
    assert call("GET", "/user", token)["status"] == 200
    now = security.time.time
    monkeypatch.setattr(security.time, "time", lambda: now() + 60 * 60 + 1)
    for method, path in (("GET", "/user"), ("GET", "/articles"), ("PUT", "/user")):
        refused = call(method, path, token)
        assert refused["status"] == 401, path
        assert refused["json"]["errors"] == {"token": ["has expired"]}


def test_what_goes_wrong_can_be_read_as_well(call, token):
    assert call("GET", "/no/such/path")["status"] == 404
    assert call("GET", "/articles/missing", token)["json"]["errors"] == {"article": ["not found"]}
    assert call("POST", "/articles", body={"article": ARTICLE})["status"] == 401
    mistaken = call("PUT", "/user", token, {"user": {"email": "none"}})
    assert (mistaken["status"], list(mistaken["json"]["errors"])) == (422, ["email"])
    assert call("POST", "/articles", token, {"article": {"body": "x" * 1_100_000}})["status"] == 413


def test_an_article_that_the_page_has_is_not_sent_again(call, token):
    slug = call("POST", "/articles", token, {"article": ARTICLE})["json"]["article"]["slug"]
    for reader in (token, None):
        first = call("GET", f"/articles/{slug}", reader)
        again = call("GET", f"/articles/{slug}", reader, known=first["headers"]["etag"])
        assert (first["status"], again["status"], again["json"]) == (200, 304, None)
    assert call("PUT", f"/articles/{slug}", token, {"article": {"body": "New."}})["status"] == 200
    # What the browser itself has kept is asked for anew.
    assert call("GET", f"/articles/{slug}")["json"]["article"]["body"] == "New."


def test_a_page_of_an_origin_that_may_not_call_sees_nothing(call, token, browser, serve_page):
    browser.get(serve_page())
    for asked in (("GET", "/articles"), ("GET", "/user", token), ("POST", "/auth/logout", token)):
        assert call(*asked) == {"status": 0, "json": "TypeError: Failed to fetch"}
