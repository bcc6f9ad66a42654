"""The rows that models return, alike on every engine."""

from datetime import datetime
from typing import TypedDict


class AuthorRow(TypedDict):
    """The author that master_config holds."""

    id: int
    name: str
    created_at: datetime
    updated_at: datetime


class LogRow(TypedDict):
    """One request that was answered."""

    id: int
    ip: str
    method: str
    path: str
    status: int
    milliseconds: float
    request_id: str
    created_at: datetime


class ReaderRow(TypedDict):
    """Someone who is signed in; the hash of the password stays where it is."""

    id: int
    username: str
    email: str
    bio: str | None
    image: str | None
    role: str


class SessionReaderRow(ReaderRow):
    """Someone who is signed in, and by which session."""

    session_id: int


class UserRow(ReaderRow):
    """Someone with an account."""

    password_hash: str
    created_at: datetime
    updated_at: datetime


class SessionRow(TypedDict):
    """A sign-in that was not ended since."""

    id: int
    user_id: int
    user_agent: str
    created_at: datetime
    refreshed_at: datetime
    expires_at: datetime


class ProfileRow(TypedDict):
    """Someone as a reader sees them."""

    id: int
    username: str
    bio: str | None
    image: str | None
    following: bool


class ArticleSummaryRow(TypedDict):
    """An article as a list shows it to a reader, beside its author."""

    id: int
    slug: str
    title: str
    description: str
    created_at: datetime
    updated_at: datetime
    tags: list[str]
    favorites_count: int
    favorited: bool
    author_id: int
    author_username: str
    author_bio: str | None
    author_image: str | None
    author_following: bool


class ArticleRow(ArticleSummaryRow):
    """An article as its own page shows it."""

    body: str


class CommentRow(TypedDict):
    """A comment as a reader sees it, beside its author."""

    id: int
    article_id: int
    body: str
    created_at: datetime
    updated_at: datetime
    author_id: int
    author_username: str
    author_bio: str | None
    author_image: str | None
    author_following: bool
