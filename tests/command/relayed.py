"""The relay with a job of the tests: `python -m tests.command.relayed`, with its own options."""

import time

from controller import jobs, relay
from controller.frame.job import Job
from model import Models

ROW = {"ip": "::1", "method": "GET", "status": 200, "milliseconds": 1.0, "request_id": "r"}


def leave_row(db: Models, *, number: int) -> None:
    """Leave a row in the API log, committed together with the end of the job."""
    db.logs.insert_log(path=f"/{number}", **ROW)


def sleep(*, seconds: int) -> None:
    """Take so long."""
    time.sleep(seconds)


JOB, SLEEP = Job(leave_row, atomic=True), Job(sleep, timeout=100)


def register() -> None:
    """Put the jobs into the register, in this process."""
    jobs.BY_NAME.update({each.name: each for each in (JOB, SLEEP)})


if __name__ == "__main__":
    from config import config

    register()
    relay.main(config)
