"""What a request to the API costs in one process, beside the same written by hand.

    python benchmarks/api.py [--articles 10000] [--rounds 41]

The other side is benchmarks/floor.py on the same SQLite file. Both sides give the same answer, and
take turns, so that a busy machine slows both alike.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    # The project, not this folder, whose http.py would hide the standard library's.
    sys.path[0] = str(Path(__file__).resolve().parents[1])

import orjson
from flask import Flask
from werkzeug.test import EnvironBuilder

from app import create_flask_app
from benchmarks import databases
from benchmarks.databases import Settings
from benchmarks.model import compare
from controller.frame.security import Security

TARGETS = {
    "GET /api/v1/articles": 1.5,
    "GET /api/v1/articles, token": 1.3,
    "GET /api/v1/articles/{slug}": 1.7,
    "GET /api/v1/articles/{slug}, token": 1.1,
}

Send = Callable[[], bytes]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--articles", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=41)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/api.db"
        database = databases.take(url, given.articles)
        # An access line is written for every request, to where it costs no terminal.
        with Path(os.devnull).open("w") as nowhere, redirect_stderr(nowhere):
            print(f"{'SQLite, ' + str(given.articles) + ' articles':<38}{'floor':>10}{'here':>12}")
            for name, floor, own in cases(database, url):
                assert what(floor()) == what(own()), name
                print_line(name, *compare(floor, own, given.rounds))
        database.close()


def cases(database: Any, url: str) -> Iterator[tuple[str, Send, Send]]:
    """Each request, sent to the floor and to the app."""
    own, floor = create_flask_app(Settings, database), floor_on(url)
    reader = database.users.find_by_username(databases.READER)
    token = databases.sign_in(database, Security(Settings), reader["id"])
    slug = databases.slug_of(50)
    for path, name in (("", ""), (f"/{slug}", "/{slug}")):
        for mark, sent in (("", ""), (", token", token)):
            yield (
                f"GET /api/v1/articles{name}{mark}",
                request(floor, f"/api/v1/articles{path}", sent),
                request(own, f"/api/v1/articles{path}", sent),
            )


def floor_on(url: str) -> Flask:
    """The app by hand on this database, which it takes from the environment."""
    os.environ |= {"DATABASE_URL": url, "SECRET_KEY": Settings.SECRET_KEY}
    from benchmarks import floor

    return floor.app


def request(app: Flask, path: str, token: str) -> Send:
    """A function that sends one request through the whole of Flask and returns the body."""
    headers = {"Authorization": f"Token {token}"} if token else {}
    environ = EnvironBuilder(path, headers=headers).get_environ()

    def send() -> bytes:
        return b"".join(app.wsgi_app(dict(environ), ignore))

    return send


def ignore(_status: str, _headers: Any, _exception: Any = None) -> Any:
    """Take the head of an answer."""


def what(body: bytes) -> Any:
    """What an answer says, without the cursor, which only the app gives."""
    said = orjson.loads(body)
    said.pop("next", None)
    return said


def print_line(name: str, floor: float, own: float, ratio: float) -> None:
    """Print one line, and how far the ratio may go."""
    times = f"{floor * 1e6:>7.0f} µs{own * 1e6:>9.0f} µs"
    print(f"{name:<38}{times}{ratio:>7.2f}  (at most {TARGETS[name]})")


if __name__ == "__main__":
    main()
