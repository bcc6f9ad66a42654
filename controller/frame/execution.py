"""What a worker does with jobs: take one, run it, end its lease; look after all of them.

Every change names the lease number that came with taking. Whoever slept too long, and whose job was
taken by another, therefore changes nothing.
"""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import orjson

from controller.frame import job, log
from controller.frame.error import ControllerError
from controller.frame.job import Job, Schedule
from model import Database, Models, atomic
from model.frame import value
from model.frame.error import Unavailable
from model.job import TakenRow

# As long as its number and heartbeat must have been seen unchanged, a lease is not over.
LEASE_SECONDS = 30.0
BEAT_SECONDS = 5.0
LOOK_SECONDS = 5.0
# A job whose process died so often is set apart.
MOST_CRASHES = 5
FIRST_WAIT, LONGEST_WAIT = 2.0, 6 * 60 * 60.0
# A job that this version cannot run waits for one that can.
OTHER_VERSION_SECONDS = 60.0
FULL_SECONDS = 0.5
MOST_WOKEN = 500
WAKE_SECONDS = 0.5
FIRST_PAUSE = 0.05


class Unfit(Exception):
    """A job that this version does not have, or with arguments that it does not take."""


class LeaseLost(Exception):
    """Somebody else has taken the job, or a person has cancelled it."""


class Taker:
    """Takes jobs from queues, each in its turn, but none that is above its limit."""

    def __init__(self, db: Models, queues: Sequence[str]) -> None:
        self._db, self._queues = db, list(queues)
        self._full: dict[str, float] = {}
        self._not_paused: list[str] = []
        self._asked = -1.0

    def take(self) -> TakenRow | None:
        """Return a job that is now this worker's, or None."""
        for queue in self._open():
            while row := self._db.jobs.take(queue, without=self._without()):
                if self._keeps(row):
                    return row
        return None

    def take_by_id(self, id: int) -> TakenRow | None:
        """Return this job, which is now this worker's, or None."""
        row = self._db.jobs.take_by_id(id)
        return row if row and self._keeps(row) else None

    def is_waiting(self) -> bool:
        """Tell whether there is something to take."""
        without = self._without()
        return any(self._db.jobs.is_waiting(queue, without=without) for queue in self._open())

    def _open(self) -> list[str]:
        """The queues that are not paused, beginning with any."""
        if time.monotonic() - self._asked > 1:
            self._asked = time.monotonic()
            paused = self._db.jobs.list_paused()
            self._not_paused = [queue for queue in self._queues if queue not in paused]
        if len(self._not_paused) > 1:
            random.shuffle(self._not_paused)
        return self._not_paused

    def _without(self) -> list[str]:
        if self._full:
            now = time.monotonic()
            self._full = {key: until for key, until in self._full.items() if until > now}
        return list(self._full)

    def _keeps(self, row: TakenRow) -> bool:
        """Claim one of the slots of the job's limit, which no two jobs have; else give it back."""
        limit_key = row["limit_key"]
        if limit_key is None:
            return True
        # As the register has it now: it may be less than when the job was enqueued.
        found = job.registered(row["name"])
        at_most = found.at_most if found else row["at_most"]
        if not at_most:
            return True
        for slot in random.sample(range(at_most), at_most):
            slot_key = f"{limit_key} {slot}"
            if self._db.jobs.claim(row["id"], lease=row["lease"], slot_key=slot_key):
                return True
        self._full[limit_key] = time.monotonic() + FULL_SECONDS
        give_back(self._db, row)
        return False


class Runner:
    """Runs jobs that were taken, and ends their leases."""

    def __init__(
        self,
        databases: Mapping[str, Database],
        given: Mapping[str, Any],
        called: Callable[[], None] = lambda: None,
    ) -> None:
        # By the variable that names each; what else is handed over, by its name; what to call when
        # a function has returned, and only its lease is to be ended.
        self._databases, self._given, self._called = databases, given, called
        self._db = databases["DATABASE_URL"]

    def run(self, row: TakenRow) -> None:
        """Run a job; whatever comes of it is in the database when this returns."""
        found = job.registered(row["name"])
        started = time.monotonic()
        try:
            if found is None:
                raise Unfit(f"this version has no job {row['name']}")
            self._call(found, row)
        except LeaseLost:
            log.warning("job", row["id"], row["name"], "was taken by another worker, or cancelled")
        except Unfit as error:
            log.warning("job", row["id"], "waits for another version:", error)
            reason = str(error)
            until_available(lambda: _put_off(self._db, row, reason))
        except (Exception, SystemExit) as error:
            log.exception("job", row["id"], row["name"], "failed in attempt", row["attempt"])
            told = _in_words(error)
            until_available(lambda: failed(self._db, row, found, told))
        else:
            seconds = time.monotonic() - started
            log.debug("job", row["id"], row["name"], "took", f"{seconds * 1000:.1f} ms")

    def _call(self, found: Job, row: TakenRow) -> None:
        arguments = orjson.loads(row["arguments"])
        try:
            found.require_arguments(arguments)
        except ControllerError as error:
            raise Unfit(str(error)) from error
        if found.atomic:
            # On MongoDB a transaction of many seconds is one in bulk.
            run = self._db.in_bulk if self._db.engine == "mongodb" else self._db.atomically
            run(lambda db: self._call_and_finish(db, found, row, arguments))
            return
        self._function(found, self._databases[found.url], arguments)
        self._called()
        until_available(lambda: _finish(self._db, row))

    def _call_and_finish(
        self, db: Models, found: Job, row: TakenRow, arguments: dict[str, Any]
    ) -> None:
        self._function(found, db, arguments)
        _finish(db, row)

    def _function(self, found: Job, db: Models, arguments: dict[str, Any]) -> None:
        given = {**self._given, "db": db}
        found.function(*(given[name] for name in found.handed), **arguments)


