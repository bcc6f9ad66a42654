"""Jobs on every engine: what is taken, by whom, in which order, and what a lease is worth."""

import multiprocessing
import threading
from datetime import timedelta
from functools import partial
from typing import get_type_hints

import pytest

import model
from model.frame import value
from model.frame.error import InvalidValue, TryAgain, Unavailable
from model.job import LONGEST, TO_CANCEL, TO_DISCARD, TO_RETRY, JobRow, RunningRow, TakenRow
from tests.model.marks import only
from tests.model.statements import put
from tests.model.test_log import explained

NEW = {
    "name": "mail.send",
    "arguments": "{}",
    "queue": "default",
    "priority": 0,
    "run_at": None,
    "limit_key": None,
    "at_most": 0,
}
STATES = ("waiting", "running", "later", "finished", "dead", "cancelled")
HOUR = timedelta(hours=1)
# secantusdb undoes and repeats what takes one document at once, which takes it long.
PROCESSES, JOBS = 4, {"sqlite": 200, "mysql": 200, "mongodb": 60}
# What stands in a row that `fill` puts in as running.
ROW = {"id": 1, "attempt": 1, "crashes": 0, "lease": 1}
LEFT = {"state": "waiting", "run_at": None, "error": ""}

MODEL = "jobs"
STATEMENTS = {
    "insert": (1, 2, lambda db: db.jobs.insert({**NEW})),
    "insert_unique": (2, 2, lambda db: db.jobs.insert_unique({**NEW}, unique_key="k")),
    "changes": ({"sqlite": 1, "mysql": 0}, 0, lambda db: db.jobs.changes()),
    "is_waiting": (1, 1, lambda db: db.jobs.is_waiting("default")),
    "is_waiting without": (1, 1, lambda db: db.jobs.is_waiting("default", without=["k"])),
    "take": ({"sqlite": 1, "mysql": 2}, 1, lambda db: db.jobs.take("default")),
    "take_by_id": (2, 1, lambda db: db.jobs.take_by_id(6)),
    "claim": (1, 1, lambda db: db.jobs.claim(1, lease=1, slot_key="k 0")),
    "beat": (1, 1, lambda db: db.jobs.beat(1, lease=1)),
    "finish": (1, 1, lambda db: db.jobs.finish(1, lease=1)),
    "leave": (1, 1, lambda db: db.jobs.leave(ROW, **LEFT)),
    "wake": (2, 2, lambda db: db.jobs.wake(5)),
    "find": (1, 1, lambda db: db.jobs.find(1)),
    "list_running": (1, 1, lambda db: db.jobs.list_running()),
    "list_by_state": (1, 1, lambda db: db.jobs.list_by_state("dead", limit=5)),
    "list_by_state queue": (
        1,
        1,
        lambda db: db.jobs.list_by_state("waiting", limit=5, queue="default"),
    ),
    "count": (1, 1, lambda db: db.jobs.count()),
    "retry": (1, 1, lambda db: db.jobs.retry(4)),
    "cancel": (1, 1, lambda db: db.jobs.cancel(1)),
    "discard": (1, 1, lambda db: db.jobs.discard(3)),
    "delete_ended": (2, 2, lambda db: db.jobs.delete_ended(value.now() + HOUR, 5)),
    "pause": (1, 1, lambda db: db.jobs.pause("default")),
    "resume": (1, 1, lambda db: db.jobs.resume("default")),
    "list_paused": (1, 1, lambda db: db.jobs.list_paused()),
    "begin_schedule": (1, 1, lambda db: db.jobs.begin_schedule("s", tick=value.now())),
    "tick": (1, 1, lambda db: db.jobs.tick("s", tick=value.now(), latest=value.now())),
    "list_ticks": (1, 1, lambda db: db.jobs.list_ticks()),
}
# What MongoDB returns whatever its number, and why (tests/model/frame/test_mongodb_indexes.py).
FEW = {
    "jobs.list_running": "no more run than there are processes of workers",
    "jobs.count": "a row for each state of each queue",
    "jobs.list_paused": "the program has a few queues",
    "jobs.list_ticks": "the program has a few schedules",
}


