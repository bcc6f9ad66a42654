"""What every engine offers, alike: the interface that controllers are written against.

The methods are documented where they are written, in model/sql and in model/mongodb.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol, TypeVar

from model.migration import Ledger, Migration, Record
from model.row import (
    ArticleRow,
    ArticleSummaryRow,
    AuthorRow,
    CommentRow,
    LogRow,
    ProfileRow,
    SessionReaderRow,
    SessionRow,
    UserRow,
)

Result = TypeVar("Result")

# ruff: noqa: D101, D102 - see above


class Users(Protocol):
    def insert(self, *, username: str, email: str, password_hash: str) -> int: ...
    def find(self, id: int) -> UserRow | None: ...
    def find_by_email(self, email: str) -> UserRow | None: ...
    def find_by_username(self, username: str) -> UserRow | None: ...
    def update(
        self,
        id: int,
        *,
        username: str | None = None,
        email: str | None = None,
        password_hash: str | None = None,
        bio: str | None = None,
        image: str | None = None,
    ) -> int: ...
    def sign_in(self, id: int, *, password_hash: str, new_hash: str) -> int: ...
    def set_role(self, id: int, role: str) -> int: ...
    def find_profile(self, username: str, *, reader_id: int | None) -> ProfileRow | None: ...
    def follow(self, *, follower_id: int, followed_id: int) -> None: ...
    def unfollow(self, *, follower_id: int, followed_id: int) -> None: ...


class Sessions(Protocol):
    def insert(
        self,
        *,
        user_id: int,
        family_hash: str,
        refresh_hash: str,
        user_agent: str,
        expires_at: datetime,
    ) -> int: ...
    def find_reader(self, family_hash: str) -> SessionReaderRow | None: ...
    def find_by_family(self, family_hash: str) -> SessionRow | None: ...
    def list_by_user(self, user_id: int) -> list[SessionRow]: ...
    def rotate(self, id: int, *, old_hash: str, new_hash: str, expires_at: datetime) -> int: ...
    def delete(self, id: int, *, user_id: int) -> int: ...
    def delete_others(self, user_id: int, *, kept: int) -> int: ...
    def delete_expired(self, user_id: int) -> int: ...


class Articles(Protocol):
    def insert(
        self,
        *,
        author_id: int,
        slug: str,
        title: str,
        description: str,
        body: str,
        tags: Sequence[str] = (),
    ) -> int: ...
    def find(self, id: int, *, reader_id: int | None = None) -> ArticleRow | None: ...
    def find_by_slug(self, slug: str, *, reader_id: int | None = None) -> ArticleRow | None: ...
    def list_recent(
        self,
        *,
        skip: int,
        limit: int,
        reader_id: int | None = None,
        tag: str | None = None,
        author_id: int | None = None,
        favorited_by: int | None = None,
        followed_by: int | None = None,
    ) -> list[ArticleSummaryRow]: ...
    def count(
        self,
        *,
        tag: str | None = None,
        author_id: int | None = None,
        favorited_by: int | None = None,
        followed_by: int | None = None,
    ) -> int: ...
    def update(
        self,
        id: int,
        *,
        slug: str | None = None,
        title: str | None = None,
        description: str | None = None,
        body: str | None = None,
    ) -> int: ...
    def replace_tags(self, id: int, tags: Sequence[str]) -> None: ...
    def delete(self, id: int) -> int: ...
    def favorite(self, *, user_id: int, article_id: int) -> None: ...
    def unfavorite(self, *, user_id: int, article_id: int) -> None: ...
    def list_tags(self, limit: int) -> list[str]: ...


class Comments(Protocol):
    def insert(self, *, article_id: int, author_id: int, body: str) -> int: ...
    def find(self, id: int, *, reader_id: int | None = None) -> CommentRow | None: ...
    def list_by_article(
        self, article_id: int, *, reader_id: int | None = None
    ) -> list[CommentRow]: ...
    def delete(self, id: int) -> int: ...


class Logs(Protocol):
    def insert_log(
        self,
        *,
        ip: str,
        method: str,
        path: str,
        status: int,
        milliseconds: float,
        request_id: str,
    ) -> int: ...
    def get_log(self, skip: int, limit: int) -> list[LogRow]: ...
    def count(self) -> int: ...


class MasterConfig(Protocol):
    def get_author(self) -> AuthorRow | None: ...
    def insert_author(self, name: str) -> int: ...
    def change_author(self, name: str) -> int: ...


class Models(Protocol):
    """A database or a transaction, as a controller gets it."""

    @property
    def users(self) -> Users: ...
    @property
    def sessions(self) -> Sessions: ...
    @property
    def articles(self) -> Articles: ...
    @property
    def comments(self) -> Comments: ...
    @property
    def logs(self) -> Logs: ...
    @property
    def master_config(self) -> MasterConfig: ...

    def atomically(self, work: Callable[["Models"], Result]) -> Result: ...


class Database(Models, Protocol):
    """A database, as it is connected to once per process."""

    engine: str

    def ping(self) -> None: ...
    def create(self) -> None: ...
    def drop(self) -> None: ...
    def migrations(self) -> list[Migration]: ...
    def migration_records(self) -> list[Record]: ...
    def ledger(self, wait: float) -> AbstractContextManager[Ledger]: ...
    def close(self) -> None: ...
