"""The one place of a process where passwords are hashed, and the few who may wait for it.

A hash takes 20 ms of a whole processor. Where all threads of a server hashed at once, or waited,
nobody else would get an answer.
"""

import ctypes
import os
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import TypeVar

from controller.frame.error import Busy

# Whoever answers others comes first, for the operating system too.
NICENESS = 10
# The option of glibc's mallopt, and from which size on memory goes back to the system when freed.
M_MMAP_THRESHOLD, MEGABYTE = -3, 1024 * 1024

Result = TypeVar("Result")

# Of this process, and, after a fork, of its parents, whose threads are not here.
_executors: dict[int, ThreadPoolExecutor] = {}


class Hashing:
    """Lets one thread hash at a time, and a quarter of a server's threads wait for it.

    A server with one thread hashes in that: nobody else is there to wait, or to be answered.
    """

    def __init__(self, threads: int) -> None:
        self._is_alone = threads == 1
        self._room_left = threading.BoundedSemaphore(1 + threads // 4)
        _return_memory()

    def require_room(self) -> None:
        """Raise Busy if too many wait already: before anything else is done in vain."""
        with self._room():
            pass

    def run(self, work: Callable[..., Result], *arguments: str) -> Result:
        """Return what the work returns; Busy if too many wait already."""
        with self._room():
            if self._is_alone:
                return work(*arguments)
            return _executor().submit(work, *arguments).result()

    @contextmanager
    def _room(self) -> Iterator[None]:
        if self._is_alone:
            yield
            return
        if not self._room_left.acquire(blocking=False):
            raise Busy("passwords", "are being checked for many others: try again in a moment")
        try:
            yield
        finally:
            self._room_left.release()


def _return_memory() -> None:
    # Else each process keeps the 19 MiB of a hash for good, and a hash takes a fifth less time.
    if sys.platform == "linux":
        with suppress(AttributeError):  # a libc of another kind
            ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, MEGABYTE)


def _executor() -> ThreadPoolExecutor:
    process = os.getpid()
    executor = _executors.get(process)
    # One step for the interpreter: threads that come at once get the same one.
    return executor or _executors.setdefault(process, ThreadPoolExecutor(1, "hashing", _give_way))


def _give_way() -> None:
    # Of a thread alone, which other systems do not know.
    if sys.platform == "linux":
        own = threading.get_native_id()
        with suppress(OSError):
            # Never less than it is: only root may ask for that.
            nice = max(NICENESS, os.getpriority(os.PRIO_PROCESS, own))
            os.setpriority(os.PRIO_PROCESS, own, nice)


if __name__ == "__main__":
    from controller.frame.runner import no_commands

    no_commands()
