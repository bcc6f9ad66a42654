"""docs/new-resource.md, word for word in a fresh copy, where no other test is touched."""

import re
import subprocess
import sys

import pytest

from tests.documents import blocks, copy_project, files, git, pages, section
from tests.test_removing import REMOVE, assert_green, environment, make, shell

pytestmark = pytest.mark.drill

PAGE = pages()["docs/new-resource.md"]
REGISTER = re.compile(
    r"^In the register `([^`]+)`, an import and a line[^:]*:\n\n"
    r"```python\n(.*?)\n\n(.*?\n)```$",
    re.DOTALL | re.MULTILINE,
)
# After which line the last one of a register stands.
LINES = re.compile(
    r"^(    \w+: \w+|    \w+ = cached_property\(\w+\)|blueprint\.register_.*)\n", re.M
)


@pytest.fixture
def copy(tmp_path):
    """The project with everything that the page says but the tests."""
    (tmp_path / "missing").mkdir()
    return add_resource(copy_project(tmp_path / "copy"))


def add_resource(copy):
    """Do in a copy of the project what the page says, but for the tests."""
    shell(copy, "flask db-new note")
    number = max(path.stem[:4] for path in copy.glob("model/**/*_note.*"))
    for path, text in files(PAGE).items():
        if not path.startswith("tests/"):
            (copy / path.replace("NNNN", number)).write_text(text)
    for path, line, entry in REGISTER.findall(PAGE):
        register(copy / path, line, entry)
    make(copy, "fix")
    shell(copy, "flask openapi > docs/openapi.json; git add --all")
    return copy


def register(path, line, entry):
    """Write an import and a line into a register, as somebody who reads it would."""
    text = path.read_text()
    last = list(LINES.finditer(text))[-1].end()
    text = text[:last] + entry + text[last:]
    path.write_text(text.replace("\nfrom ", f"\n{line}\nfrom ", 1))


def write_tests(copy):
    for path, text in files(PAGE).items():
        if path.startswith("tests/"):
            (copy / path).write_text(text)


def test_what_lacks_a_test_says_what_to_write_and_where(copy):
    finished = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "tests/model", "tests/api"],
        cwd=copy,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert "write tests/model/test_note.py with MODEL = 'notes'" in finished.stdout
    # What is not the resource's own lack is green.
    red = re.findall(r"^FAILED (\S+)", finished.stdout, re.MULTILINE)
    assert all("note" in name for name in red), red


def test_the_page_builds_a_resource_and_removing_it_leaves_no_trace(copy, tmp_path):
    write_tests(copy)
    shell(copy, "git add --all")
    changed = git(copy, "diff", "--cached", "--name-only").split()
    registers = {path for path, _, _ in REGISTER.findall(PAGE)}
    own = {name for name in changed if re.search(r"(^|[/_])note\.", name)}
    assert set(changed) == own | registers | {"docs/openapi.json"}
    assert_green(copy, tmp_path / "missing")
    [commands] = blocks(section(PAGE, "7. Try it"), "shell")
    _, _, alone = commands.partition("make test\n")
    user = "--username jake --email jake@jake.jake --password 'correct horse'"
    first, last = alone.splitlines()
    shell(copy, f"{first}\npython -m controller.account register {user}\n{last}", development=True)
    shell(copy, f"{REMOVE}\nremove note\nflask openapi > docs/openapi.json\ngit add --all")
    assert git(copy, "diff", "--cached", "--name-only") == ""
