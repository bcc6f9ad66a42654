"""The register of jobs and schedules, and what people do with jobs."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypedDict

from controller import account, log
from controller.frame.batch import in_batches
from controller.frame.error import Invalid, NotFound
from controller.frame.job import Job, Schedule, by_name
from controller.frame.runner import run
from model import Models
from model.frame import value
from model.job import TO_CANCEL, TO_DISCARD, TO_RETRY, JobCount, JobRow, State


class ScheduleState(TypedDict):
    """A schedule: its cron text, the tick that it took last, and its next one."""

    name: str
    cron: str
    timezone: str
    last: datetime | None
    next: datetime


class Overview(TypedDict):
    """How many jobs there are, which queues are paused, and the schedules."""

    counts: Sequence[JobCount]
    paused: Sequence[str]
    schedules: Sequence[ScheduleState]


def overview(db: Models) -> Overview:
    """Return how many jobs of each queue are in each state, and the schedules."""
    now, ticks = value.now(), db.jobs.list_ticks()
    schedules: Sequence[ScheduleState] = [
        {
            "name": one.name,
            "cron": one.cron,
            "timezone": one.timezone,
            "last": ticks.get(one.name),
            "next": one.following(now),
        }
        for one in SCHEDULES
    ]
    return {"counts": db.jobs.count(), "paused": db.jobs.list_paused(), "schedules": schedules}


def list(db: Models, *, state: State = "dead", limit: int = 20) -> Sequence[JobRow]:
    """Return jobs in a state, the first to run first."""
    return db.jobs.list_by_state(state, limit=limit)


def retry(db: Models, id: int) -> None:
    """Let a job run again, as if it had never begun; NotFound, or Invalid if it is not at rest."""
    _require(db, id, value.is_id(id) and db.jobs.retry(id), TO_RETRY)


def cancel(db: Models, id: int) -> None:
    """Cancel a job that waits or runs, whose process is then killed; NotFound or Invalid."""
    _require(db, id, value.is_id(id) and db.jobs.cancel(id), TO_CANCEL)


def discard(db: Models, id: int) -> None:
    """Delete a job that does not run; NotFound or Invalid."""
    _require(db, id, value.is_id(id) and db.jobs.discard(id), TO_DISCARD)


def pause(db: Models, queue: str) -> None:
    """Let no worker take from a queue until it is resumed; Invalid if no job is in it."""
    if queue not in QUEUES:
        raise Invalid("queue", f"must be one of {', '.join(QUEUES)}")
    db.jobs.pause(queue)


def resume(db: Models, queue: str) -> None:
    """Let workers take from a queue again; NotFound unless it is paused."""
    if queue not in db.jobs.list_paused():
        raise NotFound("queue")
    db.jobs.resume(queue)


def prune(db: Models, *, days: int = 7) -> int:
    """Delete jobs that finished or were cancelled and were to run earlier; return how many."""
    return in_batches(db.jobs.delete_ended, days=days)


def _require(db: Models, id: int, changed: object, states: Sequence[str]) -> None:
    if changed:
        return
    row = db.jobs.find(id) if value.is_id(id) else None
    if row is None:
        raise NotFound("job")
    raise Invalid("job", f"is {row['state']}: it must be {', '.join(states)}")


JOBS = [
    Job(log.prune, url="LOG_DATABASE_URL", timeout=3600),
    Job(account.prune_sessions, timeout=3600),
    Job(prune, timeout=3600),
]
SCHEDULES = [
    Schedule(log.prune, "0 3 * * *", days=30),
    Schedule(account.prune_sessions, "20 3 * * *"),
    Schedule(prune, "40 3 * * *", days=7),
]
BY_NAME = by_name(JOBS, SCHEDULES)
QUEUES = sorted({job.queue for job in JOBS})


if __name__ == "__main__":
    from config import config

    run(config)
