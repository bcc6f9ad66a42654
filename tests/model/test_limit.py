"""Limits on every engine: windows, clocks that step, several processes, a bounded table."""

import hashlib
import multiprocessing

import pytest

import model
from model.frame import value
from model.frame.error import InvalidValue
from model.limit import MOST_HITS
from tests.model.statements import put

HOUR = 60 * 60
PROCESSES, HITS = 4, 100

MODEL = "limits"
STATEMENTS = {
    "hit": (1, 1, lambda db: db.limits.hit("k1", seconds=HOUR)),
    "hit new": (1, 1, lambda db: db.limits.hit("new", seconds=HOUR)),
    "delete_ended": (4, 4, lambda db: db.limits.delete_ended(100)),
    "delete_least_hit": (3, 3, lambda db: db.limits.delete_least_hit(kept=3, most=5)),
    "know_address": (1, 1, lambda db: db.limits.know_address("k1", days=90)),
    "knows_address": (1, 1, lambda db: db.limits.knows_address("k1")),
}


def fill(database, count: int = 10) -> None:
    """Keys k1 to k<count>, hit as often as their number says, of which the first half has ended."""
    now = value.milliseconds()
    keys = "_id" if database.engine == "mongodb" else "key_hash"
    ends = {n: now - 1000 if n <= count // 2 else now + 1000 * HOUR for n in range(1, count + 1)}
    put(database, "limits", [{keys: f"k{n}", "hits": n, "ends_at": ends[n]} for n in ends])
    put(database, "known_addresses", [{keys: f"k{n}", "ends_at": ends[n]} for n in ends])


@pytest.fixture
def clock(monkeypatch):
    """Set the clock this many seconds from where it is."""
    now = value.milliseconds()

    def set_clock(seconds: float) -> None:
        monkeypatch.setattr(value, "milliseconds", lambda: now + round(seconds * 1000))

    set_clock(0)
    return set_clock


@pytest.fixture
def hits(database):
    """Hit a key; returns how often it was hit in its window."""
    return lambda key="k", seconds=HOUR: database.limits.hit(key, seconds=seconds)["hits"]


@pytest.mark.parametrize("bad", ["x" * 65, "\0", None, 1, {"$gt": ""}])
def test_a_bad_key_is_refused(database, bad):
    for work in (
        lambda: database.limits.hit(bad, seconds=1),
        lambda: database.limits.know_address(bad, days=1),
    ):
        with pytest.raises(InvalidValue) as raised:
            work()
        assert raised.value.field == "key_hash"


def test_hits_are_counted_by_key(hits):
    assert [hits("a"), hits("a"), hits("b"), hits("a")] == [1, 2, 1, 3]


def test_a_key_is_compared_exactly(hits):
    assert [hits("a"), hits("A"), hits("a "), hits("á")] == [1, 1, 1, 1]


def test_a_window_begins_with_its_first_hit_and_ends(database, hits, clock):
    assert database.limits.hit("k", seconds=60) == {"hits": 1, "milliseconds": 60_000}
    clock(59.5)
    assert database.limits.hit("k", seconds=60) == {"hits": 2, "milliseconds": 500}
    clock(60)
    assert database.limits.hit("k", seconds=60) == {"hits": 1, "milliseconds": 60_000}


@pytest.mark.parametrize("step", [-60, -HOUR, -400 * 24 * HOUR, 24 * HOUR, 30 * 365 * 24 * HOUR])
def test_a_clock_that_steps_locks_nobody_for_longer_than_a_window(database, hits, clock, step):
    for _ in range(5):
        hits()
    clock(step)
    row = database.limits.hit("k", seconds=HOUR)
    assert row == {"hits": 1, "milliseconds": 1000 * HOUR}
    # And back again.
    clock(0)
    for _ in range(5):
        assert 0 < database.limits.hit("k", seconds=HOUR)["milliseconds"] <= 1000 * HOUR
    clock(HOUR + 1)
    assert hits() == 1


@pytest.mark.parametrize("late", [0.001, 1, 10])
def test_who_read_the_clock_before_the_window_began_counts_in_it(database, hits, clock, late):
    assert [hits(), hits()] == [1, 2]
    clock(-late)
    assert hits() == 3


def test_a_shorter_window_counts_from_now_on(database, hits):
    assert [hits(seconds=HOUR), hits(seconds=HOUR), hits(seconds=60)] == [1, 2, 1]


def test_a_key_that_is_hit_on_and_on_is_still_over_its_limit(database):
    now = value.milliseconds()
    keys = "_id" if database.engine == "mongodb" else "key_hash"
    put(database, "limits", [{keys: "k", "hits": 5_000_000_000, "ends_at": now + 60_000}])
    row = database.limits.hit("k", seconds=60)
    assert row["hits"] == MOST_HITS
    assert 59_000 < row["milliseconds"] <= 60_000


def test_an_address_is_known_until_it_is_forgotten(database, clock):
    assert not database.limits.knows_address("k")
    database.limits.know_address("k", days=90)
    assert database.limits.knows_address("k")
    assert not database.limits.knows_address("other")
    clock(80 * 24 * HOUR)
    database.limits.know_address("k", days=90)
    clock(169 * 24 * HOUR)
    assert database.limits.knows_address("k")
    clock(170 * 24 * HOUR)
    assert not database.limits.knows_address("k")


def test_what_has_ended_is_deleted_and_nothing_else(database, hits):
    fill(database, 10)
    assert database.limits.delete_ended(2) == 4
    assert database.limits.delete_ended(100) == 6
    assert database.limits.delete_ended(100) == 0
    assert [hits("k6"), hits("k10"), hits("k5")] == [7, 11, 1]
    assert database.limits.knows_address("k6")


def test_what_began_anew_meanwhile_is_not_deleted(database, hits, monkeypatch):
    fill(database, 10)
    on_mongodb = database.engine == "mongodb"
    owner = type(database.limits._limits if on_mongodb else database.limits.db)
    name = "aggregate" if on_mongodb else "tuples"
    find = getattr(owner, name)

    def find_while_others_go_on(*args, **values):
        found = [*find(*args, **values)]
        hits("k1")
        database.limits.know_address("k2", days=90)
        return found

    monkeypatch.setattr(owner, name, find_while_others_go_on)
    database.limits.delete_ended(100)
    monkeypatch.undo()
    assert hits("k1") > 1
    assert database.limits.knows_address("k2")


def test_beyond_a_number_the_keys_hit_least_are_deleted(database, hits):
    fill(database, 10)
    assert database.limits.delete_least_hit(kept=10, most=100) == 0
    assert database.limits.delete_least_hit(kept=9, most=2) == 2
    assert database.limits.delete_least_hit(kept=8, most=2) == 0
    assert database.limits.delete_least_hit(kept=7, most=5) == 5
    assert hits("k7") == 1  # deleted, and begun anew
    assert [hits("k8"), hits("k9"), hits("k10")] == [9, 10, 11]


def hit_often(url: str, counted) -> None:
    """What each process does: hit one key, and others between."""
    database = model.connect(url)
    found = []
    for number in range(HITS):
        found.append(database.limits.hit("k", seconds=HOUR)["hits"])
        database.limits.hit(hashlib.sha256(b"%d" % number).hexdigest(), seconds=HOUR)
    database.close()
    counted.put(found)


def test_four_processes_count_every_hit(url, database):
    # Started anew, for a fork would take along what threads of the tests hold.
    spawned = multiprocessing.get_context("spawn")
    counted = spawned.Queue()
    processes = [spawned.Process(target=hit_often, args=(url, counted)) for _ in range(PROCESSES)]
    for process in processes:
        process.start()
    found = [hits for _ in processes for hits in counted.get(timeout=120)]
    for process in processes:
        process.join()
    assert len(set(found)) == PROCESSES * HITS
    counted_in_all = database.limits.hit("k", seconds=HOUR)["hits"] - 1
    # Exact; secantusdb may count the first hits twice, if they come at once.
    most_twice = PROCESSES - 1 if database.engine == "mongodb" else 0
    assert PROCESSES * HITS <= counted_in_all <= PROCESSES * HITS + most_twice
