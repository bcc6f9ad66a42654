"""The API log: a row for each request that was answered."""

from collections.abc import Sequence

from controller.frame.batch import in_batches
from controller.frame.runner import run
from model import Models
from model.frame import value
from model.log import LONGEST, LogRow


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
    return in_batches(db.logs.delete_oldest, days=days)


if __name__ == "__main__":
    from config import config

    run(config, url="LOG_DATABASE_URL")
