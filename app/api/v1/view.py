"""Views: rows as this version of the API shows them, and the answers that hold them."""

from collections.abc import Iterable
from datetime import datetime
from typing import TypedDict

from controller.account import SignedIn
from controller.article import Page
from model.row import (
    ArticleRow,
    ArticleSummaryRow,
    CommentRow,
    LogRow,
    ProfileRow,
    ReaderRow,
    SessionRow,
)


class User(TypedDict):
    """Someone as they see themselves, with the token that shows who they are."""

    email: str
    token: str
    username: str
    bio: str | None
    image: str | None


class SignedInUser(User):
    """Someone who just signed in, with what gets them a new token."""

    refreshToken: str


class Profile(TypedDict):
    """Someone as others see them."""

    username: str
    bio: str | None
    image: str | None
    following: bool


class ArticleSummary(TypedDict):
    """An article as a list shows it."""

    slug: str
    title: str
    description: str
    tagList: list[str]
    createdAt: datetime
    updatedAt: datetime
    favorited: bool
    favoritesCount: int
    author: Profile


class Article(ArticleSummary):
    """An article as its own page shows it."""

    body: str


class Comment(TypedDict):
    """A comment on an article."""

    id: int
    createdAt: datetime
    updatedAt: datetime
    body: str
    author: Profile


class Session(TypedDict):
    """Where someone is signed in."""

    id: int
    userAgent: str
    createdAt: datetime
    refreshedAt: datetime
    expiresAt: datetime
    current: bool


class LogEntry(TypedDict):
    """A request that was answered."""

    id: int
    ip: str
    method: str
    path: str
    status: int
    milliseconds: float
    requestId: str
    createdAt: datetime


class UserAnswer(TypedDict):
    """Someone as they see themselves."""

    user: User


class SignedInAnswer(TypedDict):
    """Someone who just signed in."""

    user: SignedInUser


class ProfileAnswer(TypedDict):
    """Someone as others see them."""

    profile: Profile


class ArticleAnswer(TypedDict):
    """An article."""

    article: Article


class ArticlesAnswer(TypedDict):
    """A page of articles, and how many there are on all pages."""

    articles: list[ArticleSummary]
    articlesCount: int


class CommentAnswer(TypedDict):
    """A comment."""

    comment: Comment


class CommentsAnswer(TypedDict):
    """The comments on an article, newest first."""

    comments: list[Comment]


class TagsAnswer(TypedDict):
    """The tags in use, the most used first."""

    tags: list[str]


class SessionsAnswer(TypedDict):
    """Where someone is signed in, the last used first."""

    sessions: list[Session]


class LogsAnswer(TypedDict):
    """A page of the API log, newest first."""

    logs: list[LogEntry]


def user(row: ReaderRow, token: str) -> UserAnswer:
    """Show someone to themselves."""
    return {"user": _user(row, token)}


def signed_in(given: SignedIn) -> SignedInAnswer:
    """Show someone who just signed in to themselves."""
    shown = _user(given["user"], given["access_token"])
    return {"user": {**shown, "refreshToken": given["refresh_token"]}}


def profile(row: ProfileRow) -> ProfileAnswer:
    """Show someone to others."""
    return {
        "profile": {
            "username": row["username"],
            "bio": row["bio"],
            "image": row["image"],
            "following": row["following"],
        }
    }


def article(row: ArticleRow) -> ArticleAnswer:
    """Show an article with its text."""
    return {"article": {**_summary(row), "body": row["body"]}}


def articles(page: Page) -> ArticlesAnswer:
    """Show a page of articles without their texts."""
    return {
        "articles": [_summary(row) for row in page["articles"]],
        "articlesCount": page["count"],
    }


def comment(row: CommentRow) -> CommentAnswer:
    """Show a comment."""
    return {"comment": _comment(row)}


def comments(rows: Iterable[CommentRow]) -> CommentsAnswer:
    """Show the comments on an article."""
    return {"comments": [_comment(row) for row in rows]}


def sessions(rows: Iterable[SessionRow], current_id: int) -> SessionsAnswer:
    """Show where someone is signed in, and which of these sessions asks."""
    return {"sessions": [_session(row, row["id"] == current_id) for row in rows]}


def logs(rows: Iterable[LogRow]) -> LogsAnswer:
    """Show a page of the API log."""
    return {"logs": [_log_entry(row) for row in rows]}


def _user(row: ReaderRow, token: str) -> User:
    return {
        "email": row["email"],
        "token": token,
        "username": row["username"],
        "bio": row["bio"],
        "image": row["image"],
    }


def _summary(row: ArticleSummaryRow) -> ArticleSummary:
    return {
        "slug": row["slug"],
        "title": row["title"],
        "description": row["description"],
        "tagList": row["tags"],
        "createdAt": row["created_at"],
        "updatedAt": row["updated_at"],
        "favorited": row["favorited"],
        "favoritesCount": row["favorites_count"],
        "author": _author(row),
    }


def _comment(row: CommentRow) -> Comment:
    return {
        "id": row["id"],
        "createdAt": row["created_at"],
        "updatedAt": row["updated_at"],
        "body": row["body"],
        "author": _author(row),
    }


def _author(row: ArticleSummaryRow | CommentRow) -> Profile:
    return {
        "username": row["author_username"],
        "bio": row["author_bio"],
        "image": row["author_image"],
        "following": row["author_following"],
    }


def _session(row: SessionRow, current: bool) -> Session:
    return {
        "id": row["id"],
        "userAgent": row["user_agent"],
        "createdAt": row["created_at"],
        "refreshedAt": row["refreshed_at"],
        "expiresAt": row["expires_at"],
        "current": current,
    }


def _log_entry(row: LogRow) -> LogEntry:
    return {
        "id": row["id"],
        "ip": row["ip"],
        "method": row["method"],
        "path": row["path"],
        "status": row["status"],
        "milliseconds": row["milliseconds"],
        "requestId": row["request_id"],
        "createdAt": row["created_at"],
    }
