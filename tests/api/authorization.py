"""Who may do what, as the document and the endpoints say it, and what each person then gets.

Each operation is tried by four people: nobody without a token; another, who has an account and
nothing else; the owner, who is jake and no admin here; an admin, who owns nothing. What they must
get follows from what is declared:

- without the token that an operation requires: 401;
- for @admin_required: 403, unless it is the admin;
- where a part of the path names what only its owner can read: 404, for an admin too;
- where 403 is documented: 403, unless it is the owner, or the admin of whom the text speaks;
- else it must work.

To be read by its owner alone is: what GET of its path wants a token for; or, if it has no GET, what
GET of the list that it is in wants a token for.
"""

import re
import typing
from collections.abc import Iterator, Mapping
from typing import Any

import flask_validation_extended as library
from flask import Flask
from werkzeug.routing import Rule as Route
from werkzeug.test import TestResponse

from app.http import openapi
from controller import account
from model import Database, Models
from tests.api.good_request import GoodRequest
from tests.api.operations import Operation, declared, module_of, operations
from tests.api.scene import Scene, Scenes
from tests.http.checked_client import parsed
from tests.http.people import Person

# The owner last: what another changed nothing of is still as it was.
PEOPLE = ("nobody", "another", "admin", "owner")
NAMES = {"nobody": "", "another": "another", "admin": "the-admin", "owner": "jake"}
# So many accounts come first that no other table has a row whose id is also jake's.
ACCOUNTS_BEFORE = 100
# What nobody is told of an account or a session that is not theirs, and what nobody is ever told.
SECRETS = {"users": {"email", "password_hash"}, "sessions": {"family_hash", "refresh_hash"}}
SHORTEST_SECRET = 8
# What tests/api/conftest.py prints at the end is told by a property of this name.
TRIED = "tried"


class Cast(Scenes):
    """Scenes with another and an admin, in which jake owns what he made and is no admin."""

    def make(self, database: Database, version: str) -> Scene:
        """Set a version's scene, and let two more people in."""
        names = [f"before{number}" for number in range(ACCOUNTS_BEFORE)]
        database.users.insert_many(
            [{"username": n, "email": f"{n}@example.com", "password_hash": "!"} for n in names]
        )
        scene = super().make(database, version)
        nobody = Person(scene.app.test_client(), scene.jake.api)
        another, admin = (nobody.register(NAMES[one]) for one in ("another", "admin"))
        account.promote(database, email=f"{NAMES['admin']}@example.com")
        database.users.set_role(id_of(database, NAMES["owner"]), "user")
        everybody = (nobody, another, admin, scene.jake)
        self.owner_id = id_of(database, NAMES["owner"])
        self.people = dict(zip(PEOPLE, everybody, strict=True))
        return scene


def documented(app: Flask) -> list[Operation]:
    """Return every operation of the OpenAPI document; those of app/api are all in it."""
    found = {
        one.name: one
        for route in app.url_map.iter_rules()
        for method in openapi.methods_of(route)
        if (one := Operation(route, method, app.view_functions[route.endpoint]))
    }
    names = [details["operationId"] for details in _details(app).values()]
    assert not {one.name for one in operations(app)} - set(names), "declare what it returns"
    return [found[name] for name in names]


# --- Who may ---


def refusal(app: Flask, operation: Operation, person: str) -> set[int]:
    """Return the statuses by which this person must be refused; none for who may."""
    details = _details(app)[shape(operation.route), operation.method]
    if person == "nobody":
        return {401} if requires_token(details) else set()
    if (allowed := _declared(operation)) is not None:
        return set() if person in allowed else {403, 404}
    if getattr(operation.view, "authentication", None) == "admin":
        return set() if person == "admin" else {403}
    if person == "owner" or not requires_token(details):
        return set()
    if names_what_is_hidden(app, operation):
        return {404}
    text = details["summary"] + details.get("description", "")
    is_named = person == "admin" and re.search(r"\badmins?\b", text)
    return {403} if "403" in details["responses"] and not is_named else set()


def names_what_is_hidden(app: Flask, operation: Operation) -> bool:
    """Tell whether a part of the path names what only its owner can read."""
    details, rule = _details(app), operation.route.rule
    for part in openapi.IN_PATH.finditer(rule):
        places = (rule[: part.end()], rule[: part.start()].rstrip("/"))
        reads = [details.get((_shape(place), "GET")) for place in places]
        read = next(filter(None, reads), None)
        if read is None or requires_token(read):
            return True
    return False


def requires_token(details: Mapping[str, Any]) -> bool:
    """Tell whether the document says so of an operation; {} is what needs none."""
    return bool(details["security"]) and {} not in details["security"]


def key_of_own_list(app: Flask, operation: Operation) -> str:
    """Return what its items are called by in a list that shows everyone their own; else nothing."""
    place = shape(operation.route)
    details = _details(app)[place, operation.method]
    items = [one.route for one in documented(app) if shape(one.route) == f"{place}/{{}}"]
    if operation.method != "GET" or not items or not requires_token(details):
        return ""
    return openapi.IN_PATH.findall(items[0].rule)[-1][1]


def shape(route: Route) -> str:
    """Return a path without the names of its parts: /api/v1/auth/sessions/{}."""
    return _shape(route.rule)


def _shape(rule: str) -> str:
    return openapi.IN_PATH.sub("{}", rule)


def _details(app: Flask) -> dict[tuple[str, str], dict[str, Any]]:
    """Return what the document says of each path and method."""
    return {
        (re.sub(r"{\w+}", "{}", path), method.upper()): details
        for path, methods in parsed(openapi.written(app))["paths"].items()
        for method, details in methods.items()
    }


