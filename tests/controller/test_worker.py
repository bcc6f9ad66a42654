"""The worker as real processes over a real database: what is run, killed, given back, set apart."""

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryFile

import pytest

import model
from controller import jobs
from controller.frame import job
from controller.frame.job import Options
from model.frame import migration
from tests import engines
from tests.conftest import ALONE, PROJECT
from tests.controller import witness_worker as witness
from tests.model.marks import present

every_engine = pytest.mark.parametrize(
    "engine", present("sqlite", "mysql", "mongodb"), indirect=True
)


@pytest.fixture(autouse=True)
def witness_jobs(monkeypatch):
    """The jobs of the program that the tests start, to be enqueued here."""
    for one in witness.JOBS:
        monkeypatch.setitem(jobs.BY_NAME, one.name, one)


@pytest.fixture
def worker(url):
    """Run a worker until the block ends; gives its process, which tells all that it said."""

    @contextmanager
    def run_worker(*options: str, url: str = url, program: str = witness.__name__, **more: str):
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
        environment = {**kept, **ALONE, "PYTHONPATH": str(PROJECT), "WITNESS_URL": url}
        with (
            TemporaryFile("w+") as output,
            subprocess.Popen(
                [sys.executable, "-m", program, *options],
                cwd=PROJECT,
                env={**environment, "FLASK_CONFIG": "testing", **more},
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            ) as process,
        ):
            process.said = lambda: os.pread(output.fileno(), 1_000_000, 0).decode()
            try:
                yield process
            finally:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)

    return run_worker


def wait_until(succeeds, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not succeeds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def rows(database) -> list[str]:
    return sorted(row["path"] for row in database.logs.get_log(0, 100))


def state(database, id: int) -> str:
    return database.jobs.find(id)["state"]


def process_of(database) -> int:
    """The process that runs the job that has begun; waits for it."""
    wait_until(database.logs.count)
    return int(database.logs.get_log(0, 1)[0]["request_id"])


def is_alive(process: int) -> bool:
    """Tell whether there is this process, and not only its end for somebody to read."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


# --- What cannot work is told at the start ---


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--processes", "0"], "invalid choice: 0"),
        (["--processes", "65"], "invalid choice: 65"),
        (["--processes", "x"], "invalid int value"),
        (["--queue", "nope"], "invalid choice: 'nope'"),
        (["extra"], "unrecognized arguments: extra"),
    ],
)
def test_options_that_make_no_sense_are_refused(run, options, told):
    finished = run("-m", "controller.worker", *options)
    assert finished.returncode == 2
    assert told in finished.stderr


def test_a_database_in_memory_has_no_worker(run):
    finished = run("-m", "controller.worker", FLASK_CONFIG="testing")
    assert (finished.returncode, finished.stdout) == (1, "")
    line = "A database in memory has no worker: its own process alone can reach it.\n"
    if "sqlite" in engines.NAMES:
        assert finished.stderr == line


# --- Running ---


@every_engine
def test_jobs_are_run_and_those_that_do_harm_are_ended(database, worker):
    crashing = [job.enqueue(database, one) for one in (witness.exit_at_once, witness.kill_itself)]
    slow = job.enqueue(database, witness.overrun)
    done = [job.enqueue(database, witness.leave_row, number=n) for n in range(3)]
    with worker("--processes", "2") as process:
        wait_until(lambda: {state(database, id) for id in done} == {"finished"})
        wait_until(lambda: {state(database, id) for id in (slow, *crashing)} == {"dead"})
        # They hold up no other.
        last = job.enqueue(database, witness.leave_row, number=3)
        wait_until(lambda: state(database, last) == "finished")
        process.terminate()
        assert process.wait(10) == 0
    assert rows(database) == [f"/done/{n}" for n in range(4)] + ["/overrun"] * 2
    told = [database.jobs.find(id) for id in (slow, *crashing)]
    assert [(row["attempt"], row["crashes"]) for row in told] == [(2, 0), (5, 5), (5, 5)]
    assert [row["last_error"] for row in told] == [
        "it took longer than its timeout",
        "set apart after 5 crashes: its process ended with 7",
        "set apart after 5 crashes: its process ended with -9",
    ]


@every_engine
def test_told_to_end_a_worker_finishes_what_it_runs(database, worker):
    running = job.enqueue(database, witness.sleep, seconds=0.5)
    waiting = job.enqueue(database, witness.leave_row)
    with worker() as process:
        child = process_of(database)
        process.terminate()
        assert process.wait(5) == 0
    assert not is_alive(child)
    assert rows(database) == ["/begun", "/slept"]
    assert [state(database, id) for id in (running, waiting)] == ["finished", "waiting"]


@every_engine
def test_what_takes_longer_is_given_back(database, worker):
    id = job.enqueue(database, witness.sleep, seconds=30)
    with worker(WITNESS_GRACE="0.3") as process:
        child = process_of(database)
        process.send_signal(signal.SIGINT)
        assert process.wait(5) == 0
    assert not is_alive(child)
    row = database.jobs.find(id)
    assert (row["state"], row["attempt"], row["crashes"]) == ("waiting", 0, 0)


def test_when_its_parent_is_killed_a_child_ends(database, worker):
    job.enqueue(database, witness.sleep, seconds=30)
    with worker() as process:
        child = process_of(database)
        process.kill()
        wait_until(lambda: not is_alive(child), seconds=2)


def test_a_job_that_is_cancelled_while_it_runs_is_killed(database, worker):
    id = job.enqueue(database, witness.sleep, seconds=30)
    with worker() as process:
        child = process_of(database)
        database.jobs.cancel(id)
        wait_until(lambda: not is_alive(child), seconds=5)
        after = job.enqueue(database, witness.leave_row)
        wait_until(lambda: state(database, after) == "finished")
        process.terminate()
        process.wait(5)
    assert (state(database, id), rows(database)) == ("cancelled", ["/begun", "/done/0"])


def test_a_running_job_shows_signs_of_life(database, worker):
    id = job.enqueue(database, witness.sleep, seconds=1)
    with worker():
        wait_until(lambda: database.jobs.find(id)["heartbeat"] >= 2)
        wait_until(lambda: state(database, id) == "finished")


def test_a_job_of_later_is_run_when_its_time_has_come(database, worker):
    with worker():
        id = job.enqueue(database, witness.leave_row, Options(delay=1))
        assert state(database, id) == "later"
        wait_until(lambda: state(database, id) == "finished")


# --- Beginning and ending ---


@engines.needs("sqlite")
def test_a_worker_waits_until_the_database_is_migrated(worker, tmp_path):
    url = f"sqlite:///{tmp_path}/new.db"
    with worker(url=url) as process:
        wait_until(lambda: "to be migrated" in process.said())
        assert process.said().count("\n") == 1
        database = model.connect(url)
        list(migration.migrate(database))
        id = job.enqueue(database, witness.leave_row)
        wait_until(lambda: state(database, id) == "finished")
        database.close()


def test_a_worker_ends_with_the_process_that_started_it(worker):
    with subprocess.Popen(["sleep", "60"]) as other:
        # Not its parent: that has ended already, as it were.
        with worker("--parent", str(other.pid)) as process:
            assert process.wait(10) == 0
        other.kill()
