"""Comments on articles."""

from typing import cast

from model.comment import LONGEST_BODY, CommentRow
from model.frame import value
from model.sql.driver.statements import Statements
from model.sql.profile import AUTHOR, with_author

# A comment with its author, as one reader sees both.
COMMENT = f"""
    SELECT
        comments.id,
        comments.article_id,
        comments.body,
        comments.created_at,
        comments.updated_at,
        {AUTHOR}
    FROM comments
    JOIN users ON users.id = comments.author_id
"""
BY_ID = COMMENT + "WHERE comments.id = %(id)s"
BY_ARTICLE = (
    COMMENT
    + """
    WHERE comments.article_id = %(article_id)s
    ORDER BY comments.created_at DESC, comments.id DESC
    """
)


class Comment:
    """The table comments."""

    def __init__(self, db: Statements) -> None:
        self.db = db

    def insert(self, *, article_id: int, author_id: int, body: str) -> int:
        """Add a comment and return its id; MissingParent without its article or author."""
        return self.db.insert(
            """
            INSERT INTO comments (article_id, author_id, body, created_at, updated_at)
            VALUES (%(article_id)s, %(author_id)s, %(body)s, %(now)s, %(now)s)
            """,
            article_id=article_id,
            author_id=author_id,
            body=value.text("body", body, LONGEST_BODY),
            now=value.now(),
        )

    def find(self, id: int, *, reader_id: int | None = None) -> CommentRow | None:
        """Return the comment as the reader sees it, or None."""
        if not value.is_id(id):
            return None
        row = self.db.one(BY_ID, id=id, reader_id=reader_id)
        return cast(CommentRow, with_author(row)) if row else None

    def list_by_article(self, article_id: int, *, reader_id: int | None = None) -> list[CommentRow]:
        """Return every comment on an article as the reader sees it, newest first."""
        rows = self.db.all(BY_ARTICLE, article_id=article_id, reader_id=reader_id)
        return [cast(CommentRow, with_author(row)) for row in rows]

    def delete(self, id: int) -> int:
        """Delete a comment; return 1, or 0 if it is not there."""
        return self.db.run("DELETE FROM comments WHERE id = %(id)s", id=id)

    def delete_by_article(self, article_id: int) -> int:
        """Delete every comment on an article; return how many."""
        return self.db.run(
            "DELETE FROM comments WHERE article_id = %(article_id)s", article_id=article_id
        )
