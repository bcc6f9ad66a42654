"""Tags."""

from flask import Blueprint, g

from app.api.decorator import may_raise
from app.api.response import Ok, ok
from app.api.v1 import view
from controller import article
from model.error import Unavailable

api = Blueprint("tag", __name__)


@api.get("")
@may_raise(Unavailable)
def list_tags() -> Ok[view.TagsAnswer]:
    """Show the tags in use, the most used first."""
    return ok({"tags": [*article.list_tags(g.db)]})
