"""The API against RealWorld's document: `REALWORLD` in the tests of each resource says its part.

Of accounts, it is said here.

"GET /tags": {
    "parameters": {"tag": "query"},             where each is
    "body": {"user": {"email": True}},          its envelope, and what in it is required
    "statuses": [200, 422],                     the success first
    "never": {422: "it takes no input"},        of these, what is never answered, and why
    "answer": {"tags": [None]},                 names within names; [...] is a list of such
}
"""

from pathlib import Path

import pytest

from tests.api.operations import module_of
from tests.http.checked_client import document

USER_FIELDS = ["email", "password", "username", "bio", "image"]
USER = dict.fromkeys(["email", "token", "username", "bio", "image"])
ACCOUNTS = {
    "POST /users/login": {
        "body": {"user": {"email": True, "password": True}},
        "statuses": [200, 401, 422],
        "answer": {"user": USER},
    },
    "POST /users": {
        "body": {"user": {"username": True, "email": True, "password": True}},
        "statuses": [201, 409, 422],
        "answer": {"user": USER},
    },
    "GET /user": {
        "statuses": [200, 401, 422],
        "never": {422: "it takes no input that could be wrong"},
        "answer": {"user": USER},
    },
    "PUT /user": {
        "body": {
            # The current password is ours.
            "user": dict.fromkeys([*USER_FIELDS, "currentPassword"], False),
        },
        "statuses": [200, 401, 422],
        "answer": {"user": USER},
    },
}
FOLDER = Path(__file__).parent
WANTED = ACCOUNTS | {
    name: wanted
    for file in sorted(FOLDER.glob("test_*.py"))
    if file != Path(__file__)
    for name, wanted in getattr(module_of(file), "REALWORLD", {}).items()
}


@pytest.mark.parametrize("name", WANTED)
def test_an_operation_of_realworld_is_there(api, name):
    wanted = WANTED[name]
    method, _, path = name.partition(" ")
    ours = document()["paths"][f"{api}{path}"][method.lower()]
    parameters = {one["name"]: one["in"] for one in ours.get("parameters", [])}
    assert parameters == wanted.get("parameters", {})
    assert body_of(ours) == wanted.get("body", {})
    missing = set(map(str, wanted["statuses"])) - set(ours["responses"])
    assert missing == set(map(str, wanted.get("never", {})))
    if "answer" in wanted:
        [content] = ours["responses"][str(wanted["statuses"][0])]["content"].values()
        assert_holds(content["schema"], wanted["answer"])


def body_of(operation):
    """The envelope with each property in it, and whether it is required."""
    if "requestBody" not in operation:
        return {}
    [content] = operation["requestBody"]["content"].values()
    [(envelope, body)] = content["schema"]["properties"].items()
    return {envelope: {one: one in body.get("required", []) for one in body["properties"]}}


def assert_holds(schema, wanted):
    """Hold a schema to names within names; a list of one stands for the items of an array."""
    if "$ref" in schema:
        schema = document()["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if isinstance(wanted, list):
        assert_holds(schema["items"], wanted[0])
    for name, inner in (wanted if isinstance(wanted, dict) else {}).items():
        assert name in schema["properties"]
        assert name in schema["required"]
        assert_holds(schema["properties"][name], inner)
