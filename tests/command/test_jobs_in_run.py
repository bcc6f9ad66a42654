"""`flask run` with a worker beside it, which begins and ends with it."""

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from controller import jobs
from controller.frame import job
from tests import engines
from tests.conftest import ALONE, PROJECT
from tests.controller.test_worker import is_alive, state, wait_until
from tests.servers import free_port

pytestmark = pytest.mark.parametrize("engine", engines.NAMES[:1], indirect=True)


@contextmanager
def serving(url: str, **variables: str):
    """Run `flask run` until the block ends."""
    environment = {**os.environ, **ALONE, "FLASK_CONFIG": "development", "DATABASE_URL": url}
    with subprocess.Popen(
        [sys.executable, "-m", "flask", "run", "--port", str(free_port())],
        cwd=PROJECT,
        env={**environment, "LOG_DATABASE_URL": url, **variables},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def below(process: int) -> list[int]:
    """The processes that a process started, and those that they started."""
    try:
        own = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    except OSError:
        return []
    return [one for child in own for one in (int(child), *below(int(child)))]


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGKILL])
def test_run_starts_a_worker_that_ends_with_it(database, url, end):
    id = job.enqueue(database, jobs.prune, days=3)
    with serving(url) as process:
        wait_until(lambda: state(database, id) == "finished")
        workers = below(process.pid)
        assert len(workers) == 2
        process.send_signal(end)
        process.wait(10)
        wait_until(lambda: not any(map(is_alive, workers)), seconds=5)


def test_run_starts_no_worker_where_none_is_wanted(database, url):
    id = job.enqueue(database, jobs.prune, days=3)
    with serving(url, JOBS_IN_RUN="false") as process:
        time.sleep(2.5)
        assert below(process.pid) == []
    assert state(database, id) == "waiting"
