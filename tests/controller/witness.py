"""The worker with jobs that leave traces in a file, which no fault of a database reaches.

    WITNESS=/tmp/witness python -m tests.controller.witness --processes 2

A file /tmp/witnessbefore, or after, orders the next process that is to finish an atomic job to be
killed before it does, or after it did and before the commit.

WITNESS_PACE=0.1 makes its leases a tenth as long. WITNESS_CLOCK names a file with the seconds by
which its wall clock is wrong: where libfaketime leaves the monotonic clock alone, no Python sleeps.
"""

import os
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import orjson

from controller import jobs, worker
from controller.frame import execution
from controller.frame.job import Job
from model import Models

PACED = {
    execution: ("LEASE_SECONDS", "BEAT_SECONDS", "LOOK_SECONDS"),
    worker: ("BEAT_SECONDS", "ALONE_SECONDS"),
}


class Trace(NamedTuple):
    """A line of the file: a job has begun under a lease, has done its work, or has ended it."""

    what: str
    number: int
    id: int
    lease: int
    pid: int
    time: float


class _Now:
    """The job that this process runs."""

    row = None


def plain(*, number: int, milliseconds: int) -> None:
    """Take some time, and leave a trace."""
    time.sleep(milliseconds / 1000)
    _write("done", number)


def atomic(db: Models, *, number: int, milliseconds: int) -> None:
    """Insert a row whose path says which job under which lease inserted it."""
    db.logs.insert_log(
        ip="127.0.0.1",
        method="JOB",
        path=f"/{number}/{_Now.row['lease']}",
        status=200,
        milliseconds=0,
        request_id="drill",
    )
    time.sleep(milliseconds / 1000)
    _write("done", number)


def register() -> None:
    """Add these jobs to the register."""
    # Some faults last longer than the waits of a few retries, which grow.
    for added in (Job(plain, timeout=300, retries=20), Job(atomic, atomic=True, retries=20)):
        jobs.JOBS.append(added)
        jobs.BY_NAME[added.name] = added


def read(path: Path, offset: int) -> tuple[list[Trace], int]:
    """Return the traces behind an offset, and the offset behind them."""
    with path.open("rb") as file:
        file.seek(offset)
        lines = file.read()
    whole = lines[: lines.rfind(b"\n") + 1]
    return [_trace(line) for line in whole.decode().splitlines()], offset + len(whole)


def _trace(line: str) -> Trace:
    what, *numbers, seconds = line.split()
    return Trace(what, *map(int, numbers), float(seconds))


def _write(what: str, number: int) -> None:
    row = _Now.row
    line = f"{what} {number} {row['id']} {row['lease']} {os.getpid()} {time.monotonic():.4f}\n"
    # One short write at the end of a file is not mixed with that of another process, nor is it
    # cut in two when this one is killed.
    file = os.open(os.environ["WITNESS"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(file, line.encode())
    os.close(file)


def _witness_leases() -> None:
    """Leave a trace of each job as it begins, before anything of it is done, and as it ends."""
    begin, finish = worker.Board.begin, execution._finish

    def begin_seen(board, row, **more):
        begin(board, row, **more)
        _Now.row = row
        _write("begun", _number())

    def finish_seen(db, row):
        is_atomic = row["name"].endswith(".atomic")
        if is_atomic:
            _obey("before")
        finish(db, row)
        if is_atomic:
            _obey("after")
        _write("ended", _number())

    worker.Board.begin, execution._finish = begin_seen, finish_seen


def _obey(moment: str) -> None:
    """Be killed at this moment, if that is the order; one process obeys it."""
    with suppress(FileNotFoundError):
        Path(os.environ["WITNESS"] + moment).unlink()
        _write("killed", _number())
        os.kill(os.getpid(), signal.SIGKILL)


def _number() -> int:
    return orjson.loads(_Now.row["arguments"])["number"]


def _shift_clock(path: Path) -> None:
    """Let the wall clock be wrong by as many seconds as the file says at each moment."""
    seconds, nanoseconds = time.time, time.time_ns
    time.time = lambda: seconds() + int(path.read_text())
    time.time_ns = lambda: nanoseconds() + int(path.read_text()) * 1_000_000_000


def main() -> None:
    """Be the worker."""
    from config import config

    for module, names in PACED.items():
        for name in names:
            setattr(module, name, getattr(module, name) * float(os.environ["WITNESS_PACE"]))
    if clock := os.environ.get("WITNESS_CLOCK"):
        _shift_clock(Path(clock))
    jobs.SCHEDULES.clear()
    register()
    _witness_leases()
    worker.main(config)


if __name__ == "__main__":
    main()
