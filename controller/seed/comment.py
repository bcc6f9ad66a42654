"""Made-up comments on articles."""

from controller.seed import Sowing
from model import Models
from model.comment import NewComment
from model.frame.value import LARGEST_ID

MODEL, NAME, COUNT = "comments", "comments", 100


def make_up(sowing: Sowing, numbers: range) -> list[NewComment]:
    """Return comments on the articles that were sown, if any were."""
    random, users, articles = sowing.random, sowing.ids["users"], sowing.ids["articles"]
    sentences = [sowing.fake.sentence(12) for _ in range(50)]
    return [
        {
            "article_id": random.choice(articles),
            "author_id": random.choice(users),
            "body": f"{random.choice(sentences)} {random.choice(sentences)}",
        }
        for _ in numbers
        if articles
    ]


def find(db: Models, comment: NewComment) -> int | None:
    """Return the id of a comment that is there already, or None."""
    wanted = (comment["author_id"], comment["body"])
    page = db.comments.list_by_article(comment["article_id"], skip=0, limit=LARGEST_ID)
    for row in page["comments"]:
        if (row["author"]["id"], row["body"]) == wanted:
            return row["id"]
    return None


def insert_many(db: Models, comments: list[NewComment]) -> list[int]:
    """Add comments; nobody asks for their ids."""
    db.comments.insert_many(comments)
    return []


if __name__ == "__main__":
    from controller.frame.runner import no_commands

    no_commands()
