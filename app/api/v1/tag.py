"""Tags."""

from flask import Blueprint, g

from app.api.response import Ok, ok
from app.api.v1 import view
from controller import article

api = Blueprint("tag", __name__)


@api.get("")
def list_tags() -> Ok[view.TagsAnswer]:
    """Show the tags in use, the most used first."""
    return ok({"tags": [*article.list_tags(g.db)]})
