"""docs/removing.md, word for word in a fresh copy: what is left is green, with nothing ignored."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from config import APP_NAME
from tests.conftest import ALONE, PROJECT
from tests.documents import blocks, copy_project, git, pages

pytestmark = pytest.mark.drill

PAGE = pages().get("docs/removing.md", "")
NAMES = re.findall(r"^flask remove (\w+)$", PAGE, re.MULTILINE)
# The drivers that are then not installed either.
DRIVERS = {"mongodb": ["pymongo", "bson", "secantus"], "sql": ["pymysql"]}
FRAME = {"__init__", "user", "session", "log", "generator", *DRIVERS}
RESOURCES = {path.stem for path in (PROJECT / "app/api/v1").glob("*.py")}
# What a project of one's own may keep.
KEPT = ["all", *sorted((RESOURCES | {*NAMES}) - FRAME)]
# By hand, before a release: each runs the whole suite once more.
long = pytest.mark.long


@long
@pytest.mark.parametrize("name", NAMES)
def test_what_is_left_is_green(tmp_path, name):
    copy = copy_project(tmp_path / "copy")
    remove(copy, name)
    assert_green(copy, tmp_path / "missing")
    assert_pages_work(copy, tmp_path / "missing")


def test_what_is_left_of_all_is_green(tmp_path):
    copy = copy_project(tmp_path / "copy")
    for name in NAMES:
        # One engine must stay, and the resource goes with its bundle.
        if name != "sql" and f"flask remove {name}\n" in (copy / "docs/removing.md").read_text():
            remove(copy, name)
    assert_green(copy, tmp_path / "missing")
    assert_pages_work(copy, tmp_path / "missing")


@pytest.mark.parametrize("keep", ["accounts", *(pytest.param(one, marks=long) for one in KEPT)])
def test_a_begun_project_is_green(tmp_path, keep):
    copy = copy_project(tmp_path / "copy")
    begin(copy, keep)
    assert_green(copy, tmp_path / "missing")
    assert_pages_work(copy, tmp_path / "missing")


@long
@pytest.mark.parametrize("engine", [name for name in NAMES if name in DRIVERS])
@pytest.mark.parametrize("first", ["the engine", "the beginning"])
def test_a_begun_project_is_green_without_an_engine(tmp_path, engine, first):
    copy = copy_project(tmp_path / "copy")
    if first == "the engine":
        remove(copy, engine)
        begin(copy, "accounts")
    else:
        begin(copy, "accounts")
        remove(copy, engine)
    assert_green(copy, tmp_path / "missing")
    assert_pages_work(copy, tmp_path / "missing")


def remove(copy: Path, name: str) -> None:
    """Do what the page says in a copy of the project, and commit it; a driver is then missing."""
    [block] = [one for one in blocks(PAGE, "shell") if one == f"flask remove {name}\n"]
    shell(copy, block)
    missing = copy.parent / "missing"
    missing.mkdir(exist_ok=True)
    for driver in DRIVERS.get(name, []):
        (missing / f"{driver}.py").write_text(f"raise ModuleNotFoundError('no {driver} here')")
    commit(copy)


def begin(copy: Path, keep: str) -> None:
    """Begin a project of one's own in a copy of this one, and commit it."""
    (copy.parent / "missing").mkdir(exist_ok=True)
    started = time.monotonic()
    shell(copy, f"flask begin {APP_NAME}Two --keep {keep}")
    assert time.monotonic() - started < 10
    commit(copy)


def commit(copy: Path) -> None:
    git(copy, "add", "--all")
    named = ("-c", "user.name=t", "-c", "user.email=t@t.t")
    git(copy, *named, "commit", "--quiet", "--allow-empty", "-m", "Change")


def shell(copy: Path, script: str, *, development: bool = False) -> None:
    """Type a script in a copy of the project."""
    own = {} if development else ALONE
    finished = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=copy,
        env={**environment(), **own, "FLASK_CONFIG": "development" if development else "testing"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr


def make(copy: Path, target: str) -> str:
    """Type `make` in a copy of the project; the packages are those of this run."""
    command = ["make", "-o", ".venv/dev.installed", f"BIN={Path(sys.executable).parent}", target]
    return succeeded(command, copy, environment())


def assert_green(copy: Path, missing: Path) -> None:
    """Hold `make check` and the whole suite to success, without the packages that are missing."""
    make(copy, "check")
    suite = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--no-skips"]
    told = succeeded(suite, copy, {**environment(), "PYTHONPATH": str(missing)})
    print(told.splitlines()[-1])


def succeeded(command: list[str], folder: Path, variables: dict[str, str]) -> str:
    """Run a program, which must succeed; return what it printed."""
    finished = subprocess.run(
        command, cwd=folder, env=variables, capture_output=True, text=True, check=False
    )
    assert finished.returncode == 0, finished.stdout[-5000:] + finished.stderr[-2000:]
    return finished.stdout


def assert_pages_work(copy: Path, missing: Path) -> None:
    """Ask for the pages in a process of their own, as a browser does."""
    code = (
        "from app import create_flask_app; from config import TestConfig;"
        "from tests import engines;"
        "TestConfig.DATABASE_URL = TestConfig.LOG_DATABASE_URL = engines.NOWHERE;"
        "client = create_flask_app(TestConfig).test_client();"
        "paths = ['/', '/docs', '/openapi.json', '/healthz'];"
        "print(*[client.get(path).status_code for path in paths])"
    )
    finished = subprocess.run(
        [sys.executable, "-c", code],
        cwd=copy,
        env={**environment(), "PYTHONPATH": f"{copy}{os.pathsep}{missing}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.stdout == "200 200 200 200\n", finished.stderr


def environment() -> dict[str, str]:
    """What a shell has in which the virtual environment is active, and nothing of this run."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    kept = {name: os.environ[name] for name in ("HOME", "LANG") if name in os.environ}
    return {**kept, "PATH": path, "FLASK_CONFIG": "testing"}
