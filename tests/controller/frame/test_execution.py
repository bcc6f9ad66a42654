"""Jobs that are taken, run and looked after, in this process: what comes of them, as rows."""

import time
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

import model
from controller import jobs
from controller.frame import execution, job
from controller.frame.execution import Keeper, Runner, Taker
from controller.frame.job import Job, Options, Schedule
from model.frame import value
from model.frame.error import TryAgain, Unavailable
from tests.model.marks import present
from tests.model.test_log import LOG

ENGINES = present("sqlite", "mysql", "mongodb")
every_engine = pytest.mark.parametrize("engine", ENGINES, indirect=True)
# What the functions below leave behind, for they are called by their names.
seen: list = []


def leave_row(db, *, number: int) -> None:
    db.logs.insert_log(**{**LOG, "path": f"/{number}"})


def fail(db, *, number: int) -> None:
    db.logs.insert_log(**{**LOG, "path": f"/{number}"})
    raise LookupError("\0no luck")


def end_the_program(db, *, number: int) -> None:
    raise SystemExit(3)


def try_again(db, *, number: int) -> None:
    db.logs.insert_log(**{**LOG, "path": f"/{number}"})
    seen.append(number)
    if len(seen) < 3:
        raise TryAgain("once more")


def look(security, db, *, number: int = 7) -> None:
    seen.extend([security, db, number])


@pytest.fixture(autouse=True)
def clean():
    seen.clear()


@pytest.fixture
def register_job(monkeypatch):
    """Put a job into the register until the test has ended."""

    def register_one(function, **settings) -> Job:
        made = Job(function, **settings)
        monkeypatch.setitem(jobs.BY_NAME, made.name, made)
        return made

    return register_one


@pytest.fixture
def clock(monkeypatch):
    """Both clocks, which stand still until they are moved."""
    clock = SimpleNamespace(seconds=1000.0, now=datetime(2026, 12, 1, 12, tzinfo=UTC))

    def move(seconds: float) -> None:
        clock.seconds += seconds
        clock.now += timedelta(seconds=seconds)

    clock.move = move
    clocks = SimpleNamespace(monotonic=lambda: clock.seconds, sleep=time.sleep)
    monkeypatch.setattr(execution, "time", clocks)
    monkeypatch.setattr(value, "now", lambda: clock.now)
    return clock


@pytest.fixture
def runner(database, security):
    return Runner({"DATABASE_URL": database}, {"security": security})


@pytest.fixture
def other(url):
    """The same database, as another process has it."""
    database = model.connect(url)
    yield database
    database.close()


def paths(database) -> list[str]:
    return sorted(row["path"] for row in database.logs.get_log(0, 100))


def taken_again(database, row):
    """Let the lease end as if its worker were gone, and another take the job."""
    execution.crashed(database, row, "gone")
    return database.jobs.take_by_id(row["id"])


# --- Jobs that fail ---


@every_engine
@pytest.mark.parametrize("is_atomic", [False, True])
def test_a_job_that_fails_waits_longer_each_time_and_then_is_dead(
    database, runner, register_job, clock, is_atomic
):
    register_job(fail, retries=2, atomic=is_atomic)
    id, waits = job.enqueue(database, fail, number=1), []
    for _ in range(2):
        runner.run(database.jobs.take("default"))
        row = database.jobs.find(id)
        assert (row["state"], row["last_error"]) == ("later", "LookupError: \ufffdno luck")
        waits.append((row["run_at"] - clock.now).total_seconds())
        assert database.jobs.wake(9) == 0
        clock.move(waits[-1] + 0.001)
        assert database.jobs.wake(9) == 1
    assert 1.5 <= waits[0] <= 2.5
    assert 3 <= waits[1] <= 5
    runner.run(database.jobs.take("default"))
    row = database.jobs.find(id)
    assert (row["state"], row["attempt"], row["run_at"]) == ("dead", 3, clock.now)
    # What an atomic job writes is undone with it.
    assert paths(database) == ([] if is_atomic else ["/1", "/1", "/1"])


def test_no_wait_is_longer_than_some_hours(database, register_job):
    found = register_job(fail, retries=100)
    job.enqueue(database, fail, number=1)
    row = {**database.jobs.take("default"), "attempt": 100}
    execution.failed(database, row, found, "")
    wait = (database.jobs.find(row["id"])["run_at"] - value.now()).total_seconds()
    assert 4 * 3600 < wait < 8 * 3600


