"""Accounts."""

from collections.abc import Sequence
from typing import Any, Unpack

from model.frame import value
from model.frame.error import Duplicate
from model.frame.transaction import in_transaction
from model.sql.driver.statements import Statements
from model.user import LONGEST, NewUser, UserChanges, UserRow, new_username_key, username_key

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
BY_USERNAME = ACCOUNT + "WHERE username_key = %(username_key)s"
INSERT = """
    INSERT INTO users (username, username_key, email, password_hash, created_at, updated_at)
    VALUES (%(username)s, %(username_key)s, %(email)s, %(password_hash)s, %(now)s, %(now)s)
"""


class User:
    """The table users."""

    def __init__(self, db: Statements) -> None:
        self.db = db

    def insert(self, *, username: str, email: str, password_hash: str) -> int:
        """Add an account and return its id; Duplicate names whichever is taken."""
        texts = {"username": username, "email": email, "password_hash": password_hash}
        value.check(texts, LONGEST)
        try:
            return self.db.insert(INSERT, **texts, **_made(username))
        except Duplicate:
            raise self._taken(id=0, username=username, email=email) from None

    @in_transaction
    def insert_many(self, users: Sequence[NewUser]) -> list[int]:
        """Add many accounts by a few statements, and return their ids; all or none of them."""
        if not users:
            return []
        for user in users:
            value.check(user, LONGEST)
        rows = [{**user, **_made(user["username"])} for user in users]
        self.db.insert_many(INSERT, rows)
        keys = [row["username_key"] for row in rows]
        found = self.db.tuples(
            "SELECT username_key, id FROM users WHERE username_key IN %(keys)s", keys=keys
        )
        id_of = dict(found)
        return [id_of[key] for key in keys]

    def find(self, id: int) -> UserRow | None:
        """Return the account, or None."""
        if not value.is_id(id):
            return None
        row: UserRow | None = self.db.one(BY_ID, id=id)
        return row

    def find_by_email(self, email: str) -> UserRow | None:
        """Return the account with exactly this e-mail, or None."""
        row: UserRow | None = self.db.one(BY_EMAIL, email=email)
        return row

    def find_by_username(self, username: str) -> UserRow | None:
        """Return the account with this username, however it is cased or composed, or None."""
        row: UserRow | None = self.db.one(BY_USERNAME, username_key=username_key(username))
        return row

    def update(self, id: int, **changes: Unpack[UserChanges]) -> int:
        """Change what is not None; return 1, or 0 if no such account; Duplicate names a column.

        "" makes bio and image null.
        """
        value.check_given(changes, LONGEST)
        username = changes["username"]
        try:
            return self.db.run(
                """
                UPDATE users
                SET
                    username = COALESCE(%(username)s, username),
                    username_key = COALESCE(%(username_key)s, username_key),
                    email = COALESCE(%(email)s, email),
                    password_hash = COALESCE(%(password_hash)s, password_hash),
                    bio = NULLIF(COALESCE(%(bio)s, bio), ''),
                    image = NULLIF(COALESCE(%(image)s, image), ''),
                    updated_at = %(now)s
                WHERE id = %(id)s
                """,
                id=id,
                username_key=None if username is None else new_username_key(username),
                now=value.now(),
                **changes,
            )
        except Duplicate:
            raise self._taken(id=id, username=username, email=changes["email"]) from None

    def sign_in(self, id: int, *, password_hash: str, new_hash: str) -> int:
        """Count a sign-in and replace this hash by the new one; return 1, or 0.

        0 says that the account has another hash by now, or is gone.
        """
        return self.db.run(
            """
            UPDATE users
            SET password_hash = %(new_hash)s, sign_ins = sign_ins + 1
            WHERE id = %(id)s AND password_hash = %(password_hash)s
            """,
            id=id,
            password_hash=password_hash,
            new_hash=value.text("password_hash", new_hash, LONGEST["password_hash"]),
        )

    def set_role(self, id: int, role: str) -> int:
        """Give an account a role; return 1, or 0 without the account."""
        return self.db.run(
            """
            UPDATE users
            SET role = %(role)s, updated_at = %(now)s
            WHERE id = %(id)s
            """,
            id=id,
            role=value.text("role", role, LONGEST["role"]),
            now=value.now(),
        )

    def _taken(self, *, id: int, username: str | None, email: str | None) -> Duplicate:
        """The columns whose value another account has; queried only after a Duplicate."""
        key = None if username is None else username_key(username)
        holders = self.db.all(
            """
            SELECT username_key, email
            FROM users
            WHERE (username_key = %(key)s OR email = %(email)s) AND id <> %(id)s
            """,
            id=id,
            key=key,
            email=email,
        )
        names = {"username": key in {row["username_key"] for row in holders}}
        names["email"] = email in {row["email"] for row in holders}
        # Whoever held it may have let go since: the answer was right when it was given.
        mine = value.given({"username": username, "email": email})
        return Duplicate(*[name for name in mine if names[name]] or mine)


def _made(username: str) -> dict[str, Any]:
    """What a new account has besides what it was given."""
    return {"username_key": new_username_key(username), "now": value.now()}
