"""Articles with their tags, who favorited them, and how many there are."""

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import cache
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Unpack

import orjson

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
from model.frame.count import Miscount, any_slot
from model.frame.error import Duplicate, MissingParent
from model.frame.transaction import in_transaction
from model.frame.value import Place
from model.sql.driver.statements import Row
from model.sql.profile import AUTHOR, author

if TYPE_CHECKING:
    from model.sql import Models

# Articles by an author with a tag; author 0 is everybody, and no tag is every tag.
Counted = tuple[int, str]
ALL: Counted = (0, "")
NOBODY_WROTE: Mapping[int, Place] = {}

# One row per article with its author, as one reader sees both.
SUMMARY = f"""
    articles.id,
    articles.slug,
    articles.title,
    articles.description,
    articles.tags,
    articles.created_at,
    articles.updated_at,
    (
        SELECT COALESCE(SUM(favorites), 0) FROM favorite_counts WHERE article_id = articles.id
    ) AS favorites_count,
    EXISTS (
        SELECT 1 FROM favorites
        WHERE user_id = %(reader_id)s
            AND article_created_at = articles.created_at
            AND article_id = articles.id
    ) AS favorited,
    {AUTHOR}
"""

ARTICLE = f"""
    SELECT {SUMMARY}, articles.body
    FROM articles
    JOIN users ON users.id = articles.author_id
"""
BY_ID = ARTICLE + "WHERE articles.id = %(id)s"
BY_SLUG = ARTICLE + "WHERE articles.slug = %(slug)s"

# A list of articles is an index that holds their time and id: a page is read from it in order.
LISTS = {
    "all": "SELECT id, created_at FROM articles",
    "tag": """
        SELECT article_id AS id, article_created_at AS created_at
        FROM article_tags
        WHERE tag = %(tag)s
    """,
    "author_id": "SELECT id, created_at FROM articles WHERE author_id = %(author_id)s",
    "favorited_by": """
        SELECT article_id AS id, article_created_at AS created_at
        FROM favorites
        WHERE user_id = %(favorited_by)s
    """,
}
COUNTS = {
    "all": "SELECT COALESCE(SUM(articles), 0) FROM article_counts WHERE author_id = 0 AND tag = ''",
    "tag": """
        SELECT COALESCE(SUM(articles), 0) FROM article_counts
        WHERE author_id = 0 AND tag = %(tag)s AND tag > ''
    """,
    "author_id": """
        SELECT COALESCE(SUM(articles), 0) FROM article_counts
        WHERE author_id = %(author_id)s AND author_id > 0 AND tag = ''
    """,
    "favorited_by": "SELECT COUNT(*) FROM favorites WHERE user_id = %(favorited_by)s",
}

BEFORE = """
    AND created_at <= %(before_time)s
    AND (created_at < %(before_time)s OR id < %(before_id)s)
"""

# Whom a reader follows who has written, and what is counted of them.
FOLLOWED = """
    WITH followed AS (
        SELECT counts.author_id, counts.articles, counts.latest_at, counts.latest_id
        FROM follows
        JOIN article_counts AS counts ON counts.author_id = follows.followed_id AND counts.tag = ''
        WHERE follows.follower_id = %(reader_id)s AND counts.articles > 0
    )
"""
FEED_COUNT = "SELECT COALESCE(SUM(articles), 0) FROM followed"
# The newest articles of many authors are by those who wrote last: nobody else's are looked at.
NEWEST_OF_FOLLOWED = """
    SELECT articles.id, articles.created_at
    FROM (
        SELECT author_id FROM followed ORDER BY {latest_at} DESC, {latest_id} DESC LIMIT %(end)s
    ) AS latest
    JOIN articles ON articles.author_id = latest.author_id
"""
# Who wrote after a place is asked for the last article before it.
LATEST_BEFORE = f"""
    CASE
        WHEN latest_at < %(before_time)s THEN {{kept}}
        ELSE (
            SELECT {{column}}
            FROM articles
            WHERE author_id = followed.author_id {BEFORE}
            ORDER BY created_at DESC, id DESC
            LIMIT 1
        )
    END
"""
FEED = NEWEST_OF_FOLLOWED.format(latest_at="latest_at", latest_id="latest_id")
FEED_BEFORE = NEWEST_OF_FOLLOWED.format(
    latest_at=LATEST_BEFORE.format(kept="latest_at", column="created_at"),
    latest_id=LATEST_BEFORE.format(kept="latest_id", column="id"),
)

