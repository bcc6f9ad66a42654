"""`flask new` and `flask remove`, killed at random: all is done, nothing is, or it is mended.

DRILL_KILLS=50 and DRILL_SEED=1 say how often and when.
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from app.generator.change import JOURNAL
from tests import engines
from tests.conftest import ALONE
from tests.documents import copy_project, git
from tests.test_removing import environment

pytestmark = pytest.mark.drill

KILLS = int(os.environ.get("DRILL_KILLS", "50"))
SEED = int(os.environ.get("DRILL_SEED", "1"))
NAME = "doohickey"
NEW = ("new", NAME, "title:str:99", "cost:decimal:9,2?", "owner:user", "--search", "title")
REMOVE = ("remove", NAME, "--yes")
WHO = "was interrupted; its changes were undone."


class Killed:
    """A copy of the project, in which commands are killed."""

    def __init__(self, folder: Path) -> None:
        self.folder = copy_project(folder / "copy")
        (self.folder / "instance").mkdir(exist_ok=True)
        url = f"sqlite:///{folder}/killed.db" if "sqlite" in engines.NAMES else engines.NOWHERE
        settings = {**ALONE, "FLASK_CONFIG": "development", "DATABASE_URL": url, "SECRET_KEY": "x"}
        self.environment = {**environment(), **settings}
        self.index = {**self.environment, "GIT_INDEX_FILE": str(folder / "index")}

    def start(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "flask", *words],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *words: str) -> str:
        """Run a command, which must succeed; return what it says besides what it prints."""
        process = self.start(*words)
        _, told = process.communicate()
        assert process.returncode == 0, f"{words}: {told}"
        return told

    def timed(self, *words: str) -> tuple[float, float]:
        """Run a command; return how many seconds it took, and for how many of them it wrote."""
        process, started = self.start(*words), time.monotonic()
        self.await_writing(process)
        began = time.monotonic()
        while (self.folder / JOURNAL).exists():
            time.sleep(0.0001)
        wrote = time.monotonic() - began
        _, told = process.communicate()
        assert process.returncode == 0, f"{words}: {told}"
        return time.monotonic() - started, wrote

    def await_writing(self, process: subprocess.Popen[str]) -> None:
        while process.poll() is None and not (self.folder / JOURNAL).exists():
            time.sleep(0.0001)

    def kill(self, words: tuple[str, ...], seconds: float, *, is_writing: bool) -> bool:
        """Kill a command so many seconds after it began, or began to write.

        Return whether it was still at work.
        """
        process = self.start(*words)
        if is_writing:
            self.await_writing(process)
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        return process.returncode == -signal.SIGKILL

    def tree(self) -> str:
        """What git would commit, whatever is in its index."""
        subprocess.run(["git", "add", "--all"], cwd=self.folder, env=self.index, check=True)
        told = subprocess.run(
            ["git", "write-tree"],
            cwd=self.folder,
            env=self.index,
            check=True,
            capture_output=True,
            text=True,
        )
        return told.stdout


def test_a_killed_command_leaves_nothing_half_done(tmp_path):
    chance, found = random.Random(SEED), Counter[str]()
    project = Killed(tmp_path)
    if "sqlite" in engines.NAMES:
        project.run("db-init")
    without = project.tree()
    took = {NEW: project.timed(*NEW)}
    complete = project.tree()
    took[REMOVE] = project.timed(*REMOVE)
    assert project.tree() == without
    for number in range(KILLS):
        words = REMOVE if number % 4 == 3 else NEW
        if words == REMOVE:
            project.run(*NEW)
            if number % 8 == 3:
                project.run("db-migrate")
        # To write takes a hundredth of its time: chance alone would not meet it.
        is_writing = number % 2 == 1
        whole, writing = took[words]
        seconds = chance.random() * writing if is_writing else chance.uniform(0.2, 1.1) * whole
        was_killed = project.kill(words, seconds, is_writing=is_writing)
        found["killed" if was_killed else "already done"] += 1
        if (project.folder / JOURNAL).exists():
            other = chance.choice([NEW, REMOVE, ("remove", "--list")])
            process = project.start(*other)
            told = process.communicate()[1]
            assert WHO in told, (number, words, other, told)
            assert not (project.folder / JOURNAL).exists()
            found["half done, and mended"] += 1
        tree = project.tree()
        assert tree in (without, complete), (number, words, git(project.folder, "status", "-s"))
        found["without" if tree == without else "complete"] += 1
        if tree == complete:
            project.run(*REMOVE)
        assert project.tree() == without
        assert git(project.folder, "status", "--porcelain") == ""
    print(f"\nseed {SEED}: {dict(found)}")
    assert found["half done, and mended"] > KILLS // 10
