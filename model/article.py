"""Articles: the limits of their columns, their rows, and the methods that every engine offers."""

from collections.abc import Sequence
from datetime import datetime
from typing import Generic, Protocol, TypedDict, TypeVar, Unpack

from model.frame import value
from model.frame.count import Miscount
from model.frame.error import InvalidValue
from model.frame.value import Place
from model.profile import ProfileRow

LONGEST_TITLE = 255
LONGEST_DESCRIPTION = 1000
LONGEST_BODY = 100_000
LONGEST_TAG = 64
LONGEST = {
    "slug": 300,
    "title": LONGEST_TITLE,
    "description": LONGEST_DESCRIPTION,
    "body": LONGEST_BODY,
}

Text = TypeVar("Text", bound=str | None)


class ArticleTexts(TypedDict, Generic[Text]):
    """What an author writes: ArticleTexts[str]; with str | None, None leaves a column as it is."""

    title: Text
    description: Text
    body: Text


class ArticleSummaryRow(TypedDict):
    """An article as a list shows it to a reader, with its author in it."""

    id: int
    slug: str
    title: str
    description: str
    created_at: datetime
    updated_at: datetime
    tags: list[str]
    favorites_count: int
    favorited: bool
    author: ProfileRow


class ArticleRow(ArticleSummaryRow):
    """An article as its own page shows it."""

    body: str


class ArticlePage(TypedDict):
    """A page of articles, and how many there are on all pages."""

    articles: list[ArticleSummaryRow]
    count: int


class NewArticle(TypedDict):
    """One of many articles to insert."""

    author_id: int
    slug: str
    title: str
    description: str
    body: str
    tags: Sequence[str]


class Filters(TypedDict, total=False):
    """Which articles a page is of: those that pass every filter that is not None."""

    tag: str | None
    author_id: int | None
    favorited_by: int | None


class Articles(Protocol):
    """The methods of `db.articles`."""

    def insert(
        self,
        *,
        author_id: int,
        slug: str,
        tags: Sequence[str] = (),
        **texts: Unpack[ArticleTexts[str]],
    ) -> int: ...
    def insert_many(self, articles: Sequence[NewArticle]) -> list[int]: ...
    def find(self, id: int, *, reader_id: int | None = None) -> ArticleRow | None: ...
    def find_by_slug(self, slug: str, *, reader_id: int | None = None) -> ArticleRow | None: ...
    def find_id(self, slug: str) -> int | None: ...
    def list_recent(
        self,
        *,
        skip: int,
        limit: int,
        before: Place | None = None,
        reader_id: int | None = None,
        **filters: Unpack[Filters],
    ) -> ArticlePage: ...
    def list_feed(
        self, *, reader_id: int, skip: int, limit: int, before: Place | None = None
    ) -> ArticlePage: ...
    def count(self, **filters: Unpack[Filters]) -> int: ...
    def update(
        self,
        id: int,
        *,
        slug: str | None,
        tags: Sequence[str] | None,
        **texts: Unpack[ArticleTexts[str | None]],
    ) -> int: ...
    def delete(self, id: int) -> int: ...
    def favorite(self, *, user_id: int, article_id: int) -> None: ...
    def favorite_many(self, pairs: Sequence[tuple[int, int]]) -> None: ...
    def unfavorite(self, *, user_id: int, article_id: int) -> None: ...
    def list_tags(self, limit: int) -> list[str]: ...
    def verify(self, *, fix: bool) -> list[Miscount]: ...


def checked_tags(tags: Sequence[str]) -> list[str]:
    """Return tags in their order, each once, if every engine keeps them; else InvalidValue."""
    if "" in tags:
        raise InvalidValue("tags", "can't be empty")
    return list(dict.fromkeys(value.texts("tags", tags, LONGEST_TAG)))
