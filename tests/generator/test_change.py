"""A change of files is made as a whole or not at all, whenever it is killed."""

import subprocess
import sys
from contextlib import suppress

import pytest

from app.generator.change import JOURNAL, Changes, Stopped, mend
from tests.conftest import PROJECT

# Makes a change of every kind in a process that is killed at its first call of the system, mends
# it in one that is killed early, too, and mends what is left; then at the second call, and so on.
KILLED = """
import os, signal, sys
from pathlib import Path
from app.generator.change import mend
from tests.generator.test_change import change, tree

folder, calls = Path(sys.argv[1]), {"open", "os.rename", "os.remove", "os.mkdir", "os.rmdir"}

def in_a_process(work, left):
    if pid := os.fork():
        return os.waitpid(pid, 0)[1]
    def count(event, arguments):
        nonlocal left
        if event in calls:
            if not left:
                os.kill(os.getpid(), signal.SIGKILL)
            left -= 1
    sys.addaudithook(count)
    work()
    os._exit(0)

def work():
    change(folder).apply("flask change")

before, left = tree(folder), 0
while in_a_process(work, left) == signal.SIGKILL:
    in_a_process(lambda: mend(folder), left % 5)
    print(mend(folder))
    assert tree(folder) == before and not mend(folder)
    left += 1
"""


@pytest.fixture
def folder(tmp_path):
    """A project of three files."""
    for path in ("old.txt", "gone/old.txt", "docs/old.txt"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text("old\n")
    (tmp_path / "old.txt").chmod(0o755)
    return tmp_path


def tree(folder):
    """Every file with its text and mode, and every folder, but those of the journal."""
    return {
        str(path.relative_to(folder)): path.is_file() and (path.read_text(), path.stat().st_mode)
        for path in folder.rglob("*")
        if "instance" not in path.parts
    }


def change(folder):
    changes = Changes(folder)
    changes.write("old.txt", "new\n")
    changes.write("made/of/new.txt", "new\n")
    changes.delete("gone/old.txt")
    return changes


def test_a_change_is_made_when_it_is_applied(folder):
    changes = change(folder)
    assert changes.paths() == ["gone/old.txt", "made/of/new.txt", "old.txt"]
    assert (changes.read("old.txt"), changes.exists("gone/old.txt")) == ("new\n", False)
    assert (folder / "old.txt").read_text() == "old\n"
    with changes.applied("flask change"):
        assert (folder / JOURNAL).exists()
    assert not (folder / JOURNAL).exists()
    assert (folder / "old.txt").read_text() == "new\n"
    assert (folder / "old.txt").stat().st_mode & 0o777 == 0o755
    assert (folder / "made/of/new.txt").exists()
    assert not (folder / "gone").exists()


def test_the_diff_is_one_that_git_applies(folder):
    (folder / "change.diff").write_text(change(folder).diff())
    subprocess.run(["git", "apply", "change.diff"], cwd=folder, check=True)
    assert (folder / "old.txt").read_text() == (folder / "made/of/new.txt").read_text() == "new\n"
    assert not (folder / "gone").exists()


def test_a_failure_inside_puts_everything_back(folder):
    before = tree(folder)
    with suppress(ZeroDivisionError), change(folder).applied("flask change"):
        (folder / "made/__pycache__").mkdir()
        raise ZeroDivisionError
    assert tree(folder) == before


def test_nothing_is_written_over_what_another_wrote_meanwhile(folder):
    changes = change(folder)
    (folder / "old.txt").write_text("another's\n")
    with pytest.raises(Stopped, match=r"old\.txt was changed"), changes.applied("flask change"):
        pass
    assert not (folder / "made").exists()


def test_of_two_at_once_the_second_stops(folder):
    with change(folder).applied("first"):
        with pytest.raises(Stopped, match="Another command"), Changes(folder).applied("second"):
            pass
        # The first is at work, not interrupted.
        assert mend(folder) is None
    assert (folder / "made/of/new.txt").exists()


def test_killed_at_any_moment_it_is_as_before_or_complete_or_mended(folder):
    finished = subprocess.run(
        [sys.executable, "-c", KILLED, str(folder)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    outcomes = finished.stdout.splitlines()
    told = "`flask change` was interrupted; its changes were undone."
    assert set(outcomes) == {"None", told}
    assert outcomes.count(told) > 10
    assert (folder / "made/of/new.txt").exists()
