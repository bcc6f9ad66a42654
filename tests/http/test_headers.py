"""The headers of every answer: what a browser may do with it, and who may keep it."""

from typing import TypedDict

import pytest
from flask import Response, g

from app.http import openapi
from app.http.auth import login_optional
from app.http.response import Created, NotModified, Ok, created, ok, ok_if_changed
from tests.http.checked_client import document
from tests.http.people import API

NO_FRAMES = "frame-ancestors 'none'"
HTML = {"Accept": "text/html"}


def policy(response) -> dict[str, str]:
    """What a page may do, by directive."""
    parts = [part.split(None, 1) for part in response.headers["Content-Security-Policy"].split(";")]
    return {name: " ".join(rest) for name, *rest in parts}


def paths(app) -> list[str]:
    """The path of every route, with something in the place of its parts; and one of no route."""
    rules = {route.rule for route in app.url_map.iter_rules()}
    return [*(openapi.IN_PATH.sub("1", rule) for rule in sorted(rules)), "/no/such/route"]


def test_every_answer_tells_a_browser_what_not_to_do(app, client):
    for path in paths(app):
        for method in ("GET", "HEAD", "POST", "DELETE", "OPTIONS"):
            with client.open(path, method=method, headers=HTML) as response:
                for name in ("X-Content-Type-Options", "Referrer-Policy", "Cache-Control"):
                    assert len(response.headers.getlist(name)) == 1, (method, path, name)
                assert response.headers["X-Content-Type-Options"] == "nosniff"
                assert response.headers["Referrer-Policy"] == "same-origin"
                own = policy(response)
                assert own["default-src"] == own["frame-ancestors"] == "'none'"
                assert (len(own) > 2) == (response.mimetype == "text/html"), (method, path)


def test_a_page_may_run_and_draw_only_what_this_host_serves(client):
    for path in ("/", "/no/such/page"):
        own = policy(client.get(path, headers=HTML))
        assert own["script-src"] == own["style-src"] == own["connect-src"] == "'self'"
        assert own["img-src"] == "'self' data:"
        assert own["base-uri"] == "'none'"
        assert not any("unsafe" in allowed for allowed in own.values())


@pytest.mark.parametrize("path", ["/healthz", "/", "/no/such/route", f"{API}/user"])
def test_a_browser_stays_with_tls_once_it_is_known(client, path):
    response = client.get(path, base_url="https://localhost")
    assert response.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert "Strict-Transport-Security" not in client.get(path).headers


def test_tls_is_not_known_from_a_header_that_nobody_vouches_for(configured):
    headers = {"X-Forwarded-Proto": "https", "Forwarded": "proto=https"}
    told = {"X-Forwarded-Proto": "https"}
    assert "Strict-Transport-Security" not in configured().get("/healthz", headers=headers).headers
    behind = configured(TRUST_PROXY=1)
    assert "Strict-Transport-Security" in behind.get("/healthz", headers=told).headers
    assert "Strict-Transport-Security" not in behind.get("/healthz").headers


def test_what_an_endpoint_sets_is_its_own(app, client):
    own = {
        "cache-control": "public, max-age=60",
        "Content-Security-Policy": "sandbox",
        "Referrer-Policy": "origin",
        "Strict-Transport-Security": "max-age=1",
        "X-Content-Type-Options": "own",
        "Vary": "Accept-Language",
    }
    app.add_url_rule("/own", view_func=login_optional(lambda: Response("", headers=own)))
    answered = client.get("/own", base_url="https://localhost").headers
    for name in own.keys() - {"Vary"}:
        assert answered.getlist(name) == [own[name]], name
    assert answered.getlist("Vary") == ["Accept-Language", "Authorization"]


# --- Who may keep an answer ---


class Leaf(TypedDict):
    """What is in a tree."""

    resetToken: str


class Tree(TypedDict):
    """What holds itself."""

    children: list["Tree"]
    leaves: dict[str, Leaf | None]


def holds_token(schema, components, seen=frozenset()) -> bool:
    """Tell from the document whether an answer has a token in it."""
    if isinstance(schema, list):
        return any(holds_token(one, components, seen) for one in schema)
    if not isinstance(schema, dict):
        return False
    if name := schema.get("$ref", "").rpartition("/")[2]:
        return name not in seen and holds_token(components[name], components, seen | {name})
    names = schema.get("properties", {})
    is_named = any(name.lower().endswith("token") for name in names)
    return is_named or any(holds_token(one, components, seen) for one in schema.values())


def test_nobody_keeps_an_answer_with_a_token(client):
    whole = document()
    kept = {}
    for path, item in whole["paths"].items():
        for method, operation in item.items():
            answers = [one for status, one in operation["responses"].items() if status < "3"]
            keeping = client.open(path, method=method).headers["Cache-Control"]
            kept[operation["operationId"]] = keeping == "no-store"
            assert kept[operation["operationId"]] == holds_token(
                answers, whole["components"]["schemas"]
            ), (method, path)
    assert sum(kept.values()) >= 5  # register, sign in, refresh, and the account itself
    assert not all(kept.values())


