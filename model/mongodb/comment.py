"""Comments on articles."""

from typing import cast

from model import value
from model.error import MissingParent
from model.mongodb.collection import Collection, Session
from model.mongodb.reader import AUTHOR_COLUMNS, as_row, beside_author
from model.row import CommentRow

COLUMNS = ("article_id", "author_id", "body", "created_at", "updated_at")
SHOWN = {"$project": {**dict.fromkeys(COLUMNS, 1), **AUTHOR_COLUMNS}}


class Comment:
    """The collection comments."""

    def __init__(self, db: Session) -> None:
        self._comments = Collection(db, "comments")
        self._articles = Collection(db, "articles")
        self._users = Collection(db, "users")

    def insert(self, *, article_id: int, author_id: int, body: str) -> int:
        """Add a comment and return its id; MissingParent without its article or author.

        Takes several operations: call it in a transaction.
        """
        now = value.now()
        document = {
            "article_id": article_id,
            "author_id": author_id,
            "body": value.text("body", body, value.LONGEST_COMMENT),
            "created_at": now,
            "updated_at": now,
        }
        # Counting what was ever written changes the article, so that nobody deletes it meanwhile.
        counted = {"$inc": {"comments_count": 1}}
        if self._users.count({"_id": author_id}) == 0 or not self._articles.update(
            {"_id": article_id}, counted
        ):
            raise MissingParent("its parent is missing")
        return self._comments.insert(document)

    def find(self, id: int, *, reader_id: int | None = None) -> CommentRow | None:
        """Return the comment as the reader sees it, or None."""
        if not value.is_id(id):
            return None
        found = self._comments.aggregate(
            [{"$match": {"_id": id}}, *beside_author(reader_id), SHOWN]
        )
        return cast(CommentRow, as_row(found[0])) if found else None

    def list_by_article(self, article_id: int, *, reader_id: int | None = None) -> list[CommentRow]:
        """Return every comment of an article as the reader sees it, newest first."""
        found = self._comments.aggregate(
            [
                {"$match": {"article_id": article_id}},
                {"$sort": {"created_at": -1, "_id": -1}},
                *beside_author(reader_id),
                SHOWN,
            ]
        )
        return cast(list[CommentRow], [as_row(document) for document in found])

    def delete(self, id: int) -> int:
        """Delete a comment; return 1, or 0 if it is not there."""
        return self._comments.delete({"_id": id})
