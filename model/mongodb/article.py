"""Articles; each holds its tags and the ids of those who favorited it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Unpack, cast

from model.article import LONGEST, LONGEST_TAG, ArticleRow, ArticleSummaryRow, ArticleTexts
from model.frame import value
from model.frame.error import Duplicate, MissingParent
from model.frame.transaction import in_transaction
from model.mongodb.driver.collection import Collection, Document
from model.mongodb.profile import AUTHOR, beside_author, with_author

if TYPE_CHECKING:
    from model.mongodb import Models

SUMMARY = ("slug", "title", "description", "created_at", "updated_at", "tags")


class Article:
    """The collection articles."""

    def __init__(self, db: "Models") -> None:
        self.db = db
        self._articles = Collection(db, "articles")
        self._users = Collection(db, "users")
        self._follows = Collection(db, "follows")

    @in_transaction
    def insert(
        self,
        *,
        author_id: int,
        slug: str,
        tags: Sequence[str] = (),
        **texts: Unpack[ArticleTexts[str]],
    ) -> int:
        """Add an article and return its id; Duplicate("slug"), MissingParent without its author."""
        value.check({"slug": slug, **texts}, LONGEST)
        now = value.now()
        document = {
            "slug": slug,
            **texts,
            "author_id": author_id,
            "tags": value.texts("tags", tags, LONGEST_TAG),
            "favorited_by": [],
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
        return self._find({"_id": id}, reader_id) if value.is_id(id) else None

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
        return [cast(ArticleSummaryRow, with_author(document)) for document in found]

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
        slug: str | None,
        tags: Sequence[str] | None,
        **texts: Unpack[ArticleTexts[str | None]],
    ) -> int:
        """Change what is not None; return 1, or 0 if it is not there; Duplicate("slug")."""
        changed = value.given({"slug": slug, **texts})
        value.check(changed, LONGEST)
        if tags is not None:
            changed["tags"] = value.texts("tags", tags, LONGEST_TAG)
        changed["updated_at"] = value.now()
        try:
            return self._articles.update({"_id": id}, {"$set": changed})
        except Duplicate:
            raise Duplicate("slug") from None

    @in_transaction
    def delete(self, id: int) -> int:
        """Delete an article with its favorites and tags; return 1, or 0 if it is not there."""
        self.db.comments.delete_by_article(id)
        return self._articles.delete({"_id": id})

    def favorite(self, *, user_id: int, article_id: int) -> None:
        """Favorite an article; idempotent; MissingParent if it or the user does not exist."""
        added = {"$addToSet": {"favorited_by": user_id}}
        if self._users.count({"_id": user_id}) == 0 or not self._articles.update(
            {"_id": article_id}, added
        ):
            raise MissingParent("its parent is missing")

    def unfavorite(self, *, user_id: int, article_id: int) -> None:
        """Unfavorite an article; does nothing if it was not a favorite."""
        self._articles.update({"_id": article_id}, {"$pull": {"favorited_by": user_id}})

    def list_tags(self, limit: int) -> list[str]:
        """Return the tags in use, the most used first, ties by their text."""
        most = value.page(0, limit)["limit"]
        if most == 0:
            return []
        found = self._articles.aggregate(
            [
                {"$unwind": "$tags"},
                {"$group": {"_id": "$tags", "uses": {"$sum": 1}}},
                {"$sort": {"uses": -1, "_id": 1}},
                {"$limit": most},
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
        return cast(ArticleRow, with_author(found[0])) if found else None

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
            conditions.append({"author_id": {"$in": self._ids_followed_by(followed_by)}})
        return {"$and": conditions} if conditions else {}

    def _ids_followed_by(self, follower_id: int) -> list[int]:
        followed = [{"$match": {"follower_id": follower_id}}, {"$project": {"followed_id": 1}}]
        return [follow["followed_id"] for follow in self._follows.aggregate(followed)]


def _columns(reader_id: int | None, columns: Sequence[str]) -> Document:
    return {
        "$project": {
            **dict.fromkeys(columns, 1),
            **AUTHOR,
            "favorites_count": {"$size": "$favorited_by"},
            "favorited": {"$in": [reader_id, "$favorited_by"]},
        }
    }
