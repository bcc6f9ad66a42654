"""Comments on articles."""

from typing import cast

from model.comment import LONGEST_BODY, CommentRow
from model.frame import value
from model.frame.error import MissingParent
from model.frame.transaction import in_transaction
from model.mongodb.driver.collection import Collection, Operations
from model.mongodb.profile import AUTHOR, beside_author, with_author

COLUMNS = ("article_id", "body", "created_at", "updated_at")
SHOWN = {"$project": {**dict.fromkeys(COLUMNS, 1), **AUTHOR}}


class Comment:
    """The collection comments."""

    def __init__(self, db: Operations) -> None:
        self.db = db
        self._comments = Collection(db, "comments")
        self._articles = Collection(db, "articles")
        self._users = Collection(db, "users")

    @in_transaction
    def insert(self, *, article_id: int, author_id: int, body: str) -> int:
        """Add a comment and return its id; MissingParent without its article or author."""
        now = value.now()
        document = {
            "article_id": article_id,
            "author_id": author_id,
            "body": value.text("body", body, LONGEST_BODY),
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
        return cast(CommentRow, with_author(found[0])) if found else None

    def list_by_article(self, article_id: int, *, reader_id: int | None = None) -> list[CommentRow]:
        """Return every comment on an article as the reader sees it, newest first."""
        found = self._comments.aggregate(
            [
                {"$match": {"article_id": article_id}},
                {"$sort": {"created_at": -1, "_id": -1}},
                *beside_author(reader_id),
                SHOWN,
            ]
        )
        return [cast(CommentRow, with_author(document)) for document in found]

    def delete(self, id: int) -> int:
        """Delete a comment; return 1, or 0 if it is not there."""
        return self._comments.delete({"_id": id})

    def delete_by_article(self, article_id: int) -> int:
        """Delete every comment on an article; return how many."""
        return self._comments.delete({"article_id": article_id})
