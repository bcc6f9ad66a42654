"""IMFlask's samples with data over HTTP, on every engine."""

import pytest

from app import create_flask_app
from config import TestConfig
from controller import author, log
from tests import engines


def prepare(jake, anne, database):
    """There is an author."""
    author.write(database, "IML")


@pytest.mark.parametrize("method", ["POST", "PUT"])
@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, {"name": ["is missing"]}),
        ({"name": 123}, {"name": ["must be text"]}),
        ({"name": None}, {"name": ["can't be null"]}),
        ({"name": {"$gt": ""}}, {"name": ["must be text"]}),
        ({"name": "x" * 256}, {"name": ["is too long (the maximum is 255)"]}),
        ({"name": "\0"}, {"name": ["can't hold the NUL character or half of a surrogate pair"]}),
        ([], {"body": ["must be a JSON object"]}),
    ],
)
def test_an_invalid_name_is_refused_and_not_stored(client, database, method, body, errors):
    response = client.open("/sample/author", method=method, json=body)
    assert response.status_code == 400
    assert response.json["errors"] == errors
    assert database.master_config.get_author() is None


def test_without_an_author_the_answer_is_404(client):
    response = client.get("/sample/author")
    assert response.status_code == 404
    assert response.json["errors"] == {"author": ["not found"]}


@pytest.mark.parametrize(("first", "second"), [("POST", "PUT"), ("PUT", "POST")])
def test_the_author_is_created_and_renamed(client, first, second):
    response = client.open("/sample/author", method=first, json={"name": "IML"})
    assert response.status_code == 201
    assert response.json["result"]["name"] == "IML"
    response = client.open("/sample/author", method=second, json={"name": "레토르트 🧪"})
    assert response.status_code == 201
    shown = client.get("/sample/author")
    assert shown.status_code == 200
    assert shown.json["result"] == response.json["result"]
    assert shown.json["result"]["name"] == "레토르트 🧪"
    assert shown.json["result"]["created_at"].endswith("Z")


@pytest.mark.parametrize(
    ("query", "field"),
    [("skip=-1", "skip"), ("skip=x", "skip"), ("limit=0", "limit"), ("limit=101", "limit")],
)
def test_a_bad_page_is_refused(client, query, field):
    response = client.get(f"/sample/log?{query}")
    assert response.status_code == 400
    assert list(response.json["errors"]) == [field]


def test_the_log_is_shown_in_pages_newest_first(client, database):
    for path in ("/a", "/b", "/c"):
        row = {"ip": "::1", "method": "GET", "path": path, "status": 200}
        log.record(database, **row, milliseconds=1.5, request_id="r")
    rows = client.get("/sample/log?limit=2").json["result"]
    assert [row["path"] for row in rows] == ["/c", "/b"]
    assert [row["path"] for row in client.get("/sample/log?skip=2").json["result"]] == ["/a"]


def test_without_api_logging_the_log_stays_empty(client):
    client.get("/healthz")
    assert client.get("/sample/log").json == {"msg": "success", "result": []}


def test_jsonify_shows_how_values_are_written(client):
    assert client.get("/sample/jsonify").json == {
        "msg": "success",
        "time": "2026-01-31T12:30:00.000Z",
        "uuid": "00000000-0000-0000-0000-000000000000",
        "decimal": "1.10",
        "text": "레토르트",
    }


@engines.needs("sqlite")
def test_a_database_in_memory_needs_no_migration():
    client = create_flask_app(TestConfig).test_client()
    assert client.get("/sample/log").json == {"msg": "success", "result": []}
    assert client.get("/readyz").status_code == 200