INSERT = """
    INSERT INTO articles (
        author_id, slug, title, description, body, tags, created_at, updated_at
    )
    VALUES (
        %(author_id)s, %(slug)s, %(title)s, %(description)s, %(body)s, %(tags)s, %(now)s, %(now)s
    )
"""


class Article:
    """The tables articles, article_tags and favorites, and their kept counts."""

    def __init__(self, db: "Models") -> None:
        self.db = db

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
        tags = checked_tags(tags)
        row = {"author_id": author_id, "slug": slug, "tags": _as_json(tags), **texts}
        # What can be done before the transaction holds nobody up.
        return self._insert(row, tags, value.now())

    @in_transaction
    def insert_many(self, articles: Sequence[NewArticle]) -> list[int]:
        """Add many articles by a few statements, and return their ids; all or none of them."""
        if not articles:
            return []
        now = value.now()
        for article in articles:
            value.check({name: text for name, text in article.items() if name in LONGEST}, LONGEST)
        tags = {article["slug"]: checked_tags(article["tags"]) for article in articles}
        rows = [{**each, "tags": _as_json(tags[each["slug"]]), "now": now} for each in articles]
        self.db.insert_many(INSERT, rows)
        id_of = dict(
            self.db.tuples("SELECT slug, id FROM articles WHERE slug IN %(slugs)s", slugs=[*tags])
        )
        self._insert_tags({id_of[slug]: of_one for slug, of_one in tags.items()}, now)
        counted = Counter({ALL: len(rows)})
        counted.update((article["author_id"], "") for article in articles)
        counted.update((0, tag) for of_one in tags.values() for tag in of_one)
        ids = [id_of[article["slug"]] for article in articles]
        pairs = sorted(zip(ids, articles, strict=True), key=itemgetter(0))
        latest = {article["author_id"]: Place(now, id) for id, article in pairs}
        self._add_to_counts(counted, latest)
        return ids

    def find(self, id: int, *, reader_id: int | None = None) -> ArticleRow | None:
        """Return the article as the reader sees it, or None."""
        if not value.is_id(id):
            return None
        return _article(self.db.tuples(BY_ID, id=id, reader_id=reader_id))

    def find_by_slug(self, slug: str, *, reader_id: int | None = None) -> ArticleRow | None:
        """Return the article as the reader sees it, or None."""
        return _article(self.db.tuples(BY_SLUG, slug=slug, reader_id=reader_id))

    def find_id(self, slug: str) -> int | None:
        """Return the id of the article with this slug, or None."""
        row = self.db.one("SELECT id FROM articles WHERE slug = %(slug)s", slug=slug)
        return row["id"] if row else None

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
        given = value.given(filters)
        first, *others = self._smallest_first(given)
        listed, count = _listed(first, *others), _count(first, *others)
        return self._page(listed, count, skip, limit, before, reader_id=reader_id, **given)

    def list_feed(
        self, *, reader_id: int, skip: int, limit: int, before: Place | None = None
    ) -> ArticlePage:
        """Return a page of articles by those whom the reader follows, newest first."""
        listed = FEED if before is None else FEED_BEFORE
        end = min(skip + limit, value.LARGEST_ID)
        values = {"reader_id": reader_id, "end": end}
        return self._page(listed, FEED_COUNT, skip, limit, before, FOLLOWED, **values)

    def count(self, **filters: Unpack[Filters]) -> int:
        """Return how many articles pass every filter given."""
        given = value.given(filters)
        row = self.db.one(f"SELECT ({_count(*self._smallest_first(given))}) AS total", **given)
        return int(row["total"])

    @in_transaction
    def update(
        self,
        id: int,
        *,
        slug: str | None,
        tags: Sequence[str] | None,
        **texts: Unpack[ArticleTexts[str | None]],
    ) -> int:
        """Change what is not None; return 1, or 0 if it is not there; Duplicate("slug")."""
        value.check_given({"slug": slug, **texts}, LONGEST)
        new_tags = None if tags is None else checked_tags(tags)
        old = None if new_tags is None else self._locked(id)
        try:
            found = self.db.run(
                """
                UPDATE articles
                SET
                    slug = COALESCE(%(slug)s, slug),
                    title = COALESCE(%(title)s, title),
                    description = COALESCE(%(description)s, description),
                    body = COALESCE(%(body)s, body),
                    tags = COALESCE(%(tags)s, tags),
                    updated_at = %(now)s
                WHERE id = %(id)s
                """,
                id=id,
                slug=slug,
                tags=None if new_tags is None else _as_json(new_tags),
                now=value.now(),
                **texts,
            )
        except Duplicate:
            raise Duplicate("slug") from None
        if old is not None and new_tags is not None:
            self._change_tags(id, old, new_tags)
        return found

    @in_transaction
    def delete(self, id: int) -> int:
        """Delete an article with its favorites and tags; return 1, or 0 if it is not there."""
        old = self._locked(id)
        if old is None:
            return 0
        self.db.comments.delete_by_article(id)
        self.db.run("DELETE FROM articles WHERE id = %(id)s", id=id)
        self.db.run("DELETE FROM favorite_counts WHERE article_id = %(id)s", id=id)
        gone = [ALL, (old["author_id"], ""), *((0, tag) for tag in old["tags"])]
        self._add_to_counts(dict.fromkeys(gone, -1), slot=any_slot(self.db.slots))
        # An author whose last article this was wrote another one last.
        self._renew_latest(
            "AND author_id = %(author_id)s AND latest_id = %(id)s",
            author_id=old["author_id"],
            id=id,
        )
        return 1

    @in_transaction
    def favorite(self, *, user_id: int, article_id: int) -> None:
        """Favorite an article; idempotent; MissingParent if it or the user does not exist."""
        with suppress(Duplicate):
            added = self.db.run(
                """
                INSERT INTO favorites (user_id, article_id, article_created_at)
                SELECT %(user_id)s, id, created_at FROM articles WHERE id = %(article_id)s
                """,
                user_id=user_id,
                article_id=article_id,
            )
            if not added:
                raise MissingParent()
            self._add_to_favorites({article_id: 1}, any_slot(self.db.slots))

    @in_transaction
    def favorite_many(self, pairs: Sequence[tuple[int, int]]) -> None:
        """Favorite many articles: pairs of a user's id and an article's; Duplicate if one is."""
        if not pairs:
            return
        ids = {article_id for _, article_id in pairs}
        created_at = dict(
            self.db.tuples("SELECT id, created_at FROM articles WHERE id IN %(ids)s", ids=[*ids])
        )
        if len(created_at) < len(ids):
            raise MissingParent()
        self.db.insert_many(
            """
            INSERT INTO favorites (user_id, article_id, article_created_at)
            VALUES (%(user_id)s, %(article_id)s, %(article_created_at)s)
            """,
            [
                {"user_id": user, "article_id": id, "article_created_at": created_at[id]}
                for user, id in pairs
            ],
        )
        self._add_to_favorites(Counter(id for _, id in pairs))

    @in_transaction
    def unfavorite(self, *, user_id: int, article_id: int) -> None:
        """Unfavorite an article; does nothing if it was not a favorite."""
        gone = self.db.run(
            """
            DELETE FROM favorites
            WHERE user_id = %(user_id)s AND article_id = %(article_id)s
            """,
            user_id=user_id,
            article_id=article_id,
        )
        if gone:
            self._add_to_favorites({article_id: -1}, any_slot(self.db.slots))

    def list_tags(self, limit: int) -> list[str]:
        """Return the tags in use, the most used first, ties by their text."""
        rows = self.db.tuples(
            """
            SELECT tag
            FROM article_counts
            WHERE author_id = 0 AND tag > '' AND articles > 0
            ORDER BY articles DESC, tag
            LIMIT %(limit)s
            """,
            limit=value.page(0, limit)["limit"],
        )
        return [tag for (tag,) in rows]

    def verify(self, *, fix: bool) -> list[Miscount]:
        """Return the kept counts that differ from a recount, corrected if `fix` says so."""
        return self.db.in_bulk(lambda db: Article(db)._verify(fix), write=fix)

    @in_transaction
    def _insert(self, row: Row, tags: Sequence[str], now: datetime) -> int:
        try:
            id = self.db.insert(INSERT, now=now, **row)
        except Duplicate:
            raise Duplicate("slug") from None
        self._insert_tags({id: tags}, now)
        counted = Counter([ALL, (row["author_id"], ""), *((0, tag) for tag in tags)])
        self._add_to_counts(counted, {row["author_id"]: Place(now, id)}, any_slot(self.db.slots))
        return id

    def _verify(self, fix: bool) -> list[Miscount]:
        articles, favorites = self._miscounted_articles(), self._miscounted_favorites()
        if fix:
            # The difference is added, so that those who write meanwhile may add, too.
            self._add_to_counts({of: right - kept for of, (kept, right) in articles.items()})
            self._add_to_favorites({id: right - kept for id, (kept, right) in favorites.items()})
            self._renew_latest()
        named = {_named(*of): found for of, found in articles.items()}
        named |= {f"favorites of article {id}": found for id, found in favorites.items()}
        return [Miscount(of, int(kept), int(right)) for of, (kept, right) in named.items()]

    def _miscounted_articles(self) -> dict[Counted, tuple[int, int]]:
        rows = self.db.tuples(
            """
            SELECT author_id, tag, SUM(kept), SUM(counted)
            FROM (
                SELECT author_id, tag, articles AS kept, 0 AS counted FROM article_counts
                UNION ALL
                SELECT 0, '', 0, 1 FROM articles
                UNION ALL
                SELECT author_id, '', 0, 1 FROM articles
                UNION ALL
                SELECT 0, tag, 0, 1 FROM article_tags
            ) AS each_one
            GROUP BY author_id, tag
            HAVING SUM(kept) <> SUM(counted)
            """
        )
        return {(author_id, tag): (kept, right) for author_id, tag, kept, right in rows}

    def _miscounted_favorites(self) -> dict[int, tuple[int, int]]:
        rows = self.db.tuples(
            """
            SELECT article_id, SUM(kept), SUM(counted)
            FROM (
                SELECT article_id, favorites AS kept, 0 AS counted FROM favorite_counts
                UNION ALL
                SELECT article_id, 0, 1 FROM favorites
            ) AS each_one
            GROUP BY article_id
            HAVING SUM(kept) <> SUM(counted)
            """
        )
        return {article_id: (kept, right) for article_id, kept, right in rows}

    def _renew_latest(self, of_whom: str = "", **values: Any) -> None:
        """Find out which article each author wrote last; `of_whom` is a literal condition."""
        self.db.run(
            f"""
            UPDATE article_counts
            SET
                latest_at = (
                    SELECT MAX(created_at)
                    FROM articles
                    WHERE articles.author_id = article_counts.author_id
                ),
                latest_id = (
                    SELECT id
                    FROM articles
                    WHERE articles.author_id = article_counts.author_id
                    ORDER BY created_at DESC, id DESC
                    LIMIT 1
                )
            WHERE author_id > 0 AND tag = '' {of_whom}
            """,
            **values,
        )

    def _page(
        self,
        listed: str,
        count: str,
        skip: int,
        limit: int,
        before: Place | None,
        common: str = "",
        **values: Any,
    ) -> ArticlePage:
        """The page of a list and its count, which comes with the rows if there are any.

        `common` is what the list and the count both read from, a WITH.
        """
        if before is not None:
            values |= {"before_time": before.created_at, "before_id": before.id}
        # The page is found in the index alone: only its own rows are read and joined.
        rows = self.db.tuples(
            _page_of(listed, count, common, has_before=before is not None),
            **value.page(skip, limit),
            **values,
        )
        if not rows:
            counted = self.db.one(f"{common} SELECT ({count}) AS total", **values)
            return {"articles": [], "count": int(counted["total"])}
        return {"articles": [_summary(row) for row in rows], "count": int(rows[0][-1])}

    def _smallest_first(self, filters: Mapping[str, object]) -> list[str]:
        """The names of the filters, in the order of how many articles pass each alone."""
        names = [name for name in LISTS if name in filters]
        if len(names) < 2:
            return names or ["all"]
        sizes = ", ".join(f"({COUNTS[name]}) AS {name}" for name in names)
        return sorted(names, key=self.db.one(f"SELECT {sizes}", **filters).__getitem__)

    def _locked(self, id: int) -> Row | None:
        """What is counted of an article, which nobody changes until the transaction ends."""
        row: Row | None = self.db.one(
            "SELECT author_id, tags, created_at FROM articles WHERE id = %(id)s FOR UPDATE", id=id
        )
        if row is not None:
            row["tags"] = orjson.loads(row["tags"])
        return row

    def _change_tags(self, id: int, old: Row, tags: Sequence[str]) -> None:
        gone, new = set(old["tags"]) - set(tags), set(tags) - set(old["tags"])
        if gone:
            self.db.run(
                "DELETE FROM article_tags WHERE article_id = %(id)s AND tag IN %(gone)s",
                id=id,
                gone=sorted(gone),
            )
        self._insert_tags({id: sorted(new)}, old["created_at"])
        self._add_to_counts({(0, tag): 1 if tag in new else -1 for tag in gone | new})

    def _insert_tags(self, tags: Mapping[int, Sequence[str]], created_at: datetime) -> None:
        rows = [
            {"tag": tag, "article_created_at": created_at, "article_id": id}
            for id, of_one in tags.items()
            for tag in of_one
        ]
        if rows:
            self.db.insert_many(
                """
                INSERT INTO article_tags (tag, article_created_at, article_id)
                VALUES (%(tag)s, %(article_created_at)s, %(article_id)s)
                """,
                rows,
            )

    def _add_to_counts(
        self,
        changes: Mapping[Counted, int],
        latest: Mapping[int, Place] = NOBODY_WROTE,
        slot: int = 0,
    ) -> None:
        """Change kept counts: always in one order, so that no two transactions wait in a circle."""
        rows = _count_rows(changes, latest, slot)
        if rows:
            # The id comes first: MySQL reads a column that was set before as it is set.
            self.db.insert_many(
                """
                INSERT INTO article_counts (author_id, tag, slot, articles, latest_id, latest_at)
                VALUES (
                    %(author_id)s,
                    %(tag)s,
                    %(slot)s,
                    %(articles)s,
                    %(latest_id)s,
                    %(latest_at)s
                )
                ON DUPLICATE KEY UPDATE
                    articles = articles + VALUES(articles),
                    latest_id = CASE
                        WHEN latest_at > VALUES(latest_at) THEN latest_id
                        WHEN latest_at = VALUES(latest_at) AND latest_id > VALUES(latest_id)
                            THEN latest_id
                        ELSE COALESCE(VALUES(latest_id), latest_id)
                    END,
                    latest_at = CASE
                        WHEN latest_at > VALUES(latest_at) THEN latest_at
                        ELSE COALESCE(VALUES(latest_at), latest_at)
                    END
                """,
                rows,
            )

    def _add_to_favorites(self, changes: Mapping[int, int], slot: int = 0) -> None:
        rows = [
            {"article_id": id, "slot": slot, "favorites": favorites}
            for id, favorites in sorted(changes.items())
        ]
        if rows:
            self.db.insert_many(
                """
                INSERT INTO favorite_counts (article_id, slot, favorites)
                VALUES (%(article_id)s, %(slot)s, %(favorites)s)
                ON DUPLICATE KEY UPDATE favorites = favorites + VALUES(favorites)
                """,
                rows,
            )


