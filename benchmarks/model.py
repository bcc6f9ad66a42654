"""What each model method costs beside the same statements on the bare driver.

    python benchmarks/model.py [--engine sqlite|mysql|mongodb] [--url URL] [--rounds 41]

The bare side is what a careful engineer writes by hand: the same statements on one open connection
with the same settings, rows as dicts, tags merged into their articles. Both sides return the same
rows from the same data, and take turns, so that a busy machine slows both alike. Without a URL,
the engine is the tests' own: a file in a temporary folder, a private mariadbd, secantusdb.
"""

import argparse
import gc
import itertools
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import pymongo.collection

import model
from model import migration
from tests import engines

ARTICLES = 2000
USERS = 200
BATCH = 20
CHUNK_SECONDS = 0.02

# A side of a case is a function without arguments; each call is one use of a model method.
Side = Callable[[], Any]
Case = tuple[str, Side, Side]


def main() -> None:
    """Print a table per engine."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--engine", choices=["sqlite", "mysql", "mongodb"], action="append")
    parser.add_argument("--url", help="an empty database, which is filled; for one --engine")
    parser.add_argument("--rounds", type=int, default=25)
    given = parser.parse_args()
    for engine in given.engine or engines.NAMES:
        with tempfile.TemporaryDirectory() as folder:
            url = given.url or engines.clean_database(engine, Path(folder))
            database = model.connect(url)
            list(migration.migrate(database))
            fill(database)
            make_cases = mongodb_cases if engine == "mongodb" else sql_cases
            print_table(engine, make_cases(database), given.rounds)
            if engine == "mysql":
                print_pool(database, given.rounds)
            database.close()


def print_table(engine: str, cases: list[Case], rounds: int) -> None:
    """Print what each case costs, when both of its sides return the same."""
    print(f"{engine:<32}{'bare':>12}{'model':>12}{'ratio':>8}")
    for name, bare, through_model in cases:
        found = bare()  # None where the case writes
        if found is not None and engine != "mongodb" and found != through_model():
            raise SystemExit(f"{name}: the two sides do not return the same")
        bare_seconds, model_seconds, ratio = compare(bare, through_model, rounds)
        print(f"{name:<32}{bare_seconds * 1e6:>9.1f} µs{model_seconds * 1e6:>9.1f} µs{ratio:>8.2f}")
    print()


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


def fill(database: Any) -> None:
    """People, each of whom follows ten; articles with three tags, five favourites, a comment."""
    users = [
        database.users.insert(username=f"u{n}", email=f"u{n}@x.y", password_hash="x" * 97)
        for n in range(USERS)
    ]
    database.master_config.insert_author("IML")

    def add_articles(db: Any, numbers: range) -> None:
        for n in numbers:
            text = {"title": f"Title {n}", "description": "d" * 80, "body": "b" * 1500}
            tags = [f"tag{(n * k) % 97}" for k in (1, 2, 3)]
            article = db.articles.insert(author_id=users[n % 199], slug=f"s{n}", tags=tags, **text)
            for k in range(5):
                db.articles.favorite(user_id=users[(n * 7 + k) % USERS], article_id=article)
            db.comments.insert(article_id=article, author_id=users[n % 198], body="c" * 100)
            db.logs.insert_log(
                ip="::1", method="GET", path="/", status=200, milliseconds=1.5, request_id="r" * 32
            )

    for n in range(USERS):
        for k in range(1, 11):
            database.users.follow(follower_id=users[n], followed_id=users[(n + k * 13) % USERS])
    for start in range(0, ARTICLES, BATCH):
        numbers = range(start, min(ARTICLES, start + BATCH))
        database.atomically(lambda db, numbers=numbers: add_articles(db, numbers))
    found = database.articles.find_by_slug("s7")
    for _ in range(20):
        database.comments.insert(article_id=found["id"], author_id=users[0], body="c" * 100)


# --- SQL ---


class Bare:
    """One open connection, made exactly as the model makes its own, and nothing around it."""

    def __init__(self, database: Any) -> None:
        self._database = database
        self.is_sqlite = database.engine == "sqlite"
        self._connection = database.target.connect()
        self.driver = self._connection._driver
        # The cursor of PyMySQL can be used again; that of sqlite3 is made by its connection.
        self._cursor = None if self.is_sqlite else self.driver.cursor()

    def statements(self, through_model: Side) -> list[str]:
        """The statements that a model method sends, in the driver's own style."""
        sent: list[str] = []
        kind = type(self._connection)

        def recorded(way: str) -> Any:
            def record(connection: Any, sql: str, values: Any) -> Any:
                sent.append(sql)
                return original(connection, sql, values)

            original = getattr(kind, way)
            return mock.patch.object(kind, way, record)

        with ExitStack() as stack:
            for way in ("one", "all", "run", "insert", "insert_many"):
                stack.enter_context(recorded(way))
            through_model()
        if not self.is_sqlite:
            return sent
        from model.sql.sqlite import TRANSLATED

        return [TRANSLATED[sql] for sql in sent]

    def one(self, sql: str, values: dict[str, Any]) -> Callable[[dict[str, Any]], Any]:
        """A function that returns the statement's first row as a dict."""
        if self.is_sqlite:
            execute = self.driver.execute
            names = tuple(column[0] for column in execute(sql, values).description)

            def one(values: dict[str, Any]) -> Any:
                row = execute(sql, values).fetchone()
                return None if row is None else dict(zip(names, row))  # noqa: B905

            return one
        cursor = self._cursor

        def one_of_mysql(values: dict[str, Any]) -> Any:
            cursor.execute(sql, values)
            return cursor.fetchone()

        return one_of_mysql

    def all(self, sql: str, values: dict[str, Any]) -> Callable[[dict[str, Any]], Any]:
        """A function that returns the statement's rows as dicts."""
        if self.is_sqlite:
            execute = self.driver.execute
            names = tuple(column[0] for column in execute(sql, values).description)

            def every(values: dict[str, Any]) -> Any:
                rows = execute(sql, values).fetchall()
                return [dict(zip(names, row)) for row in rows]  # noqa: B905

            return every
        cursor = self._cursor

        def all_of_mysql(values: dict[str, Any]) -> Any:
            cursor.execute(sql, values)
            return list(cursor.fetchall())

        return all_of_mysql

    def run(self, sql: str) -> Callable[[dict[str, Any]], Any]:
        """A function that returns what the driver returns of a writing statement."""
        return lambda values: self.execute(sql, values)

    @property
    def execute(self) -> Any:
        """What runs a statement."""
        return self.driver.execute if self.is_sqlite else self._cursor.execute

    @property
    def executemany(self) -> Any:
        """What runs a statement for many rows."""
        return self.driver.executemany if self.is_sqlite else self._cursor.executemany

    def begin(self) -> None:
        """Begin a transaction as the model does."""
        self.driver.execute("BEGIN IMMEDIATE") if self.is_sqlite else self.driver.begin()

    def commit(self) -> None:
        """Commit it."""
        self.driver.execute("COMMIT") if self.is_sqlite else self.driver.commit()