def test_a_job_without_retries_is_dead_at_once(database, runner, register_job):
    register_job(end_the_program, retries=0)
    id = job.enqueue(database, end_the_program, number=1)
    runner.run(database.jobs.take("default"))
    row = database.jobs.find(id)
    assert (row["state"], row["last_error"]) == ("dead", "SystemExit: 3")


@pytest.mark.parametrize("arguments", ['{"id":1}', '{"number":"1"}', "{}"])
def test_arguments_that_no_longer_fit_wait_for_another_version(
    database, runner, register_job, clock, arguments
):
    made = register_job(leave_row)
    id = job.enqueue(database, leave_row, number=1)
    new = {"priority": 0, "run_at": None, "limit_key": None, "at_most": 0}
    database.jobs.discard(id)
    id = database.jobs.insert(
        {**new, "name": made.name, "arguments": arguments, "queue": "default"}
    )
    runner.run(database.jobs.take("default"))
    row = database.jobs.find(id)
    assert (row["state"], row["attempt"]) == ("later", 0)
    assert row["run_at"] == clock.now + timedelta(seconds=60)
    assert row["last_error"].split()[0] in ("id", "number")
    assert paths(database) == []


@every_engine
def test_a_function_that_is_gone_waits_for_another_version(
    database, runner, register_job, clock, monkeypatch
):
    made = register_job(leave_row)
    id = job.enqueue(database, leave_row, number=1)
    monkeypatch.delitem(jobs.BY_NAME, made.name)
    for _ in range(3):
        runner.run(database.jobs.take("default"))
        row = database.jobs.find(id)
        assert (row["state"], row["attempt"]) == ("later", 0)
        assert row["run_at"] == clock.now + timedelta(seconds=60)
        assert row["last_error"] == f"this version has no job {made.name}"
        clock.move(60)
        database.jobs.wake(9)
    monkeypatch.setitem(jobs.BY_NAME, made.name, made)
    runner.run(database.jobs.take("default"))
    assert database.jobs.find(id)["state"] == "finished"
    assert paths(database) == ["/1"]


# --- Leases that are lost ---


@every_engine
def test_a_stale_lease_undoes_what_an_atomic_job_wrote(database, runner, register_job):
    register_job(leave_row, atomic=True)
    job.enqueue(database, leave_row, number=1)
    stale = database.jobs.take("default")
    row = taken_again(database, stale)
    runner.run(stale)
    assert paths(database) == []
    assert database.jobs.find(row["id"])["lease"] == row["lease"]
    assert database.jobs.find(row["id"])["state"] == "running"
    runner.run(row)
    assert paths(database) == ["/1"]
    assert database.jobs.find(row["id"])["state"] == "finished"


@every_engine
@pytest.mark.parametrize("function", [leave_row, fail])
def test_a_stale_lease_ends_nothing(database, runner, register_job, function):
    register_job(function)
    job.enqueue(database, function, number=1)
    stale = database.jobs.take("default")
    row = taken_again(database, stale)
    before = database.jobs.find(row["id"])
    runner.run(stale)
    execution.give_back(database, stale)
    execution.crashed(database, stale, "gone")
    assert database.jobs.find(row["id"]) == before


@pytest.mark.parametrize("is_atomic", [False, True])
def test_a_cancelled_job_stays_cancelled(database, runner, register_job, is_atomic):
    register_job(leave_row, atomic=is_atomic)
    id = job.enqueue(database, leave_row, number=1)
    row = database.jobs.take("default")
    database.jobs.cancel(id)
    runner.run(row)
    assert database.jobs.find(id)["state"] == "cancelled"
    assert paths(database) == ([] if is_atomic else ["/1"])


# --- Jobs that are done ---


@every_engine
@pytest.mark.parametrize("is_atomic", [False, True])
def test_a_job_that_is_done_is_finished(database, runner, register_job, is_atomic):
    register_job(leave_row, atomic=is_atomic)
    id = job.enqueue(database, leave_row, number=1)
    runner.run(database.jobs.take("default"))
    row = database.jobs.find(id)
    assert (row["state"], row["attempt"], row["last_error"]) == ("finished", 1, "")
    assert paths(database) == ["/1"]


