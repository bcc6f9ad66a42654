"""Who sends a request: `g.reader` and `g.reader_id`, and by which `g.token` and `g.session_id`.

Worn above a Validator, so that nobody's input is judged before it is known who they are.
"""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from flask import g, request
from flask.sessions import SessionInterface
from flask.typing import ResponseReturnValue

from controller import account
from controller.error import Unauthorized

SCHEMES = ("token", "bearer")

Parameters = ParamSpec("Parameters")
Endpoint = Callable[Parameters, ResponseReturnValue]


class NoCookies(SessionInterface):
    """Flask's session, switched off: a token shows who asks, and a cookie would cost each request.

    Whoever wants Flask's session back takes the line with this name out of the factory.
    """

    def open_session(self, *_: object) -> None:
        """Return nothing, so that Flask keeps nothing."""

    def save_session(self, *_: object) -> None:
        """Keep nothing."""


def login_optional(endpoint: Endpoint[Parameters]) -> Endpoint[Parameters]:
    """Know the reader if a token is sent; 401 if it is sent and not valid."""

    @wraps(endpoint)
    def known(*args: Parameters.args, **kwargs: Parameters.kwargs) -> ResponseReturnValue:
        _identify()
        return endpoint(*args, **kwargs)

    known.authentication = "optional"  # type: ignore[attr-defined]
    return known


def login_required(endpoint: Endpoint[Parameters]) -> Endpoint[Parameters]:
    """Know the reader; 401 without a valid token."""

    @wraps(endpoint)
    def known(*args: Parameters.args, **kwargs: Parameters.kwargs) -> ResponseReturnValue:
        _identify()
        if g.reader is None:
            raise Unauthorized("token", "is missing")
        return endpoint(*args, **kwargs)

    known.authentication = "required"  # type: ignore[attr-defined]
    return known


def admin_required(endpoint: Endpoint[Parameters]) -> Endpoint[Parameters]:
    """Know the reader to be an admin; 401 without a valid token, 403 for everybody else."""

    @login_required
    @wraps(endpoint)
    def known(*args: Parameters.args, **kwargs: Parameters.kwargs) -> ResponseReturnValue:
        account.require_admin(g.reader)
        return endpoint(*args, **kwargs)

    known.authentication = "admin"  # type: ignore[attr-defined]
    return known


def _identify() -> None:
    g.reader = g.reader_id = None
    header = request.environ.get("HTTP_AUTHORIZATION", "").strip()
    if not header:
        return
    scheme, _, token = header.partition(" ")
    if scheme.lower() not in SCHEMES:
        raise Unauthorized("token", "is invalid")
    g.token = token.strip()
    g.reader = account.authenticate(g.db, g.security, token=g.token)
    g.reader_id, g.session_id = g.reader["id"], g.reader["session_id"]
