"""The pool of connections, with connections as simple as can be and with SQLite's own."""

import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from model.frame.error import Unavailable
from tests import engines

if "sqlite" in engines.NAMES:
    from model.sql.driver.pool import Pool
    from model.sql.driver.sqlite import Connection

pytestmark = engines.needs("sqlite")


class Plain:
    """A connection to nowhere, which knows its owner and whether it was closed."""

    def __init__(self):
        self.broken = False
        self.made_at = time.monotonic()
        self.process = os.getpid()
        self.alive = True
        self.closed = 0
        self.owners = 0

    def is_alive(self):
        return self.alive

    def close(self):
        self.closed += 1


def pool_of(make=Plain, *, size=3, wait=0.05, max_age=60.0):
    return Pool(make, size=size, wait=wait, max_age=max_age)


@pytest.fixture
def eager_switching():
    """Switch threads as often as possible, to provoke races."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


# --- One owner at a time, and never more than the size ---


def test_the_last_connection_given_back_is_taken_first():
    pool = pool_of()
    first, second = pool.take(), pool.take()
    pool.give(first)
    pool.give(second)
    assert pool.take() is second
    assert pool.take() is first
    assert pool.take() not in (first, second)


def test_taking_from_an_exhausted_pool_waits_and_then_fails():
    pool = pool_of(size=2, wait=0.1)
    held = [pool.take(), pool.take()]
    started = time.monotonic()
    with pytest.raises(Unavailable, match="all 2 connections are in use"):
        pool.take()
    assert 0.1 <= time.monotonic() - started < 1
    pool.give(held[0])
    assert pool.take() is held[0]


def test_a_waiting_thread_gets_the_connection_given_back():
    pool = pool_of(size=1, wait=10)
    held = pool.take()
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(pool.take)
        pool.give(held)
        assert waiting.result(5) is held


def test_a_waiting_thread_may_replace_a_broken_connection():
    pool = pool_of(size=1, wait=10)
    held = pool.take()
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(pool.take)
        held.broken = True
        pool.give(held)
        assert waiting.result(5) is not held
    assert held.closed == 1


def test_a_pool_never_exceeds_its_size_and_each_connection_has_one_owner(eager_switching):
    made = []

    def make():
        made.append(Plain())
        return made[-1]

    pool = pool_of(make, size=3, wait=20)

    def use(_number):
        connection = pool.take()
        connection.owners += 1
        assert connection.owners == 1
        connection.owners -= 1
        pool.give(connection)

    with ThreadPoolExecutor(24) as threads:
        list(threads.map(use, range(6000)))
    assert len(made) <= 3


def test_no_wakeup_is_missed_under_contention(eager_switching):
    open_now = set()

    class Counted(Plain):
        def __init__(self):
            super().__init__()
            open_now.add(self)
            assert len(open_now) <= 2

        def close(self):
            open_now.remove(self)

    pool = pool_of(Counted, size=2, wait=20)

    def use(number):
        connection = pool.take()
        connection.broken = number % 7 == 0
        connection.alive = number % 5 != 0
        pool.give(connection)

    started = time.monotonic()
    with ThreadPoolExecutor(24) as threads:
        list(threads.map(use, range(4000)))
    # One who slept through would have woken only at the end of the wait.
    assert time.monotonic() - started < 15
    pool.close()
    assert not open_now


# --- Connecting ---


def test_a_slow_connect_blocks_no_other_thread():
    slow, is_connecting, may_go_on = threading.Event(), threading.Event(), threading.Event()

    def make():
        if slow.is_set():
            is_connecting.set()
            assert may_go_on.wait(10)
        return Plain()

    pool = pool_of(make, size=2, wait=0)
    quick = pool.take()
    slow.set()
    with ThreadPoolExecutor(1) as threads:
        connecting = threads.submit(pool.take)
        assert is_connecting.wait(10)
        pool.give(quick)
        assert pool.take() is quick
        with pytest.raises(Unavailable):
            pool.take()
        may_go_on.set()
        assert connecting.result(10) is not quick


@pytest.mark.parametrize("error", [Unavailable("away"), KeyboardInterrupt()])
def test_a_failed_connect_takes_no_room(error):
    fails = True

    def make():
        if fails:
            raise error
        return Plain()

    pool = pool_of(make, size=1, wait=0)
    for _ in range(3):
        with pytest.raises(type(error)):
            pool.take()
    fails = False
    assert pool.take()


# --- Dead and broken connections ---


@pytest.mark.parametrize(
    "spoil",
    [
        lambda pool, connection: setattr(connection, "alive", False),
        lambda pool, connection: setattr(connection, "made_at", time.monotonic() - 61),
    ],
    ids=["gone", "too old"],
)
def test_a_dead_or_too_old_idle_connection_is_replaced(spoil):
    pool = pool_of(size=1)
    connection = pool.take()
    pool.give(connection)
    spoil(pool, connection)
    assert pool.take() is not connection
    assert connection.closed == 1


def test_every_dead_idle_connection_is_closed_before_a_new_one_is_made():
    pool = pool_of(size=3)
    held = [pool.take() for _ in range(3)]
    for connection in held:
        pool.give(connection)
        connection.alive = False
    assert pool.take() not in held
    assert [connection.closed for connection in held] == [1, 1, 1]


def test_a_connection_handed_to_a_waiting_thread_is_checked_too():
    pool = pool_of(size=1, wait=10)
    held = pool.take()
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(pool.take)
        held.alive = False
        pool.give(held)
        assert waiting.result(5) is not held


def test_a_broken_connection_is_closed_and_makes_room():
    pool = pool_of(size=1, wait=0)
    for _ in range(3):
        connection = pool.take()
        connection.broken = True
        pool.give(connection)
        assert connection.closed == 1


def test_a_connection_that_fails_to_close_still_makes_room():
    class Stubborn(Plain):
        def close(self):
            raise OSError("no")

    pool = pool_of(Stubborn, size=1, wait=0)
    connection = pool.take()
    connection.broken = True
    with pytest.raises(OSError, match="no"):
        pool.give(connection)
    assert pool.take()


def test_a_closed_pool_keeps_nothing_open():
    pool = pool_of()
    held, idle = pool.take(), pool.take()
    pool.give(idle)
    pool.close()
    assert (held.closed, idle.closed) == (0, 1)
    pool.give(held)
    assert held.closed == 1
    pool.close()
    assert idle.closed == 1


# --- A fork ---


def in_child(work):
    """Run the work in a forked child; return what it returned, one of 0 to 255."""
    if not hasattr(os, "fork"):
        pytest.skip("this system cannot fork")
    child = os.fork()
    if child == 0:
        answer = 255
        try:
            answer = int(work())
        finally:
            os._exit(answer)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


# Newer Pythons warn of any fork while the test's own servers have threads.
forking = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")


@forking
def test_a_forked_child_makes_its_own_connections_and_closes_none_of_its_parents():
    pool = pool_of(size=2, wait=0)
    held, idle = pool.take(), pool.take()
    pool.give(idle)

    def child():
        own = [pool.take(), pool.take()]
        assert held not in own
        assert idle not in own
        pool.give(held)
        for connection in own:
            pool.give(connection)
        pool.close()
        assert (held.closed, idle.closed) == (0, 0)
        assert [connection.closed for connection in own] == [1, 1]
        return 7

    assert in_child(child) == 7
    assert pool.take() is idle


@forking
def test_a_forked_child_that_closes_the_pool_leaves_its_parents_connections_open():
    pool = pool_of()
    idle = pool.take()
    pool.give(idle)

    def child():
        pool.close()
        return idle.closed

    assert in_child(child) == 0


@forking
def test_a_fork_while_another_thread_holds_the_lock_does_not_deadlock():
    pool = pool_of(wait=10)
    stop = threading.Event()

    def use():
        while not stop.is_set():
            pool.give(pool.take())

    with ThreadPoolExecutor(8) as threads:
        using = [threads.submit(use) for _ in range(8)]
        try:
            for _ in range(20):
                assert in_child(lambda: pool.take().process == os.getpid()) == 1
        finally:
            stop.set()
        for one in using:
            one.result(10)


@forking
def test_the_threads_of_a_forked_child_share_one_pool(eager_switching):
    parents = [Plain() for _ in range(4)]
    pool = pool_of(size=4, wait=5)
    for connection in [pool.take() for _ in parents]:
        pool.give(connection)

    def child():
        start = threading.Barrier(16)
        seen, problems = set(), []

        def use():
            start.wait()
            connection = pool.take()
            if connection.process != os.getpid() or connection.owners:
                problems.append(connection)
            connection.owners += 1
            seen.add(connection)
            connection.owners -= 1
            pool.give(connection)

        threads = [threading.Thread(target=use) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return 100 + len(problems) if problems else len(seen)

    for _ in range(20):
        assert 1 <= in_child(child) <= 4


# --- SQLite's connections ---


def test_a_pool_of_sqlite_connections(tmp_path):
    pool = pool_of(partial(Connection, str(tmp_path / "test.db")), size=2, wait=10)

    def count(_number):
        connection = pool.take()
        try:
            connection.begin()
            connection.run("UPDATE counter SET value = value + 1", {})
            connection.commit()
        finally:
            pool.give(connection)

    connection = pool.take()
    connection.script("CREATE TABLE counter (value INTEGER)")
    connection.run("INSERT INTO counter VALUES (0)", {})
    pool.give(connection)
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(count, range(100)))
    connection = pool.take()
    assert connection.one("SELECT value FROM counter", {}) == {"value": 100}
    pool.give(connection)
    pool.close()
