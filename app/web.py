"""Pages for people, and the health page for machines."""

import inspect
from collections.abc import Iterator
from typing import NamedTuple

from flask import Blueprint, Response, current_app, render_template

from app.api.response import Nothing, Ok, ok, unavailable
from app.api.validation import Field
from model import migration

web = Blueprint("web", __name__)


@web.get("/")
def welcome() -> str:
    """Show what is running and where to go from here."""
    return render_template("welcome.html")


@web.get("/docs")
def docs() -> str:
    """Show every endpoint with what it takes."""
    return render_template("docs.html", endpoints=list(_endpoints()))


@web.get("/healthz")
def healthz() -> Ok[Nothing]:
    """Answer while the process lives."""
    return ok({})


@web.get("/readyz")
def readyz() -> Ok[Nothing] | Response:
    """Answer while the database does, migrated; 503 says what is missing."""
    database = current_app.extensions["database"]
    if pending := migration.pending(database):
        return unavailable(f"Migrations are pending: {', '.join(pending)}.")
    database.ping()
    return ok({})


class Endpoint(NamedTuple):
    """One endpoint as the docs page shows it."""

    methods: str
    path: str
    summary: str
    fields: list[Field]


def _endpoints() -> Iterator[Endpoint]:
    for rule in sorted(current_app.url_map.iter_rules(), key=lambda rule: rule.rule):
        if rule.endpoint != "static":
            view = current_app.view_functions[rule.endpoint]
            methods = ", ".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
            summary = (inspect.getdoc(view) or "").partition("\n")[0]
            yield Endpoint(methods, rule.rule, summary, getattr(view, "fields", []))
