"""Jobs: a queue of rows, from which workers take one at a time under a lease."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from model.frame import value
from model.frame.error import Duplicate, TryAgain
from model.frame.transaction import in_transaction
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
from model.sql.driver.statements import Statements

INSERT = """
    INSERT INTO jobs (
        name, arguments, queue, priority, state, run_at, unique_key, limit_key, at_most, created_at
    )
    VALUES (
        %(name)s,
        %(arguments)s,
        %(queue)s,
        %(priority)s,
        %(state)s,
        %(run_at)s,
        %(unique_key)s,
        %(limit_key)s,
        %(at_most)s,
        %(created_at)s
    )
"""
# What most jobs are, with fewer values to bind.
INSERT_PLAIN = """
    INSERT INTO jobs (name, arguments, queue, priority, state, run_at, at_most, created_at)
    VALUES (
        %(name)s, %(arguments)s, %(queue)s, %(priority)s, %(state)s, %(run_at)s, 0, %(created_at)s
    )
"""
TAKEN = "id, name, arguments, attempt, crashes, lease, limit_key, at_most"
ALL = f"""
    {TAKEN},
    heartbeat,
    queue,
    priority,
    state,
    run_at,
    unique_key,
    last_error,
    created_at
"""
FIRST = "FROM jobs WHERE state = 'waiting' AND queue = %(queue)s"
NOT_FULL = "AND (limit_key IS NULL OR limit_key NOT IN %(without)s)"
IN_ORDER = "ORDER BY priority, run_at, id LIMIT 1"
TAKE = """
    UPDATE jobs
    SET
        state = 'running',
        attempt = attempt + 1,
        lease = lease + 1,
        heartbeat = 0,
        unique_key = NULL