@pytest.mark.parametrize("answer", [Ok, Created])
def test_a_token_is_found_in_whatever_holds_it(app, client, answer):
    def get_tree() -> answer[Tree]:
        make = created if answer is Created else ok
        return make({"children": [], "leaves": {"a": {"resetToken": "secret"}}})

    app.add_url_rule("/tree", view_func=get_tree)
    assert client.get("/tree").headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("headers", "keeping"),
    [({}, "no-cache"), ({"Authorization": "Token x"}, "private, no-cache")],
)
@pytest.mark.parametrize("path", ["/healthz", "/no/such/route", f"{API}/auth/sessions"])
def test_what_is_answered_to_a_token_is_for_its_owner(client, path, headers, keeping):
    assert client.get(path, headers=headers).headers["Cache-Control"] == keeping


def test_an_answer_varies_where_a_token_makes_a_difference(app, client):
    for route in app.url_map.iter_rules():
        view = app.view_functions[route.endpoint]
        path = openapi.IN_PATH.sub("1", route.rule)
        if (methods := openapi.methods_of(route)) and not route.endpoint.endswith("static"):
            vary = client.open(path, method=methods[0]).headers.get("Vary", "")
            assert ("Authorization" in vary) == hasattr(view, "authentication"), path


# --- The same again ---


class Thing(TypedDict):
    """Something that changes."""

    name: str


@pytest.fixture
def thing(app, client):
    """What is answered at /thing, to be changed."""
    answered = {"name": "a"}

    @app.get("/thing")
    @login_optional
    def get_thing() -> Ok[Thing] | NotModified:
        """Answer."""
        assert g.reader is None
        return ok_if_changed(answered)

    return answered


def test_a_client_that_has_the_answer_is_not_sent_it_again(client, thing):
    first = client.get("/thing")
    assert first.json == {"msg": "success", "name": "a"}
    again = client.get("/thing", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    for name in ("ETag", "Cache-Control", "Vary"):
        assert again.headers[name] == first.headers[name]
    assert "Content-Type" not in again.headers
    assert first.headers["Cache-Control"] == "no-cache"
    assert first.headers["Vary"] == "Authorization"


def test_a_client_is_sent_what_has_changed(client, thing):
    tag = client.get("/thing").headers["ETag"]
    thing["name"] = "b"
    response = client.get("/thing", headers={"If-None-Match": tag})
    assert (response.status_code, response.json["name"]) == (200, "b")
    assert response.headers["ETag"] != tag


@pytest.mark.parametrize(
    ("known", "status"),
    [
        ("{tag}", 304),
        ("W/{tag}", 304),
        ('"other", {tag}', 304),
        ("*", 304),
        ('"other"', 200),
        ("", 200),
        ('"', 200),
        ("{tag}x", 200),
        ("\x00", 200),
        ('"' * 50_000, 200),
        ("\u00e4", 200),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_what_a_client_says_it_has_is_read_as_it_is_meant(client, thing, method, known, status):
    tag = client.get("/thing").headers["ETag"]
    environ = {"HTTP_IF_NONE_MATCH": known.format(tag=tag)}
    assert client.open("/thing", method=method, environ_overrides=environ).status_code == status


# --- Files of the pages ---


def test_a_file_is_kept_for_good_at_the_address_of_its_version(client):
    page = client.get("/").text
    address = next(part for part in page.split('"') if "style.css" in part)
    path, _, version = address.partition("?v=")
    assert len(version) == 16
    keeping = {address: "public, max-age=31536000, immutable"}
    keeping |= {path: "no-cache", f"{path}?v=": "no-cache", f"{path}?v=0123": "no-cache"}
    for asked, wanted in keeping.items():
        with client.get(asked) as response:
            assert response.status_code == 200
            assert response.headers["Cache-Control"] == wanted
        tag = response.headers["ETag"]
    with client.get(address, headers={"If-None-Match": tag}) as again:
        assert again.status_code == 304
        assert again.headers["Cache-Control"] == keeping[address]


def test_a_changed_file_has_another_address(app, tmp_path, monkeypatch):
    monkeypatch.setattr(app, "static_folder", str(tmp_path))
    addresses = set()
    with app.test_request_context():
        for content in ("a", "b"):
            (tmp_path / "style.css").write_text(content)
            addresses.add(app.url_for("static", filename="style.css"))
        assert app.url_for("static", filename="missing.css") == "/static/missing.css"
        assert app.url_for("static", filename="../x.css").partition("?")[2] == ""
    assert len(addresses) == 2


@pytest.mark.parametrize("path", ["/static/missing.css?v=", "/static/..%2fpage.html?v="])
def test_a_file_that_is_not_there_is_not_kept(client, path):
    response = client.get(path)
    assert response.status_code == 404
    assert "max-age" not in response.headers["Cache-Control"]


def test_schemes_that_a_proxy_passes_on_are_not_remembered(configured):
    client = configured(TRUST_PROXY=1)
    around = client.application.wsgi_app.app
    for number in range(100):
        client.get("/healthz", headers={"X-Forwarded-Proto": f"http{number}"})
        client.get(f"/missing/{number}")
    assert len(around._known) <= 4
