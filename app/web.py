"""Pages for people, and the health page for machines."""

from flask import Blueprint, Response, current_app, render_template

from app.api.decorator import may_raise
from app.api.response import Nothing, Ok, ok, unavailable
from model import migration
from model.error import Unavailable

web = Blueprint("web", __name__)


@web.get("/")
def welcome() -> str:
    """Show what is running and where to go from here."""
    return render_template("welcome.html", has_sample="sample" in current_app.blueprints)


@web.get("/healthz")
def healthz() -> Ok[Nothing]:
    """Answer while the process lives."""
    return ok({})


@web.get("/readyz")
@may_raise(Unavailable)
def readyz() -> Ok[Nothing] | Response:
    """Answer while the database does, migrated; 503 says what is missing."""
    database = current_app.extensions["database"]
    if pending := migration.pending(database):
        return unavailable(f"Migrations are pending: {', '.join(pending)}.")
    database.ping()
    return ok({})
