"""The worker: runs jobs in child processes, and kills those that take too long.

    python -m controller.worker --processes 4

The children take jobs, run them and end their leases. This process looks after them: it shows their
signs of life, enqueues what is scheduled, and takes jobs back from workers that are gone.
"""

import argparse
import mmap
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

from controller import jobs
from controller.frame import log
from controller.frame.execution import (
    BEAT_SECONDS,
    Keeper,
    Runner,
    Taker,
    crashed,
    failed,
    give_back,
)
from controller.frame.job import Job, registered
from controller.frame.runner import Settings as RunnerSettings
from controller.frame.security import Security
from model import Database, Models, connect
from model.frame import migration
from model.frame.error import ModelError
from model.job import JobRow, TakenRow

LOOP_SECONDS = 0.2
# A child whose parent has stopped for so long ends, before others take its job.
ALONE_SECONDS = 15.0
GRACE_SECONDS = 8.0
START_AGAIN_SECONDS = 1.0
# How long a child without a job sleeps: SQLite tells of changes, others are asked.
SHORTEST_PAUSE = 0.009
LONGEST_PAUSES = {"mysql": 0.075, "mongodb": 0.15}

EndsLease = Callable[[Models, JobRow, str], None]


class Settings(RunnerSettings, Protocol):
    """What the worker takes from the configuration."""

    LOG_DATABASE_URL: str
    LOG_FORMAT: str
    LOG_LEVEL: str


def main(config: Settings) -> None:
    """Run jobs, as the command line says, until a signal says to end."""
    arguments = _parser().parse_args()
    database = opened(config)
    if arguments.child:
        _run_child(config, database, Board(arguments.child), arguments.queue)
    else:
        _run_parent(database, arguments)
    database.close()


def opened(config: Settings) -> Database:
    """Return the database to take jobs from, with log lines set up; exit if jobs cannot be run."""
    try:
        config.validate()
        database = connect(config.DATABASE_URL)
        for job in jobs.JOBS:
            job.require_fit(database.engine)
            if not hasattr(config, job.url):
                raise ValueError(f"the job {job.name} wants the variable {job.url}: there is none")
    except (ValueError, ModelError) as error:
        sys.exit(str(error))
    if ":memory:" in config.DATABASE_URL:
        sys.exit("A database in memory has no worker: its own process alone can reach it.")
    log.configure(config.LOG_FORMAT, config.LOG_LEVEL)
    return database


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("flask work", description="Run jobs until Ctrl-C or SIGTERM.")
    wanted = f"take jobs from this queue only; may be given several times: {', '.join(jobs.QUEUES)}"
    parser.add_argument("--processes", type=int, default=1, choices=range(1, 65), metavar="1-64")
    parser.add_argument(
        "--queue", action="append", choices=jobs.QUEUES, metavar="NAME", help=wanted
    )
    parser.add_argument("--parent", type=int, help="end when this process, its parent, has ended")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    return parser


def _run_parent(database: Database, arguments: argparse.Namespace) -> None:
    until_migrated(database, arguments.parent)
    queues = arguments.queue or jobs.QUEUES
    log.info("worker: processes:", arguments.processes, "queues:", ", ".join(queues))
    # The program that this is: a test, too, has its own.
    spec = sys.modules["__main__"].__spec__
    command = [sys.executable, "-m", spec.name if spec else __name__]
    command += [option for queue in queues for option in ("--queue", queue)]
    with tempfile.TemporaryDirectory(prefix="retort") as folder:
        children = [Child(command, f"{folder}/{n}") for n in range(arguments.processes)]
        Parent(database, children).run(lambda: _is_orphan(arguments.parent))


def until_migrated(database: Database, parent: int | None = None) -> None:
    """Wait until the database is there and migrated; exit on Ctrl-C."""
    signal.signal(signal.SIGINT, lambda *_: sys.exit(130))
    told = ""
    while not _is_orphan(parent):
        try:
            if not (pending := migration.pending(database)):
                return
            reason = f"{', '.join(pending)} to be migrated"
        except ModelError as error:
            reason = f"the database: {error}"
        if told != reason:
            log.warning("worker: waits for", reason)
        told = reason
        time.sleep(1)


def _is_orphan(parent: int | None) -> bool:
    return parent is not None and os.getppid() != parent