"""
UNDER_LEASE = "WHERE id = %(id)s AND lease = %(lease)s AND state = 'running'"


class Job:
    """The tables jobs, paused_queues and schedules."""

    def __init__(self, db: Statements) -> None:
        self.db = db

    def insert(self, new: NewJob) -> int:
        """Add a job and return its id; it waits for a worker, or first for its time."""
        columns = checked(new)
        if new["limit_key"] is None and not new["at_most"]:
            del columns["limit_key"], columns["at_most"]
            return self.db.insert(INSERT_PLAIN, **columns)
        return self.db.insert(INSERT, **columns, unique_key=None)

    @in_transaction
    def insert_unique(self, new: NewJob, *, unique_key: str) -> int:
        """Add a job, unless one with this key waits; return the id of the one that does.

        Until the transaction has ended, no worker takes it: it sees what is committed here.
        """
        values = {"key": value.text("unique_key", unique_key, LONGEST["unique_key"])}
        # By its id, so that on MySQL no gap is locked, in which others enqueue.
        by_key = "SELECT id FROM jobs WHERE unique_key = %(key)s"
        found = self.db.one(by_key, **values)
        if found and self.db.one(f"{by_key} AND id = %(id)s FOR UPDATE", **values, id=found["id"]):
            return int(found["id"])
        try:
            return self.db.insert(INSERT, **checked(new), unique_key=unique_key)
        except Duplicate:
            raise TryAgain("another transaction added the same job") from None

    def changes(self) -> int | None:
        """Return a number that changes with each commit of another connection; None on MySQL."""
        if self.db.engine != "sqlite":
            return None
        [(version,)] = self.db.tuples("PRAGMA data_version")
        return int(version)

    def is_waiting(self, queue: str, *, without: Sequence[str] = ()) -> bool:
        """Tell whether a queue has a job to take that has none of these limit keys."""
        first = f"{FIRST} {NOT_FULL if without else ''} LIMIT 1"
        row = self.db.one(f"SELECT 1 AS found {first}", queue=queue, without=list(without))
        return row is not None

    def take(self, queue: str, *, without: Sequence[str] = ()) -> TakenRow | None:
        """Take the first job of a queue that has none of these limit keys, or return None."""
        values = {"queue": queue, "without": list(without)}
        first = f"{FIRST} {NOT_FULL if without else ''} {IN_ORDER}"
        if self.db.engine == "mysql":
            return self._take_locked(first, **values)
        row: TakenRow | None = self.db.one(
            f"{TAKE} WHERE id = (SELECT id {first}) RETURNING {TAKEN}", **values
        )
        return row

    def take_by_id(self, id: int) -> TakenRow | None:
        """Take this job if it waits, else None."""
        return self._take_locked("FROM jobs WHERE id = %(id)s AND state = 'waiting'", id=id)

    def _take_locked(self, which: str, **values: Any) -> TakenRow | None:
        # Rows that others are taking are passed over, not waited for; SQLite has one writer.
        skip = " FOR UPDATE SKIP LOCKED" if self.db.engine == "mysql" else ""

        def take(db: Statements) -> TakenRow | None:
            row: TakenRow | None = db.one(f"SELECT {TAKEN} {which}{skip}", **values)
            if row is None:
                return None
            db.run(f"{TAKE} WHERE id = %(id)s", id=row["id"])
            return {**row, "attempt": row["attempt"] + 1, "lease": row["lease"] + 1}

        return self.db.briefly(take)

    def claim(self, id: int, *, lease: int, slot_key: str) -> bool:
        """Give a running job a slot of its limit; False if another job has this slot."""
        value.text("slot_key", slot_key, LONGEST["slot_key"])
        sql = f"UPDATE jobs SET slot_key = %(slot_key)s {UNDER_LEASE}"
        try:
            return bool(self.db.run(sql, id=id, lease=lease, slot_key=slot_key))
        except Duplicate:
            return False

    def beat(self, id: int, *, lease: int) -> int:
        """Show that the worker is alive; 0 if the lease is no longer its own."""
        sql = f"UPDATE jobs SET heartbeat = heartbeat + 1 {UNDER_LEASE}"
        return self.db.run(sql, id=id, lease=lease)

    def finish(self, id: int, *, lease: int) -> int:
        """End a job that is done; 0 if the lease is no longer the worker's own."""
        sql = f"UPDATE jobs SET state = 'finished', slot_key = NULL {UNDER_LEASE}"
        return self.db.run(sql, id=id, lease=lease)

    def leave(
        self, row: TakenRow, *, state: State, run_at: datetime | None, error: str | None
    ) -> int:
        """End a lease without having done the job; 0 if the lease has ended before.

        The row says how many attempts there were, and how many of them crashed; without a time
        it keeps its place among those that wait, and without an error its last one.
        """
        return self.db.run(
            f"""
            UPDATE jobs
            SET
                state = %(state)s,
                run_at = COALESCE(%(run_at)s, run_at),
                last_error = COALESCE(%(error)s, last_error),
                attempt = %(attempt)s,
                crashes = %(crashes)s,
                slot_key = NULL
            {UNDER_LEASE}
            """,
            id=row["id"],
            lease=row["lease"],
            state=state,
            run_at=run_at,
            error=None if error is None else value.storable(error, LONGEST["last_error"]),
            attempt=row["attempt"],
            crashes=row["crashes"],
        )

    def wake(self, most: int) -> int:
        """Let jobs wait for a worker whose time has come, at most so many; return how many."""
        due = self.db.tuples(
            """
            SELECT id
            FROM jobs
            WHERE state = 'later' AND run_at <= %(now)s
            ORDER BY run_at
            LIMIT %(most)s
            """,
            now=value.now(),
            most=most,
        )
        sql = "UPDATE jobs SET state = 'waiting' WHERE id IN %(ids)s AND state = 'later'"
        return self.db.run(sql, ids=[id for (id,) in due]) if due else 0

    def find(self, id: int) -> JobRow | None:
        """Return the job, or None."""
        row: JobRow | None = self.db.one(f"SELECT {ALL} FROM jobs WHERE id = %(id)s", id=id)
        return row

    def list_running(self) -> list[RunningRow]:
        """Return every job that some worker runs."""
        rows = self.db.all(f"SELECT {TAKEN}, heartbeat FROM jobs WHERE state = 'running'")
        return cast(list[RunningRow], rows)

    def list_by_state(self, state: State, *, limit: int, queue: str | None = None) -> list[JobRow]:
        """Return jobs in this state, the first to run first; of one queue, in its order."""
        order = "run_at, id" if queue is None else "priority, run_at, id"
        rows: list[JobRow] = self.db.all(
            f"""
            SELECT {ALL}
            FROM jobs
            WHERE state = %(state)s {"" if queue is None else "AND queue = %(queue)s"}
            ORDER BY {order}
            LIMIT %(limit)s
            """,
            state=state,
            queue=queue,
            limit=value.page(0, limit)["limit"],
        )
        return rows

    def count(self) -> list[JobCount]:
        """Return how many jobs of each queue are in each state."""
        rows: list[JobCount] = self.db.all(
            """
            SELECT queue, state, COUNT(*) AS total
            FROM jobs
            GROUP BY state, queue
            ORDER BY queue, state
            """
        )
        return rows

    def retry(self, id: int) -> int:
        """Let a job wait for a worker, as if it had never begun; 0 unless it can."""
        return self.db.run(
            """
            UPDATE jobs
            SET state = 'waiting', run_at = %(now)s, attempt = 0, crashes = 0
            WHERE id = %(id)s AND state IN %(states)s
            """,
            id=id,
            now=value.now(),
            states=list(TO_RETRY),
        )

    def cancel(self, id: int) -> int:
        """Let no worker run a job, or keep the result of one that runs; 0 unless it can."""
        return self.db.run(
            """
            UPDATE jobs
            SET state = 'cancelled', unique_key = NULL, slot_key = NULL
            WHERE id = %(id)s AND state IN %(states)s
            """,
            id=id,
            states=list(TO_CANCEL),
        )

    def discard(self, id: int) -> int:
        """Delete a job that does not run; 0 unless it can."""
        sql = "DELETE FROM jobs WHERE id = %(id)s AND state IN %(states)s"
        return self.db.run(sql, id=id, states=list(TO_DISCARD))

    def delete_ended(self, before: datetime, limit: int) -> int:
        """Delete jobs that finished or were cancelled, of before a time; at most so many."""
        ended = self.db.tuples(
            """
            SELECT id
            FROM jobs
            WHERE state IN ('finished', 'cancelled') AND run_at < %(before)s
            LIMIT %(limit)s
            """,
            before=before,
            limit=limit,
        )
        sql = "DELETE FROM jobs WHERE id IN %(ids)s AND state IN ('finished', 'cancelled')"
        return self.db.run(sql, ids=[id for (id,) in ended]) if ended else 0

    def pause(self, queue: str) -> None:
        """Let no worker take from a queue."""
        self.db.run(
            """
            INSERT INTO paused_queues (queue)
            VALUES (%(queue)s)
            ON DUPLICATE KEY UPDATE queue = VALUES(queue)
            """,
            queue=value.text("queue", queue, LONGEST["queue"]),
        )

    def resume(self, queue: str) -> int:
        """Let workers take from a queue again; 0 if it was not paused."""
        return self.db.run("DELETE FROM paused_queues WHERE queue = %(queue)s", queue=queue)

    def list_paused(self) -> list[str]:
        """Return the queues that are paused."""
        return [queue for (queue,) in self.db.tuples("SELECT queue FROM paused_queues")]

    def begin_schedule(self, name: str, *, tick: datetime) -> bool:
        """Let a schedule begin after this tick; False if it began before."""
        value.text("name", name, LONGEST["name"])
        sql = "INSERT INTO schedules (name, tick) VALUES (%(name)s, %(tick)s)"
        try:
            return bool(self.db.run(sql, name=name, tick=tick))
        except Duplicate:
            return False

    def tick(self, name: str, *, tick: datetime, latest: datetime) -> bool:
        """Take a tick of a schedule; False if it was taken, or a later one, up to the latest."""
        return bool(
            self.db.run(
                """
                UPDATE schedules
                SET tick = %(tick)s
                WHERE name = %(name)s AND (tick < %(tick)s OR tick > %(latest)s)
                """,
                name=name,
                tick=tick,
                latest=latest,
            )
        )

    def list_ticks(self) -> dict[str, datetime]:
        """Return the tick that each schedule took last."""
        rows = self.db.all("SELECT name, tick FROM schedules")
        return {row["name"]: row["tick"] for row in rows}
