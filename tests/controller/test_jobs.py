"""What people do with jobs, without Flask."""

from datetime import UTC, datetime, timedelta

import pytest

from controller import jobs, log
from controller.frame import batch, job
from controller.frame.error import Invalid, NotFound
from model.frame import value

BAD_IDS = [0, -1, 999, 2**53, 2**70, True, "1", None]
DAY = timedelta(days=1)


@pytest.fixture
def enqueue(database):
    """Enqueue a job and put it into a state; returns its id."""

    def enqueue_one(state: str = "waiting", **options) -> int:
        id = job.enqueue(database, log.prune, job.Options(**options), days=30)
        if state in ("running", "finished", "dead"):
            row = database.jobs.take_by_id(id)
            if state != "running":
                database.jobs.leave(row, state=state, run_at=None, error="why")
        elif state == "cancelled":
            database.jobs.cancel(id)
        return id

    return enqueue_one


@pytest.mark.parametrize("id", BAD_IDS)
@pytest.mark.parametrize("work", [jobs.retry, jobs.cancel, jobs.discard])
def test_a_job_that_is_not_there_is_not_found(database, work, id):
    with pytest.raises(NotFound, match=r"^job not found$"):
        work(database, id)


@pytest.mark.parametrize(
    ("work", "state"),
    [
        (jobs.retry, "waiting"),
        (jobs.retry, "running"),
        (jobs.cancel, "finished"),
        (jobs.cancel, "dead"),
        (jobs.cancel, "cancelled"),
        (jobs.discard, "running"),
    ],
)
def test_what_a_state_does_not_allow_changes_nothing(database, enqueue, work, state):
    id = enqueue(state)
    before = database.jobs.find(id)
    with pytest.raises(Invalid, match=rf"^job is {state}: it must be \w"):
        work(database, id)
    assert database.jobs.find(id) == before


@pytest.mark.parametrize("queue", ["", "nope", "Default", "default ", "x" * 100, "\0"])
def test_a_queue_of_no_job_is_not_paused(database, queue):
    with pytest.raises(Invalid) as raised:
        jobs.pause(database, queue)
    assert str(raised.value) == "queue must be one of default"
    with pytest.raises(NotFound, match=r"^queue not found$"):
        jobs.resume(database, queue)
    assert database.jobs.list_paused() == []


@pytest.mark.parametrize("days", [0, -1, 36_501])
def test_a_number_of_days_that_makes_no_sense_deletes_nothing(database, enqueue, days):
    id = enqueue("finished", run_at=value.now() - 1000 * DAY)
    with pytest.raises(Invalid, match=r"^days must be from 1 to 36500$"):
        jobs.prune(database, days=days)
    assert database.jobs.find(id)


def test_a_job_is_retried_cancelled_and_deleted(database, enqueue):
    id = enqueue("dead")
    jobs.retry(database, id)
    row = database.jobs.find(id)
    assert (row["state"], row["attempt"]) == ("waiting", 0)
    jobs.cancel(database, id)
    assert database.jobs.find(id)["state"] == "cancelled"
    jobs.discard(database, id)
    assert database.jobs.find(id) is None


def test_a_running_job_may_be_cancelled(database, enqueue):
    id = enqueue("running")
    jobs.cancel(database, id)
    assert database.jobs.find(id)["state"] == "cancelled"


def test_a_queue_is_paused_until_it_is_resumed(database):
    jobs.pause(database, "default")
    jobs.pause(database, "default")
    assert jobs.overview(database)["paused"] == ["default"]
    jobs.resume(database, "default")
    assert jobs.overview(database)["paused"] == []


def test_jobs_in_a_state_are_listed_the_dead_unless_another_is_named(database, enqueue):
    later, earlier = enqueue("dead"), enqueue("dead", run_at=value.now() - DAY)
    waiting = enqueue()
    assert [row["id"] for row in jobs.list(database)] == [earlier, later]
    assert [row["id"] for row in jobs.list(database, limit=1)] == [earlier]
    assert [row["id"] for row in jobs.list(database, state="waiting")] == [waiting]
    assert jobs.list(database)[0]["last_error"] == "why"


def test_the_overview_counts_jobs_and_tells_the_ticks(database, enqueue, monkeypatch):
    now = datetime(2026, 12, 1, 12, tzinfo=UTC)
    monkeypatch.setattr(value, "now", lambda: now)
    for state in ("waiting", "waiting", "dead"):
        enqueue(state)
    database.jobs.begin_schedule("log.prune", tick=now - DAY)
    found = jobs.overview(database)
    assert found["counts"] == [
        {"queue": "default", "state": "dead", "total": 1},
        {"queue": "default", "state": "waiting", "total": 2},
    ]
    assert {one["name"] for one in found["schedules"]} == {one.name for one in jobs.SCHEDULES}
    [of_log] = [one for one in found["schedules"] if one["name"] == "log.prune"]
    assert of_log == {
        "name": "log.prune",
        "cron": "0 3 * * *",
        "timezone": "UTC",
        "last": now - DAY,
        "next": datetime(2026, 12, 2, 3, tzinfo=UTC),
    }
    assert [one["last"] for one in found["schedules"] if one is not of_log] == [None, None]


def test_what_ended_long_ago_is_deleted_in_batches(database, enqueue, monkeypatch):
    monkeypatch.setattr(batch, "BATCH", 2)
    old, new = value.now() - 8 * DAY, value.now() - 6 * DAY
    for state in ("finished", "cancelled", "finished"):
        enqueue(state, run_at=old)
    kept = [enqueue(state, run_at=old) for state in ("waiting", "running", "dead")]
    kept += [enqueue(state, run_at=new) for state in ("finished", "cancelled")]
    assert jobs.prune(database) == 3
    assert jobs.prune(database) == 0
    assert all(database.jobs.find(id) for id in kept)
    assert jobs.prune(database, days=5) == 2