def sql_cases(database: Any) -> list[Case]:
    """Each method of the models in SQL beside the same statements by hand."""
    bare = Bare(database)
    return [*reading_cases(database, bare), *list_cases(database, bare), *writing(database, bare)]


def reading_cases(db: Any, bare: Bare) -> Iterator[Case]:
    """What reads one row."""
    user = db.users.find_by_username("u3")
    user_id = user["id"]
    article = db.articles.find_by_slug("s7")
    comment = db.comments.list_by_article(article["id"])[0]["id"]

    def reading(name: str, through_model: Side, values: Callable[[], dict[str, Any]]) -> Case:
        [sql] = bare.statements(through_model)
        find = bare.one(sql, values())
        return name, lambda: find(values()), through_model

    def truth(case: Case, column: str) -> Case:
        name, find, through_model = case

        def with_truth() -> Any:
            row = find()
            row[column] = bool(row[column])
            return row

        return name, with_truth, through_model

    def total(case: Case) -> Case:
        name, find, through_model = case
        return name, lambda: find()["total"], through_model

    users, config, logs, articles = db.users, db.master_config, db.logs, db.articles
    email = user["email"]
    yield reading("users.find", lambda: users.find(user_id), lambda: {"id": user_id})
    yield reading(
        "users.find_by_email", lambda: users.find_by_email(email), lambda: {"email": email}
    )
    yield reading(
        "users.find_by_username", lambda: users.find_by_username("u3"), lambda: {"username": "u3"}
    )
    yield truth(
        reading(
            "users.find_profile",
            lambda: users.find_profile("u3", reader_id=9),
            lambda: {"username": "u3", "reader_id": 9},
        ),
        "following",
    )
    yield reading("master_config.get_author", config.get_author, dict)
    yield truth(
        reading(
            "comments.find",
            lambda: db.comments.find(comment, reader_id=9),
            lambda: {"id": comment, "reader_id": 9},
        ),
        "author_following",
    )
    yield total(reading("logs.count", logs.count, dict))
    yield total(reading("articles.count", articles.count, dict))
    yield total(
        reading(
            "articles.count by author",
            lambda: articles.count(author_id=user_id),
            lambda: {"author_id": user_id},
        )
    )


