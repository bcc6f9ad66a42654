"""Articles: who may write and change them, under which slug, and who favorited them."""

import secrets
from collections.abc import Sequence

from slugify import slugify

from controller import account
from controller.frame import cursor
from controller.frame.error import Forbidden, NotFound, refuse_blank
from controller.frame.runner import run
from model import Models, atomic
from model.article import ArticlePage, ArticleRow, ArticleTexts
from model.frame.error import Duplicate, MissingParent

LONGEST_BASE = 200
MOST_TAGS = 100
# Paths of the API that an article must not hide behind.
RESERVED = {"feed"}
# An id that no user has; ids start at 1.
NOBODY = 0


class Page(ArticlePage):
    """A page of articles, how many there are on all pages, and `before` for the next page."""

    next: str | None


def list(
    db: Models,
    *,
    reader_id: int | None = None,
    tag: str | None = None,
    author: str | None = None,
    favorited: str | None = None,
    limit: int = 20,
    offset: int = 0,
    before: str | None = None,
) -> Page:
    """Return a page, newest first: with a tag, by an author, favorited by someone."""
    page = db.articles.list_recent(
        skip=offset,
        limit=limit,
        before=cursor.read(before),
        reader_id=reader_id,
        tag=tag,
        author_id=_id_of(db, author),
        favorited_by=_id_of(db, favorited),
    )
    return {**page, "next": cursor.after(page["articles"], limit)}


def feed(
    db: Models, *, reader_id: int, limit: int = 20, offset: int = 0, before: str | None = None
) -> Page:
    """Return a page of articles by the authors whom the reader follows, newest first."""
    page = db.articles.list_feed(
        reader_id=reader_id, skip=offset, limit=limit, before=cursor.read(before)
    )
    return {**page, "next": cursor.after(page["articles"], limit)}


def find(db: Models, *, slug: str, reader_id: int | None = None) -> ArticleRow:
    """Return an article as the reader sees it; NotFound if there is none."""
    article = db.articles.find_by_slug(slug, reader_id=reader_id)
    if article is None:
        raise NotFound("article")
    return article


def find_id(db: Models, *, slug: str) -> int:
    """Return the id of an article; NotFound if there is none."""
    id = db.articles.find_id(slug)
    if id is None:
        raise NotFound("article")
    return id


def write(
    db: Models,
    *,
    reader_id: int,
    title: str,
    description: str,
    body: str,
    tags: Sequence[str] = (),
) -> ArticleRow:
    """Add an article under a slug of its own, and return it."""
    texts: ArticleTexts[str] = {"title": title, "description": description, "body": body}
    refuse_blank(texts)
    slug = first = _free_slug(title)
    while True:
        try:
            id = db.articles.insert(author_id=reader_id, slug=slug, tags=_tidy(tags), **texts)
        except Duplicate:
            slug = _suffixed(first)
        except MissingParent:
            raise NotFound("user") from None
        else:
            return _find(db, id, reader_id)


def update(
    db: Models,
    *,
    slug: str,
    reader_id: int,
    title: str | None = None,
    description: str | None = None,
    body: str | None = None,
    tags: Sequence[str] | None = None,
) -> ArticleRow:
    """Update the given fields of one's own article; a new title creates a new slug."""
    article = find(db, slug=slug)
    if article["author"]["id"] != reader_id:
        raise Forbidden("article")
    texts: ArticleTexts[str | None] = {"title": title, "description": description, "body": body}
    refuse_blank(texts)
    tidy_tags = None if tags is None else _tidy(tags)
    new_slug = first = None
    if title is None or title == article["title"]:
        # What is not changed here may be changed by another request: it is left alone.
        texts["title"] = None
    else:
        is_alike = _slug_of(title) == _slug_of(article["title"])
        new_slug = first = slug if is_alike else _free_slug(title)
    while True:
        try:
            found = db.articles.update(article["id"], slug=new_slug, tags=tidy_tags, **texts)
        except Duplicate:
            new_slug = _suffixed(first or slug)
        else:
            break
    if not found:
        raise NotFound("article")
    return _find(db, article["id"], reader_id)


@atomic
def delete(db: Models, *, slug: str, reader_id: int) -> None:
    """Delete an article with all that belongs to it; only its author and an admin may."""
    article = find(db, slug=slug)
    if article["author"]["id"] != reader_id and not account.is_admin(db, reader_id=reader_id):
        raise Forbidden("article")
    if not db.articles.delete(article["id"]):
        raise NotFound("article")


def favorite(db: Models, *, slug: str, reader_id: int) -> ArticleRow:
    """Favorite an article; idempotent."""
    id = find_id(db, slug=slug)
    try:
        db.articles.favorite(user_id=reader_id, article_id=id)
    except MissingParent:
        raise NotFound("article") from None
    return _find(db, id, reader_id)


def unfavorite(db: Models, *, slug: str, reader_id: int) -> ArticleRow:
    """Unfavorite an article, whether or not the reader had favorited it."""
    id = find_id(db, slug=slug)
    db.articles.unfavorite(user_id=reader_id, article_id=id)
    return _find(db, id, reader_id)


def list_tags(db: Models) -> Sequence[str]:
    """Return the tags in use, the most used first."""
    return db.articles.list_tags(MOST_TAGS)


def _id_of(db: Models, username: str | None) -> int | None:
    """The id of someone who is asked for by name; None if nobody is asked for."""
    if username is None:
        return None
    user = db.users.find_by_username(username)
    return user["id"] if user else NOBODY


def _find(db: Models, id: int, reader_id: int) -> ArticleRow:
    """The article by its id, which stays when its slug changes."""
    article = db.articles.find(id, reader_id=reader_id)
    if article is None:
        raise NotFound("article")
    return article


def _slug_of(title: str) -> str:
    return slugify(title, max_length=LONGEST_BASE, word_boundary=True) or "article"


def _free_slug(title: str) -> str:
    """Make a slug of a title that is not also a path of the API."""
    slug = _slug_of(title)
    return _suffixed(slug) if slug in RESERVED else slug


def _suffixed(slug: str) -> str:
    """A slug like this one that nobody has yet."""
    return f"{slug}-{secrets.token_hex(3)}"


def _tidy(tags: Sequence[str]) -> Sequence[str]:
    """The tags in their order, without doubles and blanks."""
    return [*dict.fromkeys(tag.strip() for tag in tags if tag.strip())]


if __name__ == "__main__":
    from config import config

    run(config)
