"""Made-up comments on articles."""

from typing import TypedDict

from controller.seed import Sowing
from model import Models

MODEL, NAME, COUNT = "comments", "comments", 100


class MadeUp(TypedDict):
    """A comment."""

    article_id: int
    author_id: int
    body: str


def make_up(sowing: Sowing, numbers: range) -> list[MadeUp]:
    """Return comments on the articles that were sown, if any were."""
    random, users, articles = sowing.random, sowing.ids["users"], sowing.ids["articles"]
    return [
        {
            "article_id": random.choice(articles),
            "author_id": random.choice(users),
            "body": sowing.fake.sentence(12),
        }
        for _ in numbers
        if articles
    ]


def find(db: Models, comment: MadeUp) -> int | None:
    """Return the id of a comment that is there already, or None."""
    wanted = (comment["author_id"], comment["body"])
    for row in db.comments.list_by_article(comment["article_id"]):
        if (row["author"]["id"], row["body"]) == wanted:
            return row["id"]
    return None


def insert(db: Models, comment: MadeUp) -> int:
    """Add a comment and return its id."""
    return db.comments.insert(**comment)


if __name__ == "__main__":
    from controller.frame.runner import no_commands

    no_commands()
