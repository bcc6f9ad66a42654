"""What can be declared as a job, enqueued as one, and when a schedule is due."""

import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

import orjson
import pytest
from cronsim import CronSim

from controller import jobs
from controller.frame import job
from controller.frame.error import Invalid
from controller.frame.job import Job, Options, Schedule, by_name, name_of
from controller.log import prune
from model.frame import value
from model.frame.error import InvalidValue, TryAgain
from model.frame.transaction import atomic
from tests.model.marks import present

ENGINES = present("sqlite", "mysql", "mongodb")
NAME = "tests.controller.frame.test_job"
HOUR = timedelta(hours=1)


def send(
    db: Any,
    *,
    user_id: int,
    text: str = "",
    share: float = 0.0,
    is_new: bool = False,
    tags: Sequence[Any] = (),
    more: Mapping[str, Any] | None = None,
    kind: Literal["a", "b"] = "a",
) -> None: ...


def unregistered(db: Any, *, user_id: int) -> None: ...
def without_database(*, user_id: int) -> None: ...
def wants_a_request(db: Any, request: Any, *, user_id: int) -> None: ...
def wants_all(db: Any, *rest: Any) -> None: ...
def takes_anything(db: Any, **more: Any) -> None: ...
def takes_a_set(db: Any, *, ids: set[int]) -> None: ...
def takes_a_time(db: Any, *, at: datetime | None = None) -> None: ...
def takes_any_type(db: Any, *, what: Any) -> None: ...


@pytest.fixture
def register_job(monkeypatch):
    """Put a job into the register until the test has ended."""

    def register_one(function, **settings) -> Job:
        made = Job(function, **settings)
        monkeypatch.setitem(jobs.BY_NAME, made.name, made)
        return made

    return register_one


@pytest.fixture
def send_job(register_job):
    return register_job(send)


# --- Declarations ---

HANDED = "but a worker hands over db, security"
UNKEPT = "which wants a type that JSON keeps, such as str or int"
TIMEOUT = "must have a timeout of more than 0 seconds and at most a day"
NUMBERS = "must have from 0 to 100 retries, and at_most from 0 to 100"
ATOMIC = "is atomic, so it has the parameter db, of DATABASE_URL"


@pytest.mark.parametrize(
    ("function", "settings", "why"),
    [
        (wants_a_request, {}, f"wants request, {HANDED}"),
        (wants_all, {}, f"wants rest, {HANDED}"),
        (takes_anything, {}, f"wants more, {HANDED}"),
        (takes_a_set, {}, f"takes ids, {UNKEPT}"),
        (takes_a_time, {}, f"takes at, {UNKEPT}"),
        (takes_any_type, {}, f"takes what, {UNKEPT}"),
        (without_database, {"atomic": True}, ATOMIC),
        (send, {"atomic": True, "url": "LOG_DATABASE_URL"}, ATOMIC),
        (
            send,
            {"atomic": True, "timeout": 31},
            "is atomic, so on mysql its timeout is at most 30 seconds",
        ),
        (send, {"timeout": -1}, TIMEOUT),
        (send, {"timeout": 86_401}, TIMEOUT),
        (send, {"timeout": math.nan}, TIMEOUT),
        (send, {"retries": -1}, NUMBERS),
        (send, {"retries": 101}, NUMBERS),
        (send, {"at_most": -1}, NUMBERS),
        (send, {"at_most": 101}, NUMBERS),
        (send, {"queue": ""}, "must have a queue of 1 to 40 characters"),
        (send, {"queue": "x" * 41}, "must have a queue of 1 to 40 characters"),
    ],
)
def test_a_job_that_cannot_work_is_refused_when_it_is_declared(function, settings, why):
    with pytest.raises(ValueError) as raised:
        Job(function, **settings)
    assert str(raised.value) == f"the job {NAME}.{function.__name__} {why}"


def test_an_atomic_job_holds_up_others_on_sqlite_for_two_seconds_at_most():
    slow = Job(send, atomic=True, timeout=3)
    with pytest.raises(ValueError, match="so on sqlite its timeout is at most 2 seconds"):
        slow.require_fit("sqlite")
    slow.require_fit("mysql")
    slow.require_fit("mongodb")
    Job(send, timeout=3600).require_fit("sqlite")
    assert (Job(send).timeout, Job(send, atomic=True).timeout) == (60, 2)


def test_every_job_of_the_register_fits_and_has_a_name_of_its_own():
    assert len(jobs.BY_NAME) == len(jobs.JOBS)
    for one in jobs.JOBS:
        one.require_fit("sqlite")


