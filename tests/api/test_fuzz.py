"""Schemathesis attacks the API by its own document, with every check that it has."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import TypedDict

import flask_validation_extended as library
import pytest
from flask import Flask

from app import create_flask_app
from app.http import openapi
from app.http.auth import login_required
from app.http.decorator import may_raise
from app.http.response import Created, Ok, created, ok
from app.http.validation import Json, Route, Validator
from config import TestConfig
from controller.frame.error import NotFound
from tests import engines
from tests.api.operations import declared, operations
from tests.api.scene import modules, set_scene
from tests.conftest import PROJECT
from tests.http.people import API, VERSION, Person
from tests.servers import served

EXAMPLES = {"sqlite": 200, "mysql": 30, "mongodb": 30}

# To the router, a path such as /things/recent is also one of /things/<name>, so OPTIONS allows
# what may be done to a thing; PUT and DELETE answer 404.
EXCEPTION = """
[[operations]]
include-path = "{path}"
checks.allow_header_conformance.enabled = false
"""

# Its document allows more than the rules of a field do, which cannot be said in JSON Schema.
INEXACT = """
[[operations]]
include-path = "{path}"
include-method = "{method}"
checks.positive_data_acceptance.enabled = false
"""


TWO_USERS = """
seed = 1

[auth.wfc]
path = "{path}"
peers = ["peter", "paula"]
"""


class Note(TypedDict):
    """A note."""

    id: int
    text: str


@pytest.fixture
def app(database) -> Flask:
    """The app, where what the document's examples name is there."""
    set_scene(create_flask_app(TestConfig, database), database, VERSION)
    return create_flask_app(type("Quiet", (TestConfig,), {"LOG_LEVEL": "ERROR"}), database)


@pytest.fixture
def settings(app, tmp_path) -> str:
    """The file of schemathesis's settings."""
    written = (PROJECT / "tests/api/fuzz.toml").read_text()
    exceptions = [EXCEPTION.format(path=path) for path in hidden_paths(app)]
    inexact = [INEXACT.format(path=path, method=method) for path, method in inexact_ones(app)]
    (tmp_path / "fuzz.toml").write_text(written + "".join([*exceptions, *inexact]))
    return str(tmp_path / "fuzz.toml")


def inexact_ones(app: Flask) -> Iterator[tuple[str, str]]:
    """Yield each path and method whose schema allows more than the endpoint does.

    A rule says so of itself; and what a body names may not be there, as the resource's tests say.
    """
    for operation in operations(app):
        rules = [rule for field in operation.fields for rule in field.rules]
        found = [declared(operation, "UNKNOWN", one) for one in operation.of(library.Json)]
        unknown = [answer for answers in found for answer in answers]
        if not all(getattr(rule, "is_exact", True) for rule in rules) or any(unknown):
            yield openapi.IN_PATH.sub(r"{\2}", operation.route.rule), operation.method


def hidden_paths(app: Flask) -> Iterator[str]:
    """Yield each path of the document that is also one of a route with more in its place."""
    routes = list(app.url_map.iter_rules())
    adapter = app.url_map.bind("localhost")
    for rule in sorted({route.rule for route in routes}):
        own = {method for route in routes if route.rule == rule for method in route.methods}
        if set(adapter.allowed_methods(openapi.IN_PATH.sub("1", rule))) > own:
            yield openapi.IN_PATH.sub(r"{\2}", rule)


def test_a_static_path_hides_a_route_with_a_converter():
    app = Flask("fresh")
    app.add_url_rule("/things/<id>", "change", methods=["PUT"])
    app.add_url_rule("/things/new", "new")
    app.add_url_rule("/things/<id>/parts", "parts")
    assert list(hidden_paths(app)) == ["/things/new"]


def schemathesis(address, settings, folder, *arguments, **variables) -> tuple[int, str]:
    """Attack the API with these settings; return the exit code, and what was said."""
    finished = subprocess.run(
        [
            sys.executable,
            "-m",
            "schemathesis.cli",
            f"--config-file={settings}",
            "run",
            f"{address}/openapi.json",
            *arguments,
        ],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(PROJECT), "FLASK_CONFIG": "testing", **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    said = "\n".join(line[:300] for line in finished.stdout.splitlines())
    print(said[said.rfind("=== SUMMARY") - 40 :])
    return finished.returncode, said + finished.stderr


@pytest.mark.drill
def test_every_operation_keeps_what_the_document_promises(app, engine, url, settings, tmp_path):
    prepared = [each.__name__ for each in modules(app, VERSION) if hasattr(each, "prepare_fuzz")]
    with served(app) as address:
        status, said = schemathesis(
            address,
            settings,
            tmp_path,
            f"--max-examples={EXAMPLES[engine]}",
            SCHEMATHESIS_HOOKS="tests.api.fuzz_hooks",
            FUZZED_DATABASE_URL=url,
            FUZZED_RESOURCES=",".join(prepared),
        )
    assert status == 0, said


# --- Two users, of whom neither gets what the other owns ---


def attacked_by_two_users(app, url, folder, *arguments) -> tuple[int, str]:
    """Let schemathesis be two users at once, and ask with each for what the other has made."""
    people = [Person(app.test_client()).register(name) for name in ("peter", "paula")]
    header = {"name": "Authorization"}
    users = [
        {"name": name, "fixedHeaders": [{**header, "value": f"Token {person.token}"}]}
        for name, person in zip(("peter", "paula"), people, strict=True)
    ]
    (folder / "users.json").write_text(json.dumps({"auth": users}))
    (folder / "two.toml").write_text(TWO_USERS.format(path=folder / "users.json"))
    with served(app) as address:
        return schemathesis(
            address,
            folder / "two.toml",
            folder,
            "--checks=ignored_auth,object_level_authorization",
            *arguments,
            SCHEMATHESIS_HOOKS="tests.api.peer_hooks",
            FUZZED_DATABASE_URL=url,
            FUZZED_TOKENS=",".join(person.token for person in people),
        )


# What each engine keeps from others, test_authorization.py tries.
@pytest.mark.drill
@pytest.mark.parametrize("engine", engines.NAMES[:1], indirect=True)
def test_neither_of_two_users_gets_what_the_other_owns(app, url, tmp_path):
    status, said = attacked_by_two_users(app, url, tmp_path, "--max-examples=30")
    assert status == 0, said


@pytest.mark.drill
@pytest.mark.parametrize("engine", engines.NAMES[:1], indirect=True)
def test_a_row_that_is_shown_to_another_user_is_found(app, url, tmp_path):
    notes = []

    @app.post(f"{API}/notes")
    @login_required
    @Validator()
    def write_note(text: str = Json(str, example="Milk.")) -> Created[Note]:
        """Write a note."""
        notes.append(text)
        return created({"id": len(notes), "text": text})

    @app.get(f"{API}/notes/<id>")
    @login_required
    @Validator()
    @may_raise(NotFound)
    def get_note(id: int = Route(int, example=1)) -> Ok[Note]:
        """Get a note, whoever's it is."""
        if not 0 < id <= len(notes):
            raise NotFound("note")
        return ok({"id": id, "text": notes[id - 1]})

    status, said = attacked_by_two_users(app, url, tmp_path, "--include-path-regex=/notes")
    assert status == 1, said
    assert "`paula` received the `Note` that `peter` owns" in said, said
