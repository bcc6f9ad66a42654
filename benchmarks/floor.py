"""The reference: what the busiest requests cost written by hand, on the same tables.

    DATABASE_URL=sqlite:////tmp/x.db SECRET_KEY=... granian --interface wsgi benchmarks.floor:app

Bare Flask, the driver and orjson, one connection a thread. Nothing is validated, logged or pooled.
Whatever a careful engineer does on these tables to make a request faster belongs in here; what only
repeats an earlier request, such as the signature of a token, is not remembered.
"""

import hashlib
import os
import random
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote, urlsplit

import jwt
import orjson
from flask import Flask, Response, request

URL = os.environ["DATABASE_URL"]
KEY = hashlib.sha256(b"access token\0" + os.environ["SECRET_KEY"].encode()).digest()
IS_MYSQL = URL.startswith("mysql")
SLOTS = 16 if IS_MYSQL else 1

if IS_MYSQL:
    import pymysql
    from pymysql.constants import FIELD_TYPE
    from pymysql.converters import conversions

    # A time is only ever copied into the answer: it stays text.
    CONVERSIONS = {**conversions, FIELD_TYPE.DATETIME: str}
else:
    import sqlite3

app = Flask(__name__)
local = threading.local()


def sql(text: str) -> str:
    """The statement with the marks that the driver knows."""
    return text if IS_MYSQL else text.replace("%s", "?")


SUMMARY = """
    articles.slug, articles.title, articles.description, articles.tags,
    articles.created_at, articles.updated_at,
    EXISTS (
        SELECT 1 FROM favorites
        WHERE user_id = %s
            AND article_created_at = articles.created_at
            AND article_id = articles.id
    ),
    (SELECT SUM(favorites) FROM favorite_counts WHERE article_id = articles.id),
    users.username, users.bio, users.image,
    EXISTS (SELECT 1 FROM follows WHERE follower_id = %s AND followed_id = users.id)
"""
PAGE = sql(
    f"""
    SELECT
        {SUMMARY},
        (SELECT SUM(articles) FROM article_counts WHERE author_id = 0 AND tag = '')
    FROM (
        SELECT id, created_at FROM articles ORDER BY created_at DESC, id DESC LIMIT %s OFFSET %s
    ) AS page
    JOIN articles ON articles.id = page.id
    JOIN users ON users.id = articles.author_id
    ORDER BY page.created_at DESC, page.id DESC
    """
)
ONE = sql(
    f"""
    SELECT {SUMMARY}, articles.body
    FROM articles
    JOIN users ON users.id = articles.author_id
    WHERE articles.slug = %s
    """
)
COUNT = "SELECT SUM(articles) FROM article_counts WHERE author_id = 0 AND tag = ''"
TAGS = """
    SELECT tag FROM article_counts
    WHERE author_id = 0 AND tag > '' AND articles > 0
    ORDER BY articles DESC, tag
    LIMIT 100
"""
READER = sql("SELECT user_id FROM sessions WHERE family_hash = %s AND expires_at > %s")
WRITER = sql(
    """
    SELECT users.id, users.username, users.bio, users.image,
        EXISTS (SELECT 1 FROM follows WHERE follower_id = users.id AND followed_id = users.id)
    FROM sessions
    JOIN users ON users.id = sessions.user_id
    WHERE sessions.family_hash = %s AND sessions.expires_at > %s
    """
)
INSERT = sql(
    """
    INSERT INTO articles (
        author_id, slug, title, description, body, tags, created_at, updated_at
    )
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
    """
)
INSERT_TAG = sql(
    "INSERT INTO article_tags (tag, article_created_at, article_id) VALUES (%s, %s, %s)"
)
NEW = "VALUES({})" if IS_MYSQL else "excluded.{}"
ADD_TO_COUNT = f"""
    INSERT INTO article_counts (author_id, tag, slot, articles, latest_at, latest_id)
    VALUES (%s, %s, %s, 1, %s, %s)
    ON {"DUPLICATE KEY UPDATE" if IS_MYSQL else "CONFLICT DO UPDATE SET"}
        articles = articles + 1,
        latest_at = COALESCE({NEW.format("latest_at")}, latest_at),
        latest_id = COALESCE({NEW.format("latest_id")}, latest_id)
"""
ADD_TO_COUNT = sql(ADD_TO_COUNT)


@app.get("/api/v1/articles")
def list_articles() -> Response:
    """Answer a page of articles and how many there are."""
    reader_id = reader(READER)[0] if "Authorization" in request.headers else None
    limit, offset = int(request.args.get("limit", 20)), int(request.args.get("offset", 0))
    rows = run(PAGE, (reader_id, reader_id, limit, offset)).fetchall()
    total = rows[0][12] if rows else run(COUNT).fetchone()[0]
    return answer({"articles": [summary(row) for row in rows], "articlesCount": int(total or 0)})


