"""Articles with their tags, and who favorited them."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Unpack, cast

from model.article import LONGEST, LONGEST_TAG, ArticleRow, ArticleSummaryRow, ArticleTexts
from model.frame import value
from model.frame.error import Duplicate
from model.frame.transaction import in_transaction
from model.sql.driver.statements import Row, Statements
from model.sql.profile import AUTHOR, with_author

# One row per article with its author, as one reader sees both.
SUMMARY = f"""
    articles.id,
    articles.slug,
    articles.title,
    articles.description,
    articles.created_at,
    articles.updated_at,
    (SELECT COUNT(*) FROM favorites WHERE article_id = articles.id) AS favorites_count,
    EXISTS (
        SELECT 1 FROM favorites WHERE user_id = %(reader_id)s AND article_id = articles.id
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


class Article:
    """The tables articles, article_tags and favorites."""

    def __init__(self, db: Statements) -> None:
        self.db = db

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
        try:
            id = self.db.insert(
                """
                INSERT INTO articles (
                    author_id, slug, title, description, body, created_at, updated_at
                )
                VALUES (
                    %(author_id)s, %(slug)s, %(title)s, %(description)s, %(body)s, %(now)s, %(now)s
                )
                """,
                author_id=author_id,
                slug=slug,
                now=value.now(),
                **texts,
            )
        except Duplicate:
            raise Duplicate("slug") from None
        self._insert_tags(id, tags)
        return id

    def find(self, id: int, *, reader_id: int | None = None) -> ArticleRow | None:
        """Return the article as the reader sees it, or None."""
        if not value.is_id(id):
            return None
        row = self.db.one(BY_ID, id=id, reader_id=reader_id)
        return cast(ArticleRow, self._as_rows([row])[0]) if row else None

    def find_by_slug(self, slug: str, *, reader_id: int | None = None) -> ArticleRow | None:
        """Return the article as the reader sees it, or None."""
        row = self.db.one(BY_SLUG, slug=slug, reader_id=reader_id)
        return cast(ArticleRow, self._as_rows([row])[0]) if row else None

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
        filters = _filters(tag, author_id, favorited_by, followed_by)
        # The page is found in the index alone: only its own rows are read, counted and joined.
        rows = self.db.all(
            f"""
            SELECT {SUMMARY}
            FROM (
                SELECT articles.id
                FROM articles
                WHERE 1 = 1 {filters}
                ORDER BY articles.created_at DESC, articles.id DESC
                LIMIT %(limit)s OFFSET %(skip)s
            ) AS page
            JOIN articles ON articles.id = page.id
            JOIN users ON users.id = articles.author_id
            ORDER BY articles.created_at DESC, articles.id DESC
            """,
            reader_id=reader_id,
            tag=tag,
            author_id=author_id,
            favorited_by=favorited_by,
            followed_by=followed_by,
            **value.page(skip, limit),
        )
        return cast(list[ArticleSummaryRow], self._as_rows(rows))

    def count(
        self,
        *,
        tag: str | None = None,
        author_id: int | None = None,
        favorited_by: int | None = None,
        followed_by: int | None = None,
    ) -> int:
        """Return how many articles pass every filter given."""
        filters = _filters(tag, author_id, favorited_by, followed_by)
        row = self.db.one(
            f"SELECT COUNT(*) AS total FROM articles WHERE 1 = 1 {filters}",
            tag=tag,
            author_id=author_id,
            favorited_by=favorited_by,
            followed_by=followed_by,
        )
        return int(row["total"])

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
        if tags is None:
            return self._update(id, slug, texts)
        return self._update_with_tags(id, slug, texts, tags)

    def delete(self, id: int) -> int:
        """Delete an article with its favorites and tags; return 1, or 0 if it is not there."""
        return self.db.run("DELETE FROM articles WHERE id = %(id)s", id=id)

    def favorite(self, *, user_id: int, article_id: int) -> None:
        """Favorite an article; idempotent; MissingParent if it or the user does not exist."""
        with suppress(Duplicate):
            self.db.run(
                """
                INSERT INTO favorites (user_id, article_id)
                VALUES (%(user_id)s, %(article_id)s)
                """,
                user_id=user_id,
                article_id=article_id,
            )

    def unfavorite(self, *, user_id: int, article_id: int) -> None:
        """Unfavorite an article; does nothing if it was not a favorite."""
        self.db.run(
            """
            DELETE FROM favorites
            WHERE user_id = %(user_id)s AND article_id = %(article_id)s
            """,
            user_id=user_id,
            article_id=article_id,
        )

    def list_tags(self, limit: int) -> list[str]:
        """Return the tags in use, the most used first, ties by their text."""
        rows = self.db.all(
            """
            SELECT tag, COUNT(*) AS uses
            FROM article_tags
            GROUP BY tag
            ORDER BY uses DESC, tag
            LIMIT %(limit)s
            """,
            limit=value.page(0, limit)["limit"],
        )
        return [row["tag"] for row in rows]

    def _update(self, id: int, slug: str | None, texts: ArticleTexts[str | None]) -> int:
        try:
            return self.db.run(
                """
                UPDATE articles
                SET
                    slug = COALESCE(%(slug)s, slug),
                    title = COALESCE(%(title)s, title),
                    description = COALESCE(%(description)s, description),
                    body = COALESCE(%(body)s, body),
                    updated_at = %(now)s
                WHERE id = %(id)s
                """,
                id=id,
                slug=slug,
                now=value.now(),
                **texts,
            )
        except Duplicate:
            raise Duplicate("slug") from None

    @in_transaction
    def _update_with_tags(
        self, id: int, slug: str | None, texts: ArticleTexts[str | None], tags: Sequence[str]
    ) -> int:
        found = self._update(id, slug, texts)
        if found:
            self.db.run("DELETE FROM article_tags WHERE article_id = %(id)s", id=id)
            self._insert_tags(id, tags)
        return found

    def _insert_tags(self, id: int, tags: Sequence[str]) -> None:
        rows = [
            {"article_id": id, "position": position, "tag": tag}
            for position, tag in enumerate(value.texts("tags", tags, LONGEST_TAG))
        ]
        if rows:
            self.db.insert_many(
                """
                INSERT INTO article_tags (article_id, position, tag)
                VALUES (%(article_id)s, %(position)s, %(tag)s)
                """,
                rows,
            )

    def _as_rows(self, rows: list[Row]) -> list[Row]:
        """Add the tags of a whole page by one statement, nest authors, make SQL's 0 and 1 bools."""
        tags: dict[int, list[str]] = {row["id"]: [] for row in rows}
        for article_id, tag in self._tags_of(tags):
            tags[article_id].append(tag)
        for row in rows:
            row["tags"] = tags[row["id"]]
            row["favorited"] = bool(row["favorited"])
            with_author(row)
        return rows

    def _tags_of(self, ids: Iterable[int]) -> list[tuple[int, str]]:
        if not ids:
            return []
        pairs = self.db.tuples(
            """
            SELECT article_id, tag
            FROM article_tags
            WHERE article_id IN %(ids)s
            ORDER BY article_id, position
            """,
            ids=list(ids),
        )
        return cast(list[tuple[int, str]], pairs)


def _filters(
    tag: str | None, author_id: int | None, favorited_by: int | None, followed_by: int | None
) -> str:
    """The conditions of the filters that are given: literal text, whose values are bound."""
    text = ""
    if tag is not None:
        text += " AND articles.id IN (SELECT article_id FROM article_tags WHERE tag = %(tag)s)"
    if author_id is not None:
        text += " AND articles.author_id = %(author_id)s"
    if favorited_by is not None:
        text += (
            " AND articles.id IN"
            " (SELECT article_id FROM favorites WHERE user_id = %(favorited_by)s)"
        )
    if followed_by is not None:
        text += (
            " AND articles.author_id IN"
            " (SELECT followed_id FROM follows WHERE follower_id = %(followed_by)s)"
        )
    return text
