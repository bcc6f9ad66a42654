"""A bounded pool of connections: the last one given back is the first one taken."""

import os
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from model.error import Unavailable


class Pooled(Protocol):
    """What a pool asks of a connection."""

    broken: bool
    made_at: float
    process: int

    def is_alive(self) -> bool:
        """Tell, without a round trip, whether the other end is still there."""

    def close(self) -> None:
        """Close it, whatever state it is in."""


Connection = TypeVar("Connection", bound=Pooled)


class Pool(Generic[Connection]):
    """Hands every connection to one owner at a time.

    The usual way in and out takes no lock: a deque's own append and pop are atomic. Connections
    are made outside of the lock, so that a slow server holds up only those who wait for it.

    After a fork both processes hold the same sockets. The child forsakes them: it neither uses
    the parent's connections nor closes them, which would end the parent's sessions.
    """

    def __init__(
        self, make: Callable[[], Connection], *, size: int, wait: float, max_age: float
    ) -> None:
        self._make = make
        self._size = size
        self._wait = wait
        self._max_age = max_age
        self._forsaken: list[object] = []
        self._closed = False
        self._begin()

    def _begin(self) -> None:
        self._process = os.getpid()
        self._idle: deque[Connection] = deque()
        self._changed = threading.Condition()
        self._made = 0
        self._waiting = 0

    def take(self) -> Connection:
        """Return a connection that is the caller's until given back.

        Unavailable if all are taken for as long as one may wait, or if no new one can be made.
        """
        if os.getpid() != self._process:
            self._forsaken.append(self._idle)
            self._begin()
        while True:
            try:
                connection = self._idle.pop()
            except IndexError:
                return self._wait_or_make()
            if time.monotonic() - connection.made_at < self._max_age and connection.is_alive():
                return connection
            self._discard(connection)

    def give(self, connection: Connection) -> None:
        """Take a connection back: committed, rolled back, or broken and then thrown away."""
        if connection.process != os.getpid():
            self._forsaken.append(connection)
            return
        if connection.broken or self._closed:
            self._discard(connection)
            return
        self._idle.append(connection)
        if self._waiting:
            with self._changed:
                self._changed.notify()

    def close(self) -> None:
        """Close every connection; one that is held, when it is given back."""
        self._closed = True
        self.empty()

    def empty(self) -> None:
        """Close every connection that nobody holds; others may be made."""
        while self._idle:
            self._discard(self._idle.pop())

    def _wait_or_make(self) -> Connection:
        deadline = time.monotonic() + self._wait
        with self._changed:
            # Counted before looking, so that whoever gives one back after the look must notify.
            self._waiting += 1
            try:
                while self._made >= self._size:
                    if self._idle:
                        return self._idle.pop()
                    if not self._changed.wait(deadline - time.monotonic()):
                        break
                if self._idle:
                    return self._idle.pop()
                if self._made >= self._size:
                    raise Unavailable(f"all {self._size} connections are in use")
                self._made += 1
            finally:
                self._waiting -= 1
        try:
            return self._make()
        except BaseException:
            self._make_room()
            raise

    def _discard(self, connection: Connection) -> None:
        connection.close()
        self._make_room()

    def _make_room(self) -> None:
        with self._changed:
            self._made -= 1
            self._changed.notify()
