"""Articles with their tags, who favorited them, and how many there are."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple, Unpack, cast

from model.article import (
    LONGEST,
    ArticlePage,
    ArticleRow,
    ArticleSummaryRow,
    ArticleTexts,
    Filters,
    NewArticle,
    checked_tags,
)
from model.frame import value
from model.frame.count import Miscount
from model.frame.error import Duplicate, MissingParent
from model.frame.transaction import in_transaction
from model.frame.value import Place
from model.mongodb.driver.collection import Collection, Document
from model.mongodb.driver.count import ChildCounts, Counts, counted
from model.mongodb.profile import AUTHOR, beside_author, with_author

if TYPE_CHECKING:
    from model.mongodb import Models

# Articles by an author with a tag; author 0 is everybody, and no tag is every tag.
Counted = tuple[int, str]
ALL: Counted = (0, "")

SUMMARY = ("slug", "title", "description", "created_at", "updated_at", "tags")
NEWEST_FIRST = {"created_at": -1, "_id": -1}

# Each article with each of its tags, once.
TAGGED: list[Document] = [
    {"$project": {"tag": {"$setUnion": ["$tags", []]}}},
    {"$unwind": "$tag"},
    {"$match": {"tag": {"$gt": ""}}},
]
# Beside each follow, how many articles this author has, and when the latest was written.
BESIDE_COUNTS: list[Document] = [
    {
        "$lookup": {
            "from": "article_counts",
            "localField": "followed_id",
            "foreignField": "author_id",
            "pipeline": [
                {"$match": {"tag": ""}},
                {
                    "$group": {
                        "_id": None,
                        "articles": {"$sum": "$articles"},
                        "latest_at": {"$max": "$latest_at"},
                    }
                },
            ],
            "as": "latest",
        }
    },
    {"$unwind": "$latest"},
]


class Listed(NamedTuple):
    """A list of articles: a collection that an index has in the order of the articles."""

    collection: Collection
    filter: Document
    time: str = "created_at"
    id: str = "_id"
    # Leave out what does not pass the other filters.
    others: Sequence[Document] = ()
    # Put each article in the place of what was listed.
    articles: Sequence[Document] = ()


class Article:
    """The collections articles and favorites, and their kept counts."""

    def __init__(self, db: "Models") -> None:
        self.db = db
        self._articles = Collection(db, "articles")
        self._favorites = Collection(db, "favorites")
        self._article_counts = Counts(db, "article_counts", "articles")
        self._favorite_counts = ChildCounts(db, "favorite_counts", "favorites", parent="article_id")
        self._follows = Collection(db, "follows")
        self._users = Collection(db, "users")

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
        new: NewArticle = {"author_id": author_id, "slug": slug, "tags": tags, **texts}
        document = _document(new, value.now())
        self._users.require({author_id})
        try:
            id = self._articles.insert(document)
        except Duplicate:
            raise Duplicate("slug") from None
        self._count_new([document])
        return id

    def insert_many(self, articles: Sequence[NewArticle]) -> list[int]:
        """Add many articles by a few commands, and return their ids; all or none of them."""
        now = value.now()
        documents = [_document(article, now) for article in articles]
        return self.db.in_bulk(lambda db: Article(db)._insert_many(documents))

    def find(self, id: int, *, reader_id: int | None = None) -> ArticleRow | None:
        """Return the article as the reader sees it, or None."""
        return self._find({"_id": id}, reader_id) if value.is_id(id) else None

    def find_by_slug(self, slug: str, *, reader_id: int | None = None) -> ArticleRow | None:
        """Return the article as the reader sees it, or None."""
        return self._find({"slug": {"$eq": slug}}, reader_id)

    def find_id(self, slug: str) -> int | None:
        """Return the id of the article with this slug, or None."""
        found = self._articles.find_one({"slug": {"$eq": slug}}, ("_id",))
        return found["id"] if found else None

    def list_recent(
        self,
        *,
        skip: int,
        limit: int,
        before: Place | None = None,
        reader_id: int | None = None,
        **filters: Unpack[Filters],
    ) -> ArticlePage:
        """Return a page of articles, newest first, of those that pass every filter given."""
        page = value.page(skip, limit)
        given = value.given(filters)
        listed = self._listed(given)
        count = self._count(listed, given)
        if page["limit"] == 0:
            return {"articles": [], "count": count}
        found = listed.collection.aggregate(
            [
                {"$match": listed.filter},
                *_before(before, listed.time, listed.id),
                {"$sort": {listed.time: -1, listed.id: -1}},
                *listed.others,
                {"$skip": page["skip"]},
                {"$limit": page["limit"]},
                *listed.articles,
                *_shown(reader_id, SUMMARY),
            ]
        )
        return {"articles": [_as_summary(document) for document in found], "count": count}

    def list_feed(
        self, *, reader_id: int, skip: int, limit: int, before: Place | None = None
    ) -> ArticlePage:
        """Return a page of articles by those whom the reader follows, newest first."""
        page = value.page(skip, limit)
        count = self._count_feed(reader_id)
        if page["limit"] == 0:
            return {"articles": [], "count": count}
        found = self._follows.aggregate(
            [
                {"$match": {"follower_id": reader_id}},
                *_newest_of_followed(before, end=page["skip"] + page["limit"]),
                {"$sort": NEWEST_FIRST},
                {"$skip": page["skip"]},
                {"$limit": page["limit"]},
                *_joined("_id"),
                *_shown(reader_id, SUMMARY),
            ]
        )
        return {"articles": [_as_summary(document) for document in found], "count": count}

    def count(self, **filters: Unpack[Filters]) -> int:
        """Return how many articles pass every filter given."""
        given = value.given(filters)
        return self._count(self._listed(given), given)

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
        changed["updated_at"] = value.now()
        if tags is None:
            return self._set(id, changed)
        changed["tags"] = checked_tags(tags)
        return self._set_with_tags(id, changed)

    @in_transaction
    def delete(self, id: int) -> int:
        """Delete an article with its favorites and tags; return 1, or 0 if it is not there."""
        old = self._articles.find_one({"_id": id}, ("author_id", "tags", "created_at"))
        if old is None:
            return 0
        self.db.comments.delete_by_article(id)
        self._articles.delete({"_id": id})
        self._favorites.delete({"article_id": id})
        self._favorite_counts.delete(id)
        gone = [ALL, (old["author_id"], ""), *((0, tag) for tag in set(old["tags"]) - {""})]
        self._add_to_counts(Counter(dict.fromkeys(gone, -1)))
        self._renew_latest(old["author_id"], old["created_at"])
        return 1

    @in_transaction
    def favorite(self, *, user_id: int, article_id: int) -> None:
        """Favorite an article; idempotent; MissingParent if it or the user does not exist."""
        article = self._articles.find_one({"_id": article_id}, ("created_at",))
        if article is None:
            raise MissingParent()
        self._users.require({user_id})
        if self._favorites.insert_once(
            {"article_id": article_id, "user_id": user_id},
            {"article_created_at": article["created_at"]},
        ):
            self._favorite_counts.add({article_id: 1})

    def favorite_many(self, pairs: Sequence[tuple[int, int]]) -> None:
        """Favorite many articles: pairs of a user's id and an article's; Duplicate if one is."""
        self.db.in_bulk(lambda db: Article(db)._favorite_many(pairs))

    @in_transaction
    def unfavorite(self, *, user_id: int, article_id: int) -> None:
        """Unfavorite an article; does nothing if it was not a favorite."""
        if self._favorites.delete({"article_id": article_id, "user_id": user_id}):
            self._favorite_counts.adjust({article_id: -1})

    def list_tags(self, limit: int) -> list[str]:
        """Return the tags in use, the most used first, ties by their text."""
        most = value.page(0, limit)["limit"]
        if most == 0:
            return []
        found = self._article_counts.collection.aggregate(
            [
                {"$match": {"author_id": 0, "tag": {"$gt": ""}}},
                {"$group": {"_id": "$tag", "articles": {"$sum": "$articles"}}},
                {"$match": {"articles": {"$gt": 0}}},
                {"$sort": {"articles": -1, "_id": 1}},
                {"$limit": most},
            ]
        )
        return [document["id"] for document in found]

    def verify(self, *, fix: bool) -> list[Miscount]:
        """Return the kept counts that differ from a recount, corrected if `fix` says so."""
        # Both are read at one moment, and what was wrong is added: who writes meanwhile adds, too.
        articles, favorites = self.db.in_bulk(lambda db: Article(db)._miscounted())
        if fix:
            self._add_to_counts(
                {_of(row): row["counted"] - row["kept"] for row in articles},
                {_of(row): row["latest_at"] for row in articles},
            )
            self._favorite_counts.adjust(
                {row["id"]: row["counted"] - row["kept"] for row in favorites}
            )
        return [
            *(Miscount(_named(*_of(row)), row["kept"], row["counted"]) for row in articles),
            *(
                Miscount(f"favorites of article {row['id']}", row["kept"], row["counted"])
                for row in favorites
            ),
        ]

    def _find(self, filter: Document, reader_id: int | None) -> ArticleRow | None:
        columns = (*SUMMARY, "body")
        found = self._articles.aggregate([{"$match": filter}, *_shown(reader_id, columns)])
        return cast(ArticleRow, _as_summary(found[0])) if found else None

    def _listed(self, filters: Mapping[str, Any]) -> Listed:
        """The list of what passes the filters, which begins where the fewest are."""
        own: Document = {}
        if "author_id" in filters:
            own["author_id"] = filters["author_id"]
        if "tag" in filters:
            own["tags"] = {"$eq": filters["tag"]}
        if "favorited_by" not in filters:
            return Listed(self._articles, own)
        favorited = {"user_id": filters["favorited_by"]}
        if own and self._favorites.count(favorited) > self._kept_at_most(filters):
            return Listed(self._articles, own, others=_favorited(filters["favorited_by"]))
        listed = Listed(self._favorites, favorited, "article_created_at", "article_id")
        if own:
            return listed._replace(others=[*_joined("article_id"), {"$match": own}])
        return listed._replace(articles=_joined("article_id"))

    def _count(self, listed: Listed, filters: Mapping[str, Any]) -> int:
        """How many articles are listed: kept, or counted from the index of the list."""
        if filters.get("author_id") == 0 or filters.get("tag") == "":
            return 0  # these stand for everybody and for every tag where counts are kept
        if "favorited_by" not in filters and len(filters) < 2:
            kept = _key(filters.get("author_id", 0), filters.get("tag", ""))
            return self._article_counts.sum(kept)
        found = listed.collection.aggregate(
            [{"$match": listed.filter}, *listed.others, {"$count": "articles"}]
        )
        return int(found[0]["articles"]) if found else 0

    def _kept_at_most(self, filters: Mapping[str, Any]) -> int:
        """How many articles pass these filters at most, whoever favorited them."""
        keys = [_key(filters["author_id"], "")] if "author_id" in filters else []
        if "tag" in filters:
            keys.append(_key(0, filters["tag"]))
        return min(self._article_counts.sum(key) for key in keys)

    def _count_feed(self, reader_id: int) -> int:
        found = self._follows.aggregate(
            [
                {"$match": {"follower_id": reader_id}},
                *BESIDE_COUNTS,
                {"$group": {"_id": None, "articles": {"$sum": "$latest.articles"}}},
            ]
        )
        return int(found[0]["articles"]) if found else 0

    def _insert_many(self, documents: Sequence[Document]) -> list[int]:
        self._users.require({document["author_id"] for document in documents})
        ids = self._articles.insert_many(documents)
        self._count_new(documents)
        return ids

    def _favorite_many(self, pairs: Sequence[tuple[int, int]]) -> None:
        article_ids = {article_id for _, article_id in pairs}
        self._users.require({user_id for user_id, _ in pairs})
        created_at = self._articles.values_of("created_at", article_ids)
        if len(created_at) < len(article_ids):
            raise MissingParent()
        self._favorites.insert_all(
            [
                {"user_id": user, "article_id": id, "article_created_at": created_at[id]}
                for user, id in pairs
            ]
        )
        self._favorite_counts.add(Counter(id for _, id in pairs))

    def _set(self, id: int, changed: Document) -> int:
        try:
            return self._articles.update({"_id": id}, {"$set": changed})
        except Duplicate:
            raise Duplicate("slug") from None

    @in_transaction
    def _set_with_tags(self, id: int, changed: Document) -> int:
        old = self._articles.find_one({"_id": id}, ("tags",))
        if old is None:
            return 0
        # Who changes the tags meanwhile changes this document, too: one of the two tries again.
        found = self._set(id, changed)
        gone, new = set(old["tags"]) - set(changed["tags"]), set(changed["tags"]) - set(old["tags"])
        self._add_to_counts({(0, tag): 1 if tag in new else -1 for tag in (gone | new) - {""}})
        return found

    def _count_new(self, documents: Sequence[Document]) -> None:
        counted = Counter({ALL: len(documents)})
        counted.update((document["author_id"], "") for document in documents)
        counted.update((0, tag) for document in documents for tag in document["tags"])
        self._add_to_counts(
            counted, {(each["author_id"], ""): each["created_at"] for each in documents}
        )

    def _renew_latest(self, author_id: int, gone: datetime) -> None:
        """An author whose last article is gone wrote another one last."""
        found = self._articles.aggregate(
            [
                {"$match": {"author_id": author_id}},
                {"$sort": NEWEST_FIRST},
                {"$limit": 1},
                {"$project": {"created_at": 1}},
            ]
        )
        self._article_counts.collection.update_all(
            {"author_id": author_id, "tag": "", "latest_at": gone},
            {"$set": {"latest_at": found[0]["created_at"] if found else None}},
        )

    def _miscounted(self) -> tuple[list[Document], list[Document]]:
        articles = self._article_counts.differing(
            _key("$author_id", "$tag"),
            counted("articles", _key({"$literal": 0}, {"$literal": ""})),
            counted("articles", _key("$author_id", {"$literal": ""}), latest_at="$created_at"),
            counted("articles", _key({"$literal": 0}, "$tag"), *TAGGED),
        )
        favorites = self._favorite_counts.miscounted("favorites")
        return articles, favorites

    def _add_to_counts(
        self,
        changes: Mapping[Counted, int],
        latest_at: Mapping[Counted, datetime | None] | None = None,
    ) -> None:
        latest = latest_at or {}
        self._article_counts.change(
            [
                # Less than any time, null leaves one that is there.
                (_key(*of), {"$inc": {"articles": articles}, "$max": {"latest_at": latest.get(of)}})
                for of, articles in changes.items()
            ]
        )


def _document(article: NewArticle, now: datetime) -> Document:
    value.check({column: article[column] for column in LONGEST}, LONGEST)  # type: ignore[literal-required]
    return {**article, "tags": checked_tags(article["tags"]), "created_at": now, "updated_at": now}


def _before(before: Place | None, time: str, id: str) -> list[Document]:
    """The stages that leave out what stands at this place or before it."""
    if before is None:
        return []
    # The first is a range of the index; the second leaves out a few of the same millisecond.
    return [
        {"$match": {time: {"$lte": before.created_at}}},
        {"$match": {"$or": [{time: {"$lt": before.created_at}}, {id: {"$lt": before.id}}]}},
    ]


def _newest_of_followed(before: Place | None, end: int) -> list[Document]:
    """The stages from follows to ids and times of articles, among them the newest ones.

    The newest articles of many authors are by those who wrote last: nobody else's are looked at.
    """
    newest = [*_before(before, "created_at", "_id"), {"$sort": NEWEST_FIRST}]
    latest = {"$project": {"_id": 0, "latest_at": "$created_at", "articles": {"$literal": 1}}}
    return [
        # Who wrote last before some time is asked of every author.
        *(_of_followed("latest", [*newest, {"$limit": 1}, latest]) if before else BESIDE_COUNTS),
        {"$match": {"latest.articles": {"$gt": 0}}},
        # As a limit, but with all who wrote in the same millisecond.
        {
            "$setWindowFields": {
                "sortBy": {"latest.latest_at": -1},
                "output": {"place": {"$rank": {}}},
            }
        },
        {"$match": {"place": {"$lte": end}}},
        *_of_followed("article", [*newest, {"$limit": end}, {"$project": {"created_at": 1}}]),
        {"$replaceRoot": {"newRoot": "$article"}},
    ]


def _of_followed(name: str, pipeline: Sequence[Document]) -> list[Document]:
    """The stages that put articles by the followed author beside a follow, one for each."""
    return [
        {
            "$lookup": {
                "from": "articles",
                "localField": "followed_id",
                "foreignField": "author_id",
                "pipeline": list(pipeline),
                "as": name,
            }
        },
        {"$unwind": f"${name}"},
    ]


def _joined(column: str) -> list[Document]:
    """The stages that put the article in the place of a document that has its id."""
    article = {"from": "articles", "localField": column, "foreignField": "_id", "as": "article"}
    return [
        {"$lookup": article},
        {"$unwind": "$article"},
        {"$replaceRoot": {"newRoot": "$article"}},
    ]


def _favorited(user_id: int) -> list[Document]:
    """The stages that leave only articles that someone favorited."""
    return [_beside_favorite(user_id), {"$match": {"favorite": {"$ne": []}}}]


def _beside_favorite(user_id: int | None) -> Document:
    return {
        "$lookup": {
            "from": "favorites",
            "localField": "_id",
            "foreignField": "article_id",
            "pipeline": [{"$match": {"user_id": user_id}}, {"$project": {"_id": 1}}],
            "as": "favorite",
        }
    }


def _shown(reader_id: int | None, columns: Sequence[str]) -> list[Document]:
    """The stages that put beside an article what its reader sees with it."""
    favorites = {
        "from": "favorite_counts",
        "localField": "_id",
        "foreignField": "article_id",
        "pipeline": [{"$group": {"_id": None, "total": {"$sum": "$favorites"}}}],
        "as": "favorites",
    }
    shown = {**dict.fromkeys(columns, 1), **AUTHOR, "favorite": 1, "favorites.total": 1}
    return [
        *beside_author(reader_id),
        _beside_favorite(reader_id),
        {"$lookup": favorites},
        {"$project": shown},
    ]


def _as_summary(document: Document) -> ArticleSummaryRow:
    favorites, favorite = document.pop("favorites"), document.pop("favorite")
    document["favorites_count"] = favorites[0]["total"] if favorites else 0
    document["favorited"] = bool(favorite)
    return cast(ArticleSummaryRow, with_author(document))


def _key(author_id: Any, tag: Any) -> Document:
    return {"author_id": author_id, "tag": tag}


def _of(row: Document) -> Counted:
    return row["id"]["author_id"], row["id"]["tag"]


def _named(author_id: int, tag: str) -> str:
    """What a kept count counts, for people."""
    if author_id:
        return f"articles of author {author_id}"
    return f"articles with the tag {tag!r}" if tag else "articles"
