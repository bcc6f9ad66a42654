"""Made-up comments on articles."""

from controller.seed import Sowing
from model import Models

MODEL, NAME, COUNT = "comments", "comments", 100


def sow(db: Models, sowing: Sowing, numbers: range) -> list[int]:
    """Add these, as long as there are articles, and return their ids."""
    users, articles = sowing.ids["users"], sowing.ids["articles"]
    return [
        db.comments.insert(
            article_id=sowing.random.choice(articles),
            author_id=sowing.random.choice(users),
            body=sowing.fake.sentence(12),
        )
        for _ in numbers
        if articles
    ]
