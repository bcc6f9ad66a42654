"""What the model tests share: two people, and articles."""

import pytest


@pytest.fixture
def user_id(database) -> int:
    return database.users.insert(username="jake", email="jake@jake.jake", password_hash="x")


@pytest.fixture
def other_id(database) -> int:
    return database.users.insert(username="anne", email="anne@anne.anne", password_hash="x")


@pytest.fixture
def add_article(database, user_id):
    """Add an article: `add_article("slug", tags=["a"])` returns its id."""

    def add(slug: str, author_id: int = user_id, tags=(), **values) -> int:
        texts = {"title": "Title", "description": "Description", "body": "Body", **values}
        return database.atomically(
            lambda db: db.articles.insert(author_id=author_id, slug=slug, tags=tags, **texts)
        )

    return add
