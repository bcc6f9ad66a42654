"""What holds for every generated resource; tests/test_generated.py runs this in its copy.

DRILLED names the resources, with commas between them.
"""

import os
import typing
from importlib import import_module

import flask_validation_extended as library
import pytest

from app import create_flask_app
from config import TestConfig
from controller import account
from model import Models
from tests import engines
from tests.api.good_request import GoodRequest
from tests.api.operations import operations
from tests.api.scene import set_scene
from tests.api.stage import standing
from tests.http.people import VERSION, Person

DRILLED = os.environ.get("DRILLED", "").split(",")
LISTS = ("limit", "before")
# What a request leaves behind, whatever it asks for.
TRACES = {"logs", "sessions"}


def operations_of_drilled(app):
    return [one for one in operations(app) if one.resource in DRILLED]


# --- Pages ---


@pytest.mark.parametrize("engine", [name for name in engines.NAMES if name != "mongodb"])
def test_a_filter_with_the_cursor_reads_one_index_in_order(engine, tmp_path):
    problems = []
    with standing(engine, VERSION, engines.clean_database(engine, tmp_path)) as stage:
        for operation in operations_of_drilled(stage.scene.app):
            queries = [field.label for field in operation.of(library.Query)]
            if "before" in queries:
                good = GoodRequest(operation, stage.scene)
                for label in ["", *(label for label in queries if label not in LISTS)]:
                    alone = f"{label}={good.query[label]}" if label else ""
                    problems += problems_of(stage, good, alone)
    print(f"{engine}: no page of {', '.join(DRILLED)} is sorted or read as a whole")
    assert not problems, "\n".join(problems)


def problems_of(stage, good, alone):
    """Yield what is wrong with the plans of a filter's first page and of a later one."""
    # Where a reader has a single row of the value, a page of all has a cursor all the same.
    whole = alone if alone.startswith("search=") else ""
    queries = [alone]
    first, _ = stage.send(lambda: good.send(query=f"{whole}&limit=1"))
    if first.json["next"]:
        queries.append(f"{alone}&before={first.json['next']}")
    for query in queries:
        answer, sendings = stage.send(lambda query=query: good.send(query=query))
        assert answer.status_code == 200, answer.text
        for sending in sendings:
            is_page = sending.method.endswith((".list_recent", ".search"))
            steps = [step for step in sending.steps if str(step) != "(no row)"]
            is_small = {step.table for step in steps} <= stage.small
            reads_index = len(steps) <= 1 and all(one.index and not one.is_whole for one in steps)
            if is_page and not is_small and (sending.sorted or not reads_index):
                where = f"{good.operation.function}?{query} on {stage.engine}"
                yield f"{where}: {sending}\n{sending.sql}"


# --- Private rows ---


def test_a_private_row_is_there_for_its_owner_alone(database):
    app = create_flask_app(TestConfig, database)
    scene = set_scene(app, database, VERSION)
    anne = scene.anne
    root = Person(app.test_client(), anne.api).register("root")
    account.promote(database, email="root@example.com")
    walked = 0
    for operation in operations_of_drilled(app):
        if not is_private(app, operation):
            continue
        good = GoodRequest(operation, scene)
        hidden = jakes_rows(scene, operation)
        for person in (anne, root):
            for id in hidden:
                path = {"id": str(id)} if "id" in good.path else None
                before = kept(scene)
                query = "limit=100" if "limit" in map_labels(operation) else ""
                answer = good.send(path=path, query=query, token=person.token)
                walked += 1
                where = f"{operation.name}: {answer.status_code} {answer.text}"
                if operation.method == "POST":
                    # It names what is jake's; a second time, it may be taken by the person's own.
                    names_hidden = hasattr(controller_of(operation), "_refuse_hidden")
                    wanted = (422,) if names_hidden else (201, 409)
                    assert answer.status_code in wanted, where
                    continue
                assert kept(scene) == before, where
                if operation.method == "PATCH" and answer.status_code == 422:
                    assert hasattr(controller_of(operation), "_refuse_hidden"), where
                elif "id" in good.path or answer.status_code != 200:
                    assert answer.status_code == 404, where
                else:
                    [rows] = [value for value in answer.json.values() if isinstance(value, list)]
                    assert not {row["id"] for row in rows} & hidden, where
    print(f"{database.engine}: {walked} requests for private rows of somebody else")


def is_private(app, operation):
    """Tell whether rows are read by their owner alone: even a list wants to know who asks."""
    lists = [one for one in operations_of_drilled(app) if one.function.startswith("list_")]
    return any(
        one.module == operation.module and getattr(one.view, "authentication", None) == "required"
        for one in lists
    )


def controller_of(operation):
    return import_module(f"controller.{operation.resource}")


def map_labels(operation):
    return [field.label for field in operation.of(library.Query)]


def jakes_rows(scene, operation):
    """The ids of jake's rows of the resource."""
    hints = typing.get_type_hints(Models)
    [table] = [
        one for one, kind in hints.items() if kind.__module__ == f"model.{operation.resource}"
    ]
    jake = scene.database.users.find_by_username("jake")["id"]
    rows = [row for row in scene.stored()[table] if row["owner_id"] == jake]
    assert rows, f"jake has none of {table}"
    return {row.get("id", row.get("_id")) for row in rows}


def kept(scene):
    return {name: rows for name, rows in scene.stored().items() if name not in TRACES}