# --- Arguments ---

NESTED: list = []
for _ in range(1000):
    NESTED = [NESTED]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, f"user_id is missing: {NAME}.send requires it"),
        (
            {"user_id": 1, "id": 2},
            f"id is no argument of {NAME}.send, which takes "
            "user_id, text, share, is_new, tags, more, kind",
        ),
        ({"user_id": "1"}, "user_id must be int"),
        ({"user_id": True}, "user_id must be int"),
        ({"user_id": 1.0}, "user_id must be int"),
        ({"user_id": None}, "user_id must be int"),
        ({"user_id": 2**64}, f"user_id {job.NOT_KEPT}"),
        ({"user_id": -(2**63) - 1}, f"user_id {job.NOT_KEPT}"),
        ({"user_id": 1, "text": b"x"}, "text must be str"),
        ({"user_id": 1, "text": "\ud800"}, f"text {job.NOT_KEPT}"),
        ({"user_id": 1, "share": math.nan}, f"share {job.NOT_KEPT}"),
        ({"user_id": 1, "share": -math.inf}, f"share {job.NOT_KEPT}"),
        ({"user_id": 1, "share": "1"}, "share must be float or int"),
        ({"user_id": 1, "is_new": 1}, "is_new must be bool"),
        ({"user_id": 1, "tags": ("a",)}, "tags must be list"),
        ({"user_id": 1, "tags": {"a"}}, "tags must be list"),
        ({"user_id": 1, "tags": [("a",)]}, f"tags {job.NOT_KEPT}"),
        ({"user_id": 1, "tags": [{"a"}]}, f"tags {job.NOT_KEPT}"),
        ({"user_id": 1, "tags": [datetime.now(UTC)]}, f"tags {job.NOT_KEPT}"),
        ({"user_id": 1, "tags": NESTED}, f"tags {job.NOT_KEPT}"),
        ({"user_id": 1, "more": {1: 2}}, f"more {job.NOT_KEPT}"),
        ({"user_id": 1, "more": []}, "more must be None or dict"),
        ({"user_id": 1, "text": "x" * 10_000_000}, f"text {job.TOO_LONG}"),
        ({"user_id": 1, "tags": ["x"] * 20_000}, f"tags {job.TOO_LONG}"),
        ({"user_id": 1, "kind": 1}, "kind must be str"),
    ],
    ids=range(25),
)
def test_an_argument_that_cannot_be_kept_is_named_and_no_job_is_made(
    database, send_job, arguments, message
):
    with pytest.raises(Invalid) as raised:
        job.enqueue(database, send, **arguments)
    assert str(raised.value) == message
    assert database.jobs.count() == []


def test_a_function_that_is_no_job_is_not_enqueued(database):
    with pytest.raises(ValueError) as raised:
        job.enqueue(database, unregistered, user_id=1)
    reason = "is no job: add it to JOBS in controller/jobs.py"
    assert str(raised.value) == f"{NAME}.unregistered {reason}"
    assert database.jobs.count() == []


KEPT = {
    "user_id": 2**63 - 1,
    "text": "\0\u2028\U0001f600'\"\\%(id)s",
    "share": 1,
    "is_new": True,
    "tags": [1, -0.5, None, "x", [[]], {"a": {}}],
    "more": {"": "", "$where": 1},
    "kind": "b",
}


@pytest.mark.parametrize("engine", ENGINES, indirect=True)
def test_what_is_enqueued_is_kept_as_it_is(database, send_job):
    id = job.enqueue(database, send, **KEPT)
    row = database.jobs.find(id)
    assert row["name"] == f"{NAME}.send"
    assert orjson.loads(row["arguments"]) == KEPT
    assert (row["queue"], row["priority"], row["limit_key"]) == ("default", 0, None)
    assert (row["state"], row["attempt"], row["at_most"]) == ("waiting", 0, 0)


# --- The caller's transaction ---


@pytest.mark.parametrize("engine", ENGINES, indirect=True)
def test_a_transaction_that_is_undone_enqueues_nothing(database, send_job):
    @atomic
    def begin(db):
        job.enqueue(db, send, user_id=1)
        job.enqueue(db, send, Options(unique_key="k"), user_id=2)
        raise LookupError

    with pytest.raises(LookupError):
        begin(database)
    assert database.jobs.count() == []


