"""Profiles: people as others see them, and who follows whom."""

from contextlib import suppress

from model.frame.error import Duplicate
from model.profile import ProfileRow
from model.sql.driver.statements import Row, Statements
from model.user import username_key

# The columns of someone as one reader sees them, beside what they wrote; `with_author` nests them.
AUTHOR = """
    users.id AS author_id,
    users.username AS author_username,
    users.bio AS author_bio,
    users.image AS author_image,
    EXISTS (
        SELECT 1 FROM follows WHERE follower_id = %(reader_id)s AND followed_id = users.id
    ) AS author_following
"""


class Profile:
    """The table follows, and accounts as others see them."""

    def __init__(self, db: Statements) -> None:
        self.db = db

    def find(self, username: str, *, reader_id: int | None) -> ProfileRow | None:
        """Return someone as the reader sees them, or None; by a username as `users` finds it."""
        row: ProfileRow | None = self.db.one(
            """
            SELECT
                id,
                username,
                bio,
                image,
                EXISTS (
                    SELECT 1 FROM follows
                    WHERE follower_id = %(reader_id)s AND followed_id = users.id
                ) AS following
            FROM users
            WHERE username_key = %(username_key)s
            """,
            username_key=username_key(username),
            reader_id=reader_id,
        )
        if row is not None:
            row["following"] = bool(row["following"])
        return row

    def follow(self, *, follower_id: int, followed_id: int) -> None:
        """Make one user follow another; idempotent; MissingParent if either does not exist."""
        with suppress(Duplicate):
            self.db.run(
                """
                INSERT INTO follows (follower_id, followed_id)
                VALUES (%(follower_id)s, %(followed_id)s)
                """,
                follower_id=follower_id,
                followed_id=followed_id,
            )

    def unfollow(self, *, follower_id: int, followed_id: int) -> None:
        """Make one user unfollow another; does nothing if they do not follow."""
        self.db.run(
            """
            DELETE FROM follows
            WHERE follower_id = %(follower_id)s AND followed_id = %(followed_id)s
            """,
            follower_id=follower_id,
            followed_id=followed_id,
        )


def with_author(row: Row) -> Row:
    """Nest the columns of AUTHOR as the row's author."""
    pop = row.pop
    author: ProfileRow = {
        "id": pop("author_id"),
        "username": pop("author_username"),
        "bio": pop("author_bio"),
        "image": pop("author_image"),
        "following": pop("author_following") == 1,
    }
    row["author"] = author
    return row
