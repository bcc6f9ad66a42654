"""IMFlask's samples with data over HTTP, on every engine."""

import pytest

import model
from app import create_flask_app
from config import TestConfig
from model.error import Unavailable
from tests import engines


@pytest.fixture
def app(database):
    return create_flask_app(TestConfig, database)


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
def test_what_is_no_name_is_refused_and_nothing_is_stored(client, database, method, body, errors):
    response = client.open("/sample/author", method=method, json=body)
    assert response.status_code == 400
    assert response.json["errors"] == errors
    assert database.master_config.get_author() is None


def test_without_an_author_there_is_none_to_show(client):
    response = client.get("/sample/author")
    assert response.status_code == 404
    assert response.json["errors"] == {"author": ["not found"]}


@pytest.mark.parametrize(("first", "second"), [("POST", "PUT"), ("PUT", "POST")])
def test_the_author_is_set_and_changed(client, first, second):
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


def test_without_api_logging_the_log_stays_empty(client, app):
    client.get("/healthz")
    assert client.get("/sample/log").json == {"msg": "success", "result": []}


def test_jsonify_shows_how_values_leave(client):
    assert client.get("/sample/jsonify").json == {
        "msg": "success",
        "time": "2026-01-31T12:30:00.000Z",
        "uuid": "00000000-0000-0000-0000-000000000000",
        "decimal": "1.10",
        "text": "레토르트",
    }


@pytest.fixture
def logging_app(database):
    return create_flask_app(type("Logging", (TestConfig,), {"API_LOGGING": True}), database)


def logged(app, database):
    assert app.extensions["api_log"].flush(5)
    return database.logs.get_log(0, 100)


def test_each_request_leaves_a_row_without_what_it_held(logging_app, database):
    client = logging_app.test_client()
    client.post(
        "/sample/author?key=hidden",
        json={"name": "hidden"},
        headers={"X-Request-ID": "first", "Authorization": "hidden"},
    )
    client.get("/nothing/%00/here", headers={"X-Request-ID": "second"})
    second, first = logged(logging_app, database)
    assert first["milliseconds"] >= 0
    for name, value in {
        "ip": "127.0.0.1",
        "method": "POST",
        "path": "/sample/author",
        "status": 201,
        "request_id": "first",
    }.items():
        assert first[name] == value
    assert (second["path"], second["status"]) == ("/nothing/\ufffd/here", 404)
    assert "hidden" not in str([first, second])


def test_a_path_of_any_length_and_an_odd_method_are_logged(logging_app, database):
    client = logging_app.test_client()
    client.open("/" + "x" * 5000, method="M" * 40)
    [row] = logged(logging_app, database)
    assert len(row["path"]) == 2048
    assert len(row["method"]) == 16


def test_a_log_that_cannot_be_written_does_not_fail_or_hold_up_the_request(
    logging_app, database, caplog, monkeypatch
):
    def refuse(**_row):
        raise Unavailable("gone")

    monkeypatch.setattr(database.logs, "insert_log", refuse)
    assert logging_app.test_client().get("/healthz").status_code == 200
    assert logged(logging_app, database) == []
    assert "1 rows of the API log were lost: Unavailable" in caplog.text


@engines.needs_sqlite
def test_logs_may_go_to_another_database_than_the_rest(database, tmp_path):
    (tmp_path / "logs").mkdir()
    logs_url = engines.clean_database("sqlite", tmp_path / "logs")
    values = {"API_LOGGING": True, "LOG_DATABASE_URL": logs_url}
    app = create_flask_app(type("Apart", (TestConfig,), values), database)
    app.test_client().post("/sample/author", json={"name": "IML"})
    assert app.extensions["api_log"].flush(5)
    assert database.logs.count() == 0
    assert database.master_config.get_author()["name"] == "IML"
    logs = model.connect(logs_url)
    assert [row["path"] for row in logs.logs.get_log(0, 10)] == ["/sample/author"]
    logs.close()
