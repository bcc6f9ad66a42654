"""The API log: a row per request, and what happens when it cannot be written."""

import pytest

import model
from app import create_flask_app
from config import TestConfig
from model.frame.error import Unavailable
from tests import engines
from tests.http.people import API, PASSWORD

JAKE = {"username": "jake", "email": "jake@jake.jake", "password": PASSWORD}


@pytest.fixture
def app(database):
    return create_flask_app(type("Logging", (TestConfig,), {"API_LOGGING": True}), database)


def logged(app, database):
    assert app.extensions["api_log"].flush(5)
    return database.logs.get_log(0, 100)


def test_without_api_logging_the_log_stays_empty(database):
    create_flask_app(TestConfig, database).test_client().get("/healthz")
    assert database.logs.get_log(0, 100) == []


def test_each_request_leaves_a_row_without_its_content(app, client, database):
    client.post(
        f"{API}/users?key=hidden",
        json={"user": {**JAKE, "username": "hidden"}},
        headers={"X-Request-ID": "first", "Authorization": "hidden"},
    )
    client.get("/nothing/%00/here", headers={"X-Request-ID": "second"})
    second, first = logged(app, database)
    assert first["milliseconds"] >= 0
    for name, value in {
        "ip": "127.0.0.1",
        "method": "POST",
        "path": f"{API}/users",
        "status": 201,
        "request_id": "first",
    }.items():
        assert first[name] == value
    assert (second["path"], second["status"]) == ("/nothing/\ufffd/here", 404)
    assert "hidden" not in str([first, second])


def test_a_path_of_any_length_and_an_odd_method_are_logged(app, client, database):
    client.open("/" + "x" * 5000, method="M" * 40)
    [row] = logged(app, database)
    assert len(row["path"]) == 2048
    assert len(row["method"]) == 16


def test_a_log_that_cannot_be_written_does_not_fail_or_delay_the_request(
    app, client, database, caplog, monkeypatch
):
    def refuse(**_row):
        raise Unavailable("gone")

    monkeypatch.setattr(database.logs, "insert_log", refuse)
    assert client.get("/healthz").status_code == 200
    assert logged(app, database) == []
    assert "1 rows of the API log were lost: Unavailable" in caplog.text


@engines.needs("sqlite")
def test_the_log_may_be_in_another_database(database, tmp_path):
    (tmp_path / "logs").mkdir()
    logs_url = engines.clean_database("sqlite", tmp_path / "logs")
    values = {"API_LOGGING": True, "LOG_DATABASE_URL": logs_url}
    app = create_flask_app(type("Apart", (TestConfig,), values), database)
    app.test_client().post(f"{API}/users", json={"user": JAKE})
    assert app.extensions["api_log"].flush(5)
    assert database.logs.get_log(0, 10) == []
    assert database.users.find_by_username("jake") is not None
    logs = model.connect(logs_url)
    assert [row["path"] for row in logs.logs.get_log(0, 10)] == [f"{API}/users"]
    logs.close()
