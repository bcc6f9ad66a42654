"""Comments on articles, and how many each has."""

from collections import Counter
from collections.abc import Sequence
from typing import cast

from model.comment import LONGEST_BODY, CommentPage, CommentRow, NewComment
from model.frame import value
from model.frame.count import Miscount
from model.frame.transaction import in_transaction
from model.mongodb.driver.collection import Collection, Document, Operations
from model.mongodb.driver.count import ChildCounts
from model.mongodb.profile import AUTHOR, beside_author, with_author

COLUMNS = ("article_id", "body", "created_at", "updated_at")
SHOWN = {"$project": {**dict.fromkeys(COLUMNS, 1), **AUTHOR}}


class Comment:
    """The collection comments, and its kept counts."""

    def __init__(self, db: Operations) -> None:
        self.db = db
        self._comments = Collection(db, "comments")
        self._counts = ChildCounts(db, "comment_counts", "comments", parent="article_id")
        self._articles = Collection(db, "articles")
        self._users = Collection(db, "users")

    @in_transaction
    def insert(self, *, article_id: int, author_id: int, body: str) -> int:
        """Add a comment and return its id; MissingParent without its article or author."""
        new: NewComment = {"article_id": article_id, "author_id": author_id, "body": body}
        [id] = self._insert([new])
        return id

    def insert_many(self, comments: Sequence[NewComment]) -> None:
        """Add many comments by a few commands; all or none of them."""
        self.db.in_bulk(lambda db: Comment(db)._insert(comments))

    def find(self, id: int, *, reader_id: int | None = None) -> CommentRow | None:
        """Return the comment as the reader sees it, or None."""
        if not value.is_id(id):
            return None
        found = self._comments.aggregate(
            [{"$match": {"_id": id}}, *beside_author(reader_id), SHOWN]
        )
        return cast(CommentRow, with_author(found[0])) if found else None

    def list_by_article(
        self, article_id: int, *, skip: int, limit: int, reader_id: int | None = None
    ) -> CommentPage:
        """Return a page of the comments on an article as the reader sees them, newest first."""
        page = value.page(skip, limit)
        count = self._counts.of(article_id)
        if page["limit"] == 0:
            return {"comments": [], "count": count}
        found = self._comments.aggregate(
            [
                {"$match": {"article_id": article_id}},
                {"$sort": {"created_at": -1, "_id": -1}},
                {"$skip": page["skip"]},
                {"$limit": page["limit"]},
                *beside_author(reader_id),
                SHOWN,
            ]
        )
        comments = [cast(CommentRow, with_author(document)) for document in found]
        return {"comments": comments, "count": count}

    @in_transaction
    def delete(self, id: int, *, article_id: int) -> int:
        """Delete a comment on an article; return 1, or 0 if it is not there."""
        gone = self._comments.delete({"_id": id, "article_id": article_id})
        if gone:
            self._counts.adjust({article_id: -1})
        return gone

    @in_transaction
    def delete_by_article(self, article_id: int) -> int:
        """Delete every comment on an article, and its count; return how many."""
        gone = self._comments.delete({"article_id": article_id})
        self._counts.delete(article_id)
        return gone

    def verify(self, *, fix: bool) -> list[Miscount]:
        """Return the kept counts that differ from a recount, corrected if `fix` says so."""
        # Both are read at one moment, and what was wrong is added: who writes meanwhile adds, too.
        rows = self.db.in_bulk(lambda db: Comment(db)._counts.miscounted("comments"))
        if fix:
            self._counts.adjust({row["id"]: row["counted"] - row["kept"] for row in rows})
        return [
            Miscount(f"comments on article {row['id']}", row["kept"], row["counted"])
            for row in rows
        ]

    def _insert(self, comments: Sequence[NewComment]) -> list[int]:
        now = value.now()
        value.texts("body", (comment["body"] for comment in comments), LONGEST_BODY)
        documents: list[Document] = [
            {**comment, "created_at": now, "updated_at": now} for comment in comments
        ]
        per_article = Counter(comment["article_id"] for comment in comments)
        self._users.require({comment["author_id"] for comment in comments})
        self._articles.require(per_article.keys())
        ids = self._comments.insert_many(documents)
        self._counts.add(per_article)
        return ids