class Board:
    """What a child and its parent tell each other: a few numbers in memory that both see."""

    PING, STOP, JOB, LEASE, DEADLINE, BEATS = range(6)

    def __init__(self, path: str) -> None:
        with Path(path).open("r+b") as file:
            file.truncate(8 * 6)
            self._map = mmap.mmap(file.fileno(), 8 * 6)
        self._numbers = memoryview(self._map).cast("q")

    def __getitem__(self, place: int) -> int:
        return self._numbers[place]

    def __setitem__(self, place: int, number: int) -> None:
        self._numbers[place] = number

    def begin(self, row: TakenRow, *, seconds: float, beats: bool) -> None:
        """Say which job begins, for the parent to look after."""
        self[Board.JOB], self[Board.LEASE], self[Board.BEATS] = row["id"], row["lease"], beats
        # Last, for with a deadline the rest is read.
        self[Board.DEADLINE] = _milliseconds() + round(seconds * 1000)

    def clear(self) -> None:
        """Say that no job runs."""
        self[Board.DEADLINE] = self[Board.JOB] = self[Board.LEASE] = self[Board.BEATS] = 0

    def lift_deadline(self) -> None:
        """Say that the job is done but for the end of its lease, which may take what it takes."""
        self[Board.DEADLINE] = 0


class Child:
    """A process that runs jobs, as its parent sees it."""

    def __init__(self, command: Sequence[str], path: str) -> None:
        Path(path).touch()
        self.board = Board(path)
        self._command = [*command, "--child", path]
        self.process = subprocess.Popen(self._command)
        self._started = self._beaten = time.monotonic()
        self._beaten_for = (0, 0)

    def revive(self) -> None:
        """Start the process again; one that ends at once is given some time first."""
        if time.monotonic() - self._started > START_AGAIN_SECONDS:
            self.board.clear()
            self.board[Board.STOP] = 0  # a signal to the process alone may have set it
            self.process = subprocess.Popen(self._command)
            self._started = time.monotonic()

    def lease(self) -> tuple[int, int]:
        """Return the job that it runs, and the lease; zeros without one."""
        return self.board[Board.JOB], self.board[Board.LEASE]

    def is_overdue(self) -> bool:
        """Tell whether its job has taken longer than its timeout."""
        return 0 < self.board[Board.DEADLINE] < _milliseconds()

    def is_to_beat(self) -> bool:
        """Tell whether it is time for another sign of life of its job."""
        now = time.monotonic()
        if self._beaten_for != self.lease():
            self._beaten_for, self._beaten = self.lease(), now
        if now - self._beaten < BEAT_SECONDS or not self.board[Board.BEATS]:
            return False
        self._beaten = now
        return True

    def kill(self, lease: tuple[int, int]) -> bool:
        """Kill the process, if it still has this lease; tell whether it had."""
        if hasattr(signal, "SIGSTOP"):
            # So that it does not begin its next job between the look and the kill.
            self.process.send_signal(signal.SIGSTOP)
        if self.lease() != lease:
            self.process.send_signal(signal.SIGCONT)
            return False
        self.process.kill()
        self.process.wait()
        return True


