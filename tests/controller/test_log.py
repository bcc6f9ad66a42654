"""The rows of the API log without Flask."""

import threading
import time
from datetime import timedelta

import pytest

from controller import log
from controller.frame import batch
from controller.frame.error import Invalid
from model.frame import value
from model.log import LONGEST
from tests import engines
from tests.model.statements import put

ROW = {"ip": "::1", "method": "GET", "status": 200, "milliseconds": 1.5, "request_id": "r"}


def test_a_row_is_cut_to_what_the_log_can_hold(database):
    log.record(database, **ROW, path="\0" + "x" * 5000)
    [row] = log.list(database)
    assert row["path"] == "\ufffd" + "x" * (LONGEST["path"] - 1)


def test_rows_are_listed_newest_first_in_pages(database):
    for number in range(4):
        log.record(database, **ROW, path=f"/{number}")
    assert [row["path"] for row in log.list(database, skip=1, limit=2)] == ["/2", "/1"]


@pytest.mark.parametrize("days", [0, -1, 36_501, 10**12, -(2**63)])
def test_a_number_of_days_that_makes_no_sense_deletes_nothing(database, days):
    log.record(database, **ROW, path="/")
    with pytest.raises(Invalid, match=r"^days must be from 1 to 36500$"):
        log.prune(database, days=days)
    assert database.logs.count() == 1


def put_old(database, ids, **age):
    row = {**ROW, "path": "/", "created_at": value.now() - timedelta(**age)}
    put(database, "logs", [{"id": id, **row} for id in ids])


def test_what_is_older_is_deleted_in_batches(database, monkeypatch):
    monkeypatch.setattr(batch, "BATCH", 3)
    put_old(database, range(1, 8), days=30, seconds=1)
    put_old(database, range(8, 10), days=29, hours=23)
    assert log.prune(database, days=30) == 7
    assert log.prune(database, days=30) == 0
    assert log.prune(database, days=29) == 2
    assert log.prune(database, days=36_500) == 0


@engines.needs("sqlite")  # where a writer locks out all others, and not rows alone
def test_nobody_who_writes_waits_for_it(database):
    for first in range(1, 10_001, 1000):
        put_old(database, range(first, first + 1000), days=31)
    pruned = []
    pruning = threading.Thread(target=lambda: pruned.append(log.prune(database)))
    pruning.start()
    waits = []
    while pruning.is_alive():
        started = time.monotonic()
        log.record(database, **ROW, path="/new")
        waits.append(time.monotonic() - started)
    pruning.join()
    assert pruned == [10_000]
    assert database.logs.count() == len(waits) > 100
    # Of a busy machine a few may wait longer; of one that deletes all at once, most of them do.
    assert sorted(waits)[len(waits) * 99 // 100] < 0.4, f"{len(waits)} writes"
