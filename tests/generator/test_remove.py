"""`flask remove`: all that belongs to a part, and nothing else."""

import ast
import json
import os
import random
import subprocess
import sys
import time
from collections import Counter

import pytest

import model
from app.generator import cut, source
from app.generator.change import JOURNAL
from model.frame import value
from model.frame.migration import Record
from tests import engines
from tests.conftest import ALONE
from tests.documents import git

pytestmark = pytest.mark.drill

NAME, GENERATED = "thing", "mate"
# A resource as small as can be: a model, its line in the register, a table for each engine.
THING = '''"""Things."""

from typing import Protocol


class Things(Protocol):
    """The methods of `db.things`."""
'''
SQL = (
    "-- Things.\n\nCREATE TABLE things (id INTEGER PRIMARY KEY);\n\n-- down\n\nDROP TABLE things;\n"
)
PYTHON = '''"""Things."""


def up(db):
    """Make the collection."""
    db.create_collection("things")


def down(db):
    """Drop the collection."""
    db.drop_collection("things")
'''
MIGRATIONS = {
    f"model/{place}/9000_thing{'.py' if place.startswith('mongodb') else '.sql'}": text
    for place, text in (
        ("sql/migrations/sqlite", SQL),
        ("sql/migrations/mysql", SQL),
        ("mongodb/migrations", PYTHON),
    )
}


def add_thing(copy):
    """Add the resource `thing`; returns the text of the register before."""
    before = copy.read("model/models.py")
    text = before.replace("from model.user", "from model.thing import Things\nfrom model.user")
    copy.write(
        "model/models.py",
        text.replace("    users: Users\n", "    users: Users\n    things: Things\n"),
    )
    copy.write(f"model/{NAME}.py", THING)
    for path, text in MIGRATIONS.items():
        if (copy.folder / path).parent.is_dir():
            copy.write(path, text)
    return before


WRONG = {
    "": "Name what to remove: flask remove --list shows the parts.",
    "thign": "'thign' is no part of this project: it has ",
    "generator ../user": "'../user' is no part of this project: it has ",
    "sql mongodb": "One engine must stay: sql or mongodb.",
    "--lsit": "No such option '--lsit'.",
    "generator --keep=1": "Option '--keep' does not take a value.",
}


def test_what_cannot_be_removed_is_said_in_a_line(copy):
    for arguments, reason in WRONG.items():
        if "sql" in arguments and len(engines.NAMES) != 3:
            continue
        finished = copy.flask("remove", *arguments.split())
        assert finished.exit_code == 2
        assert finished.stderr.startswith(reason)
        assert finished.stderr.count("\n") == 1
    assert copy.status() == ""


def test_a_file_that_is_not_python_is_named(copy):
    copy.write("controller/shop.py", "def generator(:\n")
    finished = copy.flask("remove", "generator")
    assert finished.exit_code == 1
    assert finished.stderr.startswith("controller/shop.py is not Python: ")
    assert copy.status() == "?? controller/shop.py\n"


def test_a_diff_is_shown_and_nothing_changed(copy):
    diff = copy.flask("remove", "generator", "--dry-run").stdout
    assert "\n-generator.init_app(application)\n" in diff
    assert "\n--- a/app/generator/remove.py\n+++ /dev/null\n" in diff
    assert copy.status() == ""


def test_what_names_it_is_listed_and_nothing_removed(copy):
    add_thing(copy)
    copy.write("controller/shop.py", "def list(db):\n    return db.things.list()\n")
    before = copy.status()
    finished = copy.flask("remove", "thing", "--yes")
    assert finished.exit_code == 1
    assert "controller/shop.py:2: return db.things.list()\n" in finished.stderr
    assert copy.status() == before


def test_a_package_that_nothing_imports_any_more_is_named(copy):
    add_thing(copy)
    copy.write("controller/thing.py", "import gunicorn\nimport flask\n")
    told = copy.flask("remove", "thing", "--yes").stdout
    [line] = [line for line in told.splitlines() if "nothing imports" in line]
    assert line.startswith("gunicorn: nothing imports it any more; take it out of requirements/")