def fill(database, count: int = 10) -> None:
    """Jobs 1 to count: running, later, finished, dead, cancelled, waiting, running, ..."""
    now = value.now()
    rows = [
        {"id": n, **NEW, "state": STATES[n % 6], "run_at": now - timedelta(seconds=count - n)}
        | {"attempt": 1, "crashes": 0, "lease": 1, "heartbeat": 0, "last_error": ""}
        | {"created_at": now}
        for n in range(1, count + 1)
    ]
    put(database, "jobs", rows)


@pytest.fixture
def add(database):
    """Insert a job like NEW, with these columns otherwise; returns its id."""
    return lambda **changed: database.jobs.insert({**NEW, **changed})


@pytest.fixture
def put_in(database):
    """Put a job into a state; returns its id. Running, its lease is 1."""

    def put_one(state: str, **changed) -> int:
        columns = {"attempt": 1, "crashes": 0, "lease": 1, "heartbeat": 0, "last_error": ""}
        times = {"run_at": value.now(), "created_at": value.now()}
        id = 1 + max((row["id"] for row in everything(database)), default=0)
        put(database, "jobs", [{"id": id, **NEW, **columns, **times, "state": state, **changed}])
        return id

    return put_one


@pytest.fixture
def other(url):
    """The same database, as another process has it."""
    database = model.connect(url)
    yield database
    database.close()


def everything(database) -> list:
    """Every job, whatever its state."""
    return [row for state in STATES for row in database.jobs.list_by_state(state, limit=1000)]


def states_of(database, *ids: int) -> list[str]:
    return [database.jobs.find(id)["state"] for id in ids]


# --- Values that no engine keeps ---


@pytest.mark.parametrize(
    ("column", "bad"),
    [
        ("name", "x" * (LONGEST["name"] + 1)),
        ("name", "\0"),
        ("name", None),
        ("arguments", "x" * (LONGEST["arguments"] + 1)),
        ("arguments", "\0"),
        ("arguments", {"$gt": ""}),
        ("queue", "x" * (LONGEST["queue"] + 1)),
        ("queue", "\ud800"),
        ("limit_key", "x" * (LONGEST["limit_key"] + 1)),
        ("limit_key", "\0"),
        ("limit_key", 1),
    ],
)
def test_a_bad_value_is_named_by_its_column(database, column, bad):
    new = {**NEW, column: bad}
    for work in (
        lambda: database.jobs.insert(new),
        lambda: database.jobs.insert_unique(new, unique_key="k"),
    ):
        with pytest.raises(InvalidValue) as raised:
            work()
        assert raised.value.field == column
    assert database.jobs.count() == []


@pytest.mark.parametrize("bad", ["x" * (LONGEST["unique_key"] + 1), "\0", None, 1])
def test_a_bad_unique_key_is_named(database, bad):
    with pytest.raises(InvalidValue) as raised:
        database.jobs.insert_unique({**NEW}, unique_key=bad)
    assert raised.value.field == "unique_key"
    assert database.jobs.count() == []


@pytest.mark.parametrize(
    ("field", "work"),
    [
        ("slot_key", lambda jobs, bad: jobs.claim(1, lease=1, slot_key=bad)),
        ("queue", lambda jobs, bad: jobs.pause(bad)),
        ("name", lambda jobs, bad: jobs.begin_schedule(bad, tick=value.now())),
    ],
)
@pytest.mark.parametrize("bad", ["x" * 161, "\0", None, 1, {"$gt": ""}])
def test_a_bad_slot_a_bad_queue_and_a_bad_schedule_are_named(database, field, work, bad):
    with pytest.raises(InvalidValue) as raised:
        work(database.jobs, bad)
    assert raised.value.field == field
    assert database.jobs.list_paused() == []
    assert database.jobs.list_ticks() == {}


