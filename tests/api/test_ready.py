"""Readiness over HTTP, and what a database that is away looks like from outside."""

import threading

import pytest

import model
from app import create_flask_app
from config import TestConfig
from model import migration
from tests import engines


@pytest.fixture
def app(database):
    return create_flask_app(TestConfig, database)


def test_ready_while_the_database_answers(client):
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json == {"msg": "success"}


def test_not_ready_before_it_is_migrated(app, client, database):
    list(migration.rollback(database))
    try:
        response = client.get("/readyz")
        assert response.status_code == 503
        [last] = [one.name for one in database.migrations()][-1:]
        assert response.json["description"] == f"Migrations are pending: {last}."
        assert response.headers["Retry-After"] == "1"
        assert client.get("/healthz").status_code == 200
    finally:
        list(migration.migrate(database))


@pytest.mark.parametrize(
    "url",
    ["mysql://root@127.0.0.1:1/name", "mongodb://127.0.0.1:1/name", "sqlite:////no/such/x.db"],
)
def test_a_database_that_is_away_is_503_in_the_one_shape(url):
    if url.partition("://")[0] not in engines.NAMES:
        pytest.skip("this engine was deleted")
    database = model.connect(url)
    client = create_flask_app(TestConfig, database).test_client()
    for path in ("/readyz",) if url.startswith("mongodb") else ("/readyz", "/sample/author"):
        response = client.get(path)
        assert response.status_code == 503
        assert response.headers["Retry-After"] == "1"
        assert response.json == {
            "msg": "fail",
            "description": "The database cannot answer right now. Please try again.",
            "errors": {},
        }
    assert client.get("/healthz").status_code == 200
    database.close()


@engines.needs_sqlite
def test_a_pool_that_is_exhausted_is_503_after_the_wait(tmp_path):
    url = engines.clean_database("sqlite", tmp_path) + "?pool_size=1&pool_wait=0.1"
    database = model.connect(url)
    client = create_flask_app(TestConfig, database).test_client()
    taken, done = threading.Event(), threading.Event()

    def hold(_db):
        taken.set()
        done.wait(10)

    holder = threading.Thread(target=database.atomically, args=(hold,))
    holder.start()
    taken.wait(10)
    assert client.get("/sample/author").status_code == 503
    done.set()
    holder.join()
    assert client.get("/sample/author").status_code == 404
    database.close()
