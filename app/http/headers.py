"""The headers that every answer carries: what a browser may do with it, and who may keep it.

An endpoint that sets one of them keeps its own. They are added where the answer leaves the app,
which takes a quarter of the time that setting each of them in a response takes.
"""

import re
import typing
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from flask import Flask

from app.http.cors import Origins, Pairs
from app.http.openapi import answers_of

if TYPE_CHECKING:
    from _typeshed import OptExcInfo
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

NO_FRAMES = "frame-ancestors 'none'"
# Of JSON nothing is run, drawn or framed, even where a browser takes it for a page.
POLICY = f"default-src 'none'; {NO_FRAMES}"
# A page runs and draws what this host serves as files, and nothing that is written into it. The
# icons of Swagger UI are data: within its own style sheet.
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    f"font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; {NO_FRAMES}"
)
# Of its own pages an app is told where a form came from, other hosts are told nothing.
REFERRER = "same-origin"
ONE_YEAR = "max-age=31536000"
# Of these an answer has one; several of Vary are one list.
ONE_EACH = {
    "Cache-Control",
    "Content-Security-Policy",
    "Referrer-Policy",
    "Strict-Transport-Security",
    "X-Content-Type-Options",
}
# Most answers have these and no others, and are through sooner.
USUAL = {"Content-Type", "Content-Length", "X-Request-ID"}
# What is named so shows who asks: token, refreshToken, reset_token.
TOKEN = re.compile("token$", re.IGNORECASE)


class Headers:
    """A WSGI app around the app's own that adds the headers."""

    def __init__(self, app: Flask) -> None:
        self._views = app.view_functions
        self._wsgi_app: WSGIApplication = app.wsgi_app
        self._origins: Origins = app.extensions["origins"]
        # Endpoints are few, so this stays small.
        self._known: dict[tuple[str | None, bool, bool, bool], Pairs] = {}

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer as the app does, with the headers."""

        def start(status: str, headers: Pairs, error: "OptExcInfo | None" = None) -> Any:
            return start_response(status, self._with(headers, environ), error)

        return self._wsgi_app(environ, start)

    def _with(self, headers: Pairs, environ: "WSGIEnvironment") -> Pairs:
        given = dict(headers)
        is_usual = given.keys() <= USUAL
        if not is_usual:
            given = {name.title(): value for name, value in headers}
        kind = (
            # None before routing, and of what it finds no route for.
            getattr(environ.get("werkzeug.request"), "endpoint", None),
            given.get("Content-Type", "").startswith("text/html"),
            "HTTP_AUTHORIZATION" in environ,
            environ["wsgi.url_scheme"] == "https",
        )
        own = self._known.get(kind)
        if own is None:
            own = self._known[kind] = self._made(*kind)
        if not is_usual:
            own = [pair for pair in own if pair[0] not in ONE_EACH & given.keys()]
        return headers + own + self._origins.pairs(environ)

    def _made(self, endpoint: str | None, is_page: bool, has_token: bool, is_tls: bool) -> Pairs:
        view = self._views.get(endpoint or "")
        varying = {
            "Authorization": hasattr(view, "authentication"),
            "Origin": self._origins.vary,
        }
        made = {
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": PAGE_POLICY if is_page else POLICY,
            "Referrer-Policy": REFERRER,
            "Cache-Control": _keeping(view, has_token=has_token),
            "Vary": ", ".join(name for name, varies in varying.items() if varies),
            "Strict-Transport-Security": ONE_YEAR if is_tls else "",
        }
        return [pair for pair in made.items() if pair[1]]


def init_app(app: Flask) -> None:
    """Add the headers to every answer of the app, errors included."""
    app.wsgi_app = Headers(app)  # type: ignore[method-assign]


def _keeping(view: Any, *, has_token: bool) -> str:
    """Who may keep an answer, if only to ask whether it changed."""
    if view is not None and _may_answer_token(view):
        return "no-store"
    return "private, no-cache" if has_token else "no-cache"


def _may_answer_token(view: Any) -> bool:
    try:
        return any(TOKEN.search(name) for name in _names_in(answers_of(view)))
    except NameError:  # a type that is there for a type checker alone: who knows
        return True


def _names_in(hints: Iterable[Any]) -> Iterator[str]:
    """Yield every name that is declared within these types, at whatever depth."""
    hints = [*hints]
    for hint in hints:
        held = typing.get_type_hints(hint) if typing.is_typeddict(hint) else {}
        yield from held
        # A tree holds itself.
        hints += [one for one in (*held.values(), *typing.get_args(hint)) if one not in hints]
