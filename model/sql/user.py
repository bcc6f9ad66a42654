"""Accounts, and who follows whom."""

from contextlib import suppress

from model import value
from model.error import Duplicate
from model.row import ProfileRow, UserRow
from model.sql.statements import Statements

# The SELECT of an account stands here once, and is put together once: not for every request.
ACCOUNT = """
    SELECT
        id,
        username,
        email,
        password_hash,
        bio,
        image,
        role,
        created_at,
        updated_at
    FROM users
"""
BY_ID = ACCOUNT + "WHERE id = %(id)s"
BY_EMAIL = ACCOUNT + "WHERE email = %(email)s"
BY_USERNAME = ACCOUNT + "WHERE username = %(username)s"


class User:
    """The tables users and follows."""

    def __init__(self, db: Statements) -> None:
        self._db = db

    def insert(self, *, username: str, email: str, password_hash: str) -> int:
        """Add an account and return its id; Duplicate names whichever is taken."""
        try:
            return self._db.insert(
                """
                INSERT INTO users (username, email, password_hash, created_at, updated_at)
                VALUES (%(username)s, %(email)s, %(password_hash)s, %(now)s, %(now)s)
                """,
                **value.texts(username=username, email=email, password_hash=password_hash),
                now=value.now(),
            )
        except Duplicate:
            raise self._taken(id=0, username=username, email=email) from None

    def find(self, id: int) -> UserRow | None:
        """Return the account, or None."""
        if not value.is_id(id):
            return None
        row: UserRow | None = self._db.one(BY_ID, id=id)
        return row

    def find_by_email(self, email: str) -> UserRow | None:
        """Return the account with exactly this e-mail, or None."""
        row: UserRow | None = self._db.one(BY_EMAIL, email=email)
        return row

    def find_by_username(self, username: str) -> UserRow | None:
        """Return the account with exactly this username, or None."""
        row: UserRow | None = self._db.one(BY_USERNAME, username=username)
        return row

    def update(
        self,
        id: int,
        *,
        username: str | None = None,
        email: str | None = None,
        password_hash: str | None = None,
        bio: str | None = None,
        image: str | None = None,
    ) -> int:
        """Change what is given; return 1, or 0 without the account; Duplicate names what is taken.

        None leaves a column as it is; "" makes bio and image null.
        """
        try:
            return self._db.run(
                """
                UPDATE users
                SET
                    username = COALESCE(%(username)s, username),
                    email = COALESCE(%(email)s, email),
                    password_hash = COALESCE(%(password_hash)s, password_hash),
                    bio = NULLIF(COALESCE(%(bio)s, bio), ''),
                    image = NULLIF(COALESCE(%(image)s, image), ''),
                    updated_at = %(now)s
                WHERE id = %(id)s
                """,
                id=id,
                username=value.optional_text("username", username),
                email=value.optional_text("email", email),
                password_hash=value.optional_text("password_hash", password_hash),
                bio=value.optional_text("bio", bio),
                image=value.optional_text("image", image),
                now=value.now(),
            )
        except Duplicate:
            raise self._taken(id=id, username=username, email=email) from None

    def sign_in(self, id: int, *, password_hash: str, new_hash: str) -> int:
        """Count a sign-in by this hash, which the new one replaces; return 1, or 0.

        0 says that the account has another hash by now, or is gone.
        """
        return self._db.run(
            """
            UPDATE users
            SET password_hash = %(new_hash)s, sign_ins = sign_ins + 1
            WHERE id = %(id)s AND password_hash = %(password_hash)s
            """,
            id=id,
            password_hash=password_hash,
            new_hash=value.text("password_hash", new_hash, value.LONGEST["password_hash"]),
        )

    def set_role(self, id: int, role: str) -> int:
        """Give an account a role; return 1, or 0 without the account."""
        return self._db.run(
            """
            UPDATE users
            SET role = %(role)s, updated_at = %(now)s
            WHERE id = %(id)s
            """,
            id=id,
            **value.texts(role=role),
            now=value.now(),
        )

    def find_profile(self, username: str, *, reader_id: int | None) -> ProfileRow | None:
        """Return someone as the reader sees them, or None."""
        row: ProfileRow | None = self._db.one(
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
            WHERE username = %(username)s
            """,
            username=username,
            reader_id=reader_id,
        )
        if row is not None:
            row["following"] = bool(row["following"])
        return row

    def follow(self, *, follower_id: int, followed_id: int) -> None:
        """Let one follow the other; nothing changes if they do; MissingParent without one."""
        with suppress(Duplicate):
            self._db.run(
                """
                INSERT INTO follows (follower_id, followed_id)
                VALUES (%(follower_id)s, %(followed_id)s)
                """,
                follower_id=follower_id,
                followed_id=followed_id,
            )

    def unfollow(self, *, follower_id: int, followed_id: int) -> None:
        """Let one no longer follow the other; nothing changes if they do not."""
        self._db.run(
            """
            DELETE FROM follows
            WHERE follower_id = %(follower_id)s AND followed_id = %(followed_id)s
            """,
            follower_id=follower_id,
            followed_id=followed_id,
        )

    def _taken(self, *, id: int, username: str | None, email: str | None) -> Duplicate:
        """The names of the values that another account holds; asked only once it is known."""
        holders = self._db.all(
            """
            SELECT username, email
            FROM users
            WHERE (username = %(username)s OR email = %(email)s) AND id <> %(id)s
            """,
            id=id,
            username=username,
            email=email,
        )
        mine = value.given(username=username, email=email)
        fields = [name for name in mine if any(row[name] == mine[name] for row in holders)]
        # Whoever held it may have let go since: the answer was right when it was given.
        return Duplicate(*fields or mine)
