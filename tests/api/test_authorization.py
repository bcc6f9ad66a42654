"""Every operation of the document, tried by nobody, another, an admin and the owner.

Which of them must get what, tests/api/authorization.py derives from the document.
"""

import logging
import re
from dataclasses import replace
from types import SimpleNamespace
from typing import TypedDict

import pytest
from flask import g

from app import create_flask_app
from app.http.auth import admin_required, login_required
from app.http.decorator import may_raise
from app.http.response import NoContent, Nothing, Ok, no_content, ok
from app.http.validation import Route, Validator
from config import TestConfig
from controller import account
from controller.frame.error import Forbidden, NotFound
from tests import engines
from tests.api import authorization
from tests.api.authorization import Cast, documented, key_of_own_list, refusal, send, trial
from tests.api.walker import Walk
from tests.http.people import API, PASSWORD, VERSION

APP = create_flask_app(TestConfig)
OPERATIONS = {one.name: one for one in documented(APP)}
OWN_LISTS = [name for name, one in OPERATIONS.items() if key_of_own_list(APP, one)]
WRITES = [name for name, one in OPERATIONS.items() if one.method != "GET"]
OTHER_METHODS = ["HEAD", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "GETDELETE", "*"]
OVERRIDES = ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"]
# How the values of value_of_column look where they are stored.
TRACES = ["777001777", "2001-02-03", "2001, 2, 3", "smuggled"]


@pytest.fixture(scope="module", params=engines.NAMES)
def cast(request, tmp_path_factory):
    cast = Cast(request.param, tmp_path_factory)
    yield cast
    cast.clear()


@pytest.mark.parametrize("name", OPERATIONS)
def test_everybody_gets_what_is_theirs_and_no_more(cast, name, caplog, record_property):
    caplog.set_level(logging.DEBUG, logger="retort")
    problems = list(trial(cast, OPERATIONS[name]))
    refused = authorization.refused_people(APP, OPERATIONS[name])
    record_property(authorization.TRIED, (name, refused))
    assert not problems, "\n".join(problems)
    tokens = {token for one in cast.people.values() for token in (one.token, one.refresh_token)}
    assert f" {OPERATIONS[name].route.rule.partition('<')[0]}" in caplog.text
    assert not [told for told in (PASSWORD, *filter(None, tokens)) if told in caplog.text]


@pytest.mark.parametrize("name", OWN_LISTS)
def test_a_list_of_ones_own_shows_nothing_of_others(cast, name):
    operation = OPERATIONS[name]
    key = key_of_own_list(APP, operation)
    cast.set(operation.version)
    shown = {
        person: {item[key] for item in items(send(cast, operation, person, query=""))}
        for person in ("owner", "another", "admin")
    }
    assert shown["owner"], f"let prepare() in {operation.where} make what is listed"
    assert not shown["owner"] & (shown["another"] | shown["admin"])


def items(answer):
    assert answer.status_code == 200, answer.text
    [found] = [value for value in answer.json.values() if isinstance(value, list)]
    return found


# Which endpoint a method reaches does not depend on the engine.
@pytest.mark.parametrize("cast", engines.NAMES[:1], indirect=True)
@pytest.mark.parametrize("name", OPERATIONS)
def test_another_method_does_nothing_more(cast, name):
    operation = OPERATIONS[name]
    scene = cast.set(operation.version)
    before = scene.stored()
    for method in OTHER_METHODS:
        other = replace(operation, method=method)
        for person in ("nobody", "owner"):
            status = send(cast, other, person).status_code
            assert status < 500, method
            if method == "HEAD" and operation.method == "GET":
                assert status == send(cast, operation, person).status_code
            elif method not in ("HEAD", "OPTIONS"):
                assert status in (400, 404, 405), method
    for header in OVERRIDES:
        for wanted in ("POST", "PUT", "PATCH", "DELETE"):
            disguised = {"query": f"_method={wanted}", "headers": {header: wanted}}
            send(cast, replace(operation, method="GET"), "owner", **disguised)
    assert scene.stored() == before


@pytest.mark.parametrize("name", WRITES)
def test_nobody_sets_what_is_not_asked_for(cast, name):
    """With values of the kind that such a column has: an id, a time, the role of an admin."""
    operation = OPERATIONS[name]
    scene = cast.set(operation.version)
    person = next(one for one in ("owner", "admin") if not refusal(scene.app, operation, one))
    admins = with_role(scene, "admin")
    smuggled = Walk(operation, scene).smuggled(value_of_column)
    response = send(cast, operation, person, **smuggled)
    assert response.status_code in (200, 201, 204), response.text
    assert with_role(scene, "admin") == admins
    stored = repr(scene.stored()) + response.text
    assert not [trace for trace in TRACES if trace in stored]


