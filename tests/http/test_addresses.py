"""By which name the app is called, and what it believes of the proxies in front."""

import socket
import sys
from pathlib import Path

import pytest
from flask import redirect, request, url_for
from flask.testing import FlaskClient

from app.http.limit import client_address
from app.http.response import ok
from tests import engines
from tests.conftest import PROJECT
from tests.http.people import API
from tests.servers import Server

EVIL = "evil.example"


@pytest.fixture
def called(configured):
    """Make a client of an app of these names; of another one, the document has no answer."""

    def make(*names: str, **values: object) -> FlaskClient:
        app = configured(TRUSTED_HOSTS=names, **values).application
        app.test_client_class = FlaskClient
        return app.test_client()

    return make


@pytest.fixture
def trusting(called):
    return called("api.example.com", ".example.org")


# --- Names ---


@pytest.mark.parametrize(
    "host",
    [
        *("api.example.com", "api.example.com:8443", "example.org", "b.a.example.org:1"),
        *("API.Example.COM", "API.EXAMPLE.COM:8443", "EXAMPLE.org", "B.a.EXAMPLE.ORG:1"),
        *("api.example.com.", "Api.example.com.:8443", "example.org.", "a.example.ORG.:1"),
    ],
)
def test_the_app_answers_to_its_names(trusting, host):
    assert trusting.get("/healthz", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        EVIL,
        "example.com",
        "other.api.example.com",
        "api.example.com.evil.example",
        "evilexample.org",
        "example.org.evil.example",
        "api.example.com@evil.example",
        "api.example.com:evil",
        "api.example.com:0",
        "api.example.com:99999",
        "api.example.com, evil.example",
        "api.example.com/evil",
        "api.example.com\r\nX-Evil: 1",
        "api.example.com\n",
        " api.example.com",
        "127.0.0.1",
        "[::1]",
        ".example.org",
        "a..example.org",
        "api.example.com..",
        "EVIL.api.example.com.",
        ".",
        "..",
        "",
        "\u00e4pi.example.com",
        "x" * 100_000,
    ],
)
def test_another_name_is_refused_and_never_repeated(trusting, host):
    for path in ("/", "/healthz", "/no/such/page", f"{API}/user", "/static/x"):
        response = trusting.get(
            path, headers={"Accept": "text/html"}, environ_overrides={"HTTP_HOST": host}
        )
        assert response.status_code == 400, path
        assert response.json == {
            "msg": "fail",
            "description": "Host is not a name of this app",
            "errors": {"Host": ["is not a name of this app"]},
        }
        assert "evil" not in str(response.headers), path
        assert response.headers["X-Request-ID"], path


@pytest.mark.parametrize("name", ["X-Forwarded-Host", "Forwarded", "X-Host", "X-Original-Host"])
def test_no_header_gives_the_app_another_name(configured, called, name):
    told = {name: f"host={EVIL}" if name == "Forwarded" else EVIL}
    for client in (configured(), called("localhost")):
        for path in ("/", "/openapi.json", "/docs", "/no/such/page"):
            response = client.get(path, headers={**told, "Accept": "text/html"})
            assert response.status_code != 400
            assert EVIL not in response.text + str(response.headers), path


def test_a_proxy_that_is_trusted_is_held_to_the_names_too(called):
    client = called("localhost", TRUST_PROXY=1)
    assert client.get("/healthz", headers={"X-Forwarded-Host": EVIL}).status_code == 400
    assert client.get("/healthz", headers={"X-Forwarded-Host": "localhost"}).status_code == 200


def test_without_names_any_will_do_and_what_is_public_in_production_repeats_none(configured):
    client = configured(ENVIRONMENT="production")
    for path in ("/", "/openapi.json", "/docs", "/no/such/page", f"{API}/user"):
        for headers in ({"Accept": "text/html"}, {}):
            response = client.get(path, headers={"Host": EVIL, **headers})
            assert response.status_code in (200, 401, 404)
            assert EVIL not in response.text + str(response.headers), path


def test_a_redirect_names_no_host(app, client):
    app.add_url_rule("/from", view_func=lambda: redirect(url_for("web.welcome")))
    assert client.get("/from", headers={"Host": EVIL}).headers["Location"] == "/"


# --- Proxies ---


