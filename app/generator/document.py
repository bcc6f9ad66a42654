"""docs/openapi.json as it will be: printed by the application that a command makes."""

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from app.generator import source
from app.generator.change import Changes, Stopped

OPENAPI = "docs/openapi.json"
APPLICATION = ("app/", "controller/", "model/", "config.py")
# What `flask openapi` prints, without asking which database the configuration names.
PRINT_OPENAPI = """
import sys
from types import SimpleNamespace
from app import create_flask_app
from app.http import openapi
from config import TestConfig
TestConfig.LOG_DATABASE_URL = TestConfig.DATABASE_URL
app = create_flask_app(TestConfig, SimpleNamespace(engine="none"))
sys.stdout.buffer.write(openapi.written(app))
"""


def write_openapi(changes: Changes) -> None:
    """Let docs/openapi.json be that of the changed code; Stopped if its app cannot be built."""
    paths = {*source.files(changes.project), *changes.paths()}
    with TemporaryDirectory() as folder:
        changes.copy((path for path in paths if path.startswith(APPLICATION)), Path(folder))
        kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        finished = subprocess.run(
            [sys.executable, "-c", PRINT_OPENAPI],
            cwd=folder,
            env={**kept, "FLASK_CONFIG": "testing", "FLASK_SKIP_DOTENV": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
    if finished.returncode:
        [*_, reason] = finished.stderr.splitlines() or ["killed"]
        raise Stopped(f"The application cannot be built afterwards: {reason}")
    changes.write(OPENAPI, finished.stdout)
