"""The pages for people."""

import re

import pytest

from app import create_flask_app
from config import TestConfig


@pytest.fixture
def app(database):
    return create_flask_app(TestConfig, database)


def test_the_welcome_page_says_what_is_running_and_where_to_go(client, engine):
    page = client.get("/").text
    assert "Retort is running" in page
    assert f"testing on {engine}" in page
    for link in ("/docs", "/healthz", "/sample/add?a=1&amp;b=2"):
        assert f'href="{link}"' in page


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_every_link_of_a_page_leads_somewhere_on_this_host(client, path):
    links = re.findall(r'(?:href|src)="([^"]*)"', client.get(path).text)
    assert links
    for link in links:
        assert link.startswith("/")
        with client.get(link.replace("&amp;", "&")) as response:
            assert response.status_code == 200


def test_health_answers(client):
    response = client.get("/healthz")
    assert response.status_code == 200
    assert response.json == {"msg": "success"}
