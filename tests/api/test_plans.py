"""Every endpoint sends the statements that docs/plans.txt has, planned as it says, on SQL.

They are asked for among many rows, after ANALYZE: no clock is involved. Whatever docs/plans.txt
says, no statement may read the whole of a table that grows.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import lru_cache, partial
from operator import attrgetter

import flask_validation_extended as library
import pytest

from app import create_flask_app
from app.http import openapi
from config import TestConfig
from tests import engines
from tests.api import plans
from tests.api.good_request import GoodRequest
from tests.api.operations import Operation, operations
from tests.api.plans import WANTED, Book, Sending
from tests.api.stage import Stage, standing
from tests.http.people import VERSION

pytestmark = engines.needs("sqlite")

OPERATIONS = operations(create_flask_app(TestConfig))
CASES = [
    pytest.param((engine, one.version), one, id=f"{engine}-{one.name}")
    for engine in reversed(engines.NAMES)
    for one in sorted(OPERATIONS, key=attrgetter("version"))
    if engine != "mongodb"
]
Tell = Callable[[str, str], object]
# A page's `next` is `before` of the page after it.
FOLLOWED = {"before": "next"}


@pytest.fixture(scope="module")
def stages(tmp_path_factory):
    """Set the stage of an engine and a version, once for all tests that ask for it in a row."""
    with ExitStack() as exits:

        @lru_cache(maxsize=1)
        def set_stage(engine: str, version: str) -> Stage:
            exits.close()
            url = engines.clean_database(engine, tmp_path_factory.mktemp("stage"))
            return exits.enter_context(standing(engine, version, url))

        yield set_stage


@pytest.fixture
def stage(request, stages) -> Stage:
    return stages(*request.param)


@pytest.fixture(scope="module")
def book(request):
    """The file, to which what is seen is written if pytest is asked to."""
    book = Book(plans.FILE.read_text() if plans.FILE.exists() else "")
    yield book
    if request.config.getoption("--rewrite-plans"):
        plans.FILE.write_text(book.text([path_of(one) for one in OPERATIONS]))


def path_of(operation: Operation) -> str:
    """What heads an operation in the file."""
    path = openapi.IN_PATH.sub(r"{\2}", operation.route.rule)
    return f"{operation.method} {path}"


# --- The requests of an operation ---


def requests_of(stage: Stage, operation: Operation) -> Iterator[tuple[str, list[Sending]]]:
    """Yield each request of an operation, as the file calls it, and what it sends.

    They are its example without optional queries, with each alone, and with all examples; and the
    first without a token, if it then sends something else.
    """
    good = GoodRequest(operation, stage.scene)
    path = path_of(operation)
    optional = [one for one in operation.of(library.Query) if not one.required]
    examples = [one.label for one in optional if one.label in good.query]
    needed = {key: text for key, text in good.query.items() if key not in examples}
    sendings = sent_by(stage, good, needed)
    yield path, sendings
    if getattr(operation.view, "authentication", None) == "optional":
        alone = sent_by(stage, good, needed, token=None)
        if [one.sql for one in alone] != [one.sql for one in sendings[-len(alone) :]]:
            yield f"{path} without a token", alone
    for field in optional:
        text = good.query.get(field.label) or followed(stage, good, needed, field.label)
        yield f"{path}?{field.label}", sent_by(stage, good, {**needed, field.label: text})
    if len(examples) > 1:
        yield f"{path}?{'&'.join(examples)}", sent_by(stage, good, good.query)


def sent_by(stage: Stage, good: GoodRequest, query, **request) -> list[Sending]:
    send = partial(good.send, query="&".join(f"{k}={v}" for k, v in query.items()), **request)
    answer, sendings = stage.send(send)
    assert answer.status_code < 400, f"{path_of(good.operation)}: {answer.text}"
    return sendings


def followed(stage: Stage, good: GoodRequest, needed, label: str) -> str:
    """Return the value that an answer gives for a parameter of the next request."""
    where = f"{good.operation.module}.{good.operation.function}"
    assert label in FOLLOWED, f"give Query(...) of {label} in {where} an example="
    query = "&".join(f"{key}={text}" for key, text in {**needed, "limit": "1"}.items())
    answer, _ = stage.send(partial(good.send, query=query))
    assert answer.json[FOLLOWED[label]], f"{where}: let prepare() make two rows for jake"
    return answer.json[FOLLOWED[label]]


# --- What is wrong with them ---


def problems(stage: Stage, book: Book, operation: Operation, tell: Tell) -> Iterator[str]:
    """Yield what is not as the file says, and every table that is read as a whole."""
    for request, sendings in requests_of(stage, operation):
        on = f"{request} on {stage.engine} ({operation.name})"
        for sending in sendings:
            for table in sending.read_as_a_whole:
                yield (
                    f"{on}:\n  {sending.place} reads the whole of {table}, which grows:\n"
                    f"    {sending}\n  Let it find its rows by an index."
                )
        expected = book.expected(request, stage.engine)
        if expected is None and sendings:
            tell(plans.UNWRITTEN, path_of(operation))
        elif found := list(plans.differences(expected or [], sendings)):
            text = "\n".join([f"{on}: not as docs/plans.txt says:", *found])
            if book.is_of(stage.database) or len(expected or []) != len(sendings):
                yield f"{text}\n{WANTED}"
            else:
                other = book.other_version(stage.database)
                tell(plans.REPORTED, f"{text}\nThat may be: {other}.")


@pytest.mark.parametrize(("stage", "operation"), CASES, indirect=["stage"])
def test_an_endpoint_sends_what_the_file_says(request, stage, book, operation, record_property):
    if request.config.getoption("--rewrite-plans"):
        book.versions[stage.engine] = plans.version(stage.database)
        seen = {name: list(map(str, found)) for name, found in requests_of(stage, operation)}
        book.write(path_of(operation), stage.engine, seen)
    found = list(problems(stage, book, operation, record_property))
    assert not found, "\n\n".join(found)


# --- What the test itself finds ---

SESSIONS = [
    pytest.param((engine, one.version), one, id=engine)
    for engine in engines.NAMES
    for one in OPERATIONS
    if engine == "sqlite" and one.name == f"{VERSION}_session_list_sessions"
]


@pytest.fixture
def told() -> dict[str, str]:
    """What is told at the end of the run, by its name."""
    return {}


of_sessions = pytest.mark.parametrize(("stage", "operation"), SESSIONS, indirect=["stage"])


@of_sessions
def test_a_lost_index_is_found(stage, book, operation, monkeypatch, told):
    begin = stage.begin

    def begin_without_index(connection, **_options):
        begin(connection)
        for index in ("sessions_of_user", "sessions_end"):
            connection.script(f"DROP INDEX {index}")

    monkeypatch.setattr(stage, "begin", begin_without_index)
    monkeypatch.setitem(book.versions, stage.engine, plans.version(stage.database))
    found = "\n".join(problems(stage, book, operation, told.setdefault))
    where = rf"{path_of(operation)} on sqlite \({operation.name}\):\n  model/sql/session.py:\d+ "
    assert re.search(f"{where}reads the whole of sessions", found), found
    assert "sends\n    session.list_by_user: SCAN sessions; sorts sessions\n  instead of" in found
    assert WANTED in found


@of_sessions
def test_an_added_statement_is_found(stage, book, operation, monkeypatch, told):
    model = type(stage.database.sessions)
    list_by_user = model.list_by_user
    monkeypatch.setattr(
        model, "list_by_user", lambda *given: [list_by_user(*given) for _ in "12"][1]
    )
    found = "\n".join(problems(stage, book, operation, told.setdefault))
    assert f"{operation.name}): not as" in found
    assert re.search(r"model/sql/session.py:\d+ sends\n    session.list_by_user: ", found), found


@of_sessions
def test_another_version_of_the_server_may_plan_otherwise(stage, operation, told):
    head = f"# made on sqlite: SQLite 1.0\n\n{path_of(operation)}\n  sqlite\n    "
    other = Book(f"{head}session.find_reader: otherwise\n    session.list_by_user: otherwise\n")
    assert not list(problems(stage, other, operation, told.setdefault))
    assert "the file is of SQLite 1.0" in told[plans.REPORTED]
    fewer = Book(f"{head}session.find_reader: otherwise\n")
    assert list(problems(stage, fewer, operation, told.setdefault))


def test_what_a_removed_model_sent_is_not_expected():
    book = Book(
        "GET /a\n  sqlite mysql\n    begin\n    removed.delete: as\n      before\n    commit\n"
    )
    assert book.expected("GET /a", "mysql") == ["begin", "commit"]
    assert book.expected("GET /b", "mysql") is None