def list_cases(db: Any, bare: Bare) -> Iterator[Case]:
    """What reads many rows, and an article with its tags."""
    article = db.articles.find_by_slug("s7")["id"]
    user = db.users.find_by_username("u3")["id"]
    [sql] = bare.statements(lambda: db.logs.get_log(0, 20))
    logs = bare.all(sql, {"skip": 0, "limit": 20})
    yield (
        "logs.get_log, 20",
        lambda: logs({"skip": 0, "limit": 20}),
        lambda: db.logs.get_log(0, 20),
    )
    [sql] = bare.statements(lambda: db.comments.list_by_article(article, reader_id=9))
    comments = bare.all(sql, {"article_id": article, "reader_id": 9})

    def list_comments() -> Any:
        rows = comments({"article_id": article, "reader_id": 9})
        for row in rows:
            row["author_following"] = bool(row["author_following"])
        return rows

    yield (
        "comments.list_by_article, 21",
        list_comments,
        lambda: db.comments.list_by_article(article, reader_id=9),
    )
    [sql] = bare.statements(lambda: db.articles.list_tags(20))
    tags = bare.all(sql, {"limit": 20})
    yield (
        "articles.list_tags, 20",
        lambda: [row["tag"] for row in tags({"limit": 20})],
        lambda: db.articles.list_tags(20),
    )
    yield articles_case(
        bare,
        "articles.find_by_slug",
        lambda: db.articles.find_by_slug("s7", reader_id=9),
        lambda: {"slug": "s7", "reader_id": 9},
    )
    for name, limit, filters in (
        ("recent, 1", 1, {}),
        ("recent, 20", 20, {}),
        ("recent, 100", 100, {}),
        ("by tag, 20", 20, {"tag": "tag5"}),
        ("by author, 10", 20, {"author_id": user}),
        ("favorited, 20", 20, {"favorited_by": user}),
        ("feed, 20", 20, {"followed_by": user}),
    ):
        values = {"reader_id": 9, "skip": 0, "limit": limit, **filters}
        yield articles_case(
            bare,
            f"articles.list_recent {name}",
            lambda values=values: db.articles.list_recent(**values),
            lambda values=values: dict(values),
        )


def articles_case(
    bare: Bare, name: str, through_model: Side, values: Callable[[], dict[str, Any]]
) -> Case:
    """A page of articles, or one article, and by a second statement the tags of all of them."""
    page_sql, tags_sql = bare.statements(through_model)
    is_sqlite = bare.is_sqlite
    page = bare.all(page_sql, values())
    tags_of = bare.all(tags_sql, {"ids": "[]" if is_sqlite else [0]})
    is_one = name.endswith("slug")

    def articles() -> Any:
        rows = page(values())
        by_id = {}
        for row in rows:
            row["favorited"] = bool(row["favorited"])
            row["author_following"] = bool(row["author_following"])
            by_id[row["id"]] = row["tags"] = []
        ids = list(by_id)
        for tagged in tags_of({"ids": json.dumps(ids) if is_sqlite else ids}):
            by_id[tagged["article_id"]].append(tagged["tag"])
        return rows[0] if is_one else rows

    return name, articles, through_model