class Keeper:
    """Looks after the jobs of everybody: those whose time has come, schedules, lost leases."""

    def __init__(self, db: Database, schedules: Sequence[Schedule]) -> None:
        self._db, self._schedules = db, schedules
        self._due: dict[str, tuple[datetime, datetime]] = {}
        self._seen: dict[tuple[int, int, int], float] = {}
        self._woken = self._looked = 0.0

    def keep(self) -> None:
        """Do what is due; to be called some times a second."""
        now = time.monotonic()
        if now - self._woken < WAKE_SECONDS:
            return
        self._woken = now
        self._db.jobs.wake(MOST_WOKEN)
        for schedule in self._schedules:
            self._tick(schedule, value.now())
        if now - self._looked >= LOOK_SECONDS:
            self._watch(now)

    def _tick(self, schedule: Schedule, now: datetime) -> None:
        earliest, following = self._due.get(schedule.name, (now, now))
        if earliest <= now < following:
            return
        tick = schedule.latest(now)
        if schedule.name not in self._due:
            self._db.jobs.begin_schedule(schedule.name, tick=tick)
        _take_tick(self._db, schedule, tick, now)
        self._due[schedule.name] = (tick, schedule.following(now))

    def _watch(self, now: float) -> None:
        """Take jobs back whose workers show no sign of life, by this process's own clock."""
        running = self._db.jobs.list_running()
        if now - self._looked > 3 * LOOK_SECONDS:
            # It slept, or nobody could reach the database: that tells nothing of the others.
            self._seen.clear()
        self._looked = now
        seen = {}
        for row in running:
            key = (row["id"], row["lease"], row["heartbeat"])
            seen[key] = self._seen.get(key, now)
            if now - seen[key] >= LEASE_SECONDS:
                self._take_back(row)
        self._seen = seen

    def _take_back(self, row: TakenRow) -> None:
        try:
            crashed(self._db, row, "its worker showed no sign of life")
        except Unavailable as error:  # of this row alone, perhaps: the next look tries again
            log.warning("job", row["id"], row["name"], "cannot be taken back yet:", error)
        else:
            log.warning("job", row["id"], row["name"], "was taken back from a worker that is gone")


@atomic
def _take_tick(db: Models, schedule: Schedule, tick: datetime, now: datetime) -> None:
    """Enqueue a schedule's job, unless some worker did for this tick, or for a later one."""
    # A tick of after tomorrow was taken by a clock that was wrong.
    if db.jobs.tick(schedule.name, tick=tick, latest=now + timedelta(days=1)):
        once = job.Options(unique_key=f"of {schedule.name}")
        job.enqueue(db, schedule.function, once, **schedule.arguments)


def failed(db: Models, row: TakenRow, found: Job | None, error: str) -> None:
    """End the lease of a job that failed: it waits for its next attempt, or is dead."""
    failures = row["attempt"] - row["crashes"]
    if found is None or failures > found.retries:
        db.jobs.leave(row, state="dead", run_at=value.now(), error=error)
        return
    seconds = min(FIRST_WAIT * 2 ** (failures - 1), LONGEST_WAIT) * random.uniform(0.75, 1.25)
    run_at = value.now() + timedelta(seconds=seconds)
    db.jobs.leave(row, state="later", run_at=run_at, error=error)


def crashed(db: Models, row: TakenRow, error: str) -> None:
    """End the lease of a job whose process died: it waits again, or is set apart."""
    row = {**row, "crashes": row["crashes"] + 1}
    if row["crashes"] < MOST_CRASHES:
        db.jobs.leave(row, state="waiting", run_at=None, error=error)
    else:
        error = f"set apart after {row['crashes']} crashes: {error}"
        db.jobs.leave(row, state="dead", run_at=value.now(), error=error)


def give_back(db: Models, row: TakenRow) -> None:
    """End the lease of a job that is not run after all: it waits as before."""
    db.jobs.leave(_not_begun(row), state="waiting", run_at=None, error=None)


def _put_off(db: Models, row: TakenRow, reason: str) -> None:
    """End the lease of a job that another version may run: it waits, as if it had not begun."""
    later = value.now() + timedelta(seconds=OTHER_VERSION_SECONDS)
    db.jobs.leave(_not_begun(row), state="later", run_at=later, error=reason)


def until_available(work: Callable[[], object]) -> None:
    """Do the work, again and again as long as the database does not answer."""
    pause = FIRST_PAUSE
    while True:
        try:
            work()
        except Unavailable as error:
            if pause == FIRST_PAUSE:
                log.warning("the database does not answer:", error)
            time.sleep(pause * random.uniform(0.5, 1.5))
            pause = min(2 * pause, 2.0)
        else:
            return


def _finish(db: Models, row: TakenRow) -> None:
    if not db.jobs.finish(row["id"], lease=row["lease"]):
        raise LeaseLost


def _in_words(error: BaseException) -> str:
    try:
        return f"{type(error).__name__}: {error}"
    except Exception:  # its own text may fail, too
        return type(error).__name__


def _not_begun(row: TakenRow) -> TakenRow:
    return {**row, "attempt": row["attempt"] - 1}


if __name__ == "__main__":
    from controller.frame.runner import no_commands

    no_commands()
