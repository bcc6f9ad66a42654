"""Schemathesis attacks the API by its own document, with every check that it has."""

import os
import subprocess
import sys
from collections.abc import Iterator

import flask_validation_extended as library
import pytest
from flask import Flask

from app import create_flask_app
from app.http import openapi
from config import TestConfig
from tests.api.operations import declared, operations
from tests.api.scene import modules, set_scene
from tests.conftest import PROJECT
from tests.http.people import VERSION
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


@pytest.mark.drill
def test_every_operation_keeps_what_the_document_promises(app, engine, url, settings, tmp_path):
    prepared = [each.__name__ for each in modules(app, VERSION) if hasattr(each, "prepare_fuzz")]
    with served(app) as address:
        finished = subprocess.run(
            [
                sys.executable,
                "-m",
                "schemathesis.cli",
                f"--config-file={settings}",
                "run",
                f"{address}/openapi.json",
                f"--max-examples={EXAMPLES[engine]}",
            ],
            cwd=tmp_path,
            env={
                **os.environ,
                "PYTHONPATH": str(PROJECT),
                "FLASK_CONFIG": "testing",
                "SCHEMATHESIS_HOOKS": "tests.api.fuzz_hooks",
                "FUZZED_DATABASE_URL": url,
                "FUZZED_RESOURCES": ",".join(prepared),
            },
            capture_output=True,
            text=True,
            check=False,
        )
    said = "\n".join(line[:300] for line in finished.stdout.splitlines())
    print(said[said.rfind("=== SUMMARY") - 40 :])
    assert finished.returncode == 0, said + finished.stderr
