"""Ids: whole numbers that a process takes from the server in blocks.

One document counts the ids of a collection. If each insert changed it, all inserts would queue for
it; so a process takes a block of ids at once. Ids therefore do not tell which document is newer,
and what a process did not use is left out.
"""

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import pymongo

# A process that starts a million times a day for a century stays far below 2^53.
BLOCK = 100


class Ids:
    """The ids that one process has taken and not used yet; safe to share between threads."""

    def __init__(self, counters: Callable[[], Any]) -> None:
        self._counters = counters
        self._unused: dict[str, deque[int]] = {}

    def new(self, name: str, count: int) -> Sequence[int]:
        """Return ids for a collection that nobody else gets."""
        if count != 1:
            return self._take(name, count)
        unused = self._unused.setdefault(name, deque())
        try:
            return [unused.popleft()]
        except IndexError:
            # Outside of a lock: threads that come at once take a block each, and share them.
            first, *rest = self._take(name, BLOCK)
            unused.extend(rest)
            return [first]

    def _take(self, name: str, count: int) -> range:
        """A new block, taken outside any transaction, so that inserts do not wait."""
        counter = None
        while counter is None:
            # What the driver repeated because its answer got lost may come back empty; numbers
            # that are left out harm nobody.
            counter = self._counters().find_one_and_update(
                {"_id": name},
                {"$inc": {"value": count}},
                upsert=True,
                return_document=pymongo.ReturnDocument.AFTER,
            )
        end = int(counter["value"]) + 1
        return range(end - count, end)