@every_engine
def test_an_atomic_job_that_is_tried_again_is_done_once(database, runner, register_job):
    register_job(try_again, atomic=True)
    id = job.enqueue(database, try_again, number=1)
    runner.run(database.jobs.take("default"))
    assert seen == [1, 1, 1]
    assert paths(database) == ["/1"]
    assert (database.jobs.find(id)["state"], database.jobs.find(id)["attempt"]) == ("finished", 1)


def test_a_function_is_handed_what_it_names(database, other, security, register_job):
    calls = []
    databases = {"DATABASE_URL": database, "LOG_DATABASE_URL": other}
    runner = Runner(databases, {"security": security}, lambda: calls.append("called"))
    register_job(look, url="LOG_DATABASE_URL")
    job.enqueue(database, look)
    runner.run(database.jobs.take("default"))
    assert seen == [security, other, 7]
    assert calls == ["called"]


def test_a_database_that_does_not_answer_is_asked_again():
    def ask() -> None:
        seen.append(1)
        if len(seen) < 3:
            raise Unavailable("away")

    execution.until_available(ask)
    assert len(seen) == 3


# --- Jobs that are given back, and that take their process along ---


@every_engine
def test_a_job_that_is_given_back_waits_as_before(database, register_job):
    register_job(leave_row)
    id = job.enqueue(database, leave_row, number=1)
    before = database.jobs.find(id)
    execution.give_back(database, database.jobs.take("default"))
    assert database.jobs.find(id) == {**before, "lease": 1}
    execution.crashed(database, database.jobs.take("default"), "it was killed")
    execution.give_back(database, database.jobs.take("default"))
    assert database.jobs.find(id)["last_error"] == "it was killed"


@every_engine
def test_a_job_whose_process_dies_each_time_is_set_apart(database, register_job):
    register_job(leave_row, retries=0)
    id = job.enqueue(database, leave_row, number=1)
    placed = database.jobs.find(id)["run_at"]
    for crashes in range(1, 5):
        execution.crashed(database, database.jobs.take("default"), "it was killed")
        row = database.jobs.find(id)
        assert (row["state"], row["crashes"], row["run_at"]) == ("waiting", crashes, placed)
        assert row["last_error"] == "it was killed"
    execution.crashed(database, database.jobs.take("default"), "it was killed")
    row = database.jobs.find(id)
    assert (row["state"], row["crashes"]) == ("dead", 5)
    assert row["last_error"] == "set apart after 5 crashes: it was killed"


def test_a_crash_is_no_failure(database, runner, register_job):
    register_job(fail, retries=1)
    id = job.enqueue(database, fail, number=1)
    for _ in range(3):
        execution.crashed(database, database.jobs.take("default"), "it was killed")
    runner.run(database.jobs.take("default"))
    assert database.jobs.find(id)["state"] == "later"


# --- Limits and queues ---


@every_engine
def test_no_more_run_than_a_limit_allows(database, other, register_job, clock):
    register_job(leave_row, at_most=2)
    register_job(look)
    ids = [job.enqueue(database, leave_row, number=n) for n in range(4)]
    of_another = job.enqueue(database, leave_row, Options(limit_key="b"), number=9)
    free = job.enqueue(database, look)
    first, second = Taker(database, ["default"]), Taker(other, ["default"])
    assert [first.take()["id"], second.take()["id"]] == ids[:2]
    # Those that are above the limit are passed over, and wait where they were.
    assert second.take()["id"] == of_another
    assert first.take()["id"] == free
    assert first.take() is second.take() is None
    assert not first.is_waiting()
    assert [database.jobs.find(id)["attempt"] for id in ids] == [1, 1, 0, 0]
    assert second.take_by_id(ids[3]) is None
    running = {row["id"]: row for row in database.jobs.list_running()}
    database.jobs.finish(ids[0], lease=running[ids[0]]["lease"])
    clock.move(execution.FULL_SECONDS + 0.1)
    assert second.is_waiting()
    assert second.take()["id"] == ids[2]
    assert first.take() is second.take() is None


@every_engine
def test_a_limit_that_was_lowered_is_kept_by_jobs_that_were_enqueued_before(database, register_job):
    register_job(leave_row, at_most=5)
    first, _second = (job.enqueue(database, leave_row, number=number) for number in range(2))
    register_job(leave_row, at_most=1)
    taker = Taker(database, ["default"])
    assert taker.take()["id"] == first
    assert taker.take() is None


