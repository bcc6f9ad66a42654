"""`flask new`, proven: resources declared at random in one copy of the project, on every engine.

Five of them; more of other kinds, by hand:
DRILL_RESOURCES=20 DRILL_SEED=7 pytest -m drill -s tests/test_generated.py
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests import engines
from tests.conftest import ALONE
from tests.documents import copy_project, git
from tests.generator.random_declarations import declarations
from tests.test_removing import assert_green, commit, environment, succeeded

pytestmark = pytest.mark.drill

NUMBER = int(os.environ.get("DRILL_RESOURCES", "5"))
SEED = int(os.environ.get("DRILL_SEED", "1"))
NEW_AT_MOST, TESTS_AT_MOST = 2.0, 5.0
PYTEST = [
    sys.executable,
    "-m",
    "pytest",
    "-p",
    "no:cacheprovider",
    "--no-skips",
    "--show-capture=no",
]


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    return copy_project(tmp_path_factory.mktemp("generated") / "copy")


@pytest.fixture(scope="module")
def names(copy):
    """Declare the resources; each is first removed again, which leaves nothing."""
    made, times = [], []
    for one in declarations(SEED, NUMBER):
        if one.is_wrong:
            refused = flask(copy, "new", *one.arguments)
            assert (refused.returncode, refused.stdout) == (2, ""), one.arguments
            assert re.fullmatch(r".+\n", refused.stderr), refused.stderr
        else:
            add(copy, one)
            removed = flask(copy, "remove", one.name, "--yes")
            assert removed.returncode == 0, f"{one.arguments}: {removed.stderr}"
        assert git(copy, "status", "--porcelain") == "", one.arguments
        if not one.is_wrong:
            times.append(add(copy, one))
            commit(copy)
            made.append(one.name)
    print(f"\nseed {SEED}: {', '.join(made)}\nflask new: at most {max(times):.2f} s")
    assert sorted(times)[len(times) // 2] <= NEW_AT_MOST
    return made


def add(copy, declared) -> float:
    """Write a resource; return how long that took."""
    started = seconds_of_programs()
    added = flask(copy, "new", *declared.arguments)
    assert added.returncode == 0, f"{declared.arguments}: {added.stderr}"
    return seconds_of_programs() - started


def test_check_and_the_suite_on_every_engine_are_clean(copy, names):
    assert_green(copy, copy.parent / "missing")
    assert git(copy, "status", "--porcelain") == ""


def test_the_tests_of_a_resource_are_quick(copy, names):
    spent = {}
    for name in names:
        files = [f"tests/{folder}/test_{name}.py" for folder in ("model", "controller", "api/v1")]
        started = seconds_of_programs()
        pytest_in(copy, *files, "-k", "sqlite")
        spent[name] = seconds_of_programs() - started
    slowest = max(spent, key=spent.__getitem__)
    print(f"the SQLite tests of {slowest}, the slowest: {spent[slowest]:.2f} s")
    assert sorted(spent.values())[len(spent) // 2] <= TESTS_AT_MOST


def test_schemathesis_finds_nothing(copy, names):
    if "sqlite" in engines.NAMES:
        print(pytest_in(copy, "tests/api/test_fuzz.py", "-m", "drill", "-k", "sqlite"))


def test_pages_read_an_index_and_private_rows_are_hidden(copy, names):
    print(pytest_in(copy, "tests/generator/drilled.py", "-s", DRILLED=",".join(names)))


def seconds_of_programs() -> float:
    """Return how long the processors worked for programs that we started and that ended.

    Other drills run at once, so a clock on the wall would measure those, too.
    """
    times = os.times()
    return times.children_user + times.children_system


def pytest_in(copy, *arguments: str, **variables: str) -> str:
    """Run tests of the copy, which must pass; return the last lines."""
    told = succeeded([*PYTEST, *arguments], copy, {**environment(), **variables})
    return "\n".join(told.splitlines()[-6:])


def flask(copy: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a flask command in the copy."""
    return subprocess.run(
        [sys.executable, "-m", "flask", *arguments],
        cwd=copy,
        env={**environment(), **ALONE},
        capture_output=True,
        text=True,
        check=False,
    )
