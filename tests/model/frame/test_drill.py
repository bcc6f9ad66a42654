"""The kill drill: every acknowledged write is stored once, however often the server is killed."""

import itertools
import json
import threading
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor

import pytest

import model
from model.frame.error import ConnectionLost, OutcomeUnknown, Unavailable
from tests.model.frame.test_transactions import (
    ACCOUNTS,
    START,
    add,
    all_moves,
    move,
    open_bank,
    total,
)
from tests.model.marks import present
from tests.servers import MariaServer, MongoServer, own

pytestmark = pytest.mark.drill

SERVERS = {"mysql": MariaServer, "mongodb": MongoServer}
THREADS = 16
KILLS = 3
# How long it writes before each kill, and how long the server then stays away.
ALIVE, AWAY = 3.0, 1.0
# Moves have even numbers, lone inserts have odd ones.
LONE = 1


class Drill:
    """Writers that go on whatever happens, and remember each answer."""

    def __init__(self, database):
        self.database = database
        self.numbers = itertools.count(1)
        self.told = defaultdict(list)
        self.slowest = 0.0
        self.finished = threading.Event()

    def write(self, thread):
        while not self.finished.is_set():
            id = 2 * next(self.numbers) + thread % 2
            started = time.monotonic()
            self.told[self.answer(id)].append(id)
            self.slowest = max(self.slowest, time.monotonic() - started)

    def answer(self, id):
        try:
            if id % 2 == LONE:
                add(self.database, "moves", id=id)
            else:
                source = id // 2 % ACCOUNTS
                target = (source + 1 + id // 2 % (ACCOUNTS - 1)) % ACCOUNTS
                move(self.database, id=id, source=source, target=target, amount=id % 7)
        except OutcomeUnknown:
            return "unknown"
        except ConnectionLost:
            # A transaction that had not come to its commit is undone; of a lone statement nobody
            # knows.
            return "unknown" if id % 2 == LONE else "unavailable"
        except Unavailable:
            return "unavailable"
        return "acknowledged"


@pytest.mark.parametrize("name", present(*SERVERS))
def test_no_acknowledged_write_is_lost_and_none_is_doubled(name, capsys):
    server = own(SERVERS[name])
    database = model.connect(server.url(f"drill_{time.monotonic_ns()}"))
    database.create()
    open_bank(database)
    drill = Drill(database)
    with ThreadPoolExecutor(THREADS) as threads:
        writers = [threads.submit(drill.write, number) for number in range(THREADS)]
        try:
            for _ in range(KILLS):
                time.sleep(ALIVE)
                server.kill()
                time.sleep(AWAY)
                server.start()
            time.sleep(ALIVE)
        finally:
            drill.finished.set()
        for writer in writers:
            writer.result(30)
    stored = all_moves(database)
    acknowledged, unknown = set(drill.told["acknowledged"]), set(drill.told["unknown"])
    result = {
        **{kind: len(ids) for kind, ids in sorted(drill.told.items())},
        "of the unknown kept": len(unknown & set(stored)),
        "lost": len(acknowledged - set(stored)),
        "doubled": len(stored) - len(set(stored)),
        "kept though undone": len(set(stored) - acknowledged - unknown),
        "sum": total(database) - ACCOUNTS * START,
        "slowest": round(drill.slowest, 1),
    }
    with capsys.disabled():
        print(f"\nkill drill, {name}, {KILLS} kills, {THREADS} threads: {json.dumps(result)}")
    database.close()
    assert result["lost"] == result["doubled"] == result["kept though undone"] == 0
    assert result["sum"] == 0
    assert len(acknowledged) > 100
    assert drill.slowest < 5.5
