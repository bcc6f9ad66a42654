"""People who speak to the API: `jake.put("/user", user={"bio": "I work at home."})`."""

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.conftest import PROJECT

PASSWORD = "correct horse"

FOLDERS = (PROJECT / "app/api").glob("v[0-9]*")
# The oldest version that there is. Whatever else a test is about, people sign in there.
VERSION = min((folder.name for folder in FOLDERS), key=lambda name: int(name[1:]))
API = f"/api/{VERSION}"


class Person:
    """Someone who speaks to one version of the API, with a token if they are signed in."""

    def __init__(self, client: FlaskClient, api: str = API, token: str | None = None) -> None:
        self.client = client
        self.api = api
        self.token = token
        self.refresh_token = ""

    def send(self, method: str, path: str, /, **body) -> TestResponse:
        """Send a request with the token; keywords are the JSON body."""
        headers = {"Authorization": f"Token {self.token}"} if self.token else {}
        return self.client.open(
            f"{self.api}{path}", method=method, headers=headers, json=body or None
        )

    def get(self, path):
        return self.send("GET", path)

    def post(self, path, /, **body):
        return self.send("POST", path, **body)

    def put(self, path, /, **body):
        return self.send("PUT", path, **body)

    def patch(self, path, /, **body):
        return self.send("PATCH", path, **body)

    def delete(self, path, /, **body):
        return self.send("DELETE", path, **body)

    def register(self, name: str, host: str = "example.com") -> "Person":
        """Register somebody, who is then signed in."""
        user = {"username": name, "email": f"{name}@{host}", "password": PASSWORD}
        return self.signed_in(self.post("/users", user=user), 201)

    def signed_in(self, response: TestResponse, status: int = 200) -> "Person":
        """Return who was just answered the tokens of a session."""
        assert response.status_code == status, response.text
        person = self.with_token(response.json["user"]["token"])
        person.refresh_token = response.json["user"]["refreshToken"]
        return person

    def with_token(self, token: str) -> "Person":
        """Return whoever the token is of."""
        return Person(self.client, self.api, token)
