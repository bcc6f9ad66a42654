"""What each request takes as the tables grow: none may take longer.

    python benchmarks/scale.py [--engine sqlite|mysql] [--articles 10000 --articles 1000000]
        [--calls 200] [--keep FOLDER] [--url-of 1000000=sqlite:////tmp/scale_1000000.db]

Every size has 10,000 users and 100 articles an author. The requests go through the whole of
wsgi_app in this process, the sizes in turns, so that a busy machine slows all alike. With --keep,
the databases stay in a folder for the next run; --url-of names one that is elsewhere.
"""

import argparse
import gc
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, redirect_stderr
from pathlib import Path
from typing import Any, NamedTuple

if __name__ == "__main__":
    # The project, not this folder, whose http.py would hide the standard library's.
    sys.path[0] = str(Path(__file__).resolve().parents[1])

import orjson
from flask import Flask
from werkzeug.test import EnvironBuilder

from app import create_flask_app
from benchmarks import databases
from benchmarks.databases import (
    COMMENTS,
    FAN,
    FOLLOWED,
    LISTENER,
    READER,
    TAGS,
    WRITERS,
    Settings,
    slug_of,
)
from controller.frame.security import Security

WARM = 20
DEEP = (5_000, 9_900, 100_000, 500_000)
MORE, MORE_MILLISECONDS, MORE_DEEP = 1.2, 0.3, 2.5
NAME_WIDTH = 36


class Request(NamedTuple):
    """What is sent."""

    method: str
    path: str
    token: str = ""
    body: Any = None


# The request of each call, by the call's number.
Requests = Callable[[int], Request]