@pytest.mark.parametrize("column", ["name", "arguments", "queue", "limit_key"])
def test_the_longest_texts_are_kept(database, add, column):
    longest = "\U0001f600" * LONGEST[column]
    if column == "arguments":
        longest = "x" * LONGEST[column]
    id = add(**{column: longest})
    assert database.jobs.find(id)[column] == longest


def test_an_error_is_cut_to_what_is_kept(database, add):
    add()
    row = database.jobs.take("default")
    error = "\0" + "\U0001f600" * 2000
    assert database.jobs.leave(row, state="dead", run_at=None, error=error) == 1
    kept = database.jobs.find(row["id"])["last_error"]
    assert kept == "\ufffd" + "\U0001f600" * (LONGEST["last_error"] - 1)


# --- Taking ---


def test_nothing_is_taken_from_where_nothing_waits(database, add, put_in):
    for state in STATES[1:]:
        put_in(state)
    add(queue="Default")
    add(queue="other")
    assert database.jobs.take("default") is None
    assert not database.jobs.is_waiting("default")
    for id in (-1, 0, 1, 999, 2**53):
        assert database.jobs.take_by_id(id) is None


def test_every_column_of_a_row_is_declared(database, add):
    id = add(limit_key="k", at_most=2)
    assert set(database.jobs.find(id)) == set(get_type_hints(JobRow))
    assert set(database.jobs.list_by_state("waiting", limit=1)[0]) == set(get_type_hints(JobRow))
    assert set(database.jobs.take("default")) == set(get_type_hints(TakenRow))
    assert set(database.jobs.list_running()[0]) == set(get_type_hints(RunningRow))
    assert database.jobs.find(999) is None


def test_a_job_without_keys_has_none(database, add):
    id = add()
    for row in (database.jobs.find(id), *database.jobs.list_by_state("waiting", limit=1)):
        assert (row["unique_key"], row["limit_key"]) == (None, None)
    assert database.jobs.take("default")["limit_key"] is None
    assert database.jobs.list_running()[0]["limit_key"] is None


def test_what_was_taken_is_what_was_inserted(database, add):
    id = add(arguments='{"id":1}', priority=-7, limit_key="k", at_most=3)
    inserted = database.jobs.find(id)
    assert (inserted["state"], inserted["attempt"], inserted["lease"]) == ("waiting", 0, 0)
    assert inserted["run_at"] == inserted["created_at"] <= value.now()
    taken = database.jobs.take("default")
    own = {"id": id, "name": "mail.send", "arguments": '{"id":1}', "limit_key": "k", "at_most": 3}
    assert taken == {**own, "attempt": 1, "crashes": 0, "lease": 1}
    assert database.jobs.list_running() == [{**taken, "heartbeat": 0}]


def test_a_job_of_an_earlier_time_was_made_now(database, add):
    before = value.now()
    row = database.jobs.find(add(run_at=before - HOUR))
    assert (row["state"], row["run_at"]) == ("waiting", before - HOUR)
    assert row["created_at"] >= before


def test_jobs_are_taken_by_priority_then_time_then_id(database, add):
    now = value.now()
    later_id, earlier, first, again = (
        add(run_at=now - HOUR),
        add(run_at=now - 2 * HOUR),
        add(priority=-1),
        add(run_at=now - HOUR),
    )
    last = add(priority=1, run_at=now - 9 * HOUR)
    order = [first, earlier, later_id, again, last]
    listed = database.jobs.list_by_state("waiting", limit=9, queue="default")
    assert [row["id"] for row in listed] == order
    assert [database.jobs.take("default")["id"] for _ in order] == order
    assert database.jobs.take("default") is None


