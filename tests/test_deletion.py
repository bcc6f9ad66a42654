"""A team that wants one kind of database deletes the other's folder, and nothing else."""

import os
import shutil
import subprocess
import sys

import pytest

from tests.conftest import PROJECT

pytestmark = pytest.mark.drill

# The README tells of every engine; the commands are tested as a newcomer types them, on SQLite.
WITHOUT = {
    "mongodb": (["pymongo", "bson", "secantus"], ["--ignore=tests/test_readme.py"]),
    "sql": (
        ["pymysql"],
        [
            "--ignore=tests/test_readme.py",
            "--ignore=tests/test_config.py",
            "--ignore=tests/command",
        ],
    ),
}


@pytest.fixture
def copy(tmp_path):
    """The project as it is, whether committed or not."""
    names = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    for name in names:
        if (PROJECT / name).is_file():
            (tmp_path / "copy" / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(PROJECT / name, tmp_path / "copy" / name)
    return tmp_path / "copy"


@pytest.mark.parametrize("folder", WITHOUT)
def test_the_suite_is_green_without(copy, tmp_path, folder):
    drivers, arguments = WITHOUT[folder]
    if not (copy / "model" / folder).is_dir():
        pytest.skip(f"model/{folder} was deleted")
    shutil.rmtree(copy / "model" / folder)
    missing = tmp_path / "missing"
    missing.mkdir()
    for driver in drivers:
        (missing / f"{driver}.py").write_text(f"raise ModuleNotFoundError('no {driver} here')\n")
    finished = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments],
        cwd=copy,
        env={**os.environ, "PYTHONPATH": str(missing)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout[-5000:]