@cache
def _listed(first: str, *others: str) -> str:
    """The ids and times of what is in the first list and in each of the others, unordered."""
    text = f"SELECT id, created_at FROM ({LISTS[first]}) AS first_one WHERE 1 = 1"
    for name in others:
        text += f"""
            AND EXISTS (
                SELECT 1 FROM ({LISTS[name]}) AS {name}_list
                WHERE {name}_list.created_at = first_one.created_at
                    AND {name}_list.id = first_one.id
            )
        """
    return text


@cache
def _count(first: str, *others: str) -> str:
    """How many are in every list: kept, or counted from the index of the first."""
    if others:
        return f"SELECT COUNT(*) FROM ({_listed(first, *others)}) AS listed"
    return COUNTS[first]


@cache
def _page_of(listed: str, count: str, common: str, *, has_before: bool) -> str:
    """The statement of a page."""
    return f"""
        {common}
        SELECT {SUMMARY}, ({count}) AS total
        FROM (
            SELECT id, created_at
            FROM ({listed}) AS listed
            WHERE 1 = 1 {BEFORE if has_before else ""}
            ORDER BY created_at DESC, id DESC
            LIMIT %(limit)s OFFSET %(skip)s
        ) AS page
        JOIN articles ON articles.id = page.id
        JOIN users ON users.id = articles.author_id
        ORDER BY page.created_at DESC, page.id DESC
    """


