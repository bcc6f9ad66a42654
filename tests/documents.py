"""The documentation, as the tests read it: its blocks of code, and the files that it describes."""

import re
import shutil
import subprocess
from pathlib import Path

from tests.conftest import PROJECT

BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
# `path/of/a/file.py`: at the end of a paragraph, and then the whole file as a block.
FILE = re.compile(r"`([\w./]+\.\w+)`:\n\n```\w*\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def pages() -> dict[str, str]:
    """Every page, by its path."""
    found = [*sorted(PROJECT.glob("*.md")), *sorted((PROJECT / "docs").glob("*.md"))]
    return {str(path.relative_to(PROJECT)): path.read_text() for path in found}


def blocks(text: str, language: str) -> list[str]:
    """The blocks of a page in one language."""
    return [block for its_language, block in BLOCK.findall(text) if its_language == language]


def section(text: str, heading: str) -> str:
    """What stands below a heading, up to the next of its level."""
    _, _, below = text.partition(f"\n## {heading}\n")
    assert below, f"there is no section {heading}"
    return below.partition("\n## ")[0]


def files(text: str) -> dict[str, str]:
    """The files that a page gives whole, by their paths."""
    return dict(FILE.findall(text))


def copy_project(folder: Path) -> Path:
    """Copy the project as it is, whether committed or not, into a git repository of its own."""
    for name in tracked_files():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(PROJECT / name, folder / name)
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "-c", "user.name=t", "-c", "user.email=t@t.t", "commit", "--quiet", "-m", "Copy")
    return folder


def tracked_files() -> list[str]:
    """The files of the project that git does not ignore."""
    listed = git(PROJECT, "ls-files", "--cached", "--others", "--exclude-standard")
    return [name for name in listed.splitlines() if (PROJECT / name).is_file()]


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(
        ["git", *arguments], cwd=folder, capture_output=True, text=True, check=True
    ).stdout
