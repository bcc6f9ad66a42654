"""Kept counts: what would be slow to count for each reader is counted with each write.

A kept count stands in a table of its own, apart from what it counts and without a foreign key, and
is changed last in the transaction: its row is then locked for no longer than the commit takes.
Where many write at once, a count is the sum of several slots, and each writer adds to one of them.
"""

import random
from typing import NamedTuple


class Miscount(NamedTuple):
    """A kept count that is not what was counted."""

    of: str
    kept: int
    counted: int


def any_slot(slots: int) -> int:
    """Return a slot to add to; chosen anew by every try, so that two who met part."""
    return random.randrange(slots)
