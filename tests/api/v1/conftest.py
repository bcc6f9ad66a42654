"""The same three people in every test of the API: jake and anne, who write, and root, an admin."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_flask_app
from config import TestConfig
from controller import account

PASSWORD = "correct horse"


class Person:
    """Someone who speaks to the API: `jake.post("/articles", article={...})`."""

    def __init__(self, client: FlaskClient, token: str | None = None) -> None:
        self.client = client
        self.token = token
        self.refresh_token = ""

    def send(self, method, path, **body):
        """Send a request with the token; keywords are the JSON body."""
        headers = {"Authorization": f"Token {self.token}"} if self.token else {}
        return self.client.open(f"/api/v1{path}", method=method, headers=headers, json=body or None)

    def get(self, path):
        return self.send("GET", path)

    def post(self, path, **body):
        return self.send("POST", path, **body)

    def put(self, path, **body):
        return self.send("PUT", path, **body)

    def delete(self, path, **body):
        return self.send("DELETE", path, **body)

    def write(self, title="A title", **texts):
        """Write an article and return it."""
        article = {"title": title, "description": "d", "body": "b", **texts}
        response = self.post("/articles", article=article)
        assert response.status_code == 201, response.text
        return response.json["article"]

    def comment(self, slug, body="Well said."):
        """Comment on an article and return the comment."""
        response = self.post(f"/articles/{slug}/comments", comment={"body": body})
        assert response.status_code == 201, response.text
        return response.json["comment"]


def registered(client: FlaskClient, name: str, host: str = "example.com") -> Person:
    """Register somebody, who is then signed in."""
    user = {"username": name, "email": f"{name}@{host}", "password": PASSWORD}
    return signed_in(client, client.post("/api/v1/users", json={"user": user}), 201)


def signed_in(client: FlaskClient, response, status: int) -> Person:
    """Who was just answered the tokens of a session."""
    assert response.status_code == status, response.text
    person = Person(client, response.json["user"]["token"])
    person.refresh_token = response.json["user"]["refreshToken"]
    return person


@pytest.fixture
def app(database) -> Flask:
    """The app on each engine in turn."""
    return create_flask_app(TestConfig, database)


@pytest.fixture
def register(client):
    """Register somebody, who is then signed in."""
    return lambda name: registered(client, name)


@pytest.fixture
def nobody(client) -> Person:
    return Person(client)


@pytest.fixture
def jake(register) -> Person:
    return register("jake")


@pytest.fixture
def anne(register) -> Person:
    return register("anne")


@pytest.fixture
def root(register, database) -> Person:
    person = register("root")
    account.promote(database, email="root@example.com")
    return person