@pytest.mark.parametrize("engine", ENGINES, indirect=True)
def test_a_transaction_that_is_tried_again_enqueues_once(database, send_job):
    tries = []

    @atomic
    def begin(db):
        tries.append(job.enqueue(db, send, user_id=len(tries)))
        if len(tries) < 3:
            raise TryAgain("once more")
        return tries[-1]

    id = begin(database)
    assert [row["total"] for row in database.jobs.count()] == [1]
    assert database.jobs.find(id)["arguments"] == '{"user_id":2}'


# --- Options ---


@pytest.mark.parametrize(
    ("options", "field"),
    [
        (Options(unique_key="x" * 200), "unique_key"),
        (Options(unique_key="\0"), "unique_key"),
        (Options(limit_key="x" * 200), "limit_key"),
        (Options(limit_key="\ud800"), "limit_key"),
    ],
)
def test_a_key_that_cannot_be_kept_is_named(database, register_job, options, field):
    register_job(send, at_most=1)
    with pytest.raises(InvalidValue) as raised:
        job.enqueue(database, send, options, user_id=1)
    assert raised.value.field == field
    assert database.jobs.count() == []


def test_a_job_may_be_due_later(database, send_job, monkeypatch):
    now = value.now()
    monkeypatch.setattr(value, "now", lambda: now)
    for options, state, run_at in (
        (Options(), "waiting", now),
        (Options(delay=90.5), "later", now + timedelta(seconds=90.5)),
        (Options(run_at=now + HOUR), "later", now + HOUR),
        (Options(run_at=now - HOUR), "waiting", now - HOUR),
    ):
        row = database.jobs.find(job.enqueue(database, send, options, user_id=1))
        assert (row["state"], row["run_at"]) == (state, run_at)


def test_a_job_goes_by_the_register_unless_its_options_say_otherwise(database, register_job):
    register_job(send, queue="mail", priority=5, at_most=2)
    row = database.jobs.find(job.enqueue(database, send, user_id=1))
    assert (row["queue"], row["priority"], row["at_most"]) == ("mail", 5, 2)
    assert row["limit_key"] == f"{NAME}.send"
    options = Options(priority=-5, limit_key="example.com")
    row = database.jobs.find(job.enqueue(database, send, options, user_id=1))
    assert (row["priority"], row["limit_key"]) == (-5, f"{NAME}.send example.com")
    row = database.jobs.find(job.enqueue(database, send, Options(priority=0), user_id=1))
    assert row["priority"] == 0


def test_a_unique_key_belongs_to_its_job(database, send_job, register_job):
    register_job(unregistered)
    once = Options(unique_key="user 1")
    first = job.enqueue(database, send, once, user_id=1)
    assert job.enqueue(database, send, once, user_id=2) == first
    assert job.enqueue(database, unregistered, once, user_id=1) != first
    assert database.jobs.find(first)["arguments"] == '{"user_id":1}'
    database.jobs.take_by_id(first)
    assert job.enqueue(database, send, once, user_id=3) != first


# --- Schedules ---


@pytest.mark.parametrize(
    "cron",
    [
        "",
        "* * * *",
        "60 * * * *",
        "* 24 * * *",
        "* * 0 * *",
        "a * * * *",
        "@daily",
        "*/0 * * * *",
        "0 0 30 2 *",
        "5-1 * * * *",
        "\0",
        "* * * * * *",
        "* * * * * * *",
    ],
)
def test_a_cron_text_that_cannot_be_read_is_refused(cron):
    with pytest.raises(ValueError) as raised:
        Schedule(send, cron)
    assert str(raised.value).startswith(f"the schedule {NAME}.send: {cron!r} is no cron text: ")


@pytest.mark.parametrize("zone", ["Mars/Olympus", "utc+1", "Europe", "x" * 300])
def test_a_zone_that_is_not_known_is_refused(zone):
    with pytest.raises(ValueError) as raised:
        Schedule(send, "0 3 * * *", timezone=zone)
    reason = f"there is no time zone {zone!r}; one is Asia/Seoul"
    assert str(raised.value) == f"the schedule {NAME}.send: {reason}"


def test_every_schedule_of_the_register_is_of_a_job_that_takes_its_arguments():
    for schedule in jobs.SCHEDULES:
        job.registered(job.name_of(schedule.function)).require_arguments(schedule.arguments)
    assert len({schedule.name for schedule in jobs.SCHEDULES}) == len(jobs.SCHEDULES)


NIGHTS = {"to summer time": datetime(2026, 3, 29), "back": datetime(2026, 10, 25)}


