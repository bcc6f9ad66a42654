"""Deleting in batches: how far it goes, and what it leaves to others."""

from datetime import timedelta

import pytest

from controller.frame import batch
from controller.frame.error import Invalid
from model.frame import value


@pytest.mark.parametrize("days", [0, 36_501, -(10**12)])
def test_a_number_of_days_that_makes_no_sense_asks_nothing(days):
    with pytest.raises(Invalid, match=r"^days must be from 1 to 36500$"):
        batch.in_batches(lambda before, limit: pytest.fail("asked"), days=days)


def test_every_batch_is_of_the_same_time_and_size():
    asked, deleted = [], [batch.BATCH, batch.BATCH, 1, 0]

    def delete(before, limit):
        asked.append((before, limit))
        return deleted.pop(0)

    earliest = value.now() - timedelta(days=7)
    assert batch.in_batches(delete, days=7) == 2 * batch.BATCH + 1
    [(before, limit)] = set(asked)
    assert earliest <= before <= value.now() - timedelta(days=7)
    assert (len(asked), limit) == (4, batch.BATCH)


def test_what_was_deleted_before_an_error_is_not_deleted_again():
    rows = list(range(batch.BATCH + 1))

    def delete(before, limit):
        if len(rows) == 1:
            raise LookupError
        del rows[:limit]
        return limit

    with pytest.raises(LookupError):
        batch.in_batches(delete, days=1)
    assert rows == [batch.BATCH]
