"""Profiles: people as others see them, and following them."""

from flask import Blueprint, g

from app.api.auth import login_optional, login_required
from app.api.decorator import may_raise
from app.api.response import Ok, ok, unprocessable
from app.api.v1 import view
from app.api.validation import Route, Validator
from controller import profile
from controller.error import NotFound

api = Blueprint("profile", __name__)


@api.get("")
@login_optional
@Validator(unprocessable)
@may_raise(NotFound)
def get_profile(username: str = Route(str)) -> Ok[view.ProfileAnswer]:
    """Show someone."""
    return ok(view.profile(profile.find(g.db, username=username, reader_id=g.reader_id)))


@api.post("/follow")
@login_required
@Validator(unprocessable)
@may_raise(NotFound)
def follow(username: str = Route(str)) -> Ok[view.ProfileAnswer]:
    """Follow someone."""
    return ok(view.profile(profile.follow(g.db, username=username, reader_id=g.reader_id)))


@api.delete("/follow")
@login_required
@Validator(unprocessable)
@may_raise(NotFound)
def unfollow(username: str = Route(str)) -> Ok[view.ProfileAnswer]:
    """Follow someone no longer."""
    return ok(view.profile(profile.unfollow(g.db, username=username, reader_id=g.reader_id)))