@every_engine
def test_nothing_is_taken_from_a_paused_queue(database, register_job, clock):
    register_job(leave_row)
    register_job(look, queue="other")
    taker = Taker(database, ["default", "other"])
    assert taker.take() is None
    database.jobs.pause("default")
    clock.move(1.1)
    paused, open_ = job.enqueue(database, leave_row, number=1), job.enqueue(database, look)
    assert taker.take()["id"] == open_
    assert taker.take() is None
    assert not taker.is_waiting()
    database.jobs.resume("default")
    clock.move(1.1)
    assert taker.is_waiting()
    assert taker.take()["id"] == paused


def test_a_taker_takes_from_its_own_queues_alone(database, register_job):
    register_job(leave_row)
    job.enqueue(database, leave_row, number=1)
    assert Taker(database, ["other"]).take() is None
    assert not Taker(database, ["other"]).is_waiting()
    assert Taker(database, ["other", "default"]).take() is not None


def test_a_busy_queue_holds_up_no_other(database, register_job):
    register_job(leave_row)
    register_job(look, queue="other")
    for number in range(30):
        job.enqueue(database, leave_row, number=number)
    last = job.enqueue(database, look)
    taker = Taker(database, ["default", "other"])
    assert last in [taker.take()["id"] for _ in range(25)]


# --- Workers that are gone ---


@every_engine
def test_a_lease_without_a_sign_of_life_is_over(database, register_job, clock):
    register_job(leave_row)
    job.enqueue(database, leave_row, number=1)
    row = database.jobs.take("default")
    keeper = Keeper(database, [])
    for _ in range(6):
        keeper.keep()
        assert database.jobs.find(row["id"])["state"] == "running"
        clock.move(execution.LOOK_SECONDS)
    keeper.keep()
    found = database.jobs.find(row["id"])
    assert (found["state"], found["crashes"]) == ("waiting", 1)
    assert found["last_error"] == "its worker showed no sign of life"


@every_engine
def test_a_lease_that_shows_life_is_left_alone(database, register_job, clock):
    register_job(leave_row)
    job.enqueue(database, leave_row, number=1)
    row = database.jobs.take("default")
    keeper = Keeper(database, [])
    for number in range(30):
        keeper.keep()
        if number % 5 == 0:
            assert database.jobs.beat(row["id"], lease=row["lease"]) == 1
        clock.move(execution.LOOK_SECONDS)
    assert database.jobs.find(row["id"])["state"] == "running"


def test_a_job_that_another_takes_meanwhile_is_given_its_time(database, register_job, clock):
    register_job(leave_row)
    job.enqueue(database, leave_row, number=1)
    row, keeper = database.jobs.take("default"), Keeper(database, [])
    for _ in range(12):
        keeper.keep()
        execution.give_back(database, row)
        row = database.jobs.take("default")
        clock.move(execution.LOOK_SECONDS)
    assert database.jobs.find(row["id"])["crashes"] == 0


@pytest.mark.parametrize("seconds", [16, 60, 3600])
def test_a_keeper_that_slept_takes_nothing(database, register_job, clock, seconds):
    register_job(leave_row)
    job.enqueue(database, leave_row, number=1)
    row, keeper = database.jobs.take("default"), Keeper(database, [])
    for _ in range(5):
        keeper.keep()
        clock.move(execution.LOOK_SECONDS)
    clock.move(seconds)
    keeper.keep()
    assert database.jobs.find(row["id"])["state"] == "running"
    for _ in range(6):
        assert database.jobs.find(row["id"])["state"] == "running"
        clock.move(execution.LOOK_SECONDS)
        keeper.keep()
    assert database.jobs.find(row["id"])["state"] == "waiting"


def test_a_wall_clock_that_steps_ends_no_lease(database, register_job, clock):
    register_job(leave_row)
    job.enqueue(database, leave_row, number=1)
    row, keeper = database.jobs.take("default"), Keeper(database, [])
    keeper.keep()
    for hours in (-1, 1, 24 * 365):
        clock.now += timedelta(hours=hours)
        clock.seconds += 5
        keeper.keep()
    assert database.jobs.find(row["id"])["state"] == "running"


