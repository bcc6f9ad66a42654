"""Comments on articles."""

from model import value
from model.row import CommentRow
from model.sql.statements import Statements

# A comment with its author, as one reader sees both.
COMMENT = """
    SELECT
        comments.id,
        comments.article_id,
        comments.body,
        comments.created_at,
        comments.updated_at,
        users.id AS author_id,
        users.username AS author_username,
        users.bio AS author_bio,
        users.image AS author_image,
        EXISTS (
            SELECT 1 FROM follows WHERE follower_id = %(reader_id)s AND followed_id = users.id
        ) AS author_following
    FROM comments
    JOIN users ON users.id = comments.author_id
"""
BY_ID = COMMENT + "WHERE comments.id = %(id)s"


class Comment:
    """The table comments."""

    def __init__(self, db: Statements) -> None:
        self._db = db

    def insert(self, *, article_id: int, author_id: int, body: str) -> int:
        """Add a comment and return its id; MissingParent without its article or author."""
        return self._db.insert(
            """
            INSERT INTO comments (article_id, author_id, body, created_at, updated_at)
            VALUES (%(article_id)s, %(author_id)s, %(body)s, %(now)s, %(now)s)
            """,
            article_id=article_id,
            author_id=author_id,
            body=value.text("body", body, value.LONGEST_COMMENT),
            now=value.now(),
        )

    def find(self, id: int, *, reader_id: int | None = None) -> CommentRow | None:
        """Return the comment as the reader sees it, or None."""
        if not value.is_id(id):
            return None
        row = self._db.one(BY_ID, id=id, reader_id=reader_id)
        return _with_truth(row) if row else None

    def list_by_article(self, article_id: int, *, reader_id: int | None = None) -> list[CommentRow]:
        """Return every comment of an article as the reader sees it, newest first."""
        rows = self._db.all(
            f"""
            {COMMENT}
            WHERE comments.article_id = %(article_id)s
            ORDER BY comments.created_at DESC, comments.id DESC
            """,
            article_id=article_id,
            reader_id=reader_id,
        )
        return [_with_truth(row) for row in rows]

    def delete(self, id: int) -> int:
        """Delete a comment; return 1, or 0 if it is not there."""
        return self._db.run("DELETE FROM comments WHERE id = %(id)s", id=id)


def _with_truth(row: CommentRow) -> CommentRow:
    row["author_following"] = bool(row["author_following"])
    return row
