"""Articles; each holds its tags and the ids of those who favour it."""

from collections.abc import Sequence
from typing import cast

from model import value
from model.error import Duplicate, MissingParent
from model.mongodb.collection import Collection, Document, Session
from model.mongodb.reader import AUTHOR_COLUMNS, as_row, beside_author
from model.row import ArticleRow, ArticleSummaryRow

SUMMARY = ("slug", "title", "description", "created_at", "updated_at", "tags", "author_id")


class Article:
    """The collection articles, and the comments that go with an article."""

    def __init__(self, db: Session) -> None:
        self._articles = Collection(db, "articles")
        self._comments = Collection(db, "comments")
        self._users = Collection(db, "users")

    def insert(
        self,
        *,
        author_id: int,
        slug: str,
        title: str,
        description: str,
        body: str,
        tags: Sequence[str] = (),
    ) -> int:
        """Add an article and return its id; Duplicate("slug"), MissingParent without its author."""
        now = value.now()
        document = {
            **value.texts(slug=slug, title=title, description=description),
            "body": value.text("body", body, value.LONGEST_ARTICLE),
            "author_id": author_id,
            "tags": value.tags(tags),
            "favorited_by": [],
            "comments_count": 0,
            "created_at": now,
            "updated_at": now,
        }
        if self._users.count({"_id": author_id}) == 0:
            raise MissingParent("its parent is missing")
        try:
            return self._articles.insert(document)
        except Duplicate:
            raise Duplicate("slug") from None

    def find(self, id: int, *, reader_id: int | None = None) -> ArticleRow | None:
        """Return the article as the reader sees it, or None."""
        return self._find({"_id": id}, reader_id)

    def find_by_slug(self, slug: str, *, reader_id: int | None = None) -> ArticleRow | None:
        """Return the article as the reader sees it, or None."""
        return self._find({"slug": {"$eq": slug}}, reader_id)

    def list_recent(
        self,
        *,
        skip: int,
        limit: int,
        reader_id: int | None = None,
        tag: str | None = None,
        author_id: int | None = None,
        favorited_by: int | None = None,
        followed_by: int | None = None,
    ) -> list[ArticleSummaryRow]:
        """Return a page of articles, newest first, of those that pass every filter given."""
        page = value.page(skip, limit)
        if page["limit"] == 0:
            return []
        found = self._articles.aggregate(
            [
                {"$match": self._filter(tag, author_id, favorited_by, followed_by)},
                {"$sort": {"created_at": -1, "_id": -1}},
                {"$skip": page["skip"]},
                {"$limit": page["limit"]},
                *beside_author(reader_id),
                _columns(reader_id, SUMMARY),
            ]
        )
        return cast(list[ArticleSummaryRow], [as_row(document) for document in found])

    def count(
        self,
        *,
        tag: str | None = None,
        author_id: int | None = None,
        favorited_by: int | None = None,
        followed_by: int | None = None,
    ) -> int:
        """Return how many articles pass every filter given."""
        return self._articles.count(self._filter(tag, author_id, favorited_by, followed_by))

    def update(
        self,
        id: int,
        *,
        slug: str | None = None,
        title: str | None = None,
        description: str | None = None,
        body: str | None = None,
    ) -> int:
        """Change what is not None; return 1, or 0 if it is not there; Duplicate("slug")."""
        given = value.given(slug=slug, title=title, description=description)
        changed: Document = {**value.texts(**given), "updated_at": value.now()}
        if body is not None:
            changed["body"] = value.text("body", body, value.LONGEST_ARTICLE)
        try:
            return self._articles.update({"_id": id}, {"$set": changed})
        except Duplicate:
            raise Duplicate("slug") from None

    def replace_tags(self, id: int, tags: Sequence[str]) -> None:
        """Give an article these tags and no others."""
        self._articles.update({"_id": id}, {"$set": {"tags": value.tags(tags)}})

    def delete(self, id: int) -> int:
        """Delete an article with its comments, favourites and tags; return 1, or 0.

        Takes two operations: call it in a transaction.
        """
        self._comments.delete({"article_id": id})
        return self._articles.delete({"_id": id})

    def favorite(self, *, user_id: int, article_id: int) -> None:
        """Let someone favour an article; nothing changes if they do; MissingParent without it."""
        added = {"$addToSet": {"favorited_by": user_id}}
        if not self._articles.update({"_id": article_id}, added):
            raise MissingParent("its parent is missing")

    def unfavorite(self, *, user_id: int, article_id: int) -> None:
        """Let someone no longer favour an article; nothing changes if they do not."""
        self._articles.update({"_id": article_id}, {"$pull": {"favorited_by": user_id}})

    def list_tags(self, limit: int) -> list[str]:
        """Return the tags in use, the most used first, ties by their text."""
        found = self._articles.aggregate(
            [
                {"$unwind": "$tags"},
                {"$group": {"_id": "$tags", "uses": {"$sum": 1}}},
                {"$sort": {"uses": -1, "_id": 1}},
                {"$limit": limit},
            ]
        )
        return [document["id"] for document in found]

    def _find(self, filter: Document, reader_id: int | None) -> ArticleRow | None:
        found = self._articles.aggregate(
            [
                {"$match": filter},
                *beside_author(reader_id),
                _columns(reader_id, (*SUMMARY, "body")),
            ]
        )
        return cast(ArticleRow, as_row(found[0])) if found else None

    def _filter(
        self,
        tag: str | None,
        author_id: int | None,
        favorited_by: int | None,
        followed_by: int | None,
    ) -> Document:
        conditions: list[Document] = []
        if tag is not None:
            conditions.append({"tags": {"$eq": tag}})
        if author_id is not None:
            conditions.append({"author_id": author_id})
        if favorited_by is not None:
            conditions.append({"favorited_by": favorited_by})
        if followed_by is not None:
            follower = self._users.find_one({"_id": followed_by}, ("following",))
            conditions.append({"author_id": {"$in": follower["following"] if follower else []}})
        return {"$and": conditions} if conditions else {}


def _columns(reader_id: int | None, columns: Sequence[str]) -> Document:
    return {
        "$project": {
            **dict.fromkeys(columns, 1),
            **AUTHOR_COLUMNS,
            "favorites_count": {"$size": "$favorited_by"},
            "favorited": {"$in": [reader_id, "$favorited_by"]},
        }
    }