def test_one_job_is_taken_by_its_id_once(database, add):
    first, second = add(), add()
    assert database.jobs.take_by_id(second)["id"] == second
    assert database.jobs.take_by_id(second) is None
    assert database.jobs.take("default")["id"] == first


def test_jobs_with_some_limit_keys_are_passed_over(database, add):
    full, fuller, open_, without = (
        add(limit_key="a"),
        add(limit_key="b"),
        add(limit_key="A"),
        add(),
    )
    assert database.jobs.take("default", without=["a", "b"])["id"] == open_
    assert database.jobs.take("default", without=["a", "b"])["id"] == without
    assert database.jobs.take("default", without=["a", "b"]) is None
    assert not database.jobs.is_waiting("default", without=["a", "b"])
    assert database.jobs.is_waiting("default", without=["a"])
    assert database.jobs.take("default", without=["a"])["id"] == fuller
    assert database.jobs.take("default")["id"] == full


def test_on_sqlite_a_number_tells_of_what_others_commit(database, other, add, engine):
    before = database.jobs.changes()
    assert before == database.jobs.changes()
    other.jobs.insert({**NEW})
    assert (database.jobs.changes() != before) == (engine == "sqlite")


# --- Later ---


def test_a_job_of_later_is_woken_when_its_time_has_come(database, add, monkeypatch):
    now = value.now()
    late, later = add(run_at=now + 2 * HOUR), add(run_at=now + HOUR)
    assert states_of(database, late, later) == ["later", "later"]
    assert database.jobs.wake(9) == 0
    assert database.jobs.take("default") is None
    monkeypatch.setattr(value, "now", lambda: now + HOUR)
    assert database.jobs.wake(9) == 1
    assert states_of(database, late, later) == ["later", "waiting"]
    assert database.jobs.find(later)["run_at"] == now + HOUR
    assert database.jobs.take("default")["id"] == later


def test_so_many_are_woken_at_once_the_earliest_first(database, put_in):
    now = value.now()
    ids = [put_in("later", run_at=now - timedelta(seconds=n)) for n in range(5)]
    assert database.jobs.wake(2) == 2
    assert states_of(database, *ids) == ["later"] * 3 + ["waiting"] * 2
    assert [database.jobs.wake(2), database.jobs.wake(2), database.jobs.wake(2)] == [2, 1, 0]


# --- Unique keys ---


def test_a_unique_key_is_there_once_while_its_job_waits(database, add):
    def add_unique(key="k", **changed):
        return database.jobs.insert_unique({**NEW, **changed}, unique_key=key)

    first = add_unique(arguments='{"n":1}')
    assert add_unique(arguments='{"n":2}') == first
    assert database.jobs.find(first)["arguments"] == '{"n":1}'
    assert add_unique("K") != first
    later = add_unique("later", run_at=value.now() + HOUR)
    assert add_unique("later") == later
    assert database.jobs.take("default")["id"] == first
    again = add_unique()
    assert again != first
    assert database.jobs.find(again)["unique_key"] == "k"


def test_a_key_is_free_when_its_job_was_cancelled_or_deleted(database):
    for end in (database.jobs.cancel, database.jobs.discard):
        first = database.jobs.insert_unique({**NEW}, unique_key="k")
        assert end(first) == 1
        second = database.jobs.insert_unique({**NEW}, unique_key="k")
        assert second != first
        database.jobs.discard(second)


def test_a_transaction_that_is_undone_leaves_no_job(database):
    met = database.jobs.insert_unique({**NEW}, unique_key="met")

    def enqueue(db):
        db.jobs.insert({**NEW})
        db.jobs.insert_unique({**NEW}, unique_key="k")
        assert db.jobs.insert_unique({**NEW}, unique_key="met") == met
        raise LookupError

    with pytest.raises(LookupError):
        database.atomically(enqueue)
    assert [row["id"] for row in everything(database)] == [met]
    assert database.jobs.insert_unique({**NEW}, unique_key="k") != met
    assert database.jobs.take("default")["id"] == met


