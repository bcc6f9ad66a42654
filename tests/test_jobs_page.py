"""docs/jobs.md, followed in a fresh copy: a job that is run, and one on a schedule."""

import os
import re
import subprocess
import sys
import time

import pytest

from tests.conftest import ALONE
from tests.documents import blocks, copy_project, pages, section
from tests.engines import needs

pytestmark = pytest.mark.drill

TEN_MINUTES = section(pages()["docs/jobs.md"], "Ten minutes to a scheduled job")
ENQUEUE = """
from config import config
from controller import account, greeting
from controller.frame import job
from controller.frame.security import Security
from model import connect

db = connect(config.DATABASE_URL)
signed_in = account.register(
    db, Security(config), username="jake", email="jake@jake.jake", password="correct horse"
)
job.enqueue(db, greeting.greet, user_id=signed_in["user"]["id"])
"""


@pytest.fixture
def copy(tmp_path):
    return copy_project(tmp_path / "copy")


@pytest.fixture
def variables(tmp_path):
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    own = {"FLASK_CONFIG": "development", "DATABASE_URL": f"sqlite:///{tmp_path}/jobs.db"}
    return {**kept, **ALONE, **own}


@needs("sqlite")
def test_ten_minutes_lead_to_a_job_that_is_run_and_one_on_a_schedule(copy, variables):
    controller, register, _enqueue = blocks(TEN_MINUTES, "")
    (copy / "controller/greeting.py").write_text(controller)
    put_into_register(copy / "controller/jobs.py", register)

    def python(*arguments: str) -> str:
        command = [sys.executable, *arguments]
        finished = subprocess.run(
            command, cwd=copy, env=variables, capture_output=True, text=True, check=False
        )
        assert finished.returncode == 0, finished.stderr
        return finished.stdout

    python("-m", "flask", "db-init")
    python("-c", ENQUEUE)
    [line] = re.findall(r"greeting\.greet .*", python("-m", "flask", "jobs"))
    assert "0 8 * * mon-fri" in line
    assert "Asia/Seoul" in line
    [work] = re.findall(r"^flask (work .*)$", TEN_MINUTES, re.MULTILINE)
    worker = subprocess.Popen(
        [sys.executable, "-m", "flask", *work.split()],
        cwd=copy,
        env=variables,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        deadline = time.monotonic() + 30
        while "finished" not in python("-m", "flask", "jobs"):
            assert time.monotonic() < deadline
    finally:
        worker.terminate()
        _, told = worker.communicate()
    assert "hello, jake" in told
    assert python("-m", "flask", "jobs", "list") == "There are no dead jobs.\n"


def put_into_register(path, shown: str) -> None:
    """Add to the lists what the page adds, and the import."""
    text = path.read_text().replace("import account, log", "import account, greeting, log")
    for name in ("JOBS", "SCHEDULES"):
        [line] = re.findall(rf"^{name} = \[\n(.*\n)", shown, re.MULTILINE)
        text = text.replace(f"{name} = [\n", f"{name} = [\n{line}")
    path.write_text(text)
