"""Readiness, and what the API answers while its database is away."""

import threading

import pytest

import model
from app import create_flask_app
from config import TestConfig
from model.frame import migration
from tests import engines
from tests.http.people import API, PASSWORD

SOMEBODY = {"user": {"email": "nobody@example.com", "password": PASSWORD}}


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
    [
        pytest.param("mysql://root@127.0.0.1:1/name", marks=engines.needs("mysql")),
        pytest.param("mongodb://127.0.0.1:1/name", marks=engines.needs("mongodb")),
        pytest.param("sqlite:////no/such/x.db", marks=engines.needs("sqlite")),
    ],
)
def test_an_unreachable_database_is_503_in_the_one_shape(url):
    database = model.connect(url)
    client = create_flask_app(TestConfig, database).test_client()
    requests = [lambda: client.get("/readyz")]
    if not url.startswith("mongodb"):  # each waits for a server that is not there
        requests.append(lambda: client.post(f"{API}/users/login", json=SOMEBODY))
    for request in requests:
        response = request()
        assert response.status_code == 503
        assert response.headers["Retry-After"] == "1"
        assert response.json == {
            "msg": "fail",
            "description": "The database cannot answer right now. Please try again.",
            "errors": {},
        }
    assert client.get("/healthz").status_code == 200
    database.close()


@engines.needs("sqlite")
def test_an_exhausted_pool_is_503_after_the_wait(tmp_path):
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
    assert client.post(f"{API}/users/login", json=SOMEBODY).status_code == 503
    done.set()
    holder.join()
    assert client.post(f"{API}/users/login", json=SOMEBODY).status_code == 401
    database.close()
