"""Turns: who may begin a transaction while others run theirs.

PyMongo takes a connection from its pool for each command and does not serve waiters in their order.
With more transactions than connections, some would wait for every command and never end. So only
as many run at once as have a connection, and the others wait, each in its turn, before they begin.
"""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from model.frame.error import Unavailable


class Turns:
    """Lets a number of threads work at once, and the others in the order in which they came."""

    def __init__(self, number: int) -> None:
        self._free = number
        self._waiting: deque[threading.Event] = deque()
        self._changing = threading.Lock()

    @contextmanager
    def take(self, wait: float) -> Iterator[None]:
        """Work in one's turn; Unavailable if it does not come within this many seconds."""
        mine = threading.Event()
        with self._changing:
            if self._free:
                self._free -= 1
                mine.set()
            else:
                self._waiting.append(mine)
        if not mine.wait(wait) and self._gave_up(mine):
            raise Unavailable("too many transactions at once")
        try:
            yield
        finally:
            self._give_back()

    def _give_back(self) -> None:
        with self._changing:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._free += 1

    def _gave_up(self, mine: threading.Event) -> bool:
        """Leave the queue; False if the turn came at the last moment."""
        with self._changing:
            if mine.is_set():
                return False
            self._waiting.remove(mine)
            return True
