"""Accounts: registering, signing in, and one's own settings."""

from typing import Any

from flask import Blueprint, g, request
from flask_validation_extended import ValidationRule

from app.api.auth import login_required
from app.api.decorator import may_raise
from app.api.response import Created, Ok, created, ok, unprocessable
from app.api.rule import Email, MaxLen, MinLen, NotBlank
from app.api.v1 import view
from app.api.validation import Json, Validator
from controller import account
from controller.absent import Absent
from controller.error import NotFound, Unauthorized
from model.error import Duplicate, Unavailable
from model.value import LONGEST

api = Blueprint("user", __name__)


class InPath(ValidationRule):
    """Text that can be a part of a path, as a username is in that of its profile."""

    @property
    def types(self) -> type:
        """It judges text."""
        return str

    def is_valid(self, data: str) -> bool:
        """Tell whether there is no slash and no control character in it."""
        return account.is_in_path(data)

    def invalid_str(self) -> str:
        """Say what is wrong."""
        return account.NOT_IN_PATH

    def schema(self) -> dict[str, Any]:
        """Say it in JSON Schema."""
        pattern = f"^(?:{account.BETWEEN_SLASHES.pattern})$"
        return {"pattern": pattern, "not": {"enum": [".", ".."]}}


USERNAME = [NotBlank(), InPath(), MaxLen(LONGEST["username"])]
EMAIL = [NotBlank(), Email(), MaxLen(LONGEST["email"])]
PASSWORD = [
    NotBlank(),
    MinLen(account.SHORTEST_PASSWORD),
    MaxLen(account.LONGEST_PASSWORD),
]


@api.post("/users")
@Validator(unprocessable, body="user")
@may_raise(Duplicate, Unavailable)
def register(
    username: str = Json(str, rules=USERNAME, strip=True),
    email: str = Json(str, rules=EMAIL, strip=True),
    password: str = Json(str, rules=PASSWORD),
) -> Created[view.SignedInAnswer]:
    """Register, and sign in."""
    agent = request.user_agent.string
    signed_in = account.register(
        g.db, g.security, username=username, email=email, password=password, user_agent=agent
    )
    return created(view.signed_in(signed_in))


@api.post("/users/login")
@Validator(unprocessable, body="user")
@may_raise(Unauthorized, Unavailable)
def login(
    email: str = Json(str, rules=NotBlank()),
    password: str = Json(str, rules=[NotBlank(), MaxLen(account.LONGEST_PASSWORD)]),
) -> Ok[view.SignedInAnswer]:
    """Sign in."""
    agent = request.user_agent.string
    signed_in = account.login(g.db, g.security, email=email, password=password, user_agent=agent)
    return ok(view.signed_in(signed_in))


@api.get("/user")
@login_required
def get_user() -> Ok[view.UserAnswer]:
    """Show one's own account."""
    return ok(view.user(g.reader, g.token))


@api.put("/user")
@login_required
@Validator(unprocessable, body="user")
@may_raise(Duplicate, NotFound)
def update_user(
    email: str | None = Json(str, rules=EMAIL, optional=True, strip=True),
    username: str | None = Json(str, rules=USERNAME, optional=True, strip=True),
    password: str | None = Json(str, rules=PASSWORD, optional=True),
    bio: str | Absent | None = Json(
        str, rules=MaxLen(LONGEST["bio"]), optional=True, nullable=True
    ),
    image: str | Absent | None = Json(
        str, rules=MaxLen(LONGEST["image"]), optional=True, nullable=True
    ),
) -> Ok[view.UserAnswer]:
    """Change one's own account.

    What is left out stays as it is; null clears bio and image. A new password ends every other
    session.
    """
    texts: dict[str, Any] = {"username": username, "email": email, "password": password}
    where = {"reader_id": g.reader_id, "session_id": g.session_id}
    changed = account.update(g.db, g.security, **where, **texts, bio=bio, image=image)
    return ok(view.user(changed, g.token))