def test_a_table_with_rows_is_asked_for_and_then_gone(copy, tmp_path, monkeypatch):
    if "sqlite" not in engines.NAMES:
        return
    url = f"sqlite:///{tmp_path}/test.db"
    add_thing(copy)
    database = model.connect(url)
    database.create()
    with database.ledger(1) as ledger:
        ledger.save(Record("9000_thing", "", 1, 0, complete=True, applied_at=value.now()))
    database.run("CREATE TABLE things (id INTEGER PRIMARY KEY)")
    database.run("INSERT INTO things (id) VALUES (1)")
    monkeypatch.setattr("model.sql.driver.ledger.FOLDER", copy.folder / "model/sql/migrations")
    finished = copy.flask("remove", "thing", url=url)
    assert finished.exit_code == 2, finished.stderr
    assert "The table things has rows.\nThis would be lost; --yes" in finished.stderr
    finished = copy.flask("remove", "thing", "--yes", "--json", url=url)
    assert json.loads(finished.stdout)["undone"] == ["9000_thing"]
    assert "things" not in database.tables()
    assert "9000_thing" not in {record.name for record in database.migration_records()}
    database.close()
    assert copy.status() == ""


def test_a_changed_file_is_shown_and_a_kept_table_dropped_by_a_migration(copy):
    before = add_thing(copy)
    copy.commit()
    copy.write(f"model/{NAME}.py", THING + "# Changed.\n")
    finished = copy.flask("remove", "thing")
    assert finished.exit_code == 2, finished.stderr
    assert finished.stderr.startswith("model/thing.py was changed since the last commit.\n")
    finished = copy.flask("remove", "thing", "--yes", environment="production")
    reason = "In production the tables go by a migration: flask remove --keep.\n"
    assert (finished.exit_code, finished.stderr) == (2, reason)
    finished = copy.flask("remove", "thing", "--yes", "--keep", environment="production")
    assert finished.exit_code == 0, finished.stderr
    assert copy.read("model/models.py") == before
    assert not (copy.folder / f"model/{NAME}.py").exists()
    assert all((copy.folder / path).exists() for path in MIGRATIONS if engine_is_here(copy, path))
    up, down = "DROP TABLE things;", "CREATE TABLE things (id INTEGER PRIMARY KEY);"
    for path in copy.folder.glob("model/**/9001_drop_thing.sql"):
        text = path.read_text()
        assert text.index(up) < text.index("-- down") < text.index(down)


@pytest.mark.parametrize("is_committed", [True, False])
def test_a_generated_file_that_was_changed_is_shown(copy, is_committed):
    assert copy.flask("new", GENERATED, "title:str:9").exit_code == 0
    path = f"controller/{GENERATED}.py"
    copy.write(path, copy.read(path) + "# By hand.\n")
    if is_committed:
        copy.commit()
    before = copy.status()
    finished = copy.flask("remove", GENERATED)
    assert finished.exit_code == 2, finished.stderr
    assert finished.stderr.startswith(f"{path} was changed since it was generated.\nThis would")
    assert copy.status() == before


def test_a_file_that_is_in_no_commit_is_shown(copy):
    add_thing(copy)
    finished = copy.flask("remove", "thing")
    assert finished.exit_code == 2, finished.stderr
    assert "model/thing.py is in no commit.\n" in finished.stderr


def test_what_was_generated_and_not_changed_goes_without_a_question(copy):
    before = copy.status()
    assert copy.flask("new", GENERATED, "title:str:9").exit_code == 0
    finished = copy.flask("remove", GENERATED)
    assert finished.exit_code == 0, finished.stderr
    assert copy.status() == before


def engine_is_here(copy, path):
    return (copy.folder / path).parent.is_dir()


def test_the_list_has_every_part_with_its_lines_and_what_names_it(copy):
    add_thing(copy)
    listed = copy.flask("remove", "--list").stdout
    [row] = [line.split() for line in listed.splitlines() if line.startswith(NAME)]
    assert row == [NAME, str(THING.count("\n") + sum_of(copy))]


def sum_of(copy):
    """How many lines the migrations have."""
    return sum(text.count("\n") for path, text in MIGRATIONS.items() if engine_is_here(copy, path))


