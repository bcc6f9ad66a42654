"""What a request to the API costs beside a bare Flask route that does the same with its rows.

    python benchmarks/article.py [--articles 10000] [--rounds 41]

The bare route runs the same statements on one open connection to the same SQLite file and writes
the same JSON by orjson, without validation, authentication, hooks or logging. Both sides answer
the same bytes, in this process, and take turns, so that a busy machine slows both alike.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import orjson
from flask import Flask, Response
from werkzeug.test import EnvironBuilder

import model
from app import create_flask_app
from benchmarks.model import compare
from config import TestConfig
from controller import account, seed
from controller.frame.security import Security
from model.sql.driver import sqlite
from tests import engines

USERS = 100
READER = {"username": "reader", "email": "reader@example.com", "password": "correct horse"}
TARGETS = {
    "GET /api/v1/articles": 1.5,
    "GET /api/v1/articles/{slug}": 1.8,
    "GET /api/v1/articles, token": 2.2,
    "GET /api/v1/articles/{slug}, token": 2.2,
}

Request = Callable[[], bytes]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--articles", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=41)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        database = model.connect(engines.clean_database("sqlite", Path(folder)))
        counts = {sower.NAME: USERS for sower in seed.sowers()}
        for _ in seed.sow(database, counts={**counts, "articles": given.articles}, seed=1):
            pass
        reader = account.register(database, Security(TestConfig), **READER)
        # An access line is written for every request, to where it costs no terminal.
        sys.stderr = Path(os.devnull).open("w")  # noqa: SIM115
        print(f"{'SQLite, ' + str(given.articles) + ' articles':<38}{'bare':>10}{'Retort':>12}")
        for name, bare, retort in cases(database, reader):
            assert bare() == retort(), name
            print_line(name, *compare(bare, retort, given.rounds))
        database.close()


def cases(database: Any, reader: account.SignedIn) -> Iterator[tuple[str, Request, Request]]:
    """Each request beside its bare twin."""
    app = create_flask_app(TestConfig, database)
    bare = Bare(database)
    slug = database.articles.list_recent(skip=50, limit=1)[0]["slug"]
    for token in ("", reader["access_token"]):
        reader_id = reader["user"]["id"] if token else None
        mark = ", token" if token else ""
        yield (
            f"GET /api/v1/articles{mark}",
            request(bare.app(bare.list_articles(reader_id)), "/api/v1/articles"),
            request(app, "/api/v1/articles", token),
        )
        yield (
            f"GET /api/v1/articles/{{slug}}{mark}",
            request(bare.app(bare.get_article(slug, reader_id)), f"/api/v1/articles/{slug}"),
            request(app, f"/api/v1/articles/{slug}", token),
        )


def request(app: Flask, path: str, token: str = "") -> Request:
    """A function that sends one request through the whole of Flask and returns the body."""
    headers = {"Authorization": f"Token {token}"} if token else {}
    environ = EnvironBuilder(path, headers=headers).get_environ()

    def send() -> bytes:
        return b"".join(app.wsgi_app(dict(environ), _ignore))

    return send


def _ignore(_status: str, _headers: Any, _exception: Any = None) -> Any:
    return None


class Bare:
    """Routes as a careful engineer writes them by hand, and nothing around them."""

    def __init__(self, database: Any) -> None:
        self._database = database
        self._driver = database.target.connect()._driver

    def app(self, view: Callable[..., bytes]) -> Flask:
        """An app of one route with a parameter in its path."""
        app = Flask("bare")
        for rule in ("/api/v1/articles", "/api/v1/articles/<slug>"):
            app.add_url_rule(rule, rule, lambda **_path: Response(view(), mimetype="text/json"))
        return app

    def list_articles(self, reader_id: int | None) -> Callable[[], bytes]:
        """A view that answers a page of 20."""
        page, tags, count = self._statements(
            lambda: (
                self._database.articles.list_recent(skip=0, limit=20, reader_id=reader_id),
                self._database.articles.count(),
            )
        )

        def view() -> bytes:
            rows = self._rows(page[0], {**page[1], "skip": 0, "limit": 20})
            self._add_tags(tags[0], rows)
            total = self._rows(count[0], count[1])[0]["total"]
            body = {"articles": [summary(row) for row in rows], "articlesCount": total}
            return written({"msg": "success", **body})

        return view

    def get_article(self, slug: str, reader_id: int | None) -> Callable[[], bytes]:
        """A view that answers one article."""
        one, tags = self._statements(
            lambda: self._database.articles.find_by_slug(slug, reader_id=reader_id)
        )

        def view() -> bytes:
            rows = self._rows(one[0], {"slug": slug, "reader_id": reader_id})
            self._add_tags(tags[0], rows)
            body = {**summary(rows[0]), "body": rows[0]["body"]}
            return written({"msg": "success", "article": body})

        return view

    def _statements(self, through_model: Callable[[], Any]) -> list[tuple[str, Any]]:
        """The statements that the models send, as the driver gets them, with their values."""
        sent: list[tuple[str, Any]] = []

        def recorded(way: str) -> Any:
            original = getattr(sqlite.Connection, way)

            def record(connection: Any, sql: str, values: Any) -> Any:
                sent.append((sqlite.TRANSLATED[sql], values))
                return original(connection, sql, values)

            return mock.patch.object(sqlite.Connection, way, record)

        with recorded("one"), recorded("all"):
            through_model()
        return sent

    def _rows(self, sql: str, values: Any) -> list[dict[str, Any]]:
        cursor = self._driver.execute(sql, values)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row)) for row in cursor]  # noqa: B905

    def _add_tags(self, sql: str, rows: list[dict[str, Any]]) -> None:
        by_id: dict[int, dict[str, Any]] = {row["id"]: row for row in rows}
        for row in rows:
            row["tags"] = []
        for tagged in self._rows(sql, {"ids": orjson.dumps(list(by_id)).decode()}):
            by_id[tagged["article_id"]]["tags"].append(tagged["tag"])


def summary(row: dict[str, Any]) -> dict[str, Any]:
    """A row as the API shows it."""
    return {
        "slug": row["slug"],
        "title": row["title"],
        "description": row["description"],
        "tagList": row["tags"],
        "createdAt": row["created_at"],
        "updatedAt": row["updated_at"],
        "favorited": bool(row["favorited"]),
        "favoritesCount": row["favorites_count"],
        "author": {
            "username": row["author_username"],
            "bio": row["author_bio"],
            "image": row["author_image"],
            "following": bool(row["author_following"]),
        },
    }


def written(body: dict[str, Any]) -> bytes:
    """The body as JSON, its times in milliseconds."""
    return orjson.dumps(body, default=_time, option=orjson.OPT_PASSTHROUGH_DATETIME) + b"\n"


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def print_line(name: str, bare: float, retort: float, ratio: float) -> None:
    """Print one line, and how far the ratio may go."""
    times = f"{bare * 1e6:>7.0f} µs{retort * 1e6:>9.0f} µs"
    print(f"{name:<38}{times}{ratio:>7.2f}  (at most {TARGETS[name]})")


if __name__ == "__main__":
    main()
