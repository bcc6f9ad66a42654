"""Made-up articles, each with a few tags and people who favorited it."""

from typing import NamedTuple

from controller.seed import Sowing
from model import Models
from model.article import ArticleTexts

MODEL, NAME, COUNT = "articles", "articles", 100
TAGS = ["coffee", "databases", "flask", "gardens", "music", "python", "sql", "travel"]


class MadeUp(NamedTuple):
    """An article, and the ids of those who favorited it."""

    author_id: int
    slug: str
    tags: list[str]
    texts: ArticleTexts[str]
    fans: list[int]


def make_up(sowing: Sowing, numbers: range) -> list[MadeUp]:
    """Return articles by those who were sown, if anybody was."""
    return [_make_one_up(sowing, number) for number in numbers if sowing.ids["users"]]


def _make_one_up(sowing: Sowing, number: int) -> MadeUp:
    fake, random, users = sowing.fake, sowing.random, sowing.ids["users"]
    title = fake.sentence(6).rstrip(".")
    return MadeUp(
        author_id=random.choice(users),
        slug=f"{title.lower().replace(' ', '-')}-{sowing.seed}-{number}",
        tags=random.sample(TAGS, random.randint(1, 3)),
        texts={"title": title, "description": fake.sentence(12), "body": fake.text(1000)},
        fans=random.sample(users, random.randint(0, min(3, len(users)))),
    )


def find(db: Models, article: MadeUp) -> int | None:
    """Return the id of an article that is there already, or None."""
    found = db.articles.find_by_slug(article.slug)
    return found["id"] if found else None


def insert(db: Models, article: MadeUp) -> int:
    """Add an article with its favorites, and return its id."""
    author_id, slug, tags = article.author_id, article.slug, article.tags
    id = db.articles.insert(author_id=author_id, slug=slug, tags=tags, **article.texts)
    for fan in article.fans:
        db.articles.favorite(user_id=fan, article_id=id)
    return id


if __name__ == "__main__":
    from controller.frame.runner import no_commands

    no_commands()