class Parent:
    """Starts children, and looks after them and the jobs until it is told to end."""

    def __init__(self, database: Database, children: Sequence[Child]) -> None:
        self._db, self._children = database, children
        self._keeper = Keeper(database, jobs.SCHEDULES)
        self._is_ending, self._told = False, ""
        # Leases to end, in the database, of children that have ended.
        self._ends: list[Callable[[], None]] = []

    def run(self, is_over: Callable[[], bool]) -> None:
        """Go on until a signal says to end, or this is over; then end in good order."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._end_soon)
        threading.Thread(target=self._ping, daemon=True).start()
        while not (self._is_ending or is_over()):
            for child in self._children:
                self._available(self._look_after, child)
            self._end_leases()
            self._available(self._keeper.keep)
            time.sleep(LOOP_SECONDS)
        self._finish()

    def _ping(self) -> None:
        """Show the children that this process is alive, also while its database hangs."""
        while True:
            for child in self._children:
                child.board[Board.PING] += 1
            time.sleep(1)

    def _end_soon(self, *_: object) -> None:
        self._is_ending = True

    def _available(self, work: Callable[..., None], *arguments: Any) -> None:
        """Do the work; a database that does not answer is asked again by the next round."""
        try:
            work(*arguments)
        except ModelError as error:
            if self._told != str(error):
                log.warning("worker:", error)
            self._told = str(error)
        except Exception:  # such as a table that is gone; other jobs are to be looked after
            log.exception("worker: unexpected error")
            time.sleep(1)

    def _look_after(self, child: Child) -> None:
        id, lease = child.lease()
        if (code := child.process.poll()) is not None:
            child.board.clear()
            child.revive()
            if id:
                self._end(id, lease, crashed, f"its process ended with {code}")
        elif child.is_overdue():
            if child.kill((id, lease)):
                child.board.clear()
                self._end(id, lease, _time_out, "it took longer than its timeout")
        elif id and child.is_to_beat() and not self._db.jobs.beat(id, lease=lease):
            log.warning("job", id, "was cancelled, or taken by another worker")
            child.kill((id, lease))
            child.board.clear()

    def _end(self, id: int, lease: int, end: EndsLease, error: str) -> None:
        def end_lease() -> None:
            row = self._db.jobs.find(id)
            if row and row["lease"] == lease and row["state"] == "running":
                log.warning("job", id, row["name"], error)
                end(self._db, row, error)
            self._ends.remove(end_lease)

        self._ends.append(end_lease)

    def _end_leases(self) -> None:
        """End what is left to end; what the database holds up is tried again by the next round."""
        for end_lease in list(self._ends):
            self._available(end_lease)

    def _finish(self) -> None:
        """Let the children finish what they run, or, if that takes too long, give it back."""
        until = time.monotonic() + GRACE_SECONDS
        for child in self._children:
            child.board[Board.STOP] = 1
        while time.monotonic() < until and any(c.process.poll() is None for c in self._children):
            time.sleep(0.02)
        for child in self._children:
            child.process.kill()
            child.process.wait()
            id, lease = child.lease()
            if id:
                self._end(id, lease, _give_back, "is given back")
        self._end_leases()


def _time_out(db: Models, row: JobRow, error: str) -> None:
    failed(db, row, registered(row["name"]), error)


def _give_back(db: Models, row: JobRow, _error: str) -> None:
    give_back(db, row)


def _run_child(config: Settings, database: Database, board: Board, queues: Sequence[str]) -> None:
    """Take jobs and run them, one after the other, until the parent says to stop."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: board.__setitem__(Board.STOP, 1))
    threading.Thread(target=_end_alone, args=(board, os.getppid()), daemon=True).start()
    databases = databases_of(config, database)
    runner = Runner(databases, {"security": Security(config)}, board.lift_deadline)
    taker = Taker(database, queues)
    pause = SHORTEST_PAUSE
    while not board[Board.STOP]:
        try:
            if row := taker.take():
                found = registered(row["name"])
                seconds = found.timeout if found else ALONE_SECONDS
                board.begin(row, seconds=seconds, beats=beats(found))
                runner.run(row)
                board.clear()
            else:
                _wait(database, taker, board)
            pause = SHORTEST_PAUSE
        except ModelError as error:
            board.clear()
            if pause == SHORTEST_PAUSE:
                log.warning("worker:", error)
            time.sleep(pause * random.uniform(0.5, 1.5))
            pause = min(2 * pause, 2.0)
        except Exception:
            board.clear()
            log.exception("worker: unexpected error")
            time.sleep(2)


def databases_of(config: Settings, database: Database) -> dict[str, Database]:
    """Return the databases that jobs run on, by the variable that names each."""
    others = {job.url for job in jobs.JOBS} - {"DATABASE_URL"}
    return {"DATABASE_URL": database, **{name: connect(getattr(config, name)) for name in others}}


def beats(found: Job | None) -> bool:
    """Tell whether a job shows signs of life: they could undo an atomic one, which is short."""
    return not (found and found.atomic)


def _wait(database: Database, taker: Taker, board: Board) -> None:
    """Sleep until there may be something to take, or the parent says to stop."""
    pause, known, until = SHORTEST_PAUSE, database.jobs.changes(), time.monotonic() + 1
    # What waits may be locked by who enqueues it: it is not asked for without a pause.
    time.sleep(pause)
    while not board[Board.STOP]:
        if taker.is_waiting():
            return
        while True:
            time.sleep(pause)
            changes = database.jobs.changes()
            if changes is None:
                # With jitter, so that workers do not ask in step.
                longest = LONGEST_PAUSES[database.engine] * random.uniform(0.8, 1.1)
                pause = min(1.5 * pause, longest)
                break
            if changes != known or time.monotonic() > until or board[Board.STOP]:
                known, until = changes, time.monotonic() + 1
                break


def _end_alone(board: Board, parent: int) -> None:
    """End this process if its parent has died, or has stopped for so long that others take over."""
    ping, seen = board[Board.PING], time.monotonic()
    while os.getppid() == parent:
        time.sleep(1)
        if board[Board.PING] != ping:
            ping, seen = board[Board.PING], time.monotonic()
        elif time.monotonic() - seen > ALONE_SECONDS:
            break
    os._exit(1)


def _milliseconds() -> int:
    return time.monotonic_ns() // 1_000_000


if __name__ == "__main__":
    from config import config

    main(config)
