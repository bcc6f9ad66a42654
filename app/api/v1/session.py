"""Sessions: new tokens, signing out, and where you are signed in."""

from collections.abc import Iterable
from datetime import datetime
from typing import TypedDict

from flask import Blueprint, g

from app.http.auth import login_required
from app.http.decorator import may_raise
from app.http.limit import client_address
from app.http.response import NoContent, Ok, no_content, ok
from app.http.rule import NotBlank
from app.http.validation import Json, Route, Validator
from controller import account
from controller.frame.error import NotFound, TooMany, Unauthorized
from model.session import SessionRow

from .user import SignedInAnswer, show_signed_in

api = Blueprint("session", __name__)


class SessionJson(TypedDict):
    """Where someone is signed in."""

    id: int
    userAgent: str
    createdAt: datetime
    refreshedAt: datetime
    expiresAt: datetime
    current: bool


class SessionsAnswer(TypedDict):
    """Active sessions, most recently used first."""

    sessions: list[SessionJson]


def show_sessions(rows: Iterable[SessionRow], current_id: int) -> SessionsAnswer:
    """Show a user's sessions, and which of them sent the request."""
    return {"sessions": [_show_session(row, current=row["id"] == current_id) for row in rows]}


def _show_session(row: SessionRow, *, current: bool) -> SessionJson:
    return {
        "id": row["id"],
        "userAgent": row["user_agent"],
        "createdAt": row["created_at"],
        "refreshedAt": row["refreshed_at"],
        "expiresAt": row["expires_at"],
        "current": current,
    }


@api.post("/refresh")
@Validator()
@may_raise(TooMany, Unauthorized)
def refresh(
    refresh_token: str = Json(
        str,
        rules=NotBlank(),
        name="refreshToken",
        example="the refreshToken from the last response",
    ),
) -> Ok[SignedInAnswer]:
    """Exchange a refresh token for new tokens.

    A refresh token works once; using it a second time revokes its session.
    """
    signed_in = account.refresh(
        g.db, g.security, refresh_token=refresh_token, address=client_address()
    )
    return ok(show_signed_in(signed_in))


@api.post("/logout")
@login_required
@may_raise(NotFound)
def logout() -> NoContent:
    """Revoke this session and its tokens."""
    account.end_session(g.db, reader_id=g.reader_id, id=g.session_id)
    return no_content()


@api.get("/sessions")
@login_required
def list_sessions() -> Ok[SessionsAnswer]:
    """List your active sessions, most recently used first."""
    return ok(show_sessions(account.list_sessions(g.db, reader_id=g.reader_id), g.session_id))


@api.delete("/sessions/<id>")
@login_required
@Validator()
@may_raise(NotFound)
def end_session(id: int = Route(int, example=2)) -> NoContent:
    """Revoke one of your sessions and its tokens."""
    account.end_session(g.db, reader_id=g.reader_id, id=id)
    return no_content()
