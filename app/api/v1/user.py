"""Accounts: registering, signing in, and your own settings."""

from functools import lru_cache
from typing import TypedDict

from flask import Blueprint, g, request
from flask_validation_extended import ValidationRule

from app.http.auth import login_required
from app.http.decorator import may_raise
from app.http.limit import client_address
from app.http.response import Created, Ok, created, ok
from app.http.rule import BLANK, Email, MaxLen, MinLen, NotBlank, Url
from app.http.validation import Json, Validator
from controller import account
from controller.frame.absent import ABSENT, Absent
from controller.frame.error import Busy, NotFound, TooMany, Unauthorized
from model.frame.error import Duplicate
from model.user import LONGEST, ReaderRow

api = Blueprint("user", __name__)


class Name(ValidationRule):
    """A username: readable text that can be used in a path."""

    # A regular expression knows nothing of unassigned characters.
    is_exact = False

    @property
    def types(self) -> type:
        """Applies to text."""
        return str

    def is_valid(self, data: str) -> bool:
        """Tell whether the value passes."""
        return account.is_name(data)

    def invalid_str(self) -> str:
        """Say what is wrong."""
        return account.NOT_A_NAME

    def pattern(self) -> str:
        """Say it as a regular expression."""
        return rf"(?!\.\.?{BLANK}*$){account.BETWEEN_SLASHES.pattern}"


class Image(Url):
    """The address of an image, or an empty text, which clears it."""

    def is_valid(self, data: str) -> bool:
        """Tell whether the value passes."""
        return data == "" or super().is_valid(data)

    def pattern(self) -> str:
        """Say it as a regular expression."""
        return f"(?:{super().pattern()})?"


USERNAME = [NotBlank(), Name(), MaxLen(LONGEST["username"])]
EMAIL = [NotBlank(), Email(), MaxLen(LONGEST["email"])]
PASSWORD = [
    NotBlank(),
    MinLen(account.SHORTEST_PASSWORD),
    MaxLen(account.LONGEST_PASSWORD),
]
BIO = MaxLen(LONGEST["bio"])
IMAGE = [Image(), MaxLen(LONGEST["image"])]


class UserJson(TypedDict):
    """Your own account, with your access token."""

    email: str
    token: str
    username: str
    bio: str | None
    image: str | None


class SignedInUserJson(UserJson):
    """Your account after signing in, with access and refresh tokens."""

    refreshToken: str


class UserAnswer(TypedDict):
    """Someone as they see themselves."""

    user: UserJson


class SignedInAnswer(TypedDict):
    """Someone who just signed in."""

    user: SignedInUserJson


@lru_cache(maxsize=1024)
def show_image(image: str | None) -> str | None:
    """Show an image if it could be set today: an older row may hold a script, or anything else."""
    return image if image and Image().is_valid(image) else None


def show_user(row: ReaderRow, token: str) -> UserJson:
    """Show someone to themselves."""
    return {
        "email": row["email"],
        "token": token,
        "username": row["username"],
        "bio": row["bio"],
        "image": show_image(row["image"]),
    }


def show_signed_in(signed_in: account.SignedIn) -> SignedInAnswer:
    """Show an account to its owner after signing in, with both tokens."""
    user = show_user(signed_in["user"], signed_in["access_token"])
    return {"user": {**user, "refreshToken": signed_in["refresh_token"]}}


@api.post("/users")
@Validator(body="user")
@may_raise(Busy, Duplicate, TooMany)
def register(
    username: str = Json(str, rules=USERNAME, strip=True, example="jake"),
    email: str = Json(str, rules=EMAIL, strip=True, example="jake@jake.jake"),
    password: str = Json(str, rules=PASSWORD, example="correct horse"),
) -> Created[SignedInAnswer]:
    """Register, and sign in."""
    signed_in = account.register(
        g.db,
        g.security,
        username=username,
        email=email,
        password=password,
        user_agent=request.user_agent.string,
        address=client_address(),
    )
    return created(show_signed_in(signed_in))


@api.post("/users/login")
@Validator(body="user")
@may_raise(Busy, TooMany, Unauthorized)
def login(
    email: str = Json(str, rules=NotBlank(), example="jake@jake.jake"),
    password: str = Json(
        str, rules=[NotBlank(), MaxLen(account.LONGEST_PASSWORD)], example="correct horse"
    ),
) -> Ok[SignedInAnswer]:
    """Sign in."""
    signed_in = account.login(
        g.db,
        g.security,
        email=email,
        password=password,
        user_agent=request.user_agent.string,
        address=client_address(),
    )
    return ok(show_signed_in(signed_in))


@api.get("/user")
@login_required
def get_user() -> Ok[UserAnswer]:
    """Get your own account."""
    return ok({"user": show_user(g.reader, g.token)})


@api.put("/user")
@login_required
@Validator(body="user")
@may_raise(Busy, Duplicate, NotFound, TooMany)
def update_user(
    email: str | None = Json(str, rules=EMAIL, optional=True, strip=True),
    username: str | None = Json(str, rules=USERNAME, optional=True, strip=True),
    password: str | None = Json(str, rules=PASSWORD, optional=True),
    bio: str | Absent | None = Json(
        str, rules=BIO, nullable=True, default=ABSENT, example="I work at home."
    ),
    image: str | Absent | None = Json(
        str,
        rules=IMAGE,
        nullable=True,
        default=ABSENT,
        example="https://example.com/jake.png",
    ),
    current_password: str | None = Json(
        str,
        rules=[NotBlank(), MaxLen(account.LONGEST_PASSWORD)],
        optional=True,
        name="currentPassword",
        example="correct horse",
    ),
) -> Ok[UserAnswer]:
    """Update your own account.

    Omitted fields are unchanged; null clears bio and image. A new password revokes every other
    session. currentPassword may be required for a new password or e-mail.
    """
    changed = account.update(
        g.db,
        g.security,
        reader_id=g.reader_id,
        session_id=g.session_id,
        username=username,
        email=email,
        password=password,
        bio=bio,
        image=image,
        current_password=current_password,
        address=client_address(),
    )
    return ok({"user": show_user(changed, g.token)})
