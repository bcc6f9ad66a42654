"""One thread of a process hashes at a time; a few wait, and the others are told so at once."""

import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from config import TestConfig
from controller import account
from controller.frame import hashing
from controller.frame.error import Busy
from controller.frame.hashing import Hashing
from controller.frame.security import Security

THREADS = 8


class Work:
    """Work that goes on until it is let go of, and that notes how much was done at once."""

    def __init__(self) -> None:
        self.let_go = threading.Event()
        self.at_once = self.most = 0

    def __call__(self) -> str:
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        assert self.let_go.wait(10)
        self.at_once -= 1
        return threading.current_thread().name


@pytest.fixture
def work():
    work = Work()
    yield work
    work.let_go.set()


@pytest.fixture
def people():
    with ThreadPoolExecutor(THREADS) as people:
        yield people


def in_time(condition) -> bool:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)
    return True


@pytest.mark.parametrize(("threads", "waiting"), [(8, 2), (4, 1), (3, 0), (2, 0), (9, 2), (16, 4)])
def test_a_quarter_of_the_threads_wait_and_the_others_are_told_at_once(
    work, people, threads, waiting
):
    own = Hashing(threads)
    running = [people.submit(own.run, work) for _ in range(1 + waiting)]
    in_time(lambda: own._room_left._value == 0)
    for call in (lambda: own.run(work), own.require_room):
        # To wait would be for ever: nobody has let go.
        with pytest.raises(Busy):
            call()
    work.let_go.set()
    assert {each.result() for each in running} == {"hashing_0"}
    assert work.most == 1
    own.require_room()


def test_two_apps_of_a_process_hash_in_one_place(work, people):
    running = [people.submit(Hashing(THREADS).run, work) for _ in range(3)]
    in_time(lambda: work.at_once == 1)
    time.sleep(0.05)
    work.let_go.set()
    assert {each.result() for each in running} == {"hashing_0"}
    assert work.most == 1


def test_a_server_of_one_thread_hashes_in_that(people):
    own = Hashing(1)
    name = own.run(lambda: threading.current_thread().name)
    assert name == threading.current_thread().name
    work = Work()
    running = [people.submit(own.run, work) for _ in range(THREADS)]
    in_time(lambda: work.at_once == THREADS)
    own.require_room()
    work.let_go.set()
    assert all(each.result() for each in running)


def test_what_the_work_raises_is_raised_and_the_place_is_free_again():
    own = Hashing(THREADS)
    for _ in range(5):
        with pytest.raises(ZeroDivisionError):
            own.run(lambda: 1 / 0)
    assert own.run(lambda: "done") == "done"


@pytest.mark.skipif(sys.platform != "linux", reason="threads have no niceness elsewhere")
def test_the_thread_gives_way_to_the_others_and_no_other_thread_does():
    def niceness() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    before = niceness()
    assert Hashing(THREADS).run(niceness) == max(before, hashing.NICENESS)
    assert niceness() == before


@pytest.fixture
def threaded():
    return Security(type("Threaded", (TestConfig,), {"WEB_THREADS": THREADS}))


def test_passwords_are_hashed_and_verified_there(threaded):
    password_hash = threaded.hash_password("correct horse")
    assert threaded.is_password("correct horse", password_hash)
    assert not threaded.is_password("wrong horse", password_hash)
    assert not threaded.is_password("correct horse", None)
    assert not threaded.is_password("correct horse", "no hash")


def test_who_finds_no_room_is_neither_counted_nor_let_in(database, threaded, work, people):
    running = [people.submit(threaded.hashing.run, work) for _ in range(3)]
    in_time(lambda: threaded.hashing._room_left._value == 0)
    with pytest.raises(Busy):
        account.login(
            database, threaded, email="a@b.c", password="correct horse", address="192.0.2.1"
        )
    assert not database.has_rows("limits")
    work.let_go.set()
    assert all(each.result() for each in running)


def test_a_process_gives_back_the_memory_of_its_hashes(run):
    """A hash takes 19 MiB: each of many workers would keep them."""
    code = (
        "import re, sys; from pathlib import Path; from config import DevelopmentConfig;"
        "from controller.frame.security import Security;"
        "held = lambda: int(re.search(r'VmRSS:\\s+(\\d+)',"
        " Path('/proc/self/status').read_text())[1]) // 1024;"
        "security = Security(DevelopmentConfig); before = held();"
        "[security.hash_password('correct horse') for _ in range(4)];"
        "print(held() - before if sys.platform == 'linux' else 0)"
    )
    kept = run("-c", code)
    assert int(kept.stdout) < 10, kept.stderr
