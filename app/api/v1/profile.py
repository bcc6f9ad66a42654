"""Profiles: people as others see them, and following them."""

from typing import TypedDict

from flask import Blueprint, g

from app.http.auth import login_optional, login_required
from app.http.decorator import may_raise
from app.http.response import Ok, ok
from app.http.validation import Route, Validator
from controller import profile
from controller.frame.error import NotFound
from model.profile import ProfileRow

from .user import show_image

api = Blueprint("profile", __name__)


class ProfileJson(TypedDict):
    """Someone as others see them."""

    username: str
    bio: str | None
    image: str | None
    following: bool


class ProfileAnswer(TypedDict):
    """Someone as others see them."""

    profile: ProfileJson


def show_profile(row: ProfileRow) -> ProfileJson:
    """Show a user's public profile; also used to show an author."""
    return {
        "username": row["username"],
        "bio": row["bio"],
        "image": show_image(row["image"]),
        "following": row["following"],
    }


@api.get("")
@login_optional
@Validator()
@may_raise(NotFound)
def get_profile(username: str = Route(str, example="anne")) -> Ok[ProfileAnswer]:
    """Get a profile."""
    found = profile.find(g.db, username=username, reader_id=g.reader_id)
    return ok({"profile": show_profile(found)})


@api.post("/follow")
@login_required
@Validator()
@may_raise(NotFound)
def follow(username: str = Route(str, example="anne")) -> Ok[ProfileAnswer]:
    """Follow someone."""
    followed = profile.follow(g.db, username=username, reader_id=g.reader_id)
    return ok({"profile": show_profile(followed)})


@api.delete("/follow")
@login_required
@Validator()
@may_raise(NotFound)
def unfollow(username: str = Route(str, example="anne")) -> Ok[ProfileAnswer]:
    """Unfollow someone."""
    unfollowed = profile.unfollow(g.db, username=username, reader_id=g.reader_id)
    return ok({"profile": show_profile(unfollowed)})
