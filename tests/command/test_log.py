"""`flask log-prune` as a person runs it, on every engine."""

from datetime import timedelta

import pytest

from controller import log
from model.frame import value
from tests import engines
from tests.model.statements import put
from tests.model.test_log import LOG


@pytest.fixture
def prune(run, url):
    return lambda *arguments: run("-m", "flask", "log-prune", *arguments, DATABASE_URL=url)


@pytest.mark.parametrize(
    ("days", "reason"),
    [
        ("0", "days must be from 1 to 36500"),
        ("-1", "days must be from 1 to 36500"),
        ("9" * 30, "days must be from 1 to 36500"),
        ("x", "days must be a whole number"),
        ("1.5", "days must be a whole number"),
        ("1_0", "days must be a whole number"),
        ("", "days must be a whole number"),
        ("\n", "days must be a whole number"),
    ],
)
@pytest.mark.parametrize("engine", engines.NAMES[:1], indirect=True)
def test_a_number_of_days_that_makes_no_sense_is_told_in_one_line(prune, database, days, reason):
    put(database, "logs", [{"id": 1, **LOG, "created_at": value.now() - timedelta(days=999)}])
    finished = prune("--days", days)
    assert (finished.returncode, finished.stdout) == (1, "")
    assert finished.stderr == f"{reason}\n"
    assert database.logs.count() == 1


def test_old_rows_are_deleted(prune, database):
    ages = {1: 31, 2: 29, 3: 6}
    rows = [
        {"id": id, **LOG, "created_at": value.now() - timedelta(days=days)}
        for id, days in ages.items()
    ]
    put(database, "logs", rows)
    assert prune().stdout == "Rows deleted from the API log: 1\n"
    assert prune("--days", "7").stdout == "Rows deleted from the API log: 1\n"
    assert [row["id"] for row in log.list(database)] == [3]
