"""Schemathesis attacks the API by its own document, with every check that it has."""

import os
import subprocess
import sys
import threading

import pytest
from werkzeug.serving import make_server

from app import create_flask_app
from config import TestConfig
from tests.api.v1.conftest import Person
from tests.conftest import PROJECT

pytestmark = pytest.mark.drill

EXAMPLES = {"sqlite": 200, "mysql": 30, "mongodb": 30}


@pytest.fixture
def address(database):
    """Where the app is served; what the document's examples name is there."""
    app = create_flask_app(type("Quiet", (TestConfig,), {"LOG_LEVEL": "ERROR"}), database)
    for name in ("jake", "anne"):
        user = {"username": name, "email": f"{name}@jake.jake", "password": "correct horse"}
        signed_in = app.test_client().post("/api/v1/users", json={"user": user})
        person = Person(app.test_client(), signed_in.json["user"]["token"])
    person.write("How to train your dragon")
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


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
