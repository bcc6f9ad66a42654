"""Sessions: the limits of their columns, their rows, and the methods that every engine offers."""

from datetime import datetime
from typing import Protocol, TypedDict

from model.user import ReaderRow

LONGEST = {"family_hash": 64, "refresh_hash": 64, "user_agent": 255}


class SessionRow(TypedDict):
    """A sign-in that was not ended; it is active until it expires."""

    id: int
    user_id: int
    user_agent: str
    created_at: datetime
    refreshed_at: datetime
    expires_at: datetime


class SessionReaderRow(ReaderRow):
    """Someone who is signed in, and by which session."""

    session_id: int


class Sessions(Protocol):
    """The methods of `db.sessions`."""

    def insert(
        self,
        *,
        user_id: int,
        family_hash: str,
        refresh_hash: str,
        user_agent: str,
        expires_at: datetime,
    ) -> int: ...
    def find_reader(self, family_hash: str) -> SessionReaderRow | None: ...
    def find_by_family(self, family_hash: str) -> SessionRow | None: ...
    def list_by_user(self, user_id: int) -> list[SessionRow]: ...
    def rotate(self, id: int, *, old_hash: str, new_hash: str, expires_at: datetime) -> int: ...
    def delete(self, id: int, *, user_id: int) -> int: ...
    def delete_others(self, user_id: int, *, kept: int) -> int: ...
    def make_room(self, user_id: int, *, kept: int) -> int: ...
    def delete_expired(self, before: datetime, limit: int) -> int: ...
