"""Sessions: each is one sign-in of one account, with the refresh token that goes with it."""

from datetime import datetime
from typing import cast

from model.frame import value
from model.frame.transaction import in_transaction
from model.mongodb.driver.collection import Collection, Document, Operations
from model.session import LONGEST, SessionReaderRow, SessionRow

COLUMNS = ("user_id", "user_agent", "created_at", "refreshed_at", "expires_at")
READER = ("username", "email", "bio", "image", "role")


class Session:
    """The collection sessions; a session is active until it is deleted or expires."""

    def __init__(self, db: Operations) -> None:
        self.db = db
        self._sessions = Collection(db, "sessions")
        self._users = Collection(db, "users")

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
        now = value.now()
        document = {
            "user_id": user_id,
            **texts,
            "created_at": now,
            "refreshed_at": now,
            "expires_at": expires_at,
        }
        self._users.require({user_id})
        return self._sessions.insert(document)

    def find_reader(self, family_hash: str) -> SessionReaderRow | None:
        """Return the account of an active session, or None; one operation a request."""
        user = {"from": "users", "localField": "user_id", "foreignField": "_id", "as": "user"}
        found = self._sessions.aggregate(
            [
                {"$match": {"family_hash": {"$eq": family_hash}, **_is_active()}},
                {"$lookup": user},
                {"$project": {"user_id": 1, **{f"user.{name}": 1 for name in READER}}},
            ]
        )
        if not found or not found[0]["user"]:
            return None
        session = found[0]
        reader = {"session_id": session["id"], "id": session["user_id"], **session["user"][0]}
        return cast(SessionReaderRow, reader)

    def find_by_family(self, family_hash: str) -> SessionRow | None:
        """Return the session, also an expired one, of a refresh token, new or used, or None."""
        filter = {"family_hash": {"$eq": family_hash}}
        return cast(SessionRow | None, self._sessions.find_one(filter, COLUMNS))

    def list_by_user(self, user_id: int) -> list[SessionRow]:
        """Return the active sessions of an account, most recently used first."""
        found = self._sessions.aggregate(
            [
                {"$match": {"user_id": user_id, **_is_active()}},
                {"$sort": {"refreshed_at": -1, "_id": -1}},
                {"$project": dict.fromkeys(COLUMNS, 1)},
            ]
        )
        return cast(list[SessionRow], found)

    def rotate(self, id: int, *, old_hash: str, new_hash: str, expires_at: datetime) -> int:
        """Replace the old refresh token by the new one; return 1, or 0 if it was used before."""
        changed = {
            "refresh_hash": value.text("refresh_hash", new_hash, LONGEST["refresh_hash"]),
            "refreshed_at": value.now(),
            "expires_at": expires_at,
        }
        return self._sessions.update(
            {"_id": id, "refresh_hash": {"$eq": old_hash}}, {"$set": changed}
        )

    def delete(self, id: int, *, user_id: int) -> int:
        """End a session of an account; return 1, or 0 if it has none of this id."""
        return self._sessions.delete({"_id": id, "user_id": user_id})

    def delete_others(self, user_id: int, *, kept: int) -> int:
        """End every session of an account but one; return how many."""
        return self._sessions.delete({"user_id": user_id, "_id": {"$ne": kept}})

    @in_transaction
    def make_room(self, user_id: int, *, kept: int) -> int:
        """End an account's sessions but so many active ones, those used last; return how many."""
        newest = [row["id"] for row in self.list_by_user(user_id)[:kept]]
        return self._sessions.delete({"user_id": user_id, "_id": {"$nin": newest}})

    def delete_expired(self, before: datetime, limit: int) -> int:
        """Delete sessions that expired before a time, at most so many; return how many."""
        passed: Document = {"expires_at": {"$lt": before}}
        expired = self._sessions.first_ids(passed, {"expires_at": 1}, limit)
        # Not if it was refreshed meanwhile.
        return self._sessions.delete({"_id": {"$in": expired}, **passed})


def _is_active() -> Document:
    return {"expires_at": {"$gt": value.now()}}
