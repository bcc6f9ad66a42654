"""Authentication: `g.reader`, `g.reader_id`, `g.token` and `g.session_id` say who asks.

Its decorators come before the Validator: authenticate first, then validate input.
"""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from flask import g
from flask.sessions import SessionInterface
from flask.typing import ResponseReturnValue

from app.http.request import this_context, this_request
from controller import account
from controller.frame.error import Unauthorized

SCHEMES = ("token", "bearer")

Parameters = ParamSpec("Parameters")
Endpoint = Callable[Parameters, ResponseReturnValue]


class NoCookies(SessionInterface):
    """Flask's session, switched off: a token shows who asks, and a cookie would cost each request.

    Whoever wants Flask's session back takes the line with this name out of the factory.
    """

    def open_session(self, *_: object) -> None:
        """Return None: there is no session."""

    def save_session(self, *_: object) -> None:
        """Save nothing."""


def login_optional(endpoint: Endpoint[Parameters]) -> Endpoint[Parameters]:
    """Identify the reader if a token is sent; 401 if it is not valid."""

    @wraps(endpoint)
    def wrapper(*args: Parameters.args, **kwargs: Parameters.kwargs) -> ResponseReturnValue:
        _identify()
        return endpoint(*args, **kwargs)

    wrapper.authentication = "optional"  # type: ignore[attr-defined]
    return wrapper


def login_required(endpoint: Endpoint[Parameters]) -> Endpoint[Parameters]:
    """Identify the reader; 401 without a valid token."""

    @wraps(endpoint)
    def wrapper(*args: Parameters.args, **kwargs: Parameters.kwargs) -> ResponseReturnValue:
        _identify()
        if g.reader is None:
            raise Unauthorized("token", "is missing")
        return endpoint(*args, **kwargs)

    wrapper.authentication = "required"  # type: ignore[attr-defined]
    return wrapper


def admin_required(endpoint: Endpoint[Parameters]) -> Endpoint[Parameters]:
    """Let only admins pass; 401 without a valid token, 403 for everybody else."""

    @login_required
    @wraps(endpoint)
    def wrapper(*args: Parameters.args, **kwargs: Parameters.kwargs) -> ResponseReturnValue:
        account.require_admin(g.reader["role"])
        return endpoint(*args, **kwargs)

    wrapper.authentication = "admin"  # type: ignore[attr-defined]
    return wrapper


def _identify() -> None:
    context = this_context()
    context.reader = context.reader_id = None
    header = this_request().environ.get("HTTP_AUTHORIZATION", "").strip()
    if not header:
        return
    scheme, _, token = header.partition(" ")
    if scheme.lower() not in SCHEMES:
        raise Unauthorized("token", "is invalid")
    context.token = token.strip()
    reader = account.authenticate(context.db, context.security, token=context.token)
    context.reader, context.reader_id = reader, reader["id"]
    context.session_id = reader["session_id"]
