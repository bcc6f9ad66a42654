"""Made-up follows: everyone follows a few others."""

from controller.seed import Sowing
from model import Models

MODEL, NAME, COUNT = "profiles", "follows", 20


def sow(db: Models, sowing: Sowing, numbers: range) -> list[int]:
    """Add these, as long as there are users to follow; a follow has no id."""
    users = sowing.ids["users"]
    for number in numbers:
        follower, distance = number % len(users), 1 + number // len(users)
        if distance < len(users):
            followed = (follower + distance) % len(users)
            db.profiles.follow(follower_id=users[follower], followed_id=users[followed])
    return []
