"""The pages for people."""

import re

import pytest
from flask import Blueprint

from app.http.auth import login_optional, login_required
from app.http.response import Nothing, Ok, ok
from app.http.validation import Query, Route, Validator
from config import APP_NAME


def test_the_welcome_page_says_what_is_running_and_where_to_go(client, engine):
    page = client.get("/").text
    assert f"{APP_NAME} is running" in page
    assert f"testing on {engine}" in page
    for link in ("/docs", "/healthz", "/readyz"):
        assert f'href="{link}"' in page


def test_in_production_the_welcome_page_says_only_that_it_runs(configured):
    client = configured(ENVIRONMENT="production")
    page = client.get("/").text
    assert f"{APP_NAME} is running" in page
    assert 'href="/healthz"' in page
    said = re.sub(r"<[^>]*>", "", page)
    assert not re.search(r"production|testing|sqlite|mysql|mongodb|curl|://|\w/\w|\d", said)
    missing = client.get("/some/where", headers={"Accept": "text/html"})
    assert "some/where" not in missing.text


def test_the_welcome_page_shows_a_request_for_each_part_of_the_api(app, client):
    greeting = Blueprint("greeting", __name__)

    @greeting.get("/greetings/<id>")
    @Validator()
    def get_greeting(id: int = Route(int, example=1)) -> Ok[Nothing]:
        return ok({})

    @greeting.get("/greetings/secret")
    @login_required
    def get_secret() -> Ok[Nothing]:
        return ok({})

    @greeting.get("/greetings")
    @login_optional
    @Validator()
    def list_greetings(
        name: str = Query(str, example="anne"),
        limit: int = Query(int, default=20, example=20),
    ) -> Ok[Nothing]:
        return ok({})

    @greeting.get("/late")
    def get_another() -> Ok[Nothing]:
        return ok({})

    app.register_blueprint(greeting)
    page = client.get("/").text
    assert "curl 'http://localhost/greetings?name=anne'" in page
    for other in ("secret", "greetings/1", "/late", "limit"):
        assert other not in page


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_every_link_of_a_page_leads_somewhere_on_this_host(client, path):
    links = re.findall(r'(?:href|src)="([^"]*)"', client.get(path).text)
    assert links
    for link in links:
        assert link.startswith("/")
        with client.get(link.replace("&amp;", "&")) as response:
            assert response.status_code == 200


def test_every_request_on_the_welcome_page_is_one_that_the_api_takes(client):
    for request in re.findall(r"curl '([^']*)'", client.get("/").text):
        response = client.get(request.replace("&amp;", "&"))
        # In an empty database there may be nothing to show, which is said by name.
        assert response.status_code == 200 or response.json["errors"], request
        assert response.status_code in (200, 404), request


def test_health_answers(client):
    response = client.get("/healthz")
    assert response.status_code == 200
    assert response.json == {"msg": "success"}
