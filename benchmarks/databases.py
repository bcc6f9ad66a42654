"""Databases of any size for benchmarks, filled through the models, and a MySQL server for them."""

import re
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import model
from config import TestConfig
from controller.frame.security import Claims, Security, hash_of, new_refresh_token
from model.frame import migration, value
from tests.servers import MariaServer

USERS = 10_000
ARTICLES_OF_AUTHOR = 100
FOLLOWED = 1_000
COMMENTS = 10_000
TAGS = [f"tag-{number:02}" for number in range(40)]
BATCH = 1_000
# Nobody can sign in with a password: none has this hash.
NO_HASH = "!"
READER, LISTENER, FAN = "reader", "listener", "fan"
# How many of whom the reader follows have written.
WRITERS = 100


class Settings(TestConfig):
    """Production's settings, whatever the environment and a developer's .env say."""

    ENVIRONMENT = "production"
    TESTING = False
    LOG_FORMAT = "json"
    ACCESS_TOKEN_MINUTES = 24 * 60


class Server(MariaServer):
    """A private mariadbd with enough memory for a large table; in a folder given, it is kept."""

    def __init__(self, folder: Path | None) -> None:
        super().__init__()
        self._kept = folder
        if folder is not None:
            if not folder.exists():
                shutil.copytree(self.folder, folder)
            shutil.rmtree(self.folder)
            self.folder = folder

    def command(self) -> list[str]:
        """Return the tests' command with more memory: of two options, the last one counts."""
        return [
            *super().command(),
            "--innodb-buffer-pool-size=512M",
            "--innodb-log-file-size=256M",
            # Any other mariadbd that starts would delete what this one puts into /tmp.
            f"--tmpdir={self.folder}",
        ]

    def stop(self) -> None:
        """End it; what is kept is written out first."""
        if self._kept:
            self.process.terminate()
            self.process.wait()
        else:
            super().stop()


@contextmanager
def mysql_server(folder: Path | None = None) -> Iterator[Server]:
    """Run a private mariadbd for as long as the block runs."""
    server = Server(folder)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def take(url: str, articles: int) -> Any:
    """Return the database, filled with so many articles unless it is already."""
    database: Any = model.connect(url)
    database.create()
    list(migration.migrate(database))
    if not database.articles.count():
        fill(database, articles)
    elif not database.users.find_by_username(LISTENER):
        sys.exit(f"{re.sub('//.*@', '//', url)} is filled by half or by somebody else: delete it")
    return database


def fill(database: Any, articles: int) -> None:
    """Add users who write, favorite and follow, their articles, and comments on one of these."""
    started = time.monotonic()
    users = add_users(database, [f"user{number}" for number in range(USERS)])
    silent = add_users(database, [f"silent{number}" for number in range(FOLLOWED)])
    authors = users[: min(USERS, max(2, articles // ARTICLES_OF_AUTHOR))]
    add_articles(database, authors, articles)
    add_comments(database, users, database.articles.find_id(slug_of(articles // 2)))
    reader, fan = add_users(database, [READER, FAN])
    follow(database, reader, spread(authors, WRITERS) + silent[: FOLLOWED - WRITERS])
    follow(database, fan, spread(authors, FOLLOWED))
    analyze(database)
    # The last of all, and so the sign that everything is there.
    [listener] = add_users(database, [LISTENER])
    follow(database, listener, silent)
    say(f"{articles} articles in {time.monotonic() - started:.0f} s\n")


def add_comments(database: Any, users: Sequence[int], article_id: int) -> None:
    """Add comments on one article."""
    for start in range(0, COMMENTS, BATCH):
        database.comments.insert_many(
            [
                {"article_id": article_id, "author_id": author_id, "body": "It worked."}
                for author_id in users[start : start + BATCH]
            ]
        )


def spread(authors: Sequence[int], count: int) -> list[int]:
    """So many of the authors, if there are as many, from the first to the last."""
    return list(authors[:: max(1, len(authors) // count)][:count])


def add_users(database: Any, names: Sequence[str]) -> list[int]:
    """Add users and return their ids."""
    ids = []
    for start in range(0, len(names), BATCH):
        ids += database.users.insert_many(
            [
                {"username": name, "email": f"{name}@example.com", "password_hash": NO_HASH}
                for name in names[start : start + BATCH]
            ]
        )
    return ids


def add_articles(database: Any, authors: Sequence[int], count: int) -> None:
    """Add articles by these in turn, each with two or three tags and one or two favorites."""
    random = Random(1)
    bodies = [" ".join(random.choices(TAGS, k=143)) for _ in range(100)]
    for start in range(0, count, BATCH):
        ids = database.articles.insert_many(
            [
                {
                    "author_id": authors[number % len(authors)],
                    "slug": slug_of(number),
                    "title": f"How to grow {number}",
                    "description": "Ever wonder how? " * 5,
                    "body": random.choice(bodies),
                    "tags": random.sample(TAGS, random.randint(2, 3)),
                }
                for number in range(start, min(start + BATCH, count))
            ]
        )
        database.articles.favorite_many(
            [
                (fan, article_id)
                for article_id in ids
                for fan in random.sample(authors, random.randint(1, 2))
            ]
        )
        say(f"\r{start + len(ids)} of {count} articles ")


def slug_of(number: int) -> str:
    """Return the slug of one of the articles: they are numbered."""
    return f"how-to-grow-{number}"


def follow(database: Any, follower: int, followed: Sequence[int]) -> None:
    """Let one user follow these."""
    database.profiles.follow_many([(follower, each) for each in followed])


def analyze(database: Any) -> None:
    """Let the engine count what its plans are made from."""
    if database.engine == "sqlite":
        database.run("ANALYZE")
        return
    for name in database.tables():
        database.all(f"ANALYZE TABLE {name}")


def sign_in(database: Any, security: Security, user_id: int) -> str:
    """Begin a session for a user, and return its access token."""
    token = new_refresh_token()
    database.sessions.insert(
        user_id=user_id,
        family_hash=hash_of(token),
        refresh_hash=hash_of(token),
        user_agent="benchmark",
        expires_at=value.now() + timedelta(days=1),
    )
    return security.access_token(Claims(user_id, hash_of(token)))


def say(progress: str) -> None:
    """Tell how far it is, where it disturbs no table."""
    sys.stderr.write(progress)
    sys.stderr.flush()
