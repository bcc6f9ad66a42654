"""Sessions: each is one sign-in of one account, with the refresh token that goes with it."""

from datetime import datetime

from model.frame import value
from model.session import LONGEST, SessionReaderRow, SessionRow
from model.sql.driver.statements import Statements

SESSION = """
    SELECT
        id,
        user_id,
        user_agent,
        created_at,
        refreshed_at,
        expires_at
    FROM sessions
"""
BY_FAMILY = SESSION + "WHERE family_hash = %(family_hash)s"
BY_USER = (
    SESSION
    + """
    WHERE user_id = %(user_id)s AND expires_at > %(now)s
    ORDER BY refreshed_at DESC, id DESC
    """
)


class Session:
    """The table sessions; a session is active until it is deleted or expires."""

    def __init__(self, db: Statements) -> None:
        self.db = db

    def insert(
        self,
        *,
        user_id: int,
        family_hash: str,
        refresh_hash: str,
        user_agent: str,
        expires_at: datetime,
    ) -> int:
        """Begin a session and return its id; MissingParent without its account."""
        texts = {"family_hash": family_hash, "refresh_hash": refresh_hash, "user_agent": user_agent}
        value.check(texts, LONGEST)
        return self.db.insert(
            """
            INSERT INTO sessions (
                user_id, family_hash, refresh_hash, user_agent, created_at, refreshed_at, expires_at
            )
            VALUES (
                %(user_id)s,
                %(family_hash)s,
                %(refresh_hash)s,
                %(user_agent)s,
                %(now)s,
                %(now)s,
                %(expires_at)s
            )
            """,
            user_id=user_id,
            family_hash=family_hash,
            refresh_hash=refresh_hash,
            user_agent=user_agent,
            now=value.now(),
            expires_at=expires_at,
        )

    def find_reader(self, family_hash: str) -> SessionReaderRow | None:
        """Return the account of an active session, or None; one statement a request."""
        row: SessionReaderRow | None = self.db.one(
            """
            SELECT
                sessions.id AS session_id,
                users.id,
                users.username,
                users.email,
                users.bio,
                users.image,
                users.role
            FROM sessions
            JOIN users ON users.id = sessions.user_id
            WHERE sessions.family_hash = %(family_hash)s AND sessions.expires_at > %(now)s
            """,
            family_hash=family_hash,
            now=value.now(),
        )
        return row

    def find_by_family(self, family_hash: str) -> SessionRow | None:
        """Return the session, also an expired one, of a refresh token, new or used, or None."""
        row: SessionRow | None = self.db.one(BY_FAMILY, family_hash=family_hash)
        return row

    def list_by_user(self, user_id: int) -> list[SessionRow]:
        """Return the active sessions of an account, most recently used first."""
        rows: list[SessionRow] = self.db.all(BY_USER, user_id=user_id, now=value.now())
        return rows

    def rotate(self, id: int, *, old_hash: str, new_hash: str, expires_at: datetime) -> int:
        """Replace the old refresh token by the new one; return 1, or 0 if it was used before."""
        return self.db.run(
            """
            UPDATE sessions
            SET
                refresh_hash = %(new_hash)s,
                refreshed_at = %(now)s,
                expires_at = %(expires_at)s
            WHERE id = %(id)s AND refresh_hash = %(old_hash)s
            """,
            id=id,
            old_hash=old_hash,
            new_hash=value.text("refresh_hash", new_hash, LONGEST["refresh_hash"]),
            now=value.now(),
            expires_at=expires_at,
        )

    def delete(self, id: int, *, user_id: int) -> int:
        """End a session of an account; return 1, or 0 if it has none of this id."""
        return self.db.run(
            "DELETE FROM sessions WHERE id = %(id)s AND user_id = %(user_id)s",
            id=id,
            user_id=user_id,
        )

    def delete_others(self, user_id: int, *, kept: int) -> int:
        """End every session of an account but one; return how many."""
        return self.db.run(
            "DELETE FROM sessions WHERE user_id = %(user_id)s AND id <> %(kept)s",
            user_id=user_id,
            kept=kept,
        )

    def make_room(self, user_id: int, *, kept: int) -> int:
        """End an account's sessions but so many active ones, those used last; return how many."""
        # MySQL reads a LIMIT, and the table that it deletes from, only in a SELECT of its own.
        return self.db.run(
            """
            DELETE FROM sessions
            WHERE
                user_id = %(user_id)s
                AND id NOT IN (
                    SELECT id
                    FROM (
                        SELECT id
                        FROM sessions
                        WHERE user_id = %(user_id)s AND expires_at > %(now)s
                        ORDER BY refreshed_at DESC, id DESC
                        LIMIT %(kept)s
                    ) AS newest
                )
            """,
            user_id=user_id,
            now=value.now(),
            kept=kept,
        )

    def delete_expired(self, before: datetime, limit: int) -> int:
        """Delete sessions that expired before a time, at most so many; return how many."""
        # By their ids, so that no row is locked but those that go.
        expired = self.db.tuples(
            """
            SELECT id
            FROM sessions
            WHERE expires_at < %(before)s
            ORDER BY expires_at
            LIMIT %(limit)s
            """,
            before=before,
            limit=limit,
        )
        # Not if it was refreshed meanwhile.
        sql = "DELETE FROM sessions WHERE id IN %(ids)s AND expires_at < %(before)s"
        return self.db.run(sql, ids=[id for (id,) in expired], before=before) if expired else 0