def writing(db: Any, bare: Bare) -> Iterator[Case]:
    """What writes: one statement, or an article with its tags in a transaction."""
    user = db.users.find_by_username("u3")
    article = db.articles.find_by_slug("s9")
    fresh = itertools.count()
    log = {"ip": "::1", "method": "GET", "path": "/", "status": 200, "request_id": "r" * 32}
    log["milliseconds"] = 1.5
    comment = {"article_id": article["id"], "author_id": user["id"], "body": "c" * 100}
    account = {name: user[name] for name in ("username", "email", "password_hash", "bio", "image")}
    texts = {name: article[name] for name in ("slug", "title", "description", "body")}
    favourite = {"user_id": user["id"], "article_id": article["id"]}
    follow = {"follower_id": user["id"], "followed_id": user["id"]}

    def now() -> datetime:
        return datetime.now(UTC)

    def case(name: str, through_model: Side, *values: Callable[[], dict[str, Any]]) -> Case:
        steps = [bare.run(sql) for sql in bare.statements(through_model)]
        pairs = list(zip(steps, values, strict=True))

        def by_hand() -> None:
            for step, given in pairs:
                step(given())

        return name, by_hand, through_model

    def insert_user() -> dict[str, Any]:
        n = next(fresh)
        return {"username": f"n{n}", "email": f"n{n}", "password_hash": "x" * 97}

    yield case(
        "users.insert",
        lambda: db.users.insert(**insert_user()),
        lambda: {**insert_user(), "now": now()},
    )
    yield case(
        "users.update",
        lambda: db.users.update(user["id"], **account),
        lambda: {"id": user["id"], **account, "now": now()},
    )
    yield case(
        "users.follow, unfollow",
        lambda: (db.users.follow(**follow), db.users.unfollow(**follow)),
        lambda: {**follow},
        lambda: {**follow},
    )
    yield case(
        "master_config.change_author",
        lambda: db.master_config.change_author("IML"),
        lambda: {"name": "IML", "now": now()},
    )
    yield case("logs.insert_log", lambda: db.logs.insert_log(**log), lambda: {**log, "now": now()})
    yield case(
        "comments.insert",
        lambda: db.comments.insert(**comment),
        lambda: {**comment, "now": now()},
    )
    yield case("comments.delete", lambda: db.comments.delete(10**9), lambda: {"id": 10**9})
    yield insert_article_case(db, bare, user["id"], fresh)
    yield case(
        "articles.update",
        lambda: db.articles.update(article["id"], **texts),
        lambda: {"id": article["id"], **texts, "now": now()},
    )
    yield replace_tags_case(db, bare, article["id"])
    yield case("articles.delete", lambda: db.articles.delete(10**9), lambda: {"id": 10**9})
    yield case(
        "articles.favorite, unfavorite",
        lambda: (db.articles.favorite(**favourite), db.articles.unfavorite(**favourite)),
        lambda: {**favourite},
        lambda: {**favourite},
    )


def insert_article_case(db: Any, bare: Bare, user: int, fresh: Iterator[int]) -> Case:
    """An article with three tags, in a transaction."""
    texts = {"title": "Title", "description": "d" * 80, "body": "b" * 1500}
    tags = ["a", "b", "c"]

    def through_model() -> Any:
        slug = f"n{next(fresh)}"
        return db.atomically(
            lambda db: db.articles.insert(author_id=user, slug=slug, tags=tags, **texts)
        )

    article_sql, tags_sql = bare.statements(through_model)
    execute, executemany, is_sqlite = bare.execute, bare.executemany, bare.is_sqlite

    def by_hand() -> None:
        values = {"author_id": user, "slug": f"n{next(fresh)}", **texts, "now": datetime.now(UTC)}
        bare.begin()
        cursor = execute(article_sql, values)
        article = cursor.lastrowid if is_sqlite else bare._cursor.lastrowid
        rows = [{"article_id": article, "position": n, "tag": tag} for n, tag in enumerate(tags)]
        executemany(tags_sql, rows)
        bare.commit()

    return "articles.insert, transaction", by_hand, through_model


def replace_tags_case(db: Any, bare: Bare, article: int) -> Case:
    """Three tags in place of others, in a transaction."""
    tags = ["a", "b", "c"]

    def through_model() -> Any:
        db.atomically(lambda db: db.articles.replace_tags(article, tags))

    delete_sql, tags_sql = bare.statements(through_model)
    execute, executemany = bare.execute, bare.executemany

    def by_hand() -> None:
        bare.begin()
        execute(delete_sql, {"id": article})
        rows = [{"article_id": article, "position": n, "tag": tag} for n, tag in enumerate(tags)]
        executemany(tags_sql, rows)
        bare.commit()

    return "articles.replace_tags, trans.", by_hand, through_model


