"""Believable data for development: the same data for the same seed."""

from collections.abc import Iterator
from itertools import pairwise
from random import Random
from typing import TypedDict

from controller.error import Invalid
from controller.util import get_fake
from model import Models, atomic
from model.error import Duplicate

BATCH = 500
# Nobody can sign in as someone who was made up: no password has this hash.
NO_HASH = "!"
TAGS = ["coffee", "databases", "flask", "gardens", "music", "python", "sql", "travel"]


class MadeUp(TypedDict):
    """An article that was made up, and who did what with it, by their places in the list."""

    author: int
    slug: str
    title: str
    description: str
    body: str
    tags: list[str]
    comment: str
    fans: list[int]


def sow(db: Models, *, users: int, articles: int, seed: int) -> Iterator[int]:
    """Add so many users who follow, write, comment and favour; yields how many were just added.

    Each batch is kept as a whole. Invalid if this seed was sown in this database before.
    """
    if users < 1:
        raise Invalid("users", "must be at least 1")
    fake, random = get_fake("en_US", seed), Random(seed)
    ids: list[int] = []
    for start, end in _batches(users):
        names = [f"{fake.user_name()}_{seed}_{number}" for number in range(start, end)]
        ids += _add_users(db, names)
        yield end - start
    for start, end in _batches(articles):
        made_up = [
            _make_up(
                fake.sentence(6), fake.sentence(12), fake.text(1000), random, seed, number, users
            )
            for number in range(start, end)
        ]
        _add_articles(db, ids, made_up)
        yield end - start


def _batches(total: int) -> Iterator[tuple[int, int]]:
    for start in range(0, total, BATCH):
        yield start, min(start + BATCH, total)


def _make_up(
    title: str, description: str, body: str, random: Random, seed: int, number: int, users: int
) -> MadeUp:
    title = title.rstrip(".")
    return {
        "author": random.randrange(users),
        "slug": f"{title.lower().replace(' ', '-')}-{seed}-{number}",
        "title": title,
        "description": description,
        "body": body,
        "tags": random.sample(TAGS, random.randint(1, 3)),
        "comment": description,
        "fans": random.sample(range(users), random.randint(0, min(3, users))),
    }


@atomic
def _add_users(db: Models, names: list[str]) -> list[int]:
    try:
        ids = [
            db.users.insert(username=name, email=f"{name}@example.com", password_hash=NO_HASH)
            for name in names
        ]
    except Duplicate:
        raise Invalid("seed", "was sown in this database before: choose another") from None
    for follower, followed in pairwise(ids):
        db.users.follow(follower_id=follower, followed_id=followed)
    return ids


@atomic
def _add_articles(db: Models, users: list[int], articles: list[MadeUp]) -> None:
    for one in articles:
        article_id = db.articles.insert(
            author_id=users[one["author"]],
            slug=one["slug"],
            title=one["title"],
            description=one["description"],
            body=one["body"],
            tags=one["tags"],
        )
        fans = [users[fan] for fan in one["fans"]]
        for fan in fans:
            db.articles.favorite(user_id=fan, article_id=article_id)
        if fans:
            db.comments.insert(article_id=article_id, author_id=fans[0], body=one["comment"])