@pytest.mark.drill
def test_killed_at_any_moment_the_next_command_mends_it(copy):
    environment = {**os.environ, **ALONE, "PYTHONPATH": str(copy.folder)}
    add_thing(copy)
    copy.commit()
    outcomes = Counter()
    for _ in range(30):
        command = [sys.executable, "-m", "flask", "remove", "thing", "--yes"]
        with subprocess.Popen(command, cwd=copy.folder, env=environment) as process:
            time.sleep(random.random() * 1.2)
            process.kill()
        is_half_done = (copy.folder / JOURNAL).exists()
        command = [sys.executable, "-m", "flask", "remove", "--list"]
        finished = subprocess.run(
            command, cwd=copy.folder, env=environment, capture_output=True, text=True, check=True
        )
        told = "`flask remove thing` was interrupted; its changes were undone.\n"
        assert finished.stderr == (told if is_half_done else "")
        is_complete = bool(copy.status())
        outcomes[is_half_done, is_complete] += 1
        assert is_complete != (copy.folder / f"model/{NAME}.py").exists()
        assert not (is_half_done and is_complete)
        git(copy.folder, "reset", "--quiet", "--hard")
    print(outcomes)


# --- A statement and its import are cut, and the rest stays ---

CUTS = {
    "an import and the only statement of a loop": (
        "import a\nfrom model.toy import T\n\n\ndef f():\n    for b in a:\n        T(b)\n    x()\n",
        "import a\n\n\ndef f():\n    x()\n",
    ),
    "a name among others": (
        "from model import b, toy, z\n\ntoy.f(b, z)\nb(z)\n",
        "from model import b, z\n\nb(z)\n",
    ),
    "a line among others": (
        "from model import (\n    b,\n    toy,\n)\n\ntoy.f()\nb()\n",
        "from model import (\n    b,\n)\n\nb()\n",
    ),
    "the whole of a function": (
        "from model import toy\n\n\ndef f():\n    toy.f()\n",
        "\n\ndef f():\n    pass\n".lstrip("\n"),
    ),
    "with the comment above it, at the end of a block": (
        "def f(db):\n    db.g()\n\n    # Its things, too.\n    db.toys.f()\n\n\nx = 1\n",
        "def f(db):\n    db.g()\n\n\nx = 1\n",
    ),
    "without the comment above two": (
        "def f(db):\n    # First, then second.\n    db.toys.f()\n    db.g()\n",
        "def f(db):\n    # First, then second.\n    db.g()\n",
    ),
    "between blank lines": ("a()\n\ndb.toys.f()\n\nb()\n", "a()\n\nb()\n"),
    "an import for it alone": (
        "import os\nfrom model import toy\n\ntoy.f(os.name)\nx = 1\n",
        "x = 1\n",
    ),
    "as text": ('f("app.api.toy:blueprint")\ng()\n', "g()\n"),
}


def references(text):
    tree = ast.parse(text)
    modules = {"model.toy": "toy", "app.api.toy": "toy"}
    return tree, source.references("app/x.py", tree, modules, {"toys": "toy"})


@pytest.mark.parametrize("name", CUTS)
def test_a_statement_is_cut_and_the_rest_stays(name):
    before, after = CUTS[name]
    assert cut.code("app/x.py", before, *references(before)) == (after, [])


@pytest.mark.parametrize(
    "text",
    [
        "print(db.toys.count())\n",
        "x = db.toys.f()\n",
        "from model import toy\n\nx = [toy]\n",
        "if db.toys:\n    f()\n",
    ],
)
def test_what_does_more_than_call_it_is_named(text):
    kept, lines = cut.code("app/x.py", text, *references(text))
    assert (kept, lines) != (text, [])
    assert lines


def test_passages_and_rows_that_are_marked_are_cut():
    text = "a\n\n<!-- part: x -->\nb\n<!-- end: x -->\n\nc\n| d <!-- part: x --> |\n| e |\n"
    assert cut.passages(text, ["x"]) == "a\n\nc\n| e |\n"
    assert cut.passages(text, ["y"]) == text


def test_plans_of_endpoints_and_models_that_are_gone_are_cut():
    text = (
        "# Made by make plans.\n\nGET /things\nGET /toys\nGET /toys?limit\n  sqlite\n"
        "    user.find: users\n    toy.list: toys\n\nDELETE /toys/{id}\n  sqlite\n    begin\n"
    )
    document = {"/toys": {"get": {"tags": ["toy"]}}, "/toys/{id}": {"delete": {"tags": ["toy"]}}}
    document["/things"] = {"get": {"tags": ["thing"]}}
    cleaned = cut.plans(text, json.dumps({"paths": document}), {"toy"}, {"toy"})
    assert cleaned == "# Made by make plans.\n\nGET /things\n  sqlite\n    user.find: users\n"
