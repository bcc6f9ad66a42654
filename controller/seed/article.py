"""Made-up articles, each with a few tags and people who favorited it."""

from typing import NamedTuple

from controller.seed import Sowing
from model import Models
from model.article import NewArticle

MODEL, NAME, COUNT = "articles", "articles", 100
TAGS = ["coffee", "databases", "flask", "gardens", "music", "python", "sql", "travel"]


class MadeUp(NamedTuple):
    """An article, and the ids of those who favorited it."""

    article: NewArticle
    fans: list[int]


def make_up(sowing: Sowing, numbers: range) -> list[MadeUp]:
    """Return articles by those who were sown, if anybody was."""
    # Faker is slow: a batch puts its texts together from a few words and sentences.
    words = [sowing.fake.word() for _ in range(200)]
    sentences = [sowing.fake.sentence(12) for _ in range(100)]
    users = sowing.ids["users"]
    return [_make_one_up(sowing, number, words, sentences) for number in numbers if users]


def _make_one_up(sowing: Sowing, number: int, words: list[str], sentences: list[str]) -> MadeUp:
    random, users = sowing.random, sowing.ids["users"]
    title = " ".join(random.choices(words, k=6))
    article: NewArticle = {
        "author_id": random.choice(users),
        "slug": f"{title.replace(' ', '-')}-{sowing.seed}-{number}",
        "title": title.capitalize(),
        "description": random.choice(sentences),
        "body": " ".join(random.choices(sentences, k=12)),
        "tags": random.sample(TAGS, random.randint(1, 3)),
    }
    return MadeUp(article, random.sample(users, random.randint(0, min(3, len(users)))))


def find(db: Models, made_up: MadeUp) -> int | None:
    """Return the id of an article that is there already, or None."""
    return db.articles.find_id(made_up.article["slug"])


def insert_many(db: Models, made_up: list[MadeUp]) -> list[int]:
    """Add articles with their favorites, and return their ids."""
    ids = db.articles.insert_many([each.article for each in made_up])
    db.articles.favorite_many(
        [(fan, id) for id, each in zip(ids, made_up, strict=True) for fan in each.fans]
    )
    return ids


if __name__ == "__main__":
    from controller.frame.runner import no_commands

    no_commands()
