"""Jobs: a queue of documents, from which workers take one at a time under a lease."""

from collections.abc import Sequence
from datetime import datetime
from typing import cast

from model.frame import value
from model.frame.error import Duplicate
from model.job import (
    LONGEST,
    TO_CANCEL,
    TO_DISCARD,
    TO_RETRY,
    JobCount,
    JobRow,
    NewJob,
    RunningRow,
    State,
    TakenRow,
    checked,
)
from model.mongodb.driver.collection import Collection, Document, Operations

TAKEN = ("name", "arguments", "attempt", "crashes", "lease", "limit_key", "at_most")
RUNNING = (*TAKEN, "heartbeat")
ALL = (*RUNNING, "queue", "priority", "state", "run_at", "unique_key", "last_error", "created_at")
IN_ORDER = {"priority": 1, "run_at": 1, "_id": 1}
BEGUN: Document = {"attempt": 0, "crashes": 0, "lease": 0, "heartbeat": 0, "last_error": ""}


class Job:
    """The collections jobs, paused_queues and schedules."""

    def __init__(self, db: Operations) -> None:
        self.db = db
        self._jobs = Collection(db, "jobs")
        self._paused = Collection(db, "paused_queues")
        self._schedules = Collection(db, "schedules")

    def insert(self, new: NewJob) -> int:
        """Add a job and return its id; it waits for a worker, or first for its time."""
        return self._jobs.insert({**checked(new), **BEGUN})

    def insert_unique(self, new: NewJob, *, unique_key: str) -> int:
        """Add a job, unless one with this key waits; return the id of the one that does.

        Until the transaction has ended, no worker takes it: it sees what is committed here.
        """
        value.text("unique_key", unique_key, LONGEST["unique_key"])
        added = {"_id": self.db.new_ids("jobs")[0], **checked(new), **BEGUN}
        # A change, also of one that is there, is what a worker that takes it would conflict with.
        change = {"$setOnInsert": added, "$inc": {"asked": 1}}
        return int(self._jobs.upsert_one({"unique_key": unique_key}, change)["id"])

    def changes(self) -> int | None:
        """Return None: workers ask for jobs."""
        return None

    def is_waiting(self, queue: str, *, without: Sequence[str] = ()) -> bool:
        """Tell whether a queue has a job to take that has none of these limit keys."""
        return self._jobs.find_one(_waiting(queue, without), ["_id"]) is not None

    def take(self, queue: str, *, without: Sequence[str] = ()) -> TakenRow | None:
        """Take the first job of a queue that has none of these limit keys, or return None."""
        return self._take(_waiting(queue, without))

    def take_by_id(self, id: int) -> TakenRow | None:
        """Take this job if it waits, else None."""
        return self._take({"_id": id, "state": "waiting"})

    def _take(self, filter: Document) -> TakenRow | None:
        change = {
            "$set": {"state": "running", "heartbeat": 0},
            "$inc": {"attempt": 1, "lease": 1},
            "$unset": {"unique_key": ""},
        }
        found = self._jobs.update_first(filter, IN_ORDER, change, TAKEN)
        return cast(TakenRow | None, found)

    def claim(self, id: int, *, lease: int, slot_key: str) -> bool:
        """Give a running job a slot of its limit; False if another job has this slot."""
        value.text("slot_key", slot_key, LONGEST["slot_key"])
        try:
            return bool(
                self._jobs.update(_under_lease(id, lease), {"$set": {"slot_key": slot_key}})
            )
        except Duplicate:
            return False

    def beat(self, id: int, *, lease: int) -> int:
        """Show that the worker is alive; 0 if the lease is no longer its own."""
        return self._jobs.update(_under_lease(id, lease), {"$inc": {"heartbeat": 1}})

    def finish(self, id: int, *, lease: int) -> int:
        """End a job that is done; 0 if the lease is no longer the worker's own."""
        change = {"$set": {"state": "finished"}, "$unset": {"slot_key": ""}}
        return self._jobs.update(_under_lease(id, lease), change)

    def leave(
        self, row: TakenRow, *, state: State, run_at: datetime | None, error: str | None
    ) -> int:
        """End a lease without having done the job; 0 if the lease has ended before.

        The row says how many attempts there were, and how many of them crashed; without a time
        it keeps its place among those that wait, and without an error its last one.
        """
        left = {
            "state": state,
            **({"run_at": run_at} if run_at else {}),
            **(
                {}
                if error is None
                else {"last_error": value.storable(error, LONGEST["last_error"])}
            ),
            "attempt": row["attempt"],
            "crashes": row["crashes"],
        }
        change = {"$set": left, "$unset": {"slot_key": ""}}
        return self._jobs.update(_under_lease(row["id"], row["lease"]), change)

    def wake(self, most: int) -> int:
        """Let jobs wait for a worker whose time has come, at most so many; return how many."""
        due = self._jobs.first_ids(
            {"state": "later", "run_at": {"$lte": value.now()}}, {"run_at": 1}, most
        )
        if not due:
            return 0
        return self._jobs.update_all(
            {"_id": {"$in": due}, "state": "later"}, {"$set": {"state": "waiting"}}
        )

    def find(self, id: int) -> JobRow | None:
        """Return the job, or None."""
        found = self._jobs.find_one({"_id": id}, ALL)
        return cast(JobRow, _with_keys(found)) if found else None

    def list_running(self) -> list[RunningRow]:
        """Return every job that some worker runs."""
        found = self._jobs.aggregate(
            [{"$match": {"state": "running"}}, {"$project": dict.fromkeys(RUNNING, 1)}]
        )
        return [cast(RunningRow, {"limit_key": None, **each}) for each in found]

    def list_by_state(self, state: State, *, limit: int, queue: str | None = None) -> list[JobRow]:
        """Return jobs in this state, the first to run first; of one queue, in its order."""
        most, of = value.page(0, limit)["limit"], {} if queue is None else {"queue": {"$eq": queue}}
        found = self._jobs.aggregate(
            [
                {"$match": {"state": {"$eq": state}, **of}},
                {"$sort": {"run_at": 1} if queue is None else IN_ORDER},
                {"$limit": max(most, 1)},
                {"$project": dict.fromkeys(ALL, 1)},
            ]
        )
        return [cast(JobRow, _with_keys(each)) for each in found[:most]]

    def count(self) -> list[JobCount]:
        """Return how many jobs of each queue are in each state."""
        of = {"queue": "$queue", "state": "$state"}
        found = self._jobs.aggregate(
            [{"$group": {"_id": of, "total": {"$sum": 1}}}, {"$sort": {"_id": 1}}]
        )
        rows = [{**each["id"], "total": each["total"]} for each in found]
        return cast(list[JobCount], sorted(rows, key=lambda row: (row["queue"], row["state"])))

    def retry(self, id: int) -> int:
        """Let a job wait for a worker, as if it had never begun; 0 unless it can."""
        anew = {"state": "waiting", "run_at": value.now(), "attempt": 0, "crashes": 0}
        return self._jobs.update({"_id": id, "state": {"$in": TO_RETRY}}, {"$set": anew})

    def cancel(self, id: int) -> int:
        """Let no worker run a job, or keep the result of one that runs; 0 unless it can."""
        return self._jobs.update(
            {"_id": id, "state": {"$in": TO_CANCEL}},
            {"$set": {"state": "cancelled"}, "$unset": {"unique_key": "", "slot_key": ""}},
        )

    def discard(self, id: int) -> int:
        """Delete a job that does not run; 0 unless it can."""
        return self._jobs.delete({"_id": id, "state": {"$in": TO_DISCARD}})

    def delete_ended(self, before: datetime, limit: int) -> int:
        """Delete jobs that finished or were cancelled, of before a time; at most so many."""
        ended: Document = {"state": {"$in": ["finished", "cancelled"]}}
        found = self._jobs.first_ids({**ended, "run_at": {"$lt": before}}, {"run_at": 1}, limit)
        return self._jobs.delete({"_id": {"$in": found}, **ended}) if found else 0

    def pause(self, queue: str) -> None:
        """Let no worker take from a queue."""
        self._paused.insert_once({"_id": value.text("queue", queue, LONGEST["queue"])})

    def resume(self, queue: str) -> int:
        """Let workers take from a queue again; 0 if it was not paused."""
        return self._paused.delete({"_id": {"$eq": queue}})

    def list_paused(self) -> list[str]:
        """Return the queues that are paused."""
        return [each["id"] for each in self._paused.aggregate([])]

    def begin_schedule(self, name: str, *, tick: datetime) -> bool:
        """Let a schedule begin after this tick; False if it began before."""
        key = {"_id": value.text("name", name, LONGEST["name"])}
        return self._schedules.insert_once(key, {"tick": tick})

    def tick(self, name: str, *, tick: datetime, latest: datetime) -> bool:
        """Take a tick of a schedule; False if it was taken, or a later one, up to the latest."""
        earlier: list[Document] = [{"tick": {"$lt": tick}}, {"tick": {"$gt": latest}}]
        return bool(self._schedules.update({"_id": name, "$or": earlier}, {"$set": {"tick": tick}}))

    def list_ticks(self) -> dict[str, datetime]:
        """Return the tick that each schedule took last."""
        return {each["id"]: each["tick"] for each in self._schedules.aggregate([])}


def _waiting(queue: str, without: Sequence[str]) -> Document:
    limits: Document = {"limit_key": {"$nin": list(without)}} if without else {}
    return {"state": "waiting", "queue": queue, **limits}


def _under_lease(id: int, lease: int) -> Document:
    return {"_id": id, "lease": lease, "state": "running"}


def _with_keys(found: Document) -> Document:
    """A document as a row: with the keys that it has not."""
    return {"unique_key": None, "limit_key": None, **found}
