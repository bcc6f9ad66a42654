"""Comments: the limit of their text, their rows, and the methods that every engine offers."""

from datetime import datetime
from typing import Protocol, TypedDict

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


class Comments(Protocol):
    """The methods of `db.comments`."""

    def insert(self, *, article_id: int, author_id: int, body: str) -> int: ...
    def find(self, id: int, *, reader_id: int | None = None) -> CommentRow | None: ...
    def list_by_article(
        self, article_id: int, *, reader_id: int | None = None
    ) -> list[CommentRow]: ...
    def delete(self, id: int) -> int: ...
    def delete_by_article(self, article_id: int) -> int: ...
