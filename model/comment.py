"""Comments: the limit of their text, their rows, and the methods that every engine offers."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol, TypedDict

from model.frame.count import Miscount
from model.profile import ProfileRow

LONGEST_BODY = 10_000


class CommentRow(TypedDict):
    """A comment as a reader sees it, with its author in it."""

    id: int
    article_id: int
    body: str
    created_at: datetime
    updated_at: datetime
    author: ProfileRow


class CommentPage(TypedDict):
    """A page of comments, and how many there are on all pages."""

    comments: list[CommentRow]
    count: int


class NewComment(TypedDict):
    """One of many comments to insert."""

    article_id: int
    author_id: int
    body: str


class Comments(Protocol):
    """The methods of `db.comments`."""

    def insert(self, *, article_id: int, author_id: int, body: str) -> int: ...
    def insert_many(self, comments: Sequence[NewComment]) -> None: ...
    def find(self, id: int, *, reader_id: int | None = None) -> CommentRow | None: ...
    def list_by_article(
        self, article_id: int, *, skip: int, limit: int, reader_id: int | None = None
    ) -> CommentPage: ...
    def delete(self, id: int, *, article_id: int) -> int: ...
    def delete_by_article(self, article_id: int) -> int: ...
    def verify(self, *, fix: bool) -> list[Miscount]: ...
