"""The welcome page for people, and two health endpoints for machines."""

from flask import Blueprint, Response, current_app, g, render_template, url_for
from werkzeug.routing import Rule as UrlRule

from app.http.response import Nothing, Ok, ok, unavailable
from controller.frame.error import NotFound
from model.frame import migration

web = Blueprint("web", __name__)


@web.get("/")
def welcome() -> str:
    """Show what is running and where to go from here; in production, only that it runs."""
    is_public = current_app.config["ENVIRONMENT"] == "production"
    examples = [] if is_public else _examples()
    return render_template("welcome.html", is_public=is_public, examples=examples)


@web.get("/healthz")
def healthz() -> Ok[Nothing]:
    """200 while the process runs."""
    return ok({})


@web.get("/readyz")
def readyz() -> Ok[Nothing] | Response:
    """200 if the database answers and is migrated, else 503 with the reason."""
    if pending := migration.pending(g.db):
        return unavailable(f"Migrations are pending: {', '.join(pending)}.")
    g.db.ping()
    return ok({})


def _examples() -> list[str]:
    """The address of the first GET of each resource that anybody can send as it stands."""
    first: dict[str, str] = {}
    for route in sorted(current_app.url_map.iter_rules(), key=lambda route: route.rule):
        if (example := _example(route)) is not None:
            first.setdefault(route.endpoint.rpartition(".")[0], example)
    return list(first.values())


def _example(route: UrlRule) -> str | None:
    """The address of a GET that anybody can send as it stands; None of all other routes."""
    view = current_app.view_functions[route.endpoint]
    needs_token = getattr(view, "authentication", None) not in (None, "optional")
    may_be_missing = NotFound in getattr(view, "errors", ())
    is_ours = "." in route.endpoint and not route.endpoint.startswith(("web.", "docs."))
    is_get = "GET" in (route.methods or ())
    if route.arguments or needs_token or may_be_missing or not (is_ours and is_get):
        return None
    query = {field.label: field.example for field in getattr(view, "fields", []) if field.required}
    return url_for(route.endpoint, **query, _external=True)
