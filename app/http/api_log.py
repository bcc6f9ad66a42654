"""The API log: a row per request, written in the background.

A request hands its row over and goes on. One thread per process writes the rows; when the
database is away or too slow, rows are lost, which the log says, and no request ever waits.
"""

import atexit
import os
import queue
import threading
import time
from typing import Any

from controller.frame import log
from controller.log import record
from model import Database

WAITING_ROWS = 10_000
SECONDS_AT_EXIT = 2.0
SECONDS_BETWEEN_WARNINGS = 60.0


class ApiLog:
    """Rows on their way into the table of logs."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._process = 0
        self._starting = threading.Lock()
        self._lost = 0
        self._warned_at = float("-inf")
        atexit.register(self.flush, SECONDS_AT_EXIT)

    def write(self, **row: Any) -> None:
        """Hand a row over; never waits and never fails."""
        if self._process != os.getpid():
            self._start()
        try:
            self._rows.put_nowait(row)
        except queue.Full:
            self._lose("they come faster than they can be written")

    def flush(self, seconds: float) -> bool:
        """Wait at most `seconds` until every row is written; return whether all were."""
        deadline = time.monotonic() + seconds
        while self._process == os.getpid() and self._rows.unfinished_tasks:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.005)
        return True

    def _start(self) -> None:
        # Threads do not survive a fork, so each process starts its own.
        with self._starting:
            if self._process != os.getpid():
                self._rows: queue.Queue[dict[str, Any]] = queue.Queue(WAITING_ROWS)
                threading.Thread(target=self._work, name="api-log", daemon=True).start()
                self._process = os.getpid()

    def _work(self) -> None:
        while True:
            row = self._rows.get()
            try:
                record(self._database, **row)
            except Exception as error:
                self._lose(type(error).__name__)
            finally:
                self._rows.task_done()

    def _lose(self, reason: str) -> None:
        self._lost += 1
        if time.monotonic() - self._warned_at > SECONDS_BETWEEN_WARNINGS:
            self._warned_at = time.monotonic()
            log.warning(f"{self._lost} rows of the API log were lost: {reason}")
