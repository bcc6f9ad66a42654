"""Articles: list, read, write, delete and favorite them."""

from datetime import datetime
from typing import TypedDict

from flask import Blueprint, g

from app.http.auth import login_optional, login_required
from app.http.decorator import may_raise
from app.http.response import (
    Created,
    NoContent,
    NotModified,
    Ok,
    created,
    no_content,
    ok,
    ok_if_changed,
)
from app.http.rule import Cursor, Max, MaxLen, Min, NotBlank
from app.http.validation import Json, List, Query, Route, Validator
from controller import article
from controller.frame.error import Forbidden, NotFound
from model.article import (
    LONGEST_BODY,
    LONGEST_DESCRIPTION,
    LONGEST_TITLE,
    ArticleRow,
    ArticleSummaryRow,
)

from .profile import ProfileJson, show_profile

api = Blueprint("article", __name__)

SLUG = "how-to-train-your-dragon"
LIMIT = [Min(1), Max(100)]
TITLE = [NotBlank(), MaxLen(LONGEST_TITLE)]
DESCRIPTION = [NotBlank(), MaxLen(LONGEST_DESCRIPTION)]
BODY = [NotBlank(), MaxLen(LONGEST_BODY)]
TAGS = MaxLen(100)
# The `next` of a page that ended with article 1, of the year 2100.
NEXT = f"{4102444800000:011x}{1:014x}"


class ArticleSummaryJson(TypedDict):
    """An article as a list shows it."""

    slug: str
    title: str
    description: str
    tagList: list[str]
    createdAt: datetime
    updatedAt: datetime
    favorited: bool
    favoritesCount: int
    author: ProfileJson


class ArticleJson(ArticleSummaryJson):
    """An article as its own page shows it."""

    body: str


class ArticleAnswer(TypedDict):
    """An article."""

    article: ArticleJson


class ArticlesAnswer(TypedDict):
    """A page of articles, how many there are on all pages, and `before` for the next page."""

    articles: list[ArticleSummaryJson]
    articlesCount: int
    next: str | None


def show_article(row: ArticleRow) -> ArticleJson:
    """Show an article with its text."""
    return {**show_summary(row), "body": row["body"]}


def show_summary(row: ArticleSummaryRow) -> ArticleSummaryJson:
    """Show an article without its text."""
    return {
        "slug": row["slug"],
        "title": row["title"],
        "description": row["description"],
        "tagList": row["tags"],
        "createdAt": row["created_at"],
        "updatedAt": row["updated_at"],
        "favorited": row["favorited"],
        "favoritesCount": row["favorites_count"],
        "author": show_profile(row["author"]),
    }


def show_page(page: article.Page) -> ArticlesAnswer:
    """Show a page of articles."""
    return {
        "articles": [show_summary(row) for row in page["articles"]],
        "articlesCount": page["count"],
        "next": page["next"],
    }


@api.get("")
@login_optional
@Validator()
def list_articles(
    tag: str | None = Query(str, optional=True, example="dragons"),
    author: str | None = Query(str, optional=True, example="jake"),
    favorited: str | None = Query(str, optional=True, example="anne"),
    limit: int = Query(int, default=20, rules=LIMIT, example=20),
    offset: int = Query(int, default=0, rules=Min(0), example=0),
    before: str | None = Query(str, optional=True, rules=Cursor(), example=NEXT),
) -> Ok[ArticlesAnswer]:
    """List articles, newest first.

    Filter by tag, author or favorited; the last two take a username. `next` of a page is `before`
    of the page after it, and null if the page is not full: after a full last page, one is empty.
    """
    page = article.list(
        g.db,
        reader_id=g.reader_id,
        tag=tag,
        author=author,
        favorited=favorited,
        limit=limit,
        offset=offset,
        before=before,
    )
    return ok(show_page(page))


@api.get("/feed")
@login_required
@Validator()
def get_feed(
    limit: int = Query(int, default=20, rules=LIMIT, example=20),
    offset: int = Query(int, default=0, rules=Min(0), example=0),
    before: str | None = Query(str, optional=True, rules=Cursor(), example=NEXT),
) -> Ok[ArticlesAnswer]:
    """List articles by the authors you follow, newest first."""
    page = article.feed(g.db, reader_id=g.reader_id, limit=limit, offset=offset, before=before)
    return ok(show_page(page))


@api.post("")
@login_required
@Validator(body="article")
@may_raise(NotFound)
def write_article(
    title: str = Json(str, rules=TITLE, example="How to train your dragon"),
    description: str = Json(str, rules=DESCRIPTION, example="Ever wonder how?"),
    body: str = Json(str, rules=BODY, example="Very carefully."),
    tags: list[str] | None = Json(
        List(str), rules=TAGS, optional=True, name="tagList", example=["dragons", "training"]
    ),
) -> Created[ArticleAnswer]:
    """Create an article; its slug is made from its title."""
    written = article.write(
        g.db,
        reader_id=g.reader_id,
        title=title,
        description=description,
        body=body,
        tags=tags or [],
    )
    return created({"article": show_article(written)})


@api.get("/<slug>")
@login_optional
@Validator()
@may_raise(NotFound)
def get_article(slug: str = Route(str, example=SLUG)) -> Ok[ArticleAnswer] | NotModified:
    """Get an article."""
    found = article.find(g.db, slug=slug, reader_id=g.reader_id)
    return ok_if_changed({"article": show_article(found)})


@api.put("/<slug>")
@login_required
@Validator(body="article")
@may_raise(NotFound, Forbidden)
def update_article(
    slug: str = Route(str, example=SLUG),
    title: str | None = Json(str, rules=TITLE, optional=True),
    description: str | None = Json(str, rules=DESCRIPTION, optional=True),
    body: str | None = Json(str, rules=BODY, optional=True, example="With your bare hands."),
    tags: list[str] | None = Json(List(str), rules=TAGS, optional=True, name="tagList"),
) -> Ok[ArticleAnswer]:
    """Update your own article.

    Omitted fields are unchanged. A new title creates a new slug; an empty tagList removes the
    tags.
    """
    changed = article.update(
        g.db,
        slug=slug,
        reader_id=g.reader_id,
        title=title,
        description=description,
        body=body,
        tags=tags,
    )
    return ok({"article": show_article(changed)})


@api.delete("/<slug>")
@login_required
@Validator()
@may_raise(NotFound, Forbidden)
def delete_article(slug: str = Route(str, example=SLUG)) -> NoContent:
    """Delete your own article, with all that belongs to it; an admin may delete any."""
    article.delete(g.db, slug=slug, reader_id=g.reader_id)
    return no_content()


@api.post("/<slug>/favorite")
@login_required
@Validator()
@may_raise(NotFound)
def favorite(slug: str = Route(str, example=SLUG)) -> Ok[ArticleAnswer]:
    """Favorite an article."""
    found = article.favorite(g.db, slug=slug, reader_id=g.reader_id)
    return ok({"article": show_article(found)})


@api.delete("/<slug>/favorite")
@login_required
@Validator()
@may_raise(NotFound)
def unfavorite(slug: str = Route(str, example=SLUG)) -> Ok[ArticleAnswer]:
    """Unfavorite an article."""
    found = article.unfavorite(g.db, slug=slug, reader_id=g.reader_id)
    return ok({"article": show_article(found)})
