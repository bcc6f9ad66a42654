"""Made-up articles, each with a few tags and people who favorited it."""

from controller.seed import Sowing
from model import Models

MODEL, NAME, COUNT = "articles", "articles", 100
TAGS = ["coffee", "databases", "flask", "gardens", "music", "python", "sql", "travel"]


def sow(db: Models, sowing: Sowing, numbers: range) -> list[int]:
    """Add these and return their ids."""
    return [_sow_one(db, sowing, number) for number in numbers]


def _sow_one(db: Models, sowing: Sowing, number: int) -> int:
    fake, random, users = sowing.fake, sowing.random, sowing.ids["users"]
    title = fake.sentence(6).rstrip(".")
    id = db.articles.insert(
        author_id=random.choice(users),
        slug=f"{title.lower().replace(' ', '-')}-{sowing.seed}-{number}",
        tags=random.sample(TAGS, random.randint(1, 3)),
        title=title,
        description=fake.sentence(12),
        body=fake.text(1000),
    )
    for fan in random.sample(users, random.randint(0, min(3, len(users)))):
        db.articles.favorite(user_id=fan, article_id=id)
    return id
