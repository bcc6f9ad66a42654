"""Limits: how often something was asked for, and where accounts signed in; as each engine has it.

A key is a hash: no engine holds an e-mail or an address in clear for its sake.
"""

from typing import Protocol, TypedDict

LONGEST = {"key_hash": 64}
# More hits are counted as so many.
MOST_HITS = 999_999
# So many milliseconds a statement may wait after the clock was read, or clocks of machines differ:
# a window that ends so much later than it could is no sign of a clock that was set back.
SLACK = 10_000
# In milliseconds, as all times here.
DAY = 24 * 60 * 60 * 1000


class HitRow(TypedDict):
    """How often a key was hit in its window, and in how many milliseconds that ends."""

    hits: int
    milliseconds: int


class Limits(Protocol):
    """The methods of `db.limits`."""

    def hit(self, key_hash: str, *, seconds: int) -> HitRow: ...
    def delete_ended(self, most: int) -> int: ...
    def delete_least_hit(self, *, kept: int, most: int) -> int: ...
    def know_address(self, key_hash: str, *, days: int) -> None: ...
    def knows_address(self, key_hash: str) -> bool: ...
