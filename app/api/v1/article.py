"""Articles: lists of them, one of them, and favouring it."""

from flask import Blueprint, g

from app.api.auth import login_optional, login_required
from app.api.decorator import may_raise
from app.api.response import Created, NoContent, Ok, created, no_content, ok, unprocessable
from app.api.rule import Max, MaxLen, Min, NotBlank
from app.api.v1 import view
from app.api.validation import Json, List, Query, Route, Validator
from controller import article
from controller.error import Forbidden, NotFound
from model.value import LONGEST, LONGEST_ARTICLE

api = Blueprint("article", __name__)

LIMIT = [Min(1), Max(100)]
TITLE = [NotBlank(), MaxLen(LONGEST["title"])]
DESCRIPTION = [NotBlank(), MaxLen(LONGEST["description"])]
BODY = [NotBlank(), MaxLen(LONGEST_ARTICLE)]
TAGS = MaxLen(100)


@api.get("")
@login_optional
@Validator(unprocessable)
def list_articles(
    tag: str | None = Query(str, optional=True),
    author: str | None = Query(str, optional=True),
    favorited: str | None = Query(str, optional=True),
    limit: int = Query(int, default=20, rules=LIMIT),
    offset: int = Query(int, default=0, rules=Min(0)),
) -> Ok[view.ArticlesAnswer]:
    """Show a page of articles, newest first.

    With a tag, by an author, or favoured by someone; both are given by their usernames.
    """
    filters = {"tag": tag, "author": author, "favorited": favorited}
    page = article.list(g.db, reader_id=g.reader_id, limit=limit, offset=offset, **filters)
    return ok(view.articles(page))


@api.get("/feed")
@login_required
@Validator(unprocessable)
def get_feed(
    limit: int = Query(int, default=20, rules=LIMIT),
    offset: int = Query(int, default=0, rules=Min(0)),
) -> Ok[view.ArticlesAnswer]:
    """Show a page of what those wrote whom one follows, newest first."""
    return ok(view.articles(article.feed(g.db, reader_id=g.reader_id, limit=limit, offset=offset)))


@api.post("")
@login_required
@Validator(unprocessable, body="article")
@may_raise(NotFound)
def write_article(
    title: str = Json(str, rules=TITLE),
    description: str = Json(str, rules=DESCRIPTION),
    body: str = Json(str, rules=BODY),
    tagList: list[str] | None = Json(List(str), rules=TAGS, optional=True),
) -> Created[view.ArticleAnswer]:
    """Write an article; its slug comes from its title."""
    texts = {"title": title, "description": description, "body": body}
    written = article.write(g.db, reader_id=g.reader_id, tags=tagList or [], **texts)
    return created(view.article(written))


@api.get("/<slug>")
@login_optional
@Validator(unprocessable)
@may_raise(NotFound)
def get_article(slug: str = Route(str)) -> Ok[view.ArticleAnswer]:
    """Show an article."""
    return ok(view.article(article.find(g.db, slug=slug, reader_id=g.reader_id)))


@api.put("/<slug>")
@login_required
@Validator(unprocessable, body="article")
@may_raise(NotFound, Forbidden)
def update_article(
    slug: str = Route(str),
    title: str | None = Json(str, rules=TITLE, optional=True),
    description: str | None = Json(str, rules=DESCRIPTION, optional=True),
    body: str | None = Json(str, rules=BODY, optional=True),
    tagList: list[str] | None = Json(List(str), rules=TAGS, optional=True),
) -> Ok[view.ArticleAnswer]:
    """Change one's own article.

    What is left out stays as it is. A new title brings a new slug; an empty tagList removes the
    tags.
    """
    texts = {"title": title, "description": description, "body": body}
    changed = article.update(g.db, slug=slug, reader_id=g.reader_id, tags=tagList, **texts)
    return ok(view.article(changed))


@api.delete("/<slug>")
@login_required
@Validator(unprocessable)
@may_raise(NotFound, Forbidden)
def delete_article(slug: str = Route(str)) -> NoContent:
    """Delete one's own article, with its comments; an admin may delete any."""
    article.delete(g.db, slug=slug, reader_id=g.reader_id)
    return no_content()


@api.post("/<slug>/favorite")
@login_required
@Validator(unprocessable)
@may_raise(NotFound)
def favorite(slug: str = Route(str)) -> Ok[view.ArticleAnswer]:
    """Favour an article."""
    return ok(view.article(article.favorite(g.db, slug=slug, reader_id=g.reader_id)))


@api.delete("/<slug>/favorite")
@login_required
@Validator(unprocessable)
@may_raise(NotFound)
def unfavorite(slug: str = Route(str)) -> Ok[view.ArticleAnswer]:
    """Favour an article no longer."""
    return ok(view.article(article.unfavorite(g.db, slug=slug, reader_id=g.reader_id)))
