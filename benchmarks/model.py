"""What each model method costs beside the same statements on the bare driver, in SQL.

    python benchmarks/model.py [--engine sqlite|mysql] [--rounds 25]

The calls are those of STATEMENTS in tests/model/test_<resource>.py, so that every method of every
model is here. The bare side runs the same statements on one open connection with the same settings,
its rows as dicts. Both sides undo what they did, in a transaction of their own, and take turns, so
that a busy machine slows both alike. The engine is the tests' own: a file, or a private mariadbd.
"""

import argparse
import gc
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    # The project, not this folder, whose http.py would hide the standard library's.
    sys.path[0] = str(Path(__file__).resolve().parents[1])

import pytest

import model
from tests import engines
from tests.model.statements import watch
from tests.model.test_statements import MODULES

CHUNK_SECONDS = 0.02
SQL = [name for name in engines.NAMES if name != "mongodb"]

# A side of a case is a function without arguments; each call is one use of a model method.
Side = Callable[[], Any]


class Undone(Exception):
    """Raised to roll a transaction back."""


def main() -> None:
    """Print a table per engine."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--engine", choices=SQL, action="append")
    parser.add_argument("--rounds", type=int, default=25)
    given = parser.parse_args()
    for engine in given.engine or SQL:
        print(f"{engine:<40}{'bare':>12}{'model':>12}{'ratio':>8}")
        ratios = []
        for name, bare, through_model in cases(engine):
            first, second, ratio = compare(bare, through_model, given.rounds)
            print(f"{name:<40}{first * 1e6:>9.1f} µs{second * 1e6:>9.1f} µs{ratio:>8.2f}")
            ratios.append(ratio)
        print(f"{'median':<40}{statistics.median(ratios):>32.2f}\n")


def cases(engine: str) -> Iterator[tuple[str, Side, Side]]:
    """Each call of each model, by hand and through the model, on data of its resource."""
    for name, module in MODULES.items():
        with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
            database: Any = model.connect(engines.clean_database(engine, Path(folder)))
            module.fill(database)
            sent = watch(engine, patch)
            works = {call: entry[-1] for call, entry in module.STATEMENTS.items()}
            found = {call: sent.by(undone(database, work)) for call, work in works.items()}
            patch.undo()
            for call, work in works.items():
                yield f"{name}.{call}", by_hand(database, found[call]), undone(database, work)
            database.close()


def undone(database: Any, work: Callable[[Any], Any]) -> Side:
    """A function that does the work in a transaction, and rolls it back."""

    def work_and_undo(db: Any) -> None:
        work(db)
        raise Undone

    def through_model() -> None:
        with suppress(Undone):
            database.atomically(work_and_undo)

    return through_model


def by_hand(database: Any, statements: list[tuple[str, Any]]) -> Side:
    """A function that runs these statements by hand on one connection, and undoes them."""
    driver = database.target.connect()._driver
    if database.engine == "sqlite":
        from model.sql.driver.sqlite import TRANSLATED

        cursor, begin = driver.cursor(), lambda: driver.execute("BEGIN IMMEDIATE")
        statements = [(TRANSLATED[sql], values) for sql, values in statements]
    else:
        cursor, begin = driver.cursor(), driver.begin

    def run() -> None:
        begin()
        for sql, values in statements:
            (cursor.executemany if isinstance(values, list) else cursor.execute)(sql, values)
            if cursor.description:
                rows(cursor)
        driver.rollback()

    return run


def rows(cursor: Any) -> list[dict[str, Any]]:
    """The rows of a cursor as dicts, which PyMySQL's own makes by itself."""
    found = cursor.fetchall()
    if found and isinstance(found[0], dict):
        return list(found)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row)) for row in found]  # noqa: B905


def compare(first: Side, second: Side, rounds: int) -> tuple[float, float, float]:
    """The median seconds of a call of each, and the median of their ratio round by round."""
    number = max(1, int(CHUNK_SECONDS / max(seconds(first, 3), 1e-7)))
    pairs = []
    gc.collect()
    gc.disable()
    for turn in range(rounds):
        if turn % 2:
            pairs.append((seconds(first, number), seconds(second, number)))
        else:
            pairs.append(tuple(reversed((seconds(second, number), seconds(first, number)))))
    gc.enable()
    return (
        statistics.median(pair[0] for pair in pairs),
        statistics.median(pair[1] for pair in pairs),
        statistics.median(pair[1] / pair[0] for pair in pairs),
    )


def seconds(side: Side, number: int) -> float:
    """The mean seconds of so many calls."""
    started = time.perf_counter()
    for _ in range(number):
        side()
    return (time.perf_counter() - started) / number


if __name__ == "__main__":
    with engines.at_end:
        main()
