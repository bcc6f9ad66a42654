"""The engines that the model tests run against, each with a clean database for every test."""

import pytest
from tests import engines


@pytest.fixture(params=engines.NAMES)
def engine(request) -> str:
    """The name of each engine in turn."""
    return request.param


@pytest.fixture
def url(engine, tmp_path) -> str:
    """The URL of a clean, migrated database on the engine."""
    return engines.clean_database(engine, tmp_path)


@pytest.fixture
def database(url):
    """A clean, migrated database."""
    import model

    database = model.connect(url)
    yield database
    database.close()


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