@app.get("/api/v1/articles/<slug>")
def get_article(slug: str) -> Response:
    """Answer one article."""
    reader_id = reader(READER)[0] if "Authorization" in request.headers else None
    row = run(ONE, (reader_id, reader_id, slug)).fetchone()
    return answer({"article": {**summary(row), "body": row[12]}})


@app.get("/api/v1/tags")
def list_tags() -> Response:
    """Answer the tags in use."""
    return answer({"tags": [tag for (tag,) in run(TAGS)]})


@app.post("/api/v1/articles")
def write_article() -> Response:
    """Add an article, and answer it without asking for what is known."""
    author_id, username, bio, image, following = reader(WRITER)
    article = orjson.loads(request.get_data())["article"]
    title, description, body = article["title"], article["description"], article["body"]
    tags = article.get("tagList") or []
    slug, tags_json, time_now = title.lower().replace(" ", "-"), orjson.dumps(tags).decode(), now()
    run("BEGIN" if IS_MYSQL else "BEGIN IMMEDIATE")
    row = (author_id, slug, title, description, body, tags_json, time_now, time_now)
    article_id = run(INSERT, row).lastrowid
    run_many(INSERT_TAG, [(tag, time_now, article_id) for tag in tags])
    # In one order, so that no two wait for each other; the row that all share comes last.
    counted = [(0, "", random.randrange(SLOTS), None, None)]
    counted += [(0, tag, 0, None, None) for tag in sorted(tags)]
    run_many(ADD_TO_COUNT, [*counted, (author_id, "", 0, time_now, article_id)])
    run("COMMIT")
    known = (slug, title, description, tags_json, time_now, time_now, False, 0)
    shown = summary((*known, username, bio, image, following))
    return answer({"article": {**shown, "body": body}}, 201)


def summary(row: Sequence[Any]) -> dict[str, Any]:
    """A row as the API shows it; its tags are JSON already."""
    return {
        "slug": row[0],
        "title": row[1],
        "description": row[2],
        "tagList": orjson.Fragment(row[3]),
        "createdAt": shown_time(row[4]),
        "updatedAt": shown_time(row[5]),
        "favorited": bool(row[6]),
        "favoritesCount": int(row[7] or 0),
        "author": {
            "username": row[8],
            "bio": row[9],
            "image": row[10],
            "following": bool(row[11]),
        },
    }


def answer(body: dict[str, Any], status: int = 200) -> Response:
    """The answer as JSON."""
    text = orjson.dumps({"msg": "success", **body})
    return Response(text, status, mimetype="application/json")


def reader(statement: str) -> Sequence[Any]:
    """What the statement says of who sent the token; no row, no answer."""
    token = request.headers["Authorization"].split(" ", 1)[1]
    claims = jwt.decode(token, KEY, algorithms=["HS256"], options={"verify_iss": False})
    row: Sequence[Any] = run(statement, (claims["sid"], now())).fetchone()
    return row


def now() -> str:
    """The time as the tables keep it."""
    moment = datetime.now(UTC)
    if IS_MYSQL:
        return moment.replace(tzinfo=None).isoformat(" ", "milliseconds")
    return moment.isoformat(timespec="milliseconds")


def shown_time(kept: str) -> str:
    """A time as the API shows it: 2026-01-31T12:30:59.123Z."""
    return f"{kept[:10]}T{kept[11:23]}Z"


def run(statement: str, values: Sequence[Any] = ()) -> Any:
    """Run a statement on this thread's connection; return its cursor."""
    cursor = connection().cursor()
    cursor.execute(statement, values)
    return cursor


def run_many(statement: str, rows: Sequence[Sequence[Any]]) -> None:
    """Run a statement once for each row."""
    connection().cursor().executemany(statement, rows)


def connection() -> Any:
    """The connection of this thread, made when it first needs one."""
    if not hasattr(local, "connection"):
        local.connection = connect_to_mysql() if IS_MYSQL else connect_to_sqlite()
    return local.connection


def connect_to_mysql() -> Any:
    """A connection whose statements are committed one by one, if no transaction is begun."""
    parts = urlsplit(URL)
    return pymysql.connect(
        host=parts.hostname,
        port=parts.port or 3306,
        user=unquote(parts.username or "root"),
        password=unquote(parts.password or ""),
        database=parts.path[1:],
        autocommit=True,
        charset="utf8mb4",
        conv=CONVERSIONS,
    )


def connect_to_sqlite() -> Any:
    """A connection with the settings that the app has, too."""
    made = sqlite3.connect(URL.removeprefix("sqlite:///"), isolation_level=None)
    for setting in ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON"):
        made.execute(f"PRAGMA {setting}")
    return made
