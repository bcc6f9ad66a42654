"""The scene in which the example of every endpoint is a request that works.

jake, an admin with two sessions, sends the requests; anne is registered too. Then `prepare(jake,
anne, database)` in the tests of each resource, in the order of the register, makes what its own
examples name. What is to be sent besides or instead of an example, it returns by the name of the
endpoint: `{"refresh": {"refreshToken": jake.refresh_token}}`.
"""

import dataclasses
from collections.abc import Iterator
from functools import cached_property
from types import ModuleType
from typing import Any

from flask import Flask

import model
from app import create_flask_app
from app.http.validation import Field
from config import TestConfig
from controller import account
from model import Database
from tests import engines
from tests.api.operations import TESTS, Operation, is_version, module_of, operations, tests_of
from tests.http.people import PASSWORD, Person
from tests.model.statements import put

JAKE = {"email": "jake@jake.jake", "password": PASSWORD}


@dataclasses.dataclass
class Scene:
    """Who and what is there, and what to send where an example is not enough."""

    app: Flask
    database: Database
    jake: Person
    anne: Person
    sent: dict[ModuleType, dict[str, dict[str, Any]]] = dataclasses.field(default_factory=dict)

    def value(self, operation: Operation, field: Field) -> Any:
        """Return a good value of an operation's field; None if there is none."""
        sent = self.sent.get(module_of(operation.tests), {}).get(operation.function, {})
        return sent.get(field.label, field.example)

    def stored(self) -> dict[str, list[Any]]:
        """Return every row of the database."""
        if self.database.engine == "mongodb":
            collections = self.database.driver_database()
            rows = {name: list(collections[name].find()) for name in self.tables}
        else:
            rows = {name: self.database.all(f"SELECT * FROM {name}") for name in self.tables}
        return {name: sorted(found, key=repr) for name, found in rows.items()}

    def put_back(self, rows: dict[str, list[Any]]) -> None:
        """Make what is stored what it was."""
        if self.database.engine == "mongodb":
            for name in (name for name, found in self.stored().items() if found != rows[name]):
                collection = self.database.driver_database()[name]
                collection.delete_many({})
                if rows[name]:
                    collection.insert_many(rows[name])
        else:
            self.database.atomically(lambda db: _put_back(db, rows))

    def columns(self) -> set[str]:
        """Return the name of every column."""
        return {name for rows in self.stored().values() for row in rows[:1] for name in row}

    @cached_property
    def tables(self) -> list[str]:
        return engines.tables(self.database)


class Scenes:
    """The scenes on one engine; one serves many walks, for most of them change nothing."""

    def __init__(self, engine: str, folders: Any) -> None:
        self.engine, self.folders = engine, folders
        self.scene: Scene | None = None

    def set(self, version: str) -> Scene:
        """Return a version's scene as it was first set."""
        if self.scene is None or self.version != version:
            self.clear()
            url = engines.clean_database(self.engine, self.folders.mktemp(self.engine))
            self.version = version
            database = model.connect(url)
            try:
                self.scene = self.make(database, version)
            except BaseException:
                # Left open, it would be the error that is shown.
                database.close()
                raise
            self.rows = self.scene.stored()
        elif self.scene.stored() != self.rows:
            # A quarter of the time that all its requests take.
            self.scene.put_back(self.rows)
        return self.scene

    def make(self, database: Database, version: str) -> Scene:
        """Set a version's scene in a database without rows."""
        return set_scene(self.app(database), database, version)

    def app(self, database: Database) -> Flask:
        """Make the app that is tried."""
        return create_flask_app(TestConfig, database)

    def clear(self) -> None:
        """Close the database of the last scene."""
        if self.scene is not None:
            self.scene.database.close()
            self.scene = None


def _put_back(db: Any, rows: dict[str, list[Any]]) -> None:
    with engines.any_order(db):
        for name in rows:
            db.run(f"DELETE FROM {name}")
        for name in filter(rows.get, rows):
            put(db, name, rows[name])


def set_scene(app: Flask, database: Database, version: str) -> Scene:
    """Set the scene for one version, and for what is beside the versions."""
    nobody = Person(app.test_client(), f"/api/{version}")
    jake = nobody.register("jake", "jake.jake")
    nobody.signed_in(nobody.post("/users/login", user=JAKE))
    anne = nobody.register("anne", "jake.jake")
    account.promote(database, email=JAKE["email"])
    scene = Scene(app, database, jake, anne)
    for module in modules(app, version):
        if hasattr(module, "prepare"):
            scene.sent[module] = module.prepare(jake, anne, database) or {}
    return scene


def modules(app: Flask, version: str) -> Iterator[ModuleType]:
    """Yield the tests of each resource of a version, then of what belongs to no version."""
    folders = sorted(path.name for path in TESTS.iterdir() if path.is_dir())
    for folder in (version, *(name for name in folders if not is_version(name))):
        registered = [one.resource for one in operations(app) if one.folder == folder]
        files = [tests_of(folder, resource) for resource in dict.fromkeys(registered)]
        others = sorted(set((TESTS / folder).glob("test_*.py")) - set(files))
        yield from filter(None, map(module_of, (*files, *others)))


def oldest(person: Person, path: str, name: str) -> list[int]:
    """Return the ids of what somebody can list, the oldest first."""
    return [one["id"] for one in person.get(f"{path}?limit=100").json[name]][::-1]
