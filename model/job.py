"""Jobs: the limits of their columns, their rows, and the methods that every engine offers."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal, Protocol, TypedDict

from model.frame import value

LONGEST = {
    "name": 100,
    "arguments": 50_000,
    "queue": 40,
    "unique_key": 150,
    "limit_key": 150,
    "slot_key": 160,
    "last_error": 1000,
}
# waiting: to be taken now. later: not before its `run_at`. dead: it failed for good, and is kept.
State = Literal["waiting", "later", "running", "finished", "dead", "cancelled"]
# What a person may begin again, take away from the workers, and delete.
TO_RETRY = ("later", "finished", "dead", "cancelled")
TO_CANCEL = ("waiting", "later", "running")
TO_DISCARD = ("waiting", "later", "finished", "dead", "cancelled")


class NewJob(TypedDict):
    """A job to insert; with `run_at` None, a worker takes it as soon as it can."""

    name: str
    arguments: str
    queue: str
    priority: int
    run_at: datetime | None
    limit_key: str | None
    at_most: int


class TakenRow(TypedDict):
    """A job that a worker has taken; all that it changes names the `lease`, which only grows."""

    id: int
    name: str
    arguments: str
    attempt: int
    crashes: int
    lease: int
    limit_key: str | None
    at_most: int


class RunningRow(TakenRow):
    """A job that some worker runs; as long as that is alive, `heartbeat` grows."""

    heartbeat: int


class JobRow(RunningRow):
    """A job as people see it; `run_at` says when it is, or was, to run."""

    queue: str
    priority: int
    state: State
    run_at: datetime
    unique_key: str | None
    last_error: str
    created_at: datetime


class JobCount(TypedDict):
    """How many jobs of a queue are in a state."""

    queue: str
    state: State
    total: int


class Jobs(Protocol):
    """The methods of `db.jobs`."""

    def insert(self, new: NewJob) -> int: ...
    def insert_unique(self, new: NewJob, *, unique_key: str) -> int: ...
    def changes(self) -> int | None: ...
    def is_waiting(self, queue: str, *, without: Sequence[str] = ()) -> bool: ...
    def take(self, queue: str, *, without: Sequence[str] = ()) -> TakenRow | None: ...
    def take_by_id(self, id: int) -> TakenRow | None: ...
    def claim(self, id: int, *, lease: int, slot_key: str) -> bool: ...
    def beat(self, id: int, *, lease: int) -> int: ...
    def finish(self, id: int, *, lease: int) -> int: ...
    def leave(
        self, row: TakenRow, *, state: State, run_at: datetime | None, error: str | None
    ) -> int: ...
    def wake(self, most: int) -> int: ...
    def find(self, id: int) -> JobRow | None: ...
    def list_running(self) -> list[RunningRow]: ...
    def list_by_state(
        self, state: State, *, limit: int, queue: str | None = None
    ) -> list[JobRow]: ...
    def count(self) -> list[JobCount]: ...
    def retry(self, id: int) -> int: ...
    def cancel(self, id: int) -> int: ...
    def discard(self, id: int) -> int: ...
    def delete_ended(self, before: datetime, limit: int) -> int: ...
    def pause(self, queue: str) -> None: ...
    def resume(self, queue: str) -> int: ...
    def list_paused(self) -> list[str]: ...
    def begin_schedule(self, name: str, *, tick: datetime) -> bool: ...
    def tick(self, name: str, *, tick: datetime, latest: datetime) -> bool: ...
    def list_ticks(self) -> dict[str, datetime]: ...


def checked(new: NewJob) -> dict[str, Any]:
    """Return the columns of a job to insert; InvalidValue names one that no engine keeps."""
    now, run_at = value.now(), new["run_at"]
    value.text("name", new["name"], LONGEST["name"])
    value.text("arguments", new["arguments"], LONGEST["arguments"])
    value.text("queue", new["queue"], LONGEST["queue"])
    if new["limit_key"] is not None:
        value.text("limit_key", new["limit_key"], LONGEST["limit_key"])
    state = "later" if run_at and run_at > now else "waiting"
    return {**new, "state": state, "run_at": run_at or now, "created_at": now}
