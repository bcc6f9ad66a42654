"""Every method of every model takes a fixed small number of statements.

Each tests/model/test_<resource>.py says how many: `MODEL` is the model's name in the register,
`STATEMENTS` has for each method the number in SQL, the number on MongoDB (there a new id, and a
parent that must be there, are each asked for on their own), and a call. Where SQLite and MySQL
differ, the number in SQL is one of each, by its engine. A second call of the same method has a few
more words in its key. `fill(database)` puts in what the calls ask for. `ADDED`, where a resource
has it, is what it adds to the methods of earlier ones.
"""

from importlib import import_module
from pathlib import Path
from typing import get_type_hints

import pytest

import model
from model.models import Models
from tests import engines

HERE = Path(__file__)
MODULES = {
    module.MODEL: module
    for path in sorted(HERE.parent.glob("test_*.py"))
    if path != HERE and hasattr(module := import_module(f"tests.model.{path.stem}"), "MODEL")
}
CALLS = [
    (name, call) for name, module in MODULES.items() for call in getattr(module, "STATEMENTS", ())
]
REGISTER = get_type_hints(Models)
# No connection is made before the first statement.
URLS = {"sqlite": "sqlite:///:memory:", "mongodb": "mongodb://127.0.0.1:1/nowhere"}


def methods_of(name: str) -> set[str]:
    """The public methods of a model, as its protocol and its engines have them."""
    databases = [model.connect(url) for engine, url in URLS.items() if engine in engines.NAMES]
    kinds = [REGISTER[name], *(type(getattr(database, name)) for database in databases)]
    return {
        method
        for kind in kinds
        for method in dir(kind)
        if not method.startswith("_") and callable(getattr(kind, method))
    }


@pytest.mark.parametrize("name", REGISTER)
def test_every_method_of_a_model_is_counted(name):
    file = f"tests/model/test_{REGISTER[name].__module__.rpartition('.')[2]}.py"
    counted = {call.partition(" ")[0] for owner, call in CALLS if owner == name}
    assert name in MODULES, (
        f"write {file} with MODEL = {name!r}, STATEMENTS: how many statements each method takes, "
        f"and fill(database): rows for them; as in tests/model/test_session.py"
    )
    missing, gone = methods_of(name) - counted, counted - methods_of(name)
    assert not missing, f"write into STATEMENTS of {file} how many statements these take: {missing}"
    assert not gone, f"remove from STATEMENTS of {file} what is no method of db.{name}: {gone}"


@pytest.mark.parametrize(("name", "call"), CALLS)
def test_a_method_takes_a_fixed_small_number_of_statements(sent, database, engine, name, call):
    MODULES[name].fill(database)
    database.atomically(lambda db: None)  # MongoDB is asked once what it can do
    work = MODULES[name].STATEMENTS[call][-1]
    found = sent.by(lambda: database.atomically(work))
    assert len(found) == expected(name, call, engine), found


def expected(name: str, call: str, engine: str) -> int:
    """The number of a call, with what later resources add to it."""
    place = 1 if engine == "mongodb" else 0
    added = (getattr(module, "ADDED", {}).get(f"{name}.{call}") for module in MODULES.values())
    own = MODULES[name].STATEMENTS[call][place]
    own = own[engine] if isinstance(own, dict) else own
    return own + sum(of[place] for of in added if of)
