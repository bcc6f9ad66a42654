"""The API log: a row for each request that was answered."""

import time
from collections.abc import Sequence
from datetime import timedelta

from controller.frame.error import Invalid
from controller.frame.runner import run
from model import Models
from model.frame import value
from model.log import LONGEST, LogRow

# So few rows at once that a writer who meets them hardly waits.
BATCH = 200
MOST_DAYS = 36_500


def record(
    db: Models,
    *,
    ip: str,
    method: str,
    path: str,
    status: int,
    milliseconds: float,
    request_id: str,
) -> int:
    """Add a row to the API log, cut to what it can hold, and return the row's id."""
    return db.logs.insert_log(
        ip=value.storable(ip, LONGEST["ip"]),
        method=value.storable(method, LONGEST["method"]),
        path=value.storable(path, LONGEST["path"]),
        status=status,
        milliseconds=milliseconds,
        request_id=value.storable(request_id, LONGEST["request_id"]),
    )


def list(db: Models, *, skip: int = 0, limit: int = 20) -> Sequence[LogRow]:
    """Return a page of the API log, newest first."""
    return db.logs.get_log(skip, limit)


def prune(db: Models, *, days: int = 30) -> int:
    """Delete what is older than so many days, in batches that block nobody; return how many rows.

    What was deleted before an error stays deleted. Invalid unless it is at least one day.
    """
    if not 1 <= days <= MOST_DAYS:
        raise Invalid("days", f"must be from 1 to {MOST_DAYS}")
    before = value.now() - timedelta(days=days)
    total = 0
    while True:
        started = time.monotonic()
        deleted = db.logs.delete_oldest(before, BATCH)
        if not deleted:
            return total
        total += deleted
        # Half of the time is for those who write.
        time.sleep(time.monotonic() - started)


if __name__ == "__main__":
    from config import config

    run(config, url="LOG_DATABASE_URL")
