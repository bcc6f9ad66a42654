"""Tags."""

from typing import TypedDict

from flask import Blueprint, g

from app.http.response import Ok, ok
from controller import article

api = Blueprint("tag", __name__)


class TagsAnswer(TypedDict):
    """The tags in use, the most used first."""

    tags: list[str]


@api.get("")
def list_tags() -> Ok[TagsAnswer]:
    """List the tags in use, the most used first."""
    return ok({"tags": [*article.list_tags(g.db)]})
