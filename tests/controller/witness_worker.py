"""A worker with jobs of the tests: `python -m tests.controller.witness_worker`, with its options.

WITNESS_URL is its database. What a job leaves behind are rows in the API log.
"""

import os
import signal
import time

from config import TestConfig
from controller import jobs, worker
from controller.frame import execution
from controller.frame.job import Job
from model import Models

ROW = {"ip": "::1", "method": "GET", "status": 200, "milliseconds": 1.0}


def leave_row(db: Models, *, number: int = 0) -> None:
    """Leave a row, committed together with the end of the job."""
    _leave(db, f"/done/{number}")


def sleep(db: Models, *, seconds: float) -> None:
    """Leave a row with this process's id, sleep, and leave another row."""
    _leave(db, "/begun")
    time.sleep(seconds)
    _leave(db, "/slept")


def overrun(db: Models) -> None:
    """Take longer than its timeout."""
    _leave(db, "/overrun")
    time.sleep(60)


def exit_at_once(db: Models) -> None:
    """End the process as a library that crashes does."""
    os._exit(7)


def kill_itself(db: Models) -> None:
    """End the process as a kernel without memory does."""
    os.kill(os.getpid(), signal.SIGKILL)


def _leave(db: Models, path: str) -> None:
    db.logs.insert_log(path=path, request_id=str(os.getpid()), **ROW)


JOBS = [
    Job(leave_row, atomic=True),
    Job(sleep),
    Job(overrun, timeout=0.3, retries=1),
    Job(exit_at_once),
    Job(kill_itself),
]


def register() -> None:
    """Put the jobs into the register, in this process."""
    jobs.JOBS.extend(JOBS)
    jobs.BY_NAME.update({job.name: job for job in JOBS})


if __name__ == "__main__":

    class Config(TestConfig):
        """The configuration of the tests, with the database of one of them."""

        DATABASE_URL = LOG_DATABASE_URL = os.environ["WITNESS_URL"]

    register()
    # What takes seconds takes a part of one here.
    jobs.SCHEDULES.clear()
    execution.FIRST_WAIT = worker.START_AGAIN_SECONDS = 0.1
    worker.BEAT_SECONDS = 0.2
    worker.GRACE_SECONDS = float(os.environ.get("WITNESS_GRACE", worker.GRACE_SECONDS))
    worker.main(Config)
