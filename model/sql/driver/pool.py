"""A bounded pool of connections: the last one given back is the first one taken."""

import os
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Generic, Protocol, TypeVar

from model.frame.error import Unavailable


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


class Process:
    """The process that runs this; asking the system each time costs as much as the rest."""

    id = os.getpid()

    @classmethod
    def forked(cls) -> None:
        """Ask for the process id again, in the child."""
        cls.id = os.getpid()


if hasattr(os, "register_at_fork"):  # Windows has no fork
    os.register_at_fork(after_in_child=Process.forked)


class Share(Generic[Connection]):
    """What one process has of a pool."""

    def __init__(self) -> None:
        self.idle: deque[Connection] = deque()
        self.changed = threading.Condition()
        self.made = 0
        self.waiting = 0


class Pool(Generic[Connection]):
    """Hands every connection to one owner at a time.

    The usual way in and out takes no lock: a deque's own append and pop are atomic. Connections
    are made outside of the lock, so that a slow server holds up only those who wait for it.

    After a fork both processes hold the same sockets. The child begins a share of its own and
    forsakes its parent's: it neither uses those connections nor closes them, which would end the
    parent's sessions.
    """

    def __init__(
        self, make: Callable[[], Connection], *, size: int, wait: float, max_age: float | None
    ) -> None:
        self._make = make
        self._size = size
        self._wait = wait
        self._max_age = max_age
        self._shares: dict[int, Share[Connection]] = {}
        self._forsaken: list[Connection] = []
        self._closed = False

    def take(self) -> Connection:
        """Return a connection that is the caller's until given back.

        Unavailable if all are taken for as long as one may wait, or if no new one can be made.
        """
        share = self._shares.get(Process.id) or self._share()
        deadline = 0.0
        while True:
            try:
                connection = share.idle.pop()
            except IndexError:
                deadline = deadline or time.monotonic() + self._wait
                if self._may_make(share, deadline):
                    return self._new(share)
                continue
            if connection.is_alive() and (
                self._max_age is None or time.monotonic() - connection.made_at < self._max_age
            ):
                return connection
            self._discard(share, connection)

    def give(self, connection: Connection) -> None:
        """Take a connection back: committed, rolled back, or broken and then thrown away."""
        if connection.process != Process.id:
            # Held across a fork: kept, for letting go of it would close it.
            self._forsaken.append(connection)
            return
        share = self._shares.get(Process.id) or self._share()
        if connection.broken:
            self._discard(share, connection)
            return
        share.idle.append(connection)
        if self._closed:
            self.empty()
        elif share.waiting:
            with share.changed:
                share.changed.notify()

    def close(self) -> None:
        """Close every connection of this process; those in use, when they are returned."""
        self._closed = True
        self.empty()

    def empty(self) -> None:
        """Close every connection of this process that nobody holds; others may be made."""
        share = self._share()
        with suppress(IndexError):
            while True:
                self._discard(share, share.idle.pop())

    def _share(self) -> Share[Connection]:
        # One step for the interpreter: all the threads of a new process get the same one.
        return self._shares.setdefault(Process.id, Share())

    def _may_make(self, share: Share[Connection], deadline: float) -> bool:
        """True: open a connection. False: one was returned, unless another thread takes it."""
        with share.changed:
            # Counted before looking, so that whoever gives one back after the look must notify.
            share.waiting += 1
            try:
                while share.made >= self._size and not share.idle:
                    if not share.changed.wait(deadline - time.monotonic()):
                        break
                if share.idle:
                    return False
                if share.made >= self._size:
                    raise Unavailable(f"all {self._size} connections are in use")
                share.made += 1
                return True
            finally:
                share.waiting -= 1

    def _new(self, share: Share[Connection]) -> Connection:
        try:
            return self._make()
        except BaseException:
            self._make_room(share)
            raise

    def _discard(self, share: Share[Connection], connection: Connection) -> None:
        try:
            connection.close()
        finally:
            self._make_room(share)

    def _make_room(self, share: Share[Connection]) -> None:
        with share.changed:
            share.made -= 1
            share.changed.notify()