def print_pool(database: Any, rounds: int) -> None:
    """What the pool costs a statement: taking a connection, a look at its socket, giving it."""
    pool, cursor = database.pool, database.target.connect()._driver.cursor()

    def bare() -> Any:
        cursor.execute("SELECT 1 AS one")
        return cursor.fetchone()

    def pooled() -> Any:
        connection = pool.take()
        try:
            return connection.one("SELECT 1 AS one", {})
        finally:
            pool.give(connection)

    taking = statistics.median(seconds(lambda: pool.give(pool.take()), 1000) for _ in range(rounds))
    one, other, _ratio = compare(bare, pooled, rounds * 5)
    print(f"the pool: {taking * 1e6:.1f} µs to take a connection and give it back;")
    print(f"SELECT 1 takes {one * 1e6:.1f} µs bare and {other * 1e6:.1f} µs through the pool")
    print()


# --- MongoDB ---

RECORDED = (
    "find_one",
    "aggregate",
    "count_documents",
    "insert_one",
    "update_one",
    "delete_many",
    "find_one_and_update",
)


@contextmanager
def recording() -> Iterator[list[tuple[str, str, Any, Any]]]:
    """Record what is asked of PyMongo's collections: collection, method, arguments."""
    calls: list[tuple[str, str, Any, Any]] = []
    inside = []

    def recorded(method: str) -> Any:
        original = getattr(pymongo.collection.Collection, method)

        def record(self: Any, *args: Any, **kwargs: Any) -> Any:
            if not inside:  # count_documents calls aggregate itself
                kept = {key: given for key, given in kwargs.items() if key != "session"}
                calls.append((self.name, method, args, kept))
            inside.append(method)
            try:
                return original(self, *args, **kwargs)
            finally:
                inside.pop()

        return mock.patch.object(pymongo.collection.Collection, method, record)

    patches = [recorded(method) for method in RECORDED]
    for patch in patches:
        patch.start()
    try:
        yield calls
    finally:
        for patch in patches:
            patch.stop()


def mongodb_cases(db: Any) -> list[Case]:
    """Each method beside the same calls of PyMongo, their documents given an id."""
    user = db.users.find_by_username("u3")
    article = db.articles.find_by_slug("s7")
    log = {"ip": "::1", "method": "GET", "path": "/", "status": 200, "request_id": "r" * 32}
    comment = {"article_id": article["id"], "author_id": user["id"], "body": "c" * 100}
    favourite = {"user_id": user["id"], "article_id": article["id"]}
    listing = {"skip": 0, "limit": 20, "reader_id": 9}
    methods = {
        "users.find": lambda: db.users.find(user["id"]),
        "users.find_by_email": lambda: db.users.find_by_email(user["email"]),
        "users.find_profile": lambda: db.users.find_profile("u3", reader_id=9),
        "master_config.get_author": db.master_config.get_author,
        "master_config.change_author": lambda: db.master_config.change_author("IML"),
        "logs.get_log, 20": lambda: db.logs.get_log(0, 20),
        "logs.insert_log": lambda: db.logs.insert_log(milliseconds=1.5, **log),
        "comments.list_by_article, 21": lambda: db.comments.list_by_article(article["id"]),
        "comments.insert": lambda: db.comments.insert(**comment),
        "comments.delete": lambda: db.comments.delete(10**9),
        "articles.find_by_slug": lambda: db.articles.find_by_slug("s7", reader_id=9),
        "articles.list_recent, 20": lambda: db.articles.list_recent(**listing),
        "articles.list_recent by tag, 20": lambda: db.articles.list_recent(tag="tag5", **listing),
        "articles.list_recent feed, 20": lambda: db.articles.list_recent(
            followed_by=user["id"], **listing
        ),
        "articles.count": db.articles.count,
        "articles.favorite": lambda: db.articles.favorite(**favourite),
    }
    cases = []
    for name, through_model in methods.items():
        with recording() as calls:
            through_model()
        cases.append((name, replayed(db.driver_database(), list(calls)), through_model))
    return cases


def replayed(driver: Any, calls: list[tuple[str, str, Any, Any]]) -> Side:
    """A function that asks the same of PyMongo, and gives the documents their id."""
    steps = [
        (getattr(driver[name], method), args, kwargs, method == "insert_one")
        for name, method, args, kwargs in calls
    ]

    def by_hand() -> Any:
        counted, found = 0, None
        for call, args, kwargs, inserts in steps:
            if inserts:
                args = ({**args[0], "_id": counted},)  # noqa: PLW2901
            found = call(*args, **kwargs)
            if isinstance(found, dict):
                counted = found.get("value", 0)
            elif hasattr(found, "try_next"):
                found = [{"id": document.pop("_id"), **document} for document in found]
        return found

    return by_hand


if __name__ == "__main__":
    with engines.at_end:
        main()