def test_a_job_that_an_open_transaction_met_is_taken_when_that_has_ended(database, other):
    """Else the job could be done before what the transaction writes can be seen."""
    met = database.jobs.insert_unique({**NEW}, unique_key="k")
    tried, taken = threading.Event(), []

    def take() -> None:
        try:
            taken.append(other.jobs.take("default"))
        except (TryAgain, Unavailable):
            taken.append(None)
        tried.set()

    taker = threading.Thread(target=take)
    begun = []

    def enqueue(db):
        assert db.jobs.insert_unique({**NEW}, unique_key="k") == met
        if not begun:
            begun.append(taker.start())
        # It has found nothing, or waits for this to end.
        tried.wait(0.3)
        assert not any(taken)

    database.atomically(enqueue)
    taker.join()
    if taken == [None]:
        taken = [other.jobs.take("default")]
    assert [row["id"] for row in taken] == [met]


@pytest.mark.parametrize("is_unique", [False, True])
def test_nobody_takes_a_job_that_is_not_committed(database, other, engine, is_unique):
    def enqueue(db):
        if is_unique:
            db.jobs.insert_unique({**NEW}, unique_key="k")
        else:
            db.jobs.insert({**NEW})
        if engine != "sqlite":  # where a taker would wait for the transaction
            assert other.jobs.take("default") is None
        assert not other.jobs.is_waiting("default")

    database.atomically(enqueue)
    assert other.jobs.take("default") is not None


# --- Leases ---


def test_a_stale_lease_changes_nothing(database, add):
    id = add()
    stale = database.jobs.take("default")
    database.jobs.leave(stale, **LEFT)
    taken = database.jobs.take("default")
    assert (stale["lease"], taken["lease"]) == (1, 2)
    assert database.jobs.claim(id, lease=2, slot_key="s 0")
    before = database.jobs.find(id)
    for lease in (0, stale["lease"], 3, 2**53):
        assert database.jobs.beat(id, lease=lease) == 0
        assert database.jobs.finish(id, lease=lease) == 0
        assert database.jobs.leave({**taken, "lease": lease}, **LEFT) == 0
        assert not database.jobs.claim(id, lease=lease, slot_key="s 1")
    assert database.jobs.find(id) == before
    assert database.jobs.finish(id, lease=2) == 1


@pytest.mark.parametrize("state", [state for state in STATES if state != "running"])
def test_a_lease_is_worth_nothing_when_the_job_does_not_run(database, put_in, state):
    id = put_in(state)
    before = database.jobs.find(id)
    row = {"id": id, "attempt": 7, "crashes": 7, "lease": 1}
    assert database.jobs.beat(id, lease=1) == database.jobs.finish(id, lease=1) == 0
    assert database.jobs.leave(row, state="dead", run_at=None, error="x") == 0
    assert not database.jobs.claim(id, lease=1, slot_key="s 0")
    assert database.jobs.find(id) == before


def test_leases_only_grow(database, add):
    id, leases = add(), []
    for end in (
        lambda row: database.jobs.leave(row, **LEFT),
        lambda row: database.jobs.finish(id, lease=row["lease"]),
        lambda row: database.jobs.cancel(id),
        lambda row: database.jobs.leave(row, state="dead", run_at=None, error=""),
        lambda row: database.jobs.leave(row, state="later", run_at=value.now(), error=""),
    ):
        row = database.jobs.take("default")
        leases.append(row["lease"])
        assert end(row) == 1
        database.jobs.retry(id)
    assert leases == [1, 2, 3, 4, 5]


