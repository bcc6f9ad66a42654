"""Sessions: new tokens, signing out, and where one is signed in."""

from flask import Blueprint, g

from app.api.auth import login_required
from app.api.decorator import may_raise
from app.api.response import NoContent, Ok, no_content, ok, unprocessable
from app.api.rule import NotBlank
from app.api.v1 import view
from app.api.validation import Json, Route, Validator
from controller import account
from controller.error import NotFound, Unauthorized
from model.error import Unavailable

api = Blueprint("session", __name__)


@api.post("/refresh")
@Validator(unprocessable)
@may_raise(Unauthorized, Unavailable)
def refresh(refreshToken: str = Json(str, rules=NotBlank())) -> Ok[view.SignedInAnswer]:
    """Exchange a refresh token for new tokens.

    Each can be used once: one that is used again ends its session.
    """
    return ok(view.signed_in(account.refresh(g.db, g.security, refresh_token=refreshToken)))


@api.post("/logout")
@login_required
@may_raise(NotFound)
def logout() -> NoContent:
    """End this session, its tokens included."""
    account.end_session(g.db, reader_id=g.reader_id, id=g.session_id)
    return no_content()


@api.get("/sessions")
@login_required
def list_sessions() -> Ok[view.SessionsAnswer]:
    """Show where one is signed in."""
    return ok(view.sessions(account.list_sessions(g.db, reader_id=g.reader_id), g.session_id))


@api.delete("/sessions/<id>")
@login_required
@Validator(unprocessable)
@may_raise(NotFound)
def end_session(id: int = Route(int)) -> NoContent:
    """End one of one's own sessions, its tokens included."""
    account.end_session(g.db, reader_id=g.reader_id, id=id)
    return no_content()
