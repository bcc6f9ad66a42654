"""`flask begin`: a renamed project with what it keeps."""

import re
from pathlib import Path

import pytest

from tests.generator.test_rename import NEW

pytestmark = pytest.mark.drill

LAYERS = ("app", "controller", "model", "benchmarks", "tests")


def test_it_wants_a_clean_checkout_and_parts_that_are_here(copy):
    finished = copy.flask("begin", NEW, "--keep", "nothing")
    assert finished.exit_code == 2
    assert finished.stderr.startswith("'nothing' is no part to keep: choose accounts, all")
    copy.write("new.txt", "")
    finished = copy.flask("begin", NEW)
    reason = "Commit or stash your changes first: this is one change to review.\n"
    assert (finished.exit_code, finished.stderr) == (1, reason)
    assert copy.status() == "?? new.txt\n"


def test_it_keeps_accounts_alone_unless_more_is_named(copy):
    finished = copy.flask("begin", NEW)
    assert finished.exit_code == 0, finished.stderr
    assert finished.stdout.startswith(f"This is {NEW} now; removed: ")
    assert [path.stem for path in sorted((copy.folder / "app/api/v1").glob("*.py"))] == [
        "__init__",
        "log",
        "session",
        "user",
    ]
    assert re.search(r"^Begun from version \S+ of", copy.read("CHANGELOG.md"), re.M)
    # Not a new file: one change to review.
    assert not re.search(r"^(\?\?|A)", copy.status(), re.M)
    words = re.compile(r"\b(articles?|favorites?|dragons?|imflask|realworld)\b", re.I)
    paths = [*copy.folder.glob("*.md"), *copy.folder.glob("docs/*.md")]
    paths += [path for layer in LAYERS for path in (copy.folder / layer).rglob("*.py")]
    found = [path for path in paths if words.search(path.read_text())]
    assert [path.name for path in found] == [Path(__file__).name]