def _article(rows: Sequence[tuple[Any, ...]]) -> ArticleRow | None:
    """The article that a statement of ARTICLE found, if it did."""
    return {**_summary(rows[0]), "body": rows[0][-1]} if rows else None


def _summary(row: tuple[Any, ...]) -> ArticleSummaryRow:
    """Name the columns of SUMMARY, in its order: pages are read too often for a dict of each."""
    id, slug, title, description, tags, created_at, updated_at, favorites, favorited, *rest = row
    return {
        "id": id,
        "slug": slug,
        "title": title,
        "description": description,
        "tags": orjson.loads(tags),
        "created_at": created_at,
        "updated_at": updated_at,
        "favorites_count": int(favorites),
        "favorited": favorited == 1,
        "author": author(rest[:5]),
    }


def _count_rows(
    changes: Mapping[Counted, int], latest: Mapping[int, Place], slot: int
) -> list[Row]:
    """Rows of article_counts, in the one order in which every transaction locks them."""
    return [
        {
            "author_id": author_id,
            "tag": tag,
            "slot": slot if (author_id, tag) == ALL else 0,
            "articles": articles,
            "latest_at": latest_at,
            "latest_id": latest_id,
        }
        for (author_id, tag), articles in sorted(changes.items())
        for latest_at, latest_id in [latest.get(author_id, (None, None))]
    ]


def _as_json(tags: Sequence[str]) -> str:
    return orjson.dumps(tags).decode()


def _named(author_id: int, tag: str) -> str:
    """What a kept count counts, for people."""
    if author_id:
        return f"articles of author {author_id}"
    return f"articles with the tag {tag!r}" if tag else "articles"
