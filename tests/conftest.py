"""What every test shares. Imports no Flask: models and controllers are tested without it."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

# Before anything imports config: the developer's .env is not for tests.
os.environ["FLASK_CONFIG"] = "testing"

import model
from config import TestConfig
from tests import engines

# Where SQL was deleted, an app's own database is another, to which no test connects.
TestConfig.DATABASE_URL = TestConfig.LOG_DATABASE_URL = engines.NOWHERE

# What tests write need not outlive the machine: in memory, a commit waits for no disk.
MEMORY, ENOUGH = Path("/dev/shm"), 4 * 1024**3
if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ENOUGH:
    # For this process, where pytest has already asked where to write, and for those it starts.
    tempfile.tempdir = os.environ["TMPDIR"] = str(MEMORY)

PROJECT = Path(__file__).resolve().parents[1]

# What keeps a program that the tests start from reading the developer's .env.
ALONE = {"FLASK_SKIP_DOTENV": "1", "FLASK_APP": "manage:application"}

# A SECRET_KEY that production takes.
KEY = "Zb3kQ9xTf7wLp2sVm8dRh4yNc6gJu1aE"

Run = Callable[..., subprocess.CompletedProcess[str]]


def pytest_addoption(parser):
    parser.addoption("--no-skips", action="store_true", help="fail when a test was skipped")
    parser.addoption("--rewrite-plans", action="store_true", help="write docs/plans.txt anew")


def pytest_collection_modifyitems(config, items):
    """Leave out the tests of an engine whose folder was deleted."""
    here = [item for item in items if needed_by(item) <= set(engines.NAMES)]
    config.hook.pytest_deselected(items=[item for item in items if item not in here])
    items[:] = here


def needed_by(item) -> set[str]:
    return {engine for mark in item.iter_markers("needs") for engine in mark.args}


def pytest_sessionfinish(session):
    # None in a process that runs a share of the tests: the one that divided them has it.
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter and session.config.getoption("--no-skips") and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_unconfigure():
    engines.at_end.close()


@pytest.fixture(scope="session")
def project() -> Path:
    return PROJECT


@pytest.fixture
def run() -> Run:
    """Run a program as a person would: `run("-m", "flask", "check", SECRET_KEY="...")`."""

    def run_python(*arguments: str, cwd: Path = PROJECT, **variables: str):
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=cwd,
            env={**kept, **ALONE, "PYTHONPATH": str(PROJECT), **variables},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run_python


@pytest.fixture(params=engines.NAMES)
def engine(request) -> str:
    """The name of each engine in turn."""
    return request.param


@pytest.fixture
def url(engine, tmp_path) -> str:
    """The URL of a clean, migrated database on the engine."""
    return engines.clean_database(engine, tmp_path)


@pytest.fixture
def database(url):
    """A clean, migrated database."""
    database = model.connect(url)
    yield database
    database.close()
