"""The drill of the workers in its short form; the full one is `-m tests.controller.job_drill`."""

import subprocess
import sys

import pytest

from tests import engines
from tests.controller.job_drill import SERVERS

pytestmark = pytest.mark.drill


@pytest.mark.parametrize("name", engines.NAMES)
def test_every_job_is_finished_whatever_is_killed_stopped_cut_or_full(name, project, capsys):
    if name in SERVERS and not SERVERS[name].is_installed():
        pytest.skip(f"no server of our own for {name}")
    drill = subprocess.run(
        [sys.executable, "-m", "tests.controller.job_drill", "--short", "--engine", name],
        cwd=project,
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    with capsys.disabled():
        print(f"\n{drill.stdout}")
    assert drill.returncode == 0, drill.stderr
