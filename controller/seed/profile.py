"""Made-up follows: everyone follows a few others."""

from controller.seed import Sowing
from model import Models

MODEL, NAME, COUNT = "profiles", "follows", 20

Follow = tuple[int, int]


def make_up(sowing: Sowing, numbers: range) -> list[Follow]:
    """Return who follows whom, as long as there are people to follow."""
    users = sowing.ids["users"]
    pairs = [divmod(number, len(users)) for number in numbers if users]
    return [
        (users[follower], users[(follower + distance + 1) % len(users)])
        for distance, follower in pairs
        if distance + 1 < len(users)
    ]


def find(db: Models, follow: Follow) -> int | None:
    """Return the id of the followed user if the follow exists, or None."""
    follower, followed = follow
    user = db.users.find(followed)
    profile = db.profiles.find(user["username"], reader_id=follower) if user else None
    return followed if profile and profile["following"] else None


def insert_many(db: Models, follows: list[Follow]) -> list[int]:
    """Let the first of each pair follow the second; return the ids of the second."""
    db.profiles.follow_many(follows)
    return [followed for _, followed in follows]


if __name__ == "__main__":
    from controller.frame.runner import no_commands

    no_commands()
