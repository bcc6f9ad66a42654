"""docs/new-resource.md, word for word in a fresh copy."""

import re
import subprocess

import pytest

from tests.documents import BLOCK, copy_project, git, pages, section
from tests.test_removing import assert_green, environment, make, shell

pytestmark = pytest.mark.drill

PAGE = pages()["docs/new-resource.md"]


@pytest.fixture
def copy(tmp_path):
    """A copy of the project, and an empty folder for packages that are missing."""
    (tmp_path / "missing").mkdir()
    return copy_project(tmp_path / "copy")


def do(copy, text):
    """Do what a part of the page says: its commands, then its changes."""
    for name in re.findall(r"`(flask db-new \w+)`", text):
        shell(copy, name)
    for language, block in BLOCK.findall(text):
        if language == "shell":
            shell(copy, block, development=True)
        elif language == "diff":
            apply(copy, block)
    shell(copy, "flask openapi > docs/openapi.json")


def apply(copy, block):
    """Change files as a reader does; the numbers of migrations are those of this copy."""
    numbers = {path.stem[5:]: path.stem[:4] for path in copy.glob("model/**/migrations/**/*_*.*")}
    text = re.sub(r"\d{4}_(\w+)(?=\.)", lambda found: f"{numbers[found[1]]}_{found[1]}", block)
    for path in re.findall(r"^--- /dev/null\n\+\+\+ b/(.*)$", text, re.MULTILINE):
        (copy / path).unlink()  # db-new has made it; the page has its text
    command = ["git", "apply", "--unidiff-zero", "-"]
    finished = subprocess.run(
        command,
        cwd=copy,
        env=environment(),
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr


def test_the_page_builds_two_resources_changes_them_and_removes_them(copy, tmp_path):
    before, _, rest = PAGE.partition("\n## A rule\n")
    do(copy, before)
    made = git(copy, "status", "--porcelain", "--untracked-files=all").split("\n")
    for heading in ("A rule", "A field added later", "A many-to-many"):
        do(copy, section(f"\n## A rule\n{rest}", heading))
    make(copy, "fix")
    assert_green(copy, tmp_path / "missing")
    git(copy, "stash", "--include-untracked")
    git(copy, "stash", "drop")
    do(copy, before)
    assert git(copy, "status", "--porcelain", "--untracked-files=all").split("\n") == made
    shell(copy, "flask remove task --yes; flask remove project --yes", development=True)
    assert git(copy, "status", "--porcelain") == ""
