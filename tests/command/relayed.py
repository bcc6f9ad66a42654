"""The relay with a job of the tests: `python -m tests.command.relayed`, with its own options."""

from controller import jobs, relay
from controller.frame.job import Job
from model import Models

ROW = {"ip": "::1", "method": "GET", "status": 200, "milliseconds": 1.0, "request_id": "r"}


def leave_row(db: Models, *, number: int) -> None:
    """Leave a row in the API log, committed together with the end of the job."""
    db.logs.insert_log(path=f"/{number}", **ROW)


JOB = Job(leave_row, atomic=True)


def register() -> None:
    """Put the job into the register, in this process."""
    jobs.BY_NAME[JOB.name] = JOB


if __name__ == "__main__":
    from config import config

    register()
    relay.main(config)
