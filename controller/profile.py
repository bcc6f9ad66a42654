"""Profiles: people as others see them, and who follows whom."""

from controller.frame.error import Invalid, NotFound
from controller.frame.runner import run
from model import Models
from model.frame.error import MissingParent
from model.profile import ProfileRow


def find(db: Models, *, username: str, reader_id: int | None = None) -> ProfileRow:
    """Return someone as the reader sees them; NotFound if there is no such user."""
    profile = db.profiles.find(username, reader_id=reader_id)
    if profile is None:
        raise NotFound("profile")
    return profile


def follow(db: Models, *, username: str, reader_id: int) -> ProfileRow:
    """Follow someone else; idempotent."""
    profile = find(db, username=username, reader_id=reader_id)
    if profile["id"] == reader_id:
        raise Invalid("profile", "can't be your own")
    try:
        db.profiles.follow(follower_id=reader_id, followed_id=profile["id"])
    except MissingParent:
        raise NotFound("profile") from None
    return {**profile, "following": True}


def unfollow(db: Models, *, username: str, reader_id: int) -> ProfileRow:
    """Unfollow someone, whether or not the reader followed them."""
    profile = find(db, username=username, reader_id=reader_id)
    db.profiles.unfollow(follower_id=reader_id, followed_id=profile["id"])
    return {**profile, "following": False}


if __name__ == "__main__":
    from config import config

    run(config)
