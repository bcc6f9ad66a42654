"""Accounts: the limits of their columns, their rows, and the methods that every engine offers."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol, TypedDict, Unpack

from model.frame import value

LONGEST = {
    "username": 64,
    "email": 254,
    "password_hash": 255,
    "bio": 1000,
    "image": 2000,
    "role": 16,
}
LONGEST_KEY = 255


class UserChanges(TypedDict):
    """What an account may change: None leaves a column as it is, "" makes bio and image null."""

    username: str | None
    email: str | None
    password_hash: str | None
    bio: str | None
    image: str | None


class ReaderRow(TypedDict):
    """Someone who is signed in; the hash of the password is left out."""

    id: int
    username: str
    email: str
    bio: str | None
    image: str | None
    role: str


class UserRow(ReaderRow):
    """Someone with an account."""

    password_hash: str
    created_at: datetime
    updated_at: datetime


class NewUser(TypedDict):
    """One of many accounts to insert."""

    username: str
    email: str
    password_hash: str


class Users(Protocol):
    """The methods of `db.users`."""

    def insert(self, *, username: str, email: str, password_hash: str) -> int: ...
    def insert_many(self, users: Sequence[NewUser]) -> list[int]: ...
    def find(self, id: int) -> UserRow | None: ...
    def find_by_email(self, email: str) -> UserRow | None: ...
    def find_by_username(self, username: str) -> UserRow | None: ...
    def update(self, id: int, **changes: Unpack[UserChanges]) -> int: ...
    def sign_in(self, id: int, *, password_hash: str, new_hash: str) -> int: ...
    def set_role(self, id: int, role: str) -> int: ...


def username_key(username: str) -> str:
    """Return what finds a username, however it is cased or composed."""
    return value.folded(username)


def new_username_key(username: str) -> str:
    """Return what is unique of a username; InvalidValue if it is too long to be indexed."""
    return value.text("username", username_key(username), LONGEST_KEY)