def test_a_heartbeat_grows_and_begins_anew_with_each_lease(database, add):
    id = add()
    row = database.jobs.take("default")
    assert [database.jobs.beat(id, lease=1) for _ in range(3)] == [1, 1, 1]
    assert database.jobs.list_running()[0]["heartbeat"] == 3
    database.jobs.leave(row, **LEFT)
    database.jobs.take("default")
    assert database.jobs.list_running()[0]["heartbeat"] == 0


def test_what_is_left_says_how_it_went_and_when_it_is_next(database, add):
    id = add()
    placed = database.jobs.find(id)["run_at"]
    row = database.jobs.take("default")
    left = {**row, "attempt": 4, "crashes": 3}
    assert database.jobs.leave(left, state="waiting", run_at=None, error="why") == 1
    found = database.jobs.find(id)
    assert (found["attempt"], found["crashes"], found["last_error"]) == (4, 3, "why")
    assert (found["state"], found["run_at"]) == ("waiting", placed)
    row, later = database.jobs.take("default"), value.now() + HOUR
    assert (row["attempt"], row["crashes"]) == (5, 3)
    assert database.jobs.leave(row, state="later", run_at=later, error="") == 1
    found = database.jobs.find(id)
    assert (found["state"], found["run_at"], found["last_error"]) == ("later", later, "")


# --- Slots ---


def test_no_two_jobs_have_a_slot(database, add):
    first, second = (database.jobs.take_by_id(add()) for _ in range(2))
    slot = {"slot_key": "k 0"}
    assert database.jobs.claim(first["id"], lease=1, **slot)
    assert not database.jobs.claim(second["id"], lease=1, **slot)
    assert database.jobs.claim(second["id"], lease=1, slot_key="K 0")
    assert database.jobs.claim(second["id"], lease=1, slot_key="k 1")
    assert states_of(database, first["id"], second["id"]) == ["running", "running"]


@pytest.mark.parametrize("end", ["finish", "leave", "cancel"])
def test_a_slot_is_free_when_its_job_has_ended(database, add, end):
    first, second = (database.jobs.take_by_id(add()) for _ in range(2))
    database.jobs.claim(first["id"], lease=1, slot_key="k 0")
    if end == "finish":
        database.jobs.finish(first["id"], lease=1)
    elif end == "leave":
        database.jobs.leave(first, **LEFT)
    else:
        database.jobs.cancel(first["id"])
    assert database.jobs.claim(second["id"], lease=1, slot_key="k 0")


# --- What people do ---


@pytest.mark.parametrize("state", STATES)
def test_a_state_says_what_may_be_done(database, put_in, state):
    for work, states, after in (
        (database.jobs.retry, TO_RETRY, "waiting"),
        (database.jobs.cancel, TO_CANCEL, "cancelled"),
    ):
        id = put_in(state)
        assert work(id) == (1 if state in states else 0)
        assert states_of(database, id) == [after if state in states else state]
    id = put_in(state)
    assert database.jobs.discard(id) == (1 if state in TO_DISCARD else 0)
    assert (database.jobs.find(id) is None) == (state in TO_DISCARD)


def test_nothing_is_done_to_a_job_that_is_not_there(database):
    for id in (0, 1, -1):
        assert database.jobs.retry(id) == database.jobs.cancel(id) == database.jobs.discard(id) == 0


def test_a_retried_job_begins_anew(database, put_in):
    id = put_in("dead", attempt=9, crashes=5, run_at=value.now() - HOUR)
    before = value.now()
    assert database.jobs.retry(id) == 1
    row = database.jobs.find(id)
    assert (row["attempt"], row["crashes"], row["lease"]) == (0, 0, 1)
    assert before <= row["run_at"] <= value.now()