def test_jobs_whose_time_has_come_are_woken(database, register_job, clock):
    register_job(leave_row)
    id = job.enqueue(database, leave_row, Options(delay=10), number=1)
    keeper = Keeper(database, [])
    keeper.keep()
    assert database.jobs.find(id)["state"] == "later"
    clock.move(10)
    keeper.keep()
    assert database.jobs.find(id)["state"] == "waiting"


# --- Schedules ---

DAY = 24 * 3600


@pytest.fixture
def daily(register_job):
    """A schedule of each day at three; the clock begins at noon."""
    register_job(leave_row)
    return Schedule(leave_row, "0 3 * * *", number=1)


def take_all(database) -> int:
    """Take and finish whatever waits; returns how many that were."""
    count = 0
    while row := database.jobs.take("default"):
        database.jobs.finish(row["id"], lease=row["lease"])
        count += 1
    return count


@every_engine
def test_a_schedule_enqueues_each_tick_once(database, daily, clock):
    keeper = Keeper(database, [daily])
    keeper.keep()
    # A schedule that begins has missed nothing.
    assert take_all(database) == 0
    clock.move(15 * 3600 - 1)
    keeper.keep()
    assert take_all(database) == 0
    clock.move(1)
    for _ in range(3):
        keeper.keep()
        clock.move(1)
    [row] = database.jobs.list_by_state("waiting", limit=9)
    assert (row["name"], row["arguments"]) == (job.name_of(leave_row), '{"number":1}')
    assert take_all(database) == 1
    assert database.jobs.list_ticks() == {daily.name: datetime(2026, 12, 2, 3, tzinfo=UTC)}
    for _ in range(3):
        clock.move(DAY)
        keeper.keep()
        keeper.keep()
        assert take_all(database) == 1


def test_missed_ticks_are_made_up_for_once(database, daily, clock):
    Keeper(database, [daily]).keep()
    clock.move(5 * DAY)
    for _ in range(2):
        keeper = Keeper(database, [daily])  # workers that start later
        keeper.keep()
        clock.move(1)
        keeper.keep()
    assert take_all(database) == 1
    assert database.jobs.list_ticks() == {daily.name: datetime(2026, 12, 6, 3, tzinfo=UTC)}


@every_engine
def test_two_keepers_enqueue_a_tick_once(database, other, daily, clock):
    keepers = [Keeper(database, [daily]), Keeper(other, [daily])]
    for _ in range(3):
        for keeper in keepers:
            keeper.keep()
        assert take_all(database) == (0 if clock.now.day == 1 else 1)
        # So that one that were enqueued again would be seen.
        for keeper in keepers:
            clock.move(1)
            keeper.keep()
        assert take_all(database) == 0
        clock.move(DAY)


def test_a_tick_while_the_job_of_the_one_before_waits_is_that_one(database, daily, clock):
    keeper = Keeper(database, [daily])
    for _ in range(4):
        keeper.keep()
        clock.move(DAY)
    assert take_all(database) == 1


@pytest.mark.parametrize("hours", [-1, -12, -23, -24 * 40, 1])
def test_a_clock_that_steps_and_comes_back_enqueues_nothing_twice(database, daily, clock, hours):
    keeper = Keeper(database, [daily])
    keeper.keep()
    clock.move(15 * 3600 + 60)  # a minute after three
    keeper.keep()
    assert take_all(database) == 1
    stepped = timedelta(hours=hours)
    clock.now += stepped
    for _ in range(3):
        keeper.keep()
        clock.move(1)
    clock.now -= stepped
    for _ in range(3):
        keeper.keep()
        clock.move(1)
    # 40 days back, the tick that was taken seems one that a wrong clock took.
    assert take_all(database) == (1 if hours < -24 else 0)


def test_a_clock_that_was_years_ahead_silences_no_schedule(database, daily, clock):
    keeper = Keeper(database, [daily])
    keeper.keep()
    clock.now += timedelta(days=4000)
    clock.seconds += 1
    keeper.keep()
    assert take_all(database) == 1
    clock.now -= timedelta(days=4000)
    clock.move(1)
    keeper.keep()
    take_all(database)
    clock.move(DAY)
    keeper.keep()
    assert take_all(database) == 1
