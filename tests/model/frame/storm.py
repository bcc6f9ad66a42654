"""Writers that go on while what they write to, or they themselves, are killed again and again.

On a server it is the server that is killed; on SQLite, which has none, the writing processes.
"""

import multiprocessing
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any, get_type_hints

import model
from controller.frame.error import ControllerError
from model.frame import migration
from model.frame.error import ModelError, Unavailable
from model.models import Models
from tests import engines
from tests.servers import MariaServer, MongoServer, own

SERVERS = {"mysql": MariaServer, "mongodb": MongoServer}
WRITERS = 8
# How long they write before each kill.
ALIVE = 0.7

# What a writer does, again and again.
Write = Callable[[Any, Random], None]


def miscounts(database) -> list[str]:
    """What the models that keep counts find wrong with them."""
    found = []
    for name in get_type_hints(Models):
        if verify := getattr(getattr(database, name), "verify", None):
            found += [f"{name}: {each}" for each in verify(fix=False)]
    return found


def spoil(database, table: str, column: str) -> None:
    """Make each count of a table wrong by two."""
    if database.engine == "mongodb":
        database.driver_database()[table].update_many({}, {"$inc": {column: 2}})
    else:
        database.run(f"UPDATE {table} SET {column} = {column} + 2")


def write_in_parallel(database, write: Write, seconds: float) -> None:
    """Let threads write for so long; none may be refused."""
    with _writing(database, write) as refused:
        time.sleep(seconds)
    assert refused == []


@contextmanager
def killed(engine: str, folder: Path, prepare: Callable[[Any], None], write: Write, kills: int):
    """A database that was prepared, and then written to through so many kills."""
    with _home(engine, folder) as (url, server):
        database = model.connect(url)
        database.create()
        list(migration.migrate(database))
        prepare(database)
        if server is None:
            for number in range(kills):
                _kill_processes(url, write, number)
        else:
            _kill_server(database, server, write, kills)
        yield database
        database.close()


@contextmanager
def _home(engine: str, folder: Path) -> Iterator[tuple[str, Any]]:
    if engine == "sqlite":
        yield engines.clean_database(engine, folder), None
    else:
        server = own(SERVERS[engine])
        yield server.url(f"storm_{time.monotonic_ns()}"), server


@contextmanager
def _writing(database, write: Write) -> Iterator[list[str]]:
    """Let threads write for as long as the block runs; gives what they were refused with."""
    finished, refused = threading.Event(), []
    threads = [
        threading.Thread(target=_go_on, args=(database, write, number, finished, refused))
        for number in range(WRITERS)
    ]
    for thread in threads:
        thread.start()
    try:
        yield refused
    finally:
        finished.set()
        for thread in threads:
            thread.join(30)


def _kill_server(database, server, write: Write, kills: int) -> None:
    with _writing(database, write):
        for _ in range(kills):
            time.sleep(ALIVE)
            server.kill()
            server.start()
        time.sleep(ALIVE)


def _kill_processes(url: str, write: Write, number: int) -> None:
    forked = multiprocessing.get_context("fork")
    writers = [
        forked.Process(target=_write_alone, args=(url, write, WRITERS * number + each))
        for each in range(2)
    ]
    for writer in writers:
        writer.start()
    time.sleep(ALIVE / 2)
    for writer in writers:
        writer.kill()
        writer.join()


def _write_alone(url: str, write: Write, number: int) -> None:
    _go_on(model.connect(url), write, number, threading.Event(), [])


def _go_on(database, write: Write, number: int, finished: threading.Event, refused: list) -> None:
    random = Random(number)
    while not finished.is_set():
        try:
            write(database, random)
        except Unavailable as error:
            refused.append(str(error))
        except (ControllerError, ModelError):
            pass  # another writer was quicker