def test_jobs_are_listed_by_state_the_first_to_run_first(database, put_in):
    now = value.now()
    ids = [put_in("dead", run_at=now - timedelta(seconds=s), priority=s) for s in (1, 3, 2, 3)]
    put_in("later")
    elsewhere = put_in("dead", queue="other")
    order = [ids[1], ids[3], ids[2], ids[0], elsewhere]
    assert [row["id"] for row in database.jobs.list_by_state("dead", limit=9)] == order
    assert [row["id"] for row in database.jobs.list_by_state("dead", limit=2)] == order[:2]
    assert database.jobs.list_by_state("dead", limit=0) == []
    assert database.jobs.list_by_state("waiting", limit=9) == []
    in_queue = database.jobs.list_by_state("dead", limit=9, queue="default")
    assert [row["id"] for row in in_queue] == [ids[0], ids[2], ids[1], ids[3]]
    with pytest.raises(InvalidValue) as raised:
        database.jobs.list_by_state("dead", limit=-1)
    assert raised.value.field == "limit"


def test_jobs_are_counted_by_queue_and_state(database, put_in):
    assert database.jobs.count() == []
    for state in ("waiting", "dead", "dead"):
        put_in(state)
    put_in("waiting", queue="another")
    assert database.jobs.count() == [
        {"queue": "another", "state": "waiting", "total": 1},
        {"queue": "default", "state": "dead", "total": 2},
        {"queue": "default", "state": "waiting", "total": 1},
    ]


@pytest.mark.parametrize("limit", [1, 2, 100])
def test_what_ended_is_deleted_in_batches_and_nothing_else(database, put_in, limit):
    now = value.now()
    ended = [put_in(state, run_at=now - HOUR) for state in ("finished", "cancelled", "finished")]
    kept = [put_in(state, run_at=now - HOUR) for state in ("waiting", "running", "later", "dead")]
    kept += [put_in(state, run_at=now) for state in ("finished", "cancelled")]
    deleted = []
    while count := database.jobs.delete_ended(now, limit):
        deleted.append(count)
    assert sum(deleted) == len(ended)
    assert max(deleted) <= limit
    assert sorted(row["id"] for row in everything(database)) == kept


def test_a_paused_queue_is_listed_until_it_is_resumed(database):
    for queue in ("default", "Default", "default", "\U0001f600" * 40):
        database.jobs.pause(queue)
    assert sorted(database.jobs.list_paused()) == ["Default", "default", "\U0001f600" * 40]
    assert database.jobs.resume("default") == 1
    assert database.jobs.resume("default") == 0
    assert sorted(database.jobs.list_paused()) == ["Default", "\U0001f600" * 40]


# --- Schedules ---


def test_a_schedule_begins_once(database):
    now = value.now()
    assert database.jobs.begin_schedule("s", tick=now)
    assert not database.jobs.begin_schedule("s", tick=now + HOUR)
    assert database.jobs.begin_schedule("S", tick=now - HOUR)
    assert database.jobs.list_ticks() == {"s": now, "S": now - HOUR}


def test_a_tick_is_taken_once_and_no_earlier_one_after_it(database):
    now = value.now()
    latest = now + 24 * HOUR
    assert not database.jobs.tick("s", tick=now, latest=latest)
    database.jobs.begin_schedule("s", tick=now)
    assert not database.jobs.tick("s", tick=now, latest=latest)
    assert not database.jobs.tick("s", tick=now - HOUR, latest=latest)
    assert database.jobs.tick("s", tick=now + HOUR, latest=latest)
    assert not database.jobs.tick("s", tick=now + HOUR, latest=latest)
    assert not database.jobs.tick("s", tick=now, latest=latest)
    assert database.jobs.list_ticks() == {"s": now + HOUR}


def test_a_tick_that_a_wrong_clock_took_is_replaced(database):
    now = value.now()
    latest = now + 24 * HOUR
    database.jobs.begin_schedule("s", tick=latest)
    assert not database.jobs.tick("s", tick=now, latest=latest)
    database.jobs.tick("s", tick=now + 10_000 * HOUR, latest=latest)
    assert database.jobs.tick("s", tick=now, latest=latest)
    assert database.jobs.list_ticks() == {"s": now}


# --- Many at once ---


