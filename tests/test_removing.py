"""docs/removing.md, word for word in a fresh copy: what is left is green, with nothing ignored."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ALONE, PROJECT
from tests.documents import blocks, copy_project, pages, section

pytestmark = pytest.mark.drill

PAGE = pages()["docs/removing.md"]
[REMOVE] = [block for block in blocks(PAGE, "shell") if block.startswith("# Delete")]
# What each section removes, and the drivers that are then not installed either.
SECTIONS = {
    "A resource": ("model/comment.py", []),
    "RealWorld's demo": ("model/article.py", []),
    "IMFlask's samples": ("app/api/sample_api", []),
    "MongoDB": ("model/mongodb", ["pymongo", "bson", "secantus"]),
    "SQL": ("model/sql", ["pymysql"]),
}
TOGETHER = ["RealWorld's demo", "IMFlask's samples", "MongoDB"]
CASES = [[name] for name in SECTIONS] + [TOGETHER]


@pytest.mark.parametrize("names", CASES, ids=" and ".join)
def test_what_is_left_is_green(tmp_path, names):
    copy = copy_project(tmp_path / "copy")
    missing = tmp_path / "missing"
    missing.mkdir()
    for name in names:
        removed, drivers = SECTIONS[name]
        if not (copy / removed).exists():
            return  # This copy of the project was itself left without it.
        for driver in drivers:
            (missing / f"{driver}.py").write_text(f"raise ModuleNotFoundError('no {driver} here')")
        shell(copy, "\n".join([REMOVE, *blocks(section(PAGE, name), "shell")]))
        assert not (copy / removed).exists()
    assert_green(copy, missing)
    assert_pages_work(copy, missing)


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


def test_every_section_of_the_page_is_tried_here():
    headings = re.findall(r"^## (.*)$", PAGE, re.MULTILINE)
    assert set(headings) == set(SECTIONS)
    assert (PROJECT / "docs/removing.md").exists()
