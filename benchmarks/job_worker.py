"""An empty job and one that says when it began, for Retort and for other queues.

    QUEUE=retort python -m benchmarks.job_worker --processes 1        # what works on them
    QUEUE=retort python -c "from benchmarks import job_worker; job_worker.send()" batch 1000

Started by benchmarks/jobs.py. QUEUE names the product, ADDRESS the server or file of another one.
It imports nothing of the project for another product, which has a Python of its own.
"""

import json
import os
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

QUEUE, ADDRESS = os.environ.get("QUEUE", "retort"), os.environ.get("ADDRESS", "")
# So long is a worker idle before the next single job.
SHORTEST_GAP, LONGEST_GAP = 0.05, 0.35

Enqueue = Callable[[int], Any]


def nothing(*, n: int) -> None:
    """Do nothing."""


def tell(*, n: int) -> None:
    """Write down its number and when it began, by the clock that all processes share."""
    began = time.monotonic_ns()
    with Path(os.environ["BEGAN"]).open("a") as file:
        file.write(f"{n} {began}\n")


def register() -> None:
    """Put both into the project's register of jobs."""
    from controller import jobs
    from controller.frame.job import Job

    for job in (Job(nothing), Job(tell)):
        jobs.JOBS.append(job)
        jobs.BY_NAME[job.name] = job


def send() -> None:
    """Enqueue a batch between two that tell, or single jobs; print the nanoseconds as JSON.

    `batch 1000`: how long its empty jobs took. `singles 300`: when each was committed.
    """
    empty, telling = enqueues()
    how, count = sys.argv[1], int(sys.argv[2])
    print(json.dumps(_batch(empty, telling, count) if how == "batch" else _singles(telling, count)))


def _batch(empty: Enqueue, telling: Enqueue, count: int) -> list[int]:
    telling(0)
    started = time.monotonic_ns()
    for n in range(count):
        empty(n)
    taken = time.monotonic_ns() - started
    telling(1)
    return [taken]


def _singles(telling: Enqueue, count: int) -> list[int]:
    committed = []
    for n in range(count):
        time.sleep(random.uniform(SHORTEST_GAP, LONGEST_GAP))
        telling(n)
        committed.append(time.monotonic_ns())
    return committed


def enqueues() -> tuple[Enqueue, Enqueue]:
    """Return what enqueues the empty job, and the one that tells."""
    if QUEUE == "retort":
        return _of_retort(nothing), _of_retort(tell)
    if QUEUE == "rq":
        return _of_rq(nothing), _of_rq(tell)
    empty, telling = tasks
    if QUEUE == "huey":
        return (lambda n: empty(n=n)), (lambda n: telling(n=n))
    begin = "send" if QUEUE == "dramatiq" else "delay"
    return (lambda n: getattr(empty, begin)(n=n)), (lambda n: getattr(telling, begin)(n=n))


def _of_retort(function: Callable[..., None]) -> Enqueue:
    import model
    from controller.frame import job

    register()
    database = model.connect(os.environ["DATABASE_URL"])
    return lambda n: job.enqueue(database, function, n=n)


def _of_rq(function: Callable[..., None]) -> Enqueue:
    from redis import Redis
    from rq import Queue

    queue = Queue(connection=Redis.from_url(ADDRESS))
    return lambda n: queue.enqueue(function, n=n)


# What the other products' own programs look for in this module.
if QUEUE == "dramatiq":
    import dramatiq
    from dramatiq.brokers.redis import RedisBroker

    dramatiq.set_broker(RedisBroker(url=ADDRESS))
    tasks = [dramatiq.actor(nothing), dramatiq.actor(tell)]
elif QUEUE == "huey":
    from huey import SqliteHuey

    huey = SqliteHuey(filename=ADDRESS)
    tasks = [huey.task()(nothing), huey.task()(tell)]
elif QUEUE == "celery":
    from celery import Celery

    celery = Celery(broker=ADDRESS)
    tasks = [celery.task(ignore_result=True)(nothing), celery.task(ignore_result=True)(tell)]


if __name__ == "__main__":
    from config import config
    from controller import worker

    register()
    worker.main(config)