@pytest.fixture
def seen(configured):
    """Ask through so many proxies that are trusted; returns what the app knows of the client."""

    def ask(proxies: int, **headers: str) -> dict[str, str]:
        client = configured(TRUST_PROXY=proxies)

        @client.application.get("/seen")
        def see():
            address, scheme = request.remote_addr, request.scheme
            return ok({"address": address, "scheme": scheme, "url": request.url})

        told = {name.replace("_", "-"): value for name, value in headers.items()}
        return client.get("/seen", headers=told).json

    return ask


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "6.6.6.6", "127.0.0.1"),
        (1, "6.6.6.6, 1.1.1.1", "1.1.1.1"),
        (1, "1.1.1.1", "1.1.1.1"),
        (2, "6.6.6.6, 1.1.1.1, 2.2.2.2", "1.1.1.1"),
        (3, "6.6.6.6, 5.5.5.5, 1.1.1.1, 2.2.2.2, 3.3.3.3", "1.1.1.1"),
        # What a client sends hides nothing of what the proxies add to it.
        (1, '"x, 1.1.1.1', "1.1.1.1"),
        (1, '"6.6.6.6\\, 1.1.1.1', "1.1.1.1"),
        (1, '6.6.6.6", "1.1.1.1', "1.1.1.1"),
        (1, ', ,,"",\\",;=\t\u00ff, 1.1.1.1', "1.1.1.1"),
        (2, '"x, 1.1.1.1, 2.2.2.2', "1.1.1.1"),
        (2, '6.6.6.6, "x", "1.1.1.1, 2.2.2.2', "1.1.1.1"),
        (2, '"' * 9_999 + ", 1.1.1.1, 2.2.2.2", "1.1.1.1"),
        # Somebody came by another way: what there is, is said by no proxy.
        (2, "6.6.6.6", "127.0.0.1"),
        (2, '"6.6.6.6', "127.0.0.1"),
        (2, "", "127.0.0.1"),
    ],
)
def test_as_many_proxies_are_believed_as_there_are(seen, proxies, forwarded, address):
    assert seen(proxies, X_Forwarded_For=forwarded)["address"] == address


@pytest.mark.parametrize("sent", ["", "x, ", '"x, ', '"x", "', "x\\, ", '\\", ', ' ,",;\u00ff, '])
@pytest.mark.parametrize(("proxies", "more"), [(1, ""), (2, ", last")])
def test_a_client_hides_no_scheme_and_no_name_that_a_proxy_adds(seen, sent, proxies, more):
    told = seen(
        proxies,
        X_Forwarded_Proto=f"{sent}https{more}",
        X_Forwarded_Host=f"{sent}api.example.com{more}",
    )
    assert (told["scheme"], told["url"]) == ("https", "https://api.example.com/seen")


def test_a_client_does_not_pass_for_the_proxy_beside_the_app(configured):
    client = configured(TRUST_PROXY=1, RATE_LIMIT=True, ENVIRONMENT="development")

    @client.application.get("/counted")
    def count():
        return ok({"address": client_address()})

    told = {"X-Forwarded-For": '"x, 1.1.1.1'}
    assert client.get("/counted", headers=told).json["address"] == "1.1.1.1"


@pytest.mark.parametrize("name", ["Forwarded", "X_Real_IP", "Client_IP", "True_Client_IP"])
def test_no_other_header_tells_the_address(seen, name):
    told = {name: "for=6.6.6.6" if name == "Forwarded" else "6.6.6.6"}
    for proxies in (0, 1):
        assert seen(proxies, **told)["address"] == "127.0.0.1"


@pytest.mark.parametrize("proxies", [0, 1, 2])
def test_no_header_moves_the_app(seen, proxies):
    told = seen(proxies, X_Forwarded_Prefix="/evil", X_Script_Name="/evil", Script_Name="/evil")
    assert told["url"] == "http://localhost/seen"


# --- Over a socket, as production is served ---


class Gunicorn(Server):
    """The app as docs/configuration.md serves it."""

    def command(self) -> list[str]:
        program = str(Path(sys.executable).with_name("gunicorn"))
        options = [f"--config={PROJECT}/gunicorn.conf.py", f"--chdir={PROJECT}", "--threads=2"]
        return [program, *options, f"--bind=127.0.0.1:{self.port}", "manage:application"]

    def answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def send(self, *lines: str) -> str:
        """Send a request as it stands, and return the answer."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as connection:
            connection.sendall("\r\n".join([*lines, "Connection: close", "", ""]).encode())
            return b"".join(iter(lambda: connection.recv(65536), b"")).decode()


@pytest.fixture(scope="module")
def gunicorn():
    server = Gunicorn()
    server.start()
    yield server
    server.stop()


@pytest.mark.skipif(sys.platform == "win32", reason="gunicorn is for POSIX")
@engines.needs("sqlite")
@pytest.mark.parametrize(
    "header",
    [
        "SCRIPT_NAME: /healthz",
        "SCRIPT-NAME: /healthz",
        "Script_Name: /evil",
        "PATH_INFO: /evil",
        "X-Forwarded-Prefix: /evil",
        "X-Forwarded-Proto: https",
        "X-Forwarded-Protocol: ssl",
        "X-Forwarded-Ssl: on",
        "X-Forwarded-Host: evil.example",
    ],
)
def test_a_header_moves_nothing_where_production_is_served(gunicorn, header):
    answer = gunicorn.send("GET /healthz HTTP/1.1", "Host: localhost", header)
    assert answer.startswith("HTTP/1.1 200 ")
    assert "Strict-Transport-Security" not in answer
    page = gunicorn.send("GET / HTTP/1.1", "Host: localhost", header)
    assert 'href="/healthz"' in page
    assert "evil" not in page
    assert "https:" not in page
