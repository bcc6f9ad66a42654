"""Jobs over Redis and RabbitMQ, both killed in the middle: none is lost, none is done twice."""

import os
import subprocess
import sys
import time
from collections import Counter
from contextlib import ExitStack

import pytest

from controller import jobs, log
from controller.frame import job
from tests import engines, servers
from tests.command.relayed import JOB, SLEEP, leave_row, sleep
from tests.conftest import ALONE, PROJECT

pytestmark = pytest.mark.drill

NUMBER, LONGEST_SECONDS = 300, 90
BROKERS = [servers.RedisServer, servers.RabbitServer]
ONE_ENGINE = pytest.mark.parametrize("engine", engines.NAMES[:1], indirect=True)


@pytest.fixture(params=BROKERS, ids=lambda kind: kind.__name__)
def broker(request):
    if not request.param.is_installed():
        pytest.skip(f"no {request.param.__name__}: see .ci/run")
    server = request.param()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def start(url, broker):
    """Start the relay, or what runs its jobs, as a process of its own."""
    with ExitStack() as at_end:

        def start_one(*options: str) -> subprocess.Popen[bytes]:
            own = {"DATABASE_URL": url, "LOG_DATABASE_URL": url, "QUEUE_URL": broker.url()}
            program = [sys.executable, "-m", "tests.command.relayed", *options]
            variables = {**os.environ, **ALONE, **own, "FLASK_CONFIG": "development"}
            process = subprocess.Popen(program, cwd=PROJECT, env=variables)
            at_end.callback(process.wait)
            at_end.callback(process.kill)
            return process

        yield start_one


@ONE_ENGINE
def test_every_job_is_done_once_though_the_broker_and_a_worker_are_killed(
    database, broker, start, monkeypatch
):
    monkeypatch.setitem(jobs.BY_NAME, JOB.name, JOB)
    start()
    first, _second = start("--work", "4"), start("--work", "4")
    for number in range(NUMBER):
        job.enqueue(database, leave_row, number=number)
        if number == NUMBER // 3:
            wait_until(lambda: finished(database) > NUMBER // 6)
            broker.kill()
        if number == NUMBER * 2 // 3:
            broker.start()
            first.kill()
    wait_until(lambda: finished(database) == NUMBER)
    paths = Counter(row["path"] for row in log.list(database, limit=2 * NUMBER))
    assert paths == {f"/{number}": 1 for number in range(NUMBER)}


@pytest.mark.parametrize(
    ("options", "reason"),
    [(["--work", "0"], "invalid choice: 0"), (["--work", "x"], "invalid int value: 'x'")],
)
def test_options_that_make_no_sense_are_refused(run, options, reason):
    refused = run("-m", "controller.relay", *options)
    assert refused.returncode == 2
    assert reason in refused.stderr


@ONE_ENGINE
def test_who_runs_jobs_ends_soon_and_gives_back_what_takes_longer(
    database, broker, start, monkeypatch
):
    monkeypatch.setitem(jobs.BY_NAME, SLEEP.name, SLEEP)
    start()
    worker = start("--work", "2")
    id = job.enqueue(database, sleep, seconds=60)
    wait_until(lambda: database.jobs.find(id)["state"] == "running")
    began = time.monotonic()
    worker.terminate()
    assert worker.wait(20) == 0
    assert time.monotonic() - began < 15
    row = database.jobs.find(id)
    assert (row["state"], row["attempt"]) == ("waiting", 0)


def finished(database) -> int:
    return sum(row["total"] for row in database.jobs.count() if row["state"] == "finished")


def wait_until(condition) -> None:
    deadline = time.monotonic() + LONGEST_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("", "QUEUE_URL is missing: it says where the broker is, redis:// or amqp://"),
        ("me:hidden@host", "QUEUE_URL is no URL of a broker: it must start with redis:// or"),
        ("redis://localhost:99999", "QUEUE_URL cannot be used: Port out of range"),
    ],
)
def test_a_queue_url_that_cannot_be_used_is_told_in_a_line(run, tmp_path, url, reason):
    database = "mongodb://127.0.0.1:1/nowhere"
    if "sqlite" in engines.NAMES:
        database = f"sqlite:///{tmp_path}/none.db"
    settings = {"FLASK_CONFIG": "development", "DATABASE_URL": database, "QUEUE_URL": url}
    finished = run("-m", "controller.relay", **settings)
    assert finished.returncode == 1
    assert finished.stderr.startswith(reason)
    assert "hidden" not in finished.stderr
    assert finished.stderr.count("\n") == 1
