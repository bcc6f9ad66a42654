"""What only MongoDB has: ids in blocks, and turns."""

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

import model
from model.frame import value
from model.frame.error import Unavailable
from tests.model.marks import only

pytestmark = only("mongodb")


# --- Ids ---


def test_a_process_takes_a_block_of_ids_at_once(sent, database):
    database.new_ids("things")
    assert sent.by(lambda: [database.new_ids("things") for _ in range(99)]) == []
    assert len(sent.by(lambda: database.new_ids("things"))) == 1
    assert len(sent.by(lambda: database.new_ids("things", 5000))) == 1


def test_no_two_threads_or_databases_get_one_id(database, url):
    other = model.connect(url)
    with ThreadPoolExecutor(8) as threads:
        taken = list(
            threads.map(
                lambda number: (other if number % 2 else database).new_ids("things")[0], range(1000)
            )
        )
    taken += [*database.new_ids("things", 300), *other.new_ids("things")]
    assert len(set(taken)) == len(taken) == 1301
    assert all(map(value.is_id, taken))
    other.close()


def test_a_child_does_not_use_its_parents_ids(database):
    first = database.new_ids("things")[0]
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(write, str(database.new_ids("things")[0]).encode())
        os._exit(0)
    os.waitpid(child, 0)
    of_child = int(os.read(read, 100))
    os.close(read), os.close(write)
    assert of_child >= first + 100
    assert database.new_ids("things")[0] == first + 1


# --- Turns ---


def test_turns_are_taken_in_order_and_not_for_ever(engine):
    from model.mongodb.driver.turn import Turns

    turns, order = Turns(1), []

    def work(number: int) -> None:
        with turns.take(5):
            order.append(number)

    with turns.take(5):
        with pytest.raises(Unavailable, match="too many"), turns.take(0.01):
            pass
        threads = [threading.Thread(target=work, args=(number,)) for number in range(5)]
        for thread in threads:
            thread.start()
            time.sleep(0.02)
        assert order == []
    for thread in threads:
        thread.join()
    assert order == [0, 1, 2, 3, 4]
    with turns.take(0):
        pass
