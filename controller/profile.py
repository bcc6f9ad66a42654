"""Profiles: people as others see them, and whom one follows."""

from controller.error import Invalid, NotFound
from controller.runner import run
from model import Models
from model.error import MissingParent
from model.row import ProfileRow


def find(db: Models, *, username: str, reader_id: int | None = None) -> ProfileRow:
    """Return someone as the reader sees them; NotFound without them."""
    profile = db.users.find_profile(username, reader_id=reader_id)
    if profile is None:
        raise NotFound("profile")
    return profile


def follow(db: Models, *, username: str, reader_id: int) -> ProfileRow:
    """Let the reader follow someone else; following twice is following once."""
    profile = find(db, username=username, reader_id=reader_id)
    if profile["id"] == reader_id:
        raise Invalid("profile", "can't be your own")
    try:
        db.users.follow(follower_id=reader_id, followed_id=profile["id"])
    except MissingParent:
        raise NotFound("profile") from None
    return {**profile, "following": True}


def unfollow(db: Models, *, username: str, reader_id: int) -> ProfileRow:
    """Let the reader no longer follow someone, whether or not they did."""
    profile = find(db, username=username, reader_id=reader_id)
    db.users.unfollow(follower_id=reader_id, followed_id=profile["id"])
    return {**profile, "following": False}


if __name__ == "__main__":
    from config import config

    run(find, follow, unfollow, config=config)