class Size:
    """The app on a database of one size, and what its requests ask for."""

    def __init__(self, database: Any, articles: int) -> None:
        self.articles = articles
        self.app = create_flask_app(Settings, database)
        self._database = database
        self._stamp = time.time_ns()

    def cases(self) -> dict[str, Requests]:
        """Return the requests by name, in an order in which each finds what it needs."""
        return {**self._lists(), **self._feeds(), **self._pages(), **self._one(), **self._writes()}

    def _lists(self) -> dict[str, Requests]:
        users = [f"user{number}" for number in range(0, self._authors(), 7)][:20]
        return {
            "list": get("/articles"),
            "list by tag": get("/articles?tag={}", TAGS),
            "list by author": get("/articles?author={}", users),
            "list by favouriter": get("/articles?favorited={}", users),
            "list by tag and author": get(f"/articles?tag={TAGS[3]}&author={{}}", users),
        }

    def _feeds(self) -> dict[str, Requests]:
        reader, listener = self._token(READER), self._token(LISTENER)
        first = self._answer(Request("GET", "/articles/feed", reader))
        feeds = {
            f"feed of 1,000, {WRITERS} of them write": get("/articles/feed", token=reader),
            "feed, before": get(f"/articles/feed?before={first['next']}", token=reader),
            "feed of 1,000 who never wrote": get("/articles/feed", token=listener),
        }
        if self._authors() >= FOLLOWED:
            feeds["feed of 1,000 who all write"] = get("/articles/feed", token=self._token(FAN))
        return feeds

    def _pages(self) -> dict[str, Requests]:
        middle = self._answer(Request("GET", f"/articles?limit=1&offset={self.articles // 2}"))
        offsets = [offset for offset in DEEP if offset < self.articles]
        return {
            "list, before the middle": get(f"/articles?before={middle['next']}"),
            **{f"list, offset {each:,}": get(f"/articles?offset={each}") for each in offsets},
        }

    def _one(self) -> dict[str, Requests]:
        numbers = range(0, self.articles, max(1, self.articles // 20))
        slugs = [slug_of(number) for number in numbers]
        comments = f"/articles/{slug_of(self.articles // 2)}/comments"
        comment = {"comment": {"body": "It worked."}}
        reader = self._token(READER)
        return {
            "article": get("/articles/{}", slugs),
            "tags": get("/tags"),
            f"comments, of {COMMENTS:,}": get(comments),
            f"comment, beside {COMMENTS:,}": lambda _: Request("POST", comments, reader, comment),
            "profile": get("/profiles/user{}", range(20)),
        }

    def _writes(self) -> dict[str, Requests]:
        author, reader, stamp = self._token("user1"), self._token(READER), self._stamp

        def write(number: int) -> Request:
            texts = {"description": "Ever wonder how?", "body": "Very carefully. " * 60}
            article = {"title": f"Growing {stamp} {number}", "tagList": TAGS[5:7], **texts}
            return Request("POST", "/articles", author, {"article": article})

        def change(number: int) -> Request:
            changes = {"body": "With your bare hands. " * 50, "tagList": TAGS[6:8]}
            return Request(
                "PUT", f"/articles/growing-{stamp}-{number}", author, {"article": changes}
            )

        def favorite(method: str) -> Requests:
            return lambda number: Request(
                method, f"/articles/growing-{stamp}-{number}/favorite", reader
            )

        return {
            "write an article": write,
            "change it": change,
            "favourite it": favorite("POST"),
            "unfavourite it": favorite("DELETE"),
            "delete it": lambda number: Request(
                "DELETE", f"/articles/growing-{stamp}-{number}", author
            ),
        }

    def _authors(self) -> int:
        return min(databases.USERS, self.articles // databases.ARTICLES_OF_AUTHOR)

    def _token(self, username: str) -> str:
        user = self._database.users.find_by_username(username)
        return databases.sign_in(self._database, Security(Settings), user["id"])

    def _answer(self, request: Request) -> Any:
        return orjson.loads(send(self.app, request)[1])


def get(path: str, values: Any = ("",), token: str = "") -> Requests:
    """The requests that read a path, with these values in turns in its place."""
    return lambda number: Request("GET", path.format(values[number % len(values)]), token)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--engine", choices=["sqlite", "mysql"], default="sqlite")
    parser.add_argument("--articles", type=int, action="append")
    parser.add_argument("--calls", type=int, default=200)
    parser.add_argument("--keep", type=Path, metavar="FOLDER")
    parser.add_argument("--url-of", action="append", default=[], metavar="N=URL")
    given = parser.parse_args()
    articles = sorted(given.articles or [10_000, 1_000_000])
    elsewhere = dict(each.split("=", 1) for each in given.url_of)
    with ExitStack() as at_end:
        folder = given.keep or Path(at_end.enter_context(tempfile.TemporaryDirectory()))
        folder.mkdir(parents=True, exist_ok=True)
        sizes = []
        for number, url in urls(given.engine, articles, elsewhere, folder, at_end):
            database = databases.take(url, number)
            at_end.callback(database.close)
            sizes.append((number, database))
        # An access line is written for every request, to where it costs no terminal.
        at_end.enter_context(redirect_stderr(at_end.enter_context(Path(os.devnull).open("w"))))
        print_table(given.engine, [Size(database, number) for number, database in sizes], given)


def urls(
    engine: str, articles: list[int], elsewhere: dict[str, str], folder: Path, at_end: ExitStack
) -> Iterator[tuple[int, str]]:
    """The URL of each size's database; a server is started for what is nowhere else."""
    server = None
    for number in articles:
        if url := elsewhere.get(str(number)):
            yield number, url
        elif engine == "sqlite":
            yield number, f"sqlite:///{folder.resolve()}/scale_{number}.db"
        else:
            kept = folder.resolve() / "mysql"
            server = server or at_end.enter_context(databases.mysql_server(kept))
            yield number, server.url(f"scale_{number}")


def print_table(engine: str, sizes: list[Size], given: argparse.Namespace) -> None:
    """Print a line for each request: its median at each size, and how much more the last takes."""
    columns = "".join(f"{size.articles:>12,}" for size in sizes)
    title = f"{engine}, medians of {given.calls} in ms"
    print(f"{title:<{NAME_WIDTH}}{columns}{'ratio':>8}{'more':>9}")
    cases = [size.cases() for size in sizes]
    for name in cases[-1]:
        both = [(size.app, of[name]) for size, of in zip(sizes, cases, strict=True) if name in of]
        medians = measure(both, given.calls)
        absent = ["-"] * (len(sizes) - len(medians))
        times = "".join(f"{text:>12}" for text in (*absent, *(f"{ms:.3f}" for ms in medians)))
        print(f"{name:<{NAME_WIDTH}}{times}{growth(name, medians)}", flush=True)


def growth(name: str, medians: list[float]) -> str:
    """How many times as long the largest size takes, how much longer, and whether it may."""
    if len(medians) < 2:
        return ""
    ratio, more = medians[-1] / medians[0], medians[-1] - medians[0]
    most = MORE_DEEP if "offset" in name else MORE
    mark = "  GROWS" if ratio > most and more > MORE_MILLISECONDS else ""
    return f"{ratio:>8.2f}{more:>+9.3f}{mark}"


def measure(sides: list[tuple[Flask, Requests]], calls: int) -> list[float]:
    """The median milliseconds of a request on each side, which take turns."""
    times: list[list[float]] = [[] for _ in sides]
    gc.collect()
    gc.disable()
    for number in range(WARM + calls):
        for (app, requests), of_side in zip(sides, times, strict=True):
            seconds, _ = send(app, requests(number))
            of_side.append(seconds * 1000)
    gc.enable()
    return [statistics.median(of_side[WARM:]) for of_side in times]


def send(app: Flask, request: Request) -> tuple[float, bytes]:
    """Send one request through the whole of Flask; its seconds and what was answered."""
    environ = EnvironBuilder(
        f"/api/v1{request.path}",
        method=request.method,
        headers={"Authorization": f"Token {request.token}"} if request.token else {},
        json=request.body,
    ).get_environ()
    heads = []
    started = time.perf_counter()
    body = b"".join(app.wsgi_app(environ, lambda status, *_: heads.append(status)))
    seconds = time.perf_counter() - started
    if not heads[0].startswith("2"):
        sys.exit(f"{request.method} {request.path}: {heads[0]} {body.decode()}")
    return seconds, body


if __name__ == "__main__":
    main()
