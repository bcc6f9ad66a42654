"""The rows of the API log without Flask."""

from controller import log
from model.log import LONGEST

ROW = {"ip": "::1", "method": "GET", "status": 200, "milliseconds": 1.5, "request_id": "r"}


def test_a_row_is_cut_to_what_the_log_can_hold(database):
    log.record(database, **ROW, path="\0" + "x" * 5000)
    [row] = log.list(database)
    assert row["path"] == "\ufffd" + "x" * (LONGEST["path"] - 1)


def test_rows_are_listed_newest_first_in_pages(database):
    for number in range(4):
        log.record(database, **ROW, path=f"/{number}")
    assert [row["path"] for row in log.list(database, skip=1, limit=2)] == ["/2", "/1"]
