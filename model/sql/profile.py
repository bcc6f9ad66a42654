"""Profiles: people as others see them, and who follows whom."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from model.frame.error import Duplicate
from model.profile import ProfileRow
from model.sql.driver.statements import Statements
from model.user import username_key

# The columns of someone as one reader sees them, beside what they wrote; `author` names them.
AUTHOR = """
    users.id,
    users.username,
    users.bio,
    users.image,
    EXISTS (
        SELECT 1 FROM follows WHERE follower_id = %(reader_id)s AND followed_id = users.id
    ) AS following
"""
FOLLOW = """
    INSERT INTO follows (follower_id, followed_id)
    VALUES (%(follower_id)s, %(followed_id)s)
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
            self.db.run(FOLLOW, follower_id=follower_id, followed_id=followed_id)

    def follow_many(self, pairs: Sequence[tuple[int, int]]) -> None:
        """Add many follows, each pair the follower's id and the other's; Duplicate if one is."""
        if not pairs:
            return
        rows = [{"follower_id": follower, "followed_id": followed} for follower, followed in pairs]
        self.db.insert_many(FOLLOW, rows)

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


def author(columns: Sequence[Any]) -> ProfileRow:
    """Name the columns of AUTHOR, in its order."""
    id, username, bio, image, following = columns
    return {
        "id": id,
        "username": username,
        "bio": bio,
        "image": image,
        "following": following == 1,
    }