def take_all(url: str, taken) -> None:
    """What each process does: take jobs, finish them, until it finds none."""
    database = model.connect(url)
    found = []
    while database.jobs.is_waiting("default"):
        if row := database.jobs.take("default"):
            found.append(row["id"])
            assert database.jobs.finish(row["id"], lease=row["lease"]) == 1
    database.close()
    taken.put(found)


def test_four_processes_take_each_job_once(url, database, engine):
    now, count = value.now(), JOBS[engine]
    columns = {"attempt": 0, "crashes": 0, "lease": 0, "heartbeat": 0, "last_error": ""}
    times = {"run_at": now, "created_at": now}
    rows = [{"id": n, **NEW, **columns, **times, "state": "waiting"} for n in range(1, count + 1)]
    put(database, "jobs", rows)
    spawned = multiprocessing.get_context("spawn")
    taken = spawned.Queue()
    processes = [spawned.Process(target=take_all, args=(url, taken)) for _ in range(PROCESSES)]
    for process in processes:
        process.start()
    found = [id for _ in processes for id in taken.get(timeout=60)]
    for process in processes:
        process.join()
    assert sorted(found) == list(range(1, count + 1))
    assert database.jobs.count() == [{"queue": "default", "state": "finished", "total": count}]


# --- Plans ---


@only("sqlite", "mysql")
def test_the_first_job_is_found_by_the_index_without_sorting(sent, database, engine):
    fill(database, 300)
    if engine == "mysql":
        database.run("ANALYZE TABLE jobs")
    for without in ([], ["k", "l"]):
        take = partial(database.jobs.take, "default", without=without)
        plan = explained(database, *sent.by(take)[0])
        assert "jobs_order" in plan
        assert "TEMP B-TREE" not in plan
        assert "filesort" not in plan
        assert "SCAN jobs" not in plan
        [look] = sent.by(partial(database.jobs.is_waiting, "default", without=without))
        assert "jobs_order" in explained(database, *look)


@only("sqlite", "mysql")
def test_what_is_due_and_what_has_ended_is_found_by_an_index(sent, database, engine):
    fill(database, 3000)
    if engine == "mysql":
        database.run("ANALYZE TABLE jobs")
    past = value.now() - HOUR
    for work in (
        lambda: database.jobs.wake(5),
        lambda: database.jobs.delete_ended(past, 5),
        lambda: database.jobs.list_by_state("dead", limit=5),
    ):
        plan = explained(database, *sent.by(work)[0])
        assert "jobs_time" in plan
        assert "TEMP B-TREE" not in plan
        assert "filesort" not in plan


# --- Who waits for whom on MySQL ---


@only("mysql")
def test_what_somebody_is_taking_is_passed_over(database, other):
    first, second = database.jobs.insert(NEW), database.jobs.insert(NEW)

    def take_both(db):
        assert db.jobs.take("default")["id"] == first
        assert other.jobs.take("default")["id"] == second
        assert other.jobs.take("default") is None

    database.briefly(take_both)


@only("mysql")
def test_who_enqueues_waits_for_nobody_who_finds_nothing_to_take(database, other):
    def take(db):
        assert db.jobs.take("default") is None
        assert other.jobs.insert(NEW)

    database.briefly(take)


@only("mysql")
def test_a_unique_key_that_is_met_holds_up_no_other_key(database, other):
    met = [database.jobs.insert_unique(NEW, unique_key=f"user {number}") for number in range(3)]

    def enqueue(db):
        assert db.jobs.insert_unique(NEW, unique_key="user 1") == met[1]
        for key in ("user 0", "user 10", "user 2", "user 3"):
            other.jobs.insert_unique(NEW, unique_key=key)
        other.jobs.insert(NEW)
        assert other.jobs.take("default")["id"] == met[0]
        assert other.jobs.take("default")["id"] == met[2]

    database.atomically(enqueue)