def value_of_column(name):
    if name == "role":
        return "admin"
    if name.lower().endswith("id"):
        return 777_001_777
    return "2001-02-03T04:05:06.789Z" if re.search("(_a|A)t$", name) else "smuggled"


def with_role(scene, role):
    return [row["username"] for row in scene.stored()["users"] if row["role"] == role]


# --- What the matrix itself finds ---


class Shown(TypedDict):
    """An e-mail address."""

    email: str


@pytest.fixture
def faults(tmp_path_factory):
    """Try an endpoint that is added to the app; return what is wrong with it."""

    def find(endpoint, method, path):
        class Faulty(Cast):
            def app(self, database):
                app = super().app(database)
                app.add_url_rule(f"{API}{path}", "faulty", endpoint, methods=[method])
                return app

        cast = Faulty(engines.NAMES[0], tmp_path_factory)
        app = cast.set(VERSION).app
        [operation] = [one for one in documented(app) if one.route.endpoint == "faulty"]
        found = "\n".join(trial(cast, operation))
        cast.clear()
        return found

    return find


def jake():
    """Return jake's row, whoever asks."""
    return g.db.users.find_by_username("jake")


def test_an_endpoint_that_does_not_require_the_token_it_declares_is_found(faults):
    def greet() -> Ok[Nothing]:
        """Greet."""
        return ok({})

    greet.authentication = "required"
    assert "as nobody: 200, but must be refused with {401}" in faults(greet, "GET", "/greetings")


def test_an_endpoint_that_refuses_its_owner_is_found(faults):
    @admin_required
    @may_raise(Forbidden)
    def greet() -> Ok[Nothing]:
        """Greet."""
        return ok({})

    greet.authentication = "required"
    assert "as owner: 403, but it may, so wants {200}" in faults(greet, "GET", "/greetings")


def test_a_hidden_row_that_others_reach_is_found(faults):
    @login_required
    @Validator()
    @may_raise(NotFound)
    def end(id: int = Route(int, example=1)) -> NoContent:
        """End sessions, whoever's they are."""
        g.db.sessions.delete_others(jake()["id"], kept=0)
        return no_content()

    found = faults(end, "DELETE", "/auth/sessions/<id>/all")
    for person in ("another", "admin"):
        assert f"as {person}: 204, but must be refused with {{404}}" in found
        assert f"as {person}: 204, but it changed the database" in found
    assert "as owner" not in found


def test_a_right_of_admins_that_is_not_told_is_found(faults):
    @login_required
    @may_raise(Forbidden)
    def greet() -> NoContent:
        """Greet jake."""
        if g.reader_id != jake()["id"]:
            account.require_admin(g.reader["role"])
        return no_content()

    found = faults(greet, "POST", "/greetings")
    assert "as admin: 204, but must be refused with {403}" in found
    greet.__doc__ = "Greet jake; an admin may, too."
    assert faults(greet, "POST", "/greetings") == ""


def test_a_row_of_somebody_that_others_change_is_found(faults):
    @login_required
    def greet() -> NoContent:
        """Greet."""
        unchanged = dict.fromkeys(["username", "email", "password_hash", "image"])
        g.db.users.update(jake()["id"], bio="Greeted.", **unchanged)
        return no_content()

    found = faults(greet, "POST", "/greetings")
    assert "as another: 204, but it changed what is jake's in users" in found


def test_an_answer_that_tells_a_secret_is_found(faults):
    @login_required
    def show() -> Ok[Shown]:
        """Show jake's e-mail."""
        return ok({"email": jake()["email"]})

    found = faults(show, "GET", "/emails")
    for person in ("another", "admin"):
        assert f"as {person}: 200, but it tells 'jake@jake.jake'" in found
    assert "as owner" not in found


def test_who_may_can_be_said_by_the_tests_of_a_resource(monkeypatch, faults):
    @login_required
    @Validator()
    def greet(name: str = Route(str, example="jake")) -> Ok[Nothing]:
        """Greet somebody by a name that nothing says who may read."""
        return ok({})

    assert "another: 200, but must be refused with {404}" in faults(greet, "GET", "/names/<name>")
    own = SimpleNamespace(ALLOWED={"greet": {"owner", "another", "admin"}})
    monkeypatch.setattr(authorization, "module_of", lambda _: own)
    assert faults(greet, "GET", "/names/<name>") == ""
