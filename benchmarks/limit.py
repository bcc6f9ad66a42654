"""What a limit costs a request, and that requests without one cost nothing more.

    python benchmarks/limit.py [--engine sqlite|mysql] [--redis URL] [--rounds 400]

One request in one process, through the whole of Flask, in turns: an endpoint that answers nothing,
bare and with @limit, and the tags with limits lifted and in force. Redis, if a URL is given.
"""

import argparse
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    # The project, not this folder, whose http.py would hide the standard library's.
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from flask import Flask
from werkzeug.test import EnvironBuilder

import model
from app import create_flask_app
from app.http.limit import limit
from benchmarks import databases
from benchmarks.http import own_database
from controller.frame import log

REQUESTS = 20
ARTICLES = 1_000


def main() -> None:
    """Print a line for each pair."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--engine", choices=["sqlite", "mysql"], default="sqlite")
    parser.add_argument("--redis", default="")
    parser.add_argument("--rounds", type=int, default=400)
    given = parser.parse_args()
    with ExitStack() as at_end:
        folder = Path(at_end.enter_context(tempfile.TemporaryDirectory()))
        url = own_database(given.engine, folder, ARTICLES, at_end)
        lifted, limited = make_app(url, False), make_app(url, True)
        log.configure("text", "WARNING")
        print_pair("bare, with @limit", (limited, "/bare"), (limited, "/limited"), given.rounds)
        tags = "/api/v1/tags"
        without, beside = (lifted, tags), (limited, tags)
        print_pair("tags, limits lifted and in force", without, beside, given.rounds)
        if given.redis:
            on_redis = make_app(url, True, LIMIT_URL=given.redis)
            bare, hit = (on_redis, "/bare"), (on_redis, "/limited")
            print_pair("bare, with @limit on Redis", bare, hit, given.rounds)


def make_app(url: str, is_limited: bool, **settings: str) -> Flask:
    """An app on the database, with two endpoints that answer nothing."""
    values = {"DATABASE_URL": url, "LOG_DATABASE_URL": url, "RATE_LIMIT": is_limited, **settings}
    app = create_flask_app(type("Settings", (databases.Settings,), values), model.connect(url))

    def bare() -> str:
        return ""

    app.add_url_rule("/bare", view_func=bare)
    app.add_url_rule("/limited", "limited", limit("999999/day")(bare))
    return app


def print_pair(name: str, one: tuple[Flask, str], two: tuple[Flask, str], rounds: int) -> None:
    """Print what both requests take, and the difference."""
    for side in (one, two):
        microseconds(*side)
    found = [(microseconds(*one), microseconds(*two)) for _ in range(rounds)]
    first, second = (statistics.median(side) for side in zip(*found, strict=True))
    over = statistics.median(second - first for first, second in found)
    print(f"{name:<34}{first:>8.1f} µs{second:>8.1f} µs{over:>+8.1f} µs", flush=True)


def microseconds(app: Flask, path: str) -> float:
    """The mean time of one request over one round."""
    environ = EnvironBuilder(path, environ_base={"REMOTE_ADDR": "192.0.2.1"}).get_environ()
    started = time.perf_counter()
    for _ in range(REQUESTS):
        for _chunk in app.wsgi_app(dict(environ), _ignore):
            pass
    return (time.perf_counter() - started) / REQUESTS * 1_000_000


def _ignore(_status: str, _headers: Any, _exception: Any = None) -> Any:
    return None


if __name__ == "__main__":
    main()
