"""The docs page and the OpenAPI document that it shows; neither asks another host for anything."""

from importlib.util import find_spec
from pathlib import Path

from flask import Blueprint, Response, current_app, render_template, request

from app.http import openapi

# The package is wanted for the assets of Swagger UI that it carries; its code is not run.
ASSETS = Path(str(find_spec("flask_swagger_ui").origin)).parent / "dist"  # type: ignore[union-attr]

docs = Blueprint("docs", __name__, static_folder=ASSETS, static_url_path="/docs/asset")


@docs.get("/docs")
def page() -> str:
    """Show every endpoint, to read and to try."""
    return render_template("docs.html")


@docs.get("/openapi.json")
def document() -> Response:
    """The OpenAPI document; 304 if the client has the current version."""
    response = current_app.response_class(openapi.written(current_app), mimetype="application/json")
    response.add_etag()
    response.headers["Cache-Control"] = "no-cache"
    response.make_conditional(request)
    return response
