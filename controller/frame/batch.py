"""Deleting what is old, a few rows at a time, so that nobody who writes has to wait for long."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from controller.frame.error import Invalid
from model.frame import value

# So few rows at once that a writer who meets them hardly waits.
BATCH = 200
MOST_DAYS = 36_500


def in_batches(delete: Callable[[datetime, int], int], *, days: int) -> int:
    """Call a model's method until nothing is older than so many days; return how many rows went.

    What was deleted before an error stays deleted. Invalid unless it is at least one day.
    """
    if not 1 <= days <= MOST_DAYS:
        raise Invalid("days", f"must be from 1 to {MOST_DAYS}")
    before = value.now() - timedelta(days=days)
    total = 0
    while True:
        started = time.monotonic()
        deleted = delete(before, BATCH)
        if not deleted:
            return total
        total += deleted
        # Half of the time is for those who write.
        time.sleep(time.monotonic() - started)


if __name__ == "__main__":
    from controller.frame.runner import no_commands

    no_commands()