@pytest.mark.parametrize("cron", ["30 2 * * *", "0 * * * *", "*/15 * * * *", "0 3 * * *"])
@pytest.mark.parametrize("night", NIGHTS.values(), ids=NIGHTS)
@pytest.mark.parametrize("zone", ["Europe/Berlin", "UTC"])
def test_in_a_night_when_the_clock_changes_each_tick_comes_once(cron, night, zone):
    schedule, local = Schedule(send, cron, timezone=zone), ZoneInfo(zone)
    begin = (night - timedelta(hours=2)).replace(tzinfo=local).astimezone(UTC)
    forward = CronSim(cron, begin.astimezone(local) - timedelta(seconds=1))
    ticks = []
    while (tick := next(forward).astimezone(UTC)) < begin + 10 * HOUR:
        ticks.append(tick)
    taken, times = [schedule.latest(begin - timedelta(minutes=1))], []
    for minute in range(10 * 60):
        now = begin + timedelta(minutes=minute)
        # As the table of schedules has it: a tick is later than the one before.
        if (latest := schedule.latest(now)) > taken[-1]:
            taken.append(latest)
            times.append(now)
    assert taken[1:] == sorted({*ticks})
    assert times == taken[1:]


def test_a_tick_is_its_zones_and_none_is_before_its_time():
    schedule = Schedule(send, "0 9 * * *", timezone="Asia/Seoul")
    midnight = datetime(2026, 12, 1, tzinfo=UTC)
    for before in (timedelta(seconds=1), timedelta(minutes=1), HOUR):
        assert schedule.latest(midnight - before) == midnight - timedelta(days=1)
        assert schedule.following(midnight - before) == midnight
    for after in (timedelta(0), timedelta(milliseconds=1), HOUR):
        assert schedule.latest(midnight + after) == midnight
        assert schedule.following(midnight + after) == midnight + timedelta(days=1)


def test_the_last_tick_is_not_after_now():
    now = datetime(2026, 12, 1, 9, 59, 59, 500_000, tzinfo=UTC)
    assert Schedule(prune, "0 10 * * *").latest(now) == datetime(2026, 11, 30, 10, tzinfo=UTC)


def test_in_the_night_of_two_hours_alike_ticks_only_grow():
    schedule = Schedule(prune, "30 2 * * *", timezone="Europe/Berlin")
    begin = datetime(2026, 10, 24, 22, tzinfo=UTC)
    minutes = [begin + timedelta(minutes=number) for number in range(600)]
    assert all(schedule.following(minute) > minute for minute in minutes)
    walked = [schedule.latest(minute) for minute in minutes]
    assert walked == sorted(walked)
    assert set(walked) == {
        begin - timedelta(hours=21, minutes=30),
        begin.replace(day=25, hour=0, minute=30),
    }


@pytest.mark.parametrize(
    ("options", "field"),
    [
        (Options(delay=-1), "delay"),
        (Options(delay=float("nan")), "delay"),
        (Options(delay=1e20), "delay"),
        (Options(delay="1"), "delay"),
        (Options(run_at=datetime(2026, 1, 1)), "run_at"),
        (Options(run_at="2026-01-01"), "run_at"),
        (Options(priority=2**40), "priority"),
        (Options(priority=1.5), "priority"),
        (Options(limit_key="k"), "limit_key"),
        (Options(unique_key=5), "unique_key"),
        (Options(unique_key="x" * 150), "unique_key"),
    ],
)
def test_an_option_that_makes_no_sense_is_named(database, options, field):
    with pytest.raises((Invalid, InvalidValue)) as raised:
        job.enqueue(database, prune, options, days=1)
    assert raised.value.field == field
    assert database.jobs.count() == []


@pytest.mark.parametrize(
    ("schedule", "reason"),
    [
        (Schedule(name_of, "* * * * *"), "its function is no job: add it to JOBS"),
        (Schedule(prune, "* * * * *", day=1), "day is no argument of log.prune"),
        (Schedule(prune, "* * * * *", days="1"), "days must be int"),
        (Schedule(prune, "* * * * *", name="x" * 101), "its name has more than 100 characters"),
    ],
)
def test_a_schedule_of_what_is_no_job_is_refused(schedule, reason):
    with pytest.raises(ValueError, match=re.escape(reason)):
        by_name(jobs.JOBS, [schedule])


def test_a_job_that_stands_in_the_register_twice_is_refused():
    with pytest.raises(ValueError, match=r"log\.prune stands in the register twice"):
        by_name([*jobs.JOBS, Job(prune)], [])
