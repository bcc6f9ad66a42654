"""Schemathesis attacks the API by its own document, with every check that it has."""

import os
import subprocess
import sys

import pytest

from app import create_flask_app
from config import TestConfig
from tests.api.v1.conftest import registered
from tests.conftest import PROJECT
from tests.servers import served

pytestmark = pytest.mark.drill

EXAMPLES = {"sqlite": 200, "mysql": 30, "mongodb": 30}


@pytest.fixture
def address(database):
    """Where the app is served; what the document's examples name is there."""
    app = create_flask_app(type("Quiet", (TestConfig,), {"LOG_LEVEL": "ERROR"}), database)
    for name in ("jake", "anne"):
        person = registered(app.test_client(), name, "jake.jake")
    person.write("How to train your dragon")
    with served(app) as address:
        yield address


def test_every_operation_keeps_what_the_document_promises(address, engine, url, tmp_path):
    finished = subprocess.run(
        [
            sys.executable,
            "-m",
            "schemathesis.cli",
            f"--config-file={PROJECT / 'tests/api/fuzz.toml'}",
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
        },
        capture_output=True,
        text=True,
        check=False,
    )
    said = "\n".join(line[:300] for line in finished.stdout.splitlines())
    print(said[said.rfind("=== SUMMARY") - 40 :])
    assert finished.returncode == 0, said + finished.stderr
