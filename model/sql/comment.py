"""Comments on articles, and how many each has."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from model.comment import LONGEST_BODY, CommentPage, CommentRow, NewComment
from model.frame import value
from model.frame.count import Miscount, any_slot
from model.frame.transaction import in_transaction
from model.sql.driver.statements import Statements
from model.sql.profile import AUTHOR, author

# A comment with its author, as one reader sees both.
COLUMNS = f"""
    comments.id,
    comments.article_id,
    comments.body,
    comments.created_at,
    comments.updated_at,
    {AUTHOR}
"""
BY_ID = f"""
    SELECT {COLUMNS}
    FROM comments
    JOIN users ON users.id = comments.author_id
    WHERE comments.id = %(id)s
"""
COUNT = "SELECT COALESCE(SUM(comments), 0) FROM comment_counts WHERE article_id = %(article_id)s"
# The page is found in the index alone: only its own rows are read and joined.
BY_ARTICLE = f"""
    SELECT {COLUMNS}, ({COUNT}) AS total
    FROM (
        SELECT id, created_at
        FROM comments
        WHERE article_id = %(article_id)s
        ORDER BY created_at DESC, id DESC
        LIMIT %(limit)s OFFSET %(skip)s
    ) AS page
    JOIN comments ON comments.id = page.id
    JOIN users ON users.id = comments.author_id
    ORDER BY page.created_at DESC, page.id DESC
"""
INSERT = """
    INSERT INTO comments (article_id, author_id, body, created_at, updated_at)
    VALUES (%(article_id)s, %(author_id)s, %(body)s, %(now)s, %(now)s)
"""


class Comment:
    """The table comments, and its kept counts."""

    def __init__(self, db: Statements) -> None:
        self.db = db

    @in_transaction
    def insert(self, *, article_id: int, author_id: int, body: str) -> int:
        """Add a comment and return its id; MissingParent without its article or author."""
        id = self.db.insert(
            INSERT,
            article_id=article_id,
            author_id=author_id,
            body=value.text("body", body, LONGEST_BODY),
            now=value.now(),
        )
        self._add_to_counts({article_id: 1}, any_slot(self.db.slots))
        return id

    @in_transaction
    def insert_many(self, comments: Sequence[NewComment]) -> None:
        """Add many comments by a few statements; all or none of them."""
        if not comments:
            return
        value.texts("body", (comment["body"] for comment in comments), LONGEST_BODY)
        now = value.now()
        self.db.insert_many(INSERT, [{**comment, "now": now} for comment in comments])
        self._add_to_counts(Counter(comment["article_id"] for comment in comments))

    def find(self, id: int, *, reader_id: int | None = None) -> CommentRow | None:
        """Return the comment as the reader sees it, or None."""
        if not value.is_id(id):
            return None
        rows = self.db.tuples(BY_ID, id=id, reader_id=reader_id)
        return _row(rows[0]) if rows else None

    def list_by_article(
        self, article_id: int, *, skip: int, limit: int, reader_id: int | None = None
    ) -> CommentPage:
        """Return a page of the comments on an article as the reader sees them, newest first."""
        page = value.page(skip, limit)
        rows = self.db.tuples(BY_ARTICLE, article_id=article_id, reader_id=reader_id, **page)
        count = rows[0][-1] if rows else self._count(article_id)
        return {"comments": [_row(row) for row in rows], "count": int(count)}

    @in_transaction
    def delete(self, id: int, *, article_id: int) -> int:
        """Delete a comment on an article; return 1, or 0 if it is not there."""
        gone = self.db.run(
            "DELETE FROM comments WHERE id = %(id)s AND article_id = %(article_id)s",
            id=id,
            article_id=article_id,
        )
        if gone:
            self._add_to_counts({article_id: -1}, any_slot(self.db.slots))
        return gone

    @in_transaction
    def delete_by_article(self, article_id: int) -> int:
        """Delete every comment on an article, and its count; return how many."""
        gone = self.db.run(
            "DELETE FROM comments WHERE article_id = %(article_id)s", article_id=article_id
        )
        self.db.run(
            "DELETE FROM comment_counts WHERE article_id = %(article_id)s", article_id=article_id
        )
        return gone

    def verify(self, *, fix: bool) -> list[Miscount]:
        """Return the kept counts that differ from a recount, corrected if `fix` says so."""
        return self.db.in_bulk(lambda db: Comment(db)._verify(fix), write=fix)

    def _verify(self, fix: bool) -> list[Miscount]:
        rows = self.db.tuples(
            """
            SELECT article_id, SUM(kept), SUM(counted)
            FROM (
                SELECT article_id, comments AS kept, 0 AS counted FROM comment_counts
                UNION ALL
                SELECT article_id, 0, 1 FROM comments
            ) AS each_one
            GROUP BY article_id
            HAVING SUM(kept) <> SUM(counted)
            """
        )
        if fix:
            self._add_to_counts({id: counted - kept for id, kept, counted in rows})
        return [
            Miscount(f"comments on article {id}", int(kept), int(counted))
            for id, kept, counted in rows
        ]

    def _count(self, article_id: int) -> Any:
        return self.db.one(f"SELECT ({COUNT}) AS total", article_id=article_id)["total"]

    def _add_to_counts(self, changes: Mapping[int, int], slot: int = 0) -> None:
        rows = [
            {"article_id": id, "slot": slot, "comments": comments}
            for id, comments in sorted(changes.items())
        ]
        if rows:
            self.db.insert_many(
                """
                INSERT INTO comment_counts (article_id, slot, comments)
                VALUES (%(article_id)s, %(slot)s, %(comments)s)
                ON DUPLICATE KEY UPDATE comments = comments + VALUES(comments)
                """,
                rows,
            )


def _row(row: tuple[Any, ...]) -> CommentRow:
    """Name the columns of COLUMNS, in its order."""
    id, article_id, body, created_at, updated_at = row[:5]
    return {
        "id": id,
        "article_id": article_id,
        "body": body,
        "created_at": created_at,
        "updated_at": updated_at,
        "author": author(row[5:10]),
    }