def _declared(operation: Operation) -> set[str] | None:
    """Return who may, where the tests of the resource say so."""
    return getattr(module_of(operation.tests), "ALLOWED", {}).get(operation.function)


# --- What they get ---


def trial(cast: Cast, operation: Operation) -> Iterator[str]:
    """Let everybody send an operation's good request; yield what is wrong with what they get."""
    for person in PEOPLE:
        scene = cast.set(operation.version)
        response = send(cast, operation, person)
        is_refused = bool(refusal(scene.app, operation, person))
        problems = _problems_of_refusal if is_refused else _problems_of_success
        where = f"{operation.method} {operation.route.rule} as {person}: {response.status_code}"
        for problem in problems(cast, operation, person, response):
            yield f"{where}, {problem}"
        acts_as_owner = shows_who_asks(scene.app, operation)
        for secret in secrets(cast, "owner" if acts_as_owner else person):
            if secret in response.text + str(response.headers):
                yield f"{where}, but it tells {secret!r}"
        if "Set-Cookie" in response.headers:
            yield f"{where}, but it sets a cookie"


def send(cast: Cast, operation: Operation, person: str, **request: Any) -> TestResponse:
    """Send a good request as somebody."""
    assert cast.scene is not None
    return GoodRequest(operation, cast.scene).send(token=cast.people[person].token, **request)


def _problems_of_refusal(
    cast: Cast, operation: Operation, person: str, response: TestResponse
) -> Iterator[str]:
    wanted = refusal(cast.scene.app, operation, person)
    if response.status_code not in wanted:
        yield (
            f"but must be refused with {wanted}; if the document cannot say who may, ALLOWED in "
            f"{operation.where} can: {response.text}"
        )
    elif not response.json["errors"]:
        yield f"but it does not say what is at fault: {response.text}"
    if cast.scene.stored() != cast.rows:
        yield "but it changed the database"


def _problems_of_success(
    cast: Cast, operation: Operation, person: str, response: TestResponse
) -> Iterator[str]:
    wanted = {openapi.status_of(answer) for answer in openapi.answers_of(operation.view)}
    if response.status_code not in wanted and not _names_what_is_hidden(operation, response):
        yield f"but it may, so wants {wanted}: {response.text}"
    is_stranger = person in ("nobody", "another")
    if is_stranger and not shows_who_asks(cast.scene.app, operation):
        after = cast.scene.stored()
        for table, row in rows_of_owner(cast, operation):
            if row not in after[table]:
                yield f"but it changed what is jake's in {table}: {row}"


def _names_what_is_hidden(operation: Operation, response: TestResponse) -> bool:
    """Tell whether the body names a row of jake's that is not there for whoever asks."""
    looked_up = {
        field.label
        for field in operation.of(library.Json)
        for unknown in declared(operation, "UNKNOWN", field)
        if unknown and unknown[0] == 422
    }
    return response.status_code == 422 and set(response.json["errors"]) <= looked_up


def rows_of_owner(cast: Cast, operation: Operation) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield each row of jake's: a column that no request can set says whose it is.

    When a row is deleted, what hangs on it goes, too: of other resources' rows nothing is said.
    """
    alike = [one for one in operations(cast.scene.app) if one.module == operation.module]
    settable = {field.name for one in alike for field in one.fields}
    models = typing.get_type_hints(Models)
    own = {
        name for name, kind in models.items() if kind.__module__ == f"model.{operation.resource}"
    }
    judged = {*own, *SECRETS} if operation.method == "DELETE" else set(cast.rows)
    for table in judged & set(cast.rows):
        for row in cast.rows[table]:
            columns = {name for name, value in row.items() if value == cast.owner_id}
            owners = {name for name in columns if re.search(r"\w_id$", name)} - settable
            is_account = table == "users" and bool(columns & {"id", "_id"})
            if is_account or (owners and not is_count(row)):
                yield table, row


def is_count(row: Mapping[str, Any]) -> bool:
    """Tell whether a row is a kept count: of somebody's rows, and nobody's itself."""
    return "slot" in row


def secrets(cast: Cast, person: str) -> set[str]:
    """Return what this person must not be told, whatever they ask for."""
    told = {token for one in cast.people.values() for token in (one.token, one.refresh_token)}
    told -= {None, "", cast.people[person].token}
    for table, columns in SECRETS.items():
        for row in cast.rows[table]:
            is_own = table == "users" and row["username"] == NAMES[person]
            told |= {row[column] for column in columns if not (is_own and column == "email")}
    # Shorter is the password hash of an account that is made up.
    return {secret for secret in told if len(secret) > SHORTEST_SECRET}


def shows_who_asks(app: Flask, operation: Operation) -> bool:
    """Tell whether the body shows it, with a password or a token: in the example, those of jake."""
    details = _details(app)[shape(operation.route), operation.method]
    return not details["security"] and "401" in details["responses"]


def id_of(database: Database, username: str) -> int:
    user = database.users.find_by_username(username)
    assert user is not None
    return user["id"]


# --- The counts ---


def refused_people(app: Flask, operation: Operation) -> list[str]:
    """Return who must be refused an operation."""
    return [person for person in PEOPLE if refusal(app, operation, person)]


def summary(told: Mapping[str, list[Any]]) -> Iterator[str]:
    """Say how many requests were refused and allowed."""
    tried = told[TRIED]
    if tried:
        names = {name for name, _ in tried}
        yield f"authorization: {len(tried) * len(PEOPLE)} requests, for {len(names)} operations"
    for person in PEOPLE if tried else ():
        refused = sum(person in people for _, people in tried)
        yield f"  {person:8}{refused:4} refused,{len(tried) - refused:4} allowed"
