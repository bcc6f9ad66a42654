"""The relay: hands jobs to dramatiq over Redis or RabbitMQ, when one database is not enough.

    python -m controller.relay             # one process: hands over what waits and is committed
    python -m controller.relay --work 8    # any number of these: run jobs, in so many threads

A message carries a job's id alone. The job stays in the database, and is run under a lease: a
message that comes twice does nothing, and one that is lost is sent again.
"""

import argparse
import os
import signal
import sys
import threading
import time
from contextlib import suppress
from typing import Any, Protocol

from controller import jobs, worker
from controller.frame import log
from controller.frame.execution import (
    BEAT_SECONDS,
    Keeper,
    Runner,
    Taker,
    failed,
    give_back,
    until_available,
)
from controller.frame.job import registered
from controller.frame.security import Security
from model import Database
from model.frame.error import ModelError
from model.job import TakenRow

LOOP_SECONDS = 0.05
# So many jobs of a queue are handed over at a time, and again if they still wait after so long.
MOST_SENT = 1000
AGAIN_SECONDS = 15.0


class Settings(worker.Settings, Protocol):
    """What the relay takes from the configuration."""

    QUEUE_URL: str


def main(config: Settings) -> None:
    """Hand jobs over, or run them, as the command line says, until a signal says to end."""
    parser = argparse.ArgumentParser("python -m controller.relay", description=__doc__)
    parser.add_argument(
        "--work", type=int, choices=range(1, 65), metavar="THREADS", help="run jobs, in 1 to 64"
    )
    threads = parser.parse_args().work
    database = worker.opened(config)
    try:
        broker = _broker(config.QUEUE_URL)
    except ValueError as error:
        sys.exit(f"QUEUE_URL {error}")
    worker.until_migrated(database)
    is_over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: is_over.set())
    if threads is not None:
        _work(config, database, broker, threads, is_over)
        return
    relay = Relay(database, _actor(broker, lambda _id: None))
    keeper = Keeper(database, jobs.SCHEDULES)
    while not is_over.wait(LOOP_SECONDS):
        try:
            keeper.keep()
            relay.hand_over()
        except Exception as error:  # the broker's own kinds, too: it is asked again
            log.warning("relay:", type(error).__name__, error)
            is_over.wait(1)
    database.close()


def _broker(url: str) -> Any:
    if not url:
        raise ValueError("is missing: it says where the broker is, redis:// or amqp://")
    try:
        if url.startswith("redis"):
            from dramatiq.brokers.redis import RedisBroker

            return RedisBroker(url=url)
        from dramatiq.brokers.rabbitmq import RabbitmqBroker

        return RabbitmqBroker(url=url)
    except ModuleNotFoundError as error:
        wanted = f"needs {error.name}: pip install -r requirements/queue.txt"
        raise ValueError(wanted) from error
    except ValueError as error:
        raise ValueError(f"cannot be used: {error}") from error


def _actor(broker: Any, function: Any) -> Any:
    import dramatiq

    # What fails is tried again by its row, not by its message.
    return dramatiq.actor(actor_name="run", queue_name="retort", broker=broker, max_retries=0)(
        function
    )


class Relay:
    """Hands over the jobs that wait, each once, and again if nobody has taken it."""

    def __init__(self, db: Database, actor: Any) -> None:
        self._db, self._actor = db, actor
        self._sent: dict[int, float] = {}

    def hand_over(self) -> None:
        """Send the ids of jobs that wait and were not sent yet."""
        sent = {}
        for queue in {*jobs.QUEUES} - {*self._db.jobs.list_paused()}:
            for row in self._db.jobs.list_by_state("waiting", limit=MOST_SENT, queue=queue):
                id, now = row["id"], time.monotonic()
                sent[id] = self._sent.get(id, float("-inf"))
                if now - sent[id] > AGAIN_SECONDS:
                    found = registered(row["name"])
                    limit = round(1000 * found.timeout) if found else 60_000
                    self._actor.send_with_options(args=(id,), time_limit=limit)
                    sent[id] = self._sent[id] = now
        self._sent = sent


def _work(
    config: Settings, db: Database, broker: Any, threads: int, is_over: threading.Event
) -> None:
    """Run what dramatiq hands over, each in a thread; in the end give back what takes long."""
    from dramatiq import Worker
    from dramatiq.middleware import Interrupt

    runner = Runner(worker.databases_of(config, db), {"security": Security(config)})
    taker, running = Taker(db, jobs.QUEUES), dict[int, TakenRow]()

    def run(id: int) -> None:
        row = taker.take_by_id(id)
        if row is None:
            return  # taken already, cancelled, or above its limit
        running[id] = row
        try:
            runner.run(row)
        except Interrupt as error:
            told, found = f"was interrupted: {type(error).__name__}", registered(row["name"])
            until_available(lambda: failed(db, row, found, told))
        finally:
            running.pop(id, None)

    _actor(broker, run)
    workers = Worker(broker, worker_threads=threads)
    threading.Thread(target=_beat, args=(db, running), daemon=True).start()
    workers.start()
    is_over.wait()
    workers.stop(timeout=round(worker.GRACE_SECONDS * 1000))
    for row in list(running.values()):
        with suppress(ModelError):  # its lease ends by itself
            give_back(db, row)
    # A thread that goes on would keep the process alive.
    os._exit(0)


def _beat(db: Database, running: dict[int, TakenRow]) -> None:
    """Show that jobs are alive, until they are overdue: then others may take them."""
    began: dict[tuple[int, int], float] = {}
    while True:
        time.sleep(BEAT_SECONDS)
        rows, now = list(running.values()), time.monotonic()
        began = {lease: began.get(lease, now) for lease in ((r["id"], r["lease"]) for r in rows)}
        for row in rows:
            found = registered(row["name"])
            longest = (found.timeout if found else 0) + 2 * BEAT_SECONDS
            if worker.beats(found) and now - began[row["id"], row["lease"]] < longest:
                with suppress(ModelError):  # the next one may come through
                    db.jobs.beat(row["id"], lease=row["lease"])


if __name__ == "__main__":
    from config import config

    main(config)
