"""`flask new`: a declaration is judged before anything is written, and then written as a whole."""

import json
import re
import subprocess
import sys
import time
from importlib import import_module

import pytest

import model
from app import create_flask_app, generator
from app.generator import source
from app.generator.change import JOURNAL, PROJECT, Changes
from config import TestConfig
from tests import engines
from tests.conftest import ALONE

ANOTHER = "choose another"
RENAME = "rename the field"
LONG = "abcdefghijklmnopqrstuvwxy"
TITLE = "gizmo title:str:9"

# A name that a resource can't have, with what is said of it.
WRONG_NAMES = {
    "a word of Python": "class import async lambda yield match case",
    "there is a module": (
        "json queue calendar profile log user session account "
        "driver limit "
        "migrations frame flask pytest config app model models"
    ),
    "another use for": (
        "map type property object input list get create update delete db g api id next page "
        "blueprint atomic connect msg errors str date before search cursor reader_id run "
        "given ok found database n l self columns "
        "statements place sequence collection transaction document protocol mapping duplicate "
        "text_place typed_dict missing_parent "
        "cast count kept older partial put timedelta"
    ),
    "`flask remove` has another use for this name": " ".join(
        [*source.TO_KEEP, *source.bundles_of(Changes(PROJECT))]
    ),
    "use small letters, digits and single _": "Gizmo gízmo 2nd _a gizmo_ a__b a-b gizmo.py ../x",
    "use at most 24 characters": LONG,
    "a table can't be called by a word of SQL; choose a --plural": "row group key",
}
PLURALS = {
    "--plural gizmo": "one and many are called alike",
    "--plural Gizmos": "use small letters",
    "--plural class": "a word of Python",
    "--plural groups": "a word of SQL",
    "--plural migrations": "has this name already",
    "--plural users": "has this name already",
    "--plural tables": "has this name already",
    "--plural jake": "another use for jake",
    "--plural page": "another use for _page",
    "--plural parents": "another use for fill_parents",
    "--plural migration": "there is a table of this name already",
    "--plural auth": "is a path of the API already",
    "--plural admin": "is a path of the API already",
    "--plural counters": "there is a table of this name already",
    "--plural list": "has this name already",
}
WRONG_FIELDS = {
    "class:int": "a word of Python",
    "match:int": "a word of SQL",
    "select:int": "a word of SQL",
    "order:int": "a word of SQL",
    "rank:int": "a word of SQL",
    "group:user": None,
    "id:int": "every row has a column id already",
    "created_at:datetime": "every row has a column created_at already",
    "updated_at:date": "every row has a column updated_at already",
    "Title:int": "use small letters",
    "dätum:date": "use small letters",
    "a__b:int": "use small letters",
    "_a:int": "use small letters",
    "3d:bool": "use small letters",
    ":int": "use small letters",
    f"{LONG}:int": "use at most 24 characters",
    "a:int a:date": "this field is declared twice",
    "a:user a:int": "this field is declared twice",
    "owner:user owner_id:int": "two fields are called ownerId",
    "a_1:int a1:int": "two fields are called a1",
    "due_date:int due_date:date": "this field is declared twice",
    **{f"{name}:int": "another use for" for name in ("db", "g", "reader_id", "sql", "given")},
    **{f"{name}:text": "another use for" for name in ("changes", "new", "now")},
    **{f"{name}:date": "another use for" for name in ("self", "security", "help", "date")},
    "l:float": "another use for",
    "gizmo:int": "another use for",
    "gizmos:int": "another use for",
    "page:enum:a,b": "another use for page",
    "before:enum:a,b": "a word of SQL",
    "cursor:enum:a,b": "a word of SQL",
    "cast:int": "a word of SQL",
    "text:enum:a,b": None,
    "text:enum:a,b b:text --search b": "another use for text",
    "after:user": None,
    "after:user b:text --search b": "another use for after_id",
    "before:user": "another use for before_id",
    "skip:enum:a,b": "another use for",
    "reader:user": "another use for reader_id",
    "limit:str:9": "another use for",
    "search:str:9 a:text --search a": "another use for SEARCH",
    "uuid:str:36 a:uuid": "another use for UUID",
    "name:text longest_name:text": "another use for LONGEST_NAME",
    "row:enum:a,b": "a word of SQL",
    "changed:enum:a,b": "another use for changed",
    "filters:enum:a,b": "another use for GizmoFilters",
    "json:enum:a,b": "another use for GizmoJson",
    "answer:enum:a,b": "another use for GizmoAnswer",
    "password:str:99=x": "a secret has no default",
}
WRONG_TYPES = {
    "a": "write NAME:TYPE, such as name:str:120",
    "a:": "write NAME:TYPE, such as name:str:120",
    "a:=1": "write NAME:TYPE, such as name:str:120",
    "a:string": "is neither a type nor a resource",
    "a:INT": "there is no such type; use one of str, text, int",
    "a:list[int]": "there is no such type",
    "a:nobody": "is neither a type nor a resource",
    "a:session": "so no client knows an id of it",
    "a:log": "so no client knows an id of it",
    "parent:gizmo": "a resource can't refer to itself",
    "a:str": "write it as a:str:120",
    "a:str:": "write str:LENGTH, from 1 to 16000",
    "a:str:0": "write str:LENGTH, from 1 to 16000",
    "a:str:16001": "write str:LENGTH, from 1 to 16000",
    "a:str:99999999999": "write str:LENGTH, from 1 to 16000",
    "a:str:x": "write str:LENGTH, from 1 to 16000",
    "a:str:-1": "write str:LENGTH, from 1 to 16000",
    "a:str:１２": "write str:LENGTH, from 1 to 16000",
    "a:str:²": "write str:LENGTH, from 1 to 16000",
    "a:str:1:2": "write str:LENGTH, from 1 to 16000",
    "a:decimal": "write it as a:decimal:12,2",
    "a:decimal:19,2": "write decimal:DIGITS,DECIMALS, with 1 to 18 digits",
    "a:decimal:2,3": "write decimal:DIGITS,DECIMALS",
    "a:decimal:0,0": "write decimal:DIGITS,DECIMALS",
    "a:decimal:12": "write decimal:DIGITS,DECIMALS",
    "a:decimal:x": "write decimal:DIGITS,DECIMALS",
    "a:enum": "write it as a:enum:draft,active,done",
    "a:enum:": "is no choice; use letters, digits",
    "a:enum:a,": "is no choice; use letters, digits",
    "a:enum:a,a": "name each choice once",
    "a:enum:a~b": "'a~b' is no choice",
    "a:enum:'": "is no choice",
    f"a:enum:{'x' * 51}": "at most 50",
    "a:int:4": "write it as a:int",
    "a:text:5": "write it as a:text",
    "a:user:5": "there is no such type",
}
WRONG_MARKS = {
    "a:text!": "can't be unique; leave out the !",
    "a:url!": "can't be unique",
    "a:bool!": "can't be unique",
    "a:enum:x,y!": "can't be unique",
    "a:str:300!": "can't be unique",
    "a:str:1!": "can't be unique",
    "a:decimal:1,0!": "can't be unique",
    "a:int??": "write ? and ! once each",
    "a:int!!": "write ? and ! once each",
    "a:int!?!": "write ? and ! once each",
    "owner:user?": "write owner:user",
    "owner:user!": "write owner:user",
    "owner:user=1": "write owner:user",
    "a:user=1": "a reference or a unique field has no default",
    "a:int!=1": "a reference or a unique field has no default",
    "a:int=x": "the default 'x' must be a whole number",
    "a:int=1.5": "the default '1.5'",
    "a:int=9223372036854775808": "the default '9223372036854775808'",
    "a:float=inf": "the default 'inf'",
    "a:bool=yes": "the default 'yes'",
    "a:date=31.1.2026": "the default '31.1.2026'",
    "a:date=0999-12-31": "the default '0999-12-31'",
    "a:datetime=2026-01-31": "the default '2026-01-31'",
    "a:datetime=2026-01-31T12:00:00": "the default '2026-01-31T12:00:00'",
    "a:uuid=x": "the default 'x'",
    "a:decimal:3,1=100.0": "the default '100.0'",
    "a:decimal:3,1=1.25": "the default '1.25'",
    "a:email=x": "the default 'x'",
    "a:url=ftp://x": "the default 'ftp://x'",
    "a:enum:x,y=z": "the default 'z' must be one of x, y",
    "a:str:2=abc": "the default 'abc'",
    "a:str:2=": "the default ''",
    f"a:str:99={'x' * 60}": "write a default of at most 50 characters",
    "a:str:9=½\x00": "the default",
}
WRONG_WORDS = {
    "": "Missing argument 'NAME'",
    "gizmo": "declare a field at least, such as name:str:120",
    "gizmo " + " ".join(f"f{n}:int" for n in range(21)): "declare at most 20 fields, not 21",
    "gizmo " + " ".join(f"f{n}:str:9" for n in range(13)): "at most 12 fields of type str, not 13",
    "gizmo " + " ".join(f"f{n}:int!" for n in range(6)): "at most 5 unique fields, not 6",
    "gizmo " + " ".join(f"f{n}:user" for n in range(9)): "at most 8 references, not 9",
    f"{TITLE} --private": "a private resource needs its owner; declare owner:user",
    f"{TITLE} owner:int --private": "declare owner:user",
    "gizmo a:int --search a": "--search a: name a declared field of type text",
    "gizmo a:bool --search b": "--search b: name a declared field of type text",
    "gizmo a:email --search a": "--search a: name a declared field of type text",
    "gizmo a:url --search a": "--search a: name a declared field of type text",
    "gizmo a:str:1 --search a": "or of str:2 or longer",
    "gizmo a:enum:x --search a": "--search a: name a declared field of type text",
    "gizmo a:text a_key:int --search a": "every row has a column a_key already",
    f"{TITLE} --serach title": "No such option '--serach'",
    f"{TITLE} --plural": "Option '--plural' requires an argument",
    "value a:int --plural vals": "'value': the generated code has another use for value",
    "count a:int!": "'count': the generated code has another use for count",
    "- title:str:9": "the fields stand in the JSON",
}
WRONG_JSON = {
    "": "standard input must be a JSON object",
    "{": "standard input must be a JSON object",
    "[]": 'write {"name": "task", "fields": ["title:str:200"]}',
    '"gizmo"': 'write {"name": "task"',
    "null": 'write {"name": "task"',
    '{"name": "gizmo"}': 'write {"name": "task"',
    '{"fields": ["a:int"]}': 'write {"name": "task"',
    '{"name": 1, "fields": ["a:int"]}': "name: must be a JSON string",
    '{"name": "gizmo", "fields": "a:int"}': "fields: must be a JSON array",
    '{"name": "gizmo", "fields": [1]}': "fields: must be a list of texts",
    '{"name": "gizmo", "fields": ["a:int"], "private": 1}': "private: must be a JSON boolean",
    '{"name": "gizmo", "fields": ["a:int"], "owner": true}': "owner: there is no such key",
    '{"name": "class", "fields": ["a:int"]}': "a word of Python",
    '{"name": "gizmo", "fields": []}': "declare a field at least",
    '{"name": "gizmo", "fields": ["a:int"], "search": null}': "search: must be a JSON string",
    b"\xff": "standard input must be a JSON object",
    "[" * 100_000: "standard input must be a JSON object",
    '{"a": ' * 100_000: "standard input must be a JSON object",
    '{"name": "gizmo", "name": "b", "fields": ["a:int"]}': "name: this key is there twice",
    '{"name": "gi\\nzmo", "fields": ["a:int"]}': "use small letters",
}


@pytest.fixture(scope="module")
def app():
    database = model.connect(engines.NOWHERE)
    app = create_flask_app(TestConfig, database)
    generator.init_app(app)
    yield app
    database.close()


@pytest.fixture
def new(app, copy, monkeypatch):
    """Run `flask new` in this process on a copy, whose files it changes."""
    module = import_module("app.generator.new")
    monkeypatch.setattr(module, "write_openapi", lambda changes: None)
    runner = app.test_cli_runner()
    with app.app_context():
        yield lambda *words, given="": runner.invoke(args=("new", *words), input=given)


def assert_refused(finished, word, reason):
    assert finished.exit_code == 2, (word, finished.output)
    assert finished.stdout == ""
    assert re.fullmatch(r"[^\n]+\n", finished.stderr), finished.stderr
    assert reason in finished.stderr, finished.stderr


# --- What is refused ---


# For these, the code of one engine alone has another use.
ONE_ENGINE = {
    "--plural page": "mongodb",
    "now:text": "sqlite",
    "before:user": "sqlite",
    "after:user b:text --search b": "sqlite",
}


def cases():
    for reason, names in WRONG_NAMES.items():
        for name in names.split():
            yield name, f"{name} title:str:9", name, reason
    for option, reason in PLURALS.items():
        yield option, f"{TITLE} {option}", option.split()[1], reason
    for fields, reason in {**WRONG_FIELDS, **WRONG_TYPES, **WRONG_MARKS}.items():
        if reason:
            yield fields, f"gizmo {fields}", fields.split(":")[0], reason


def test_a_wrong_word_is_told_with_what_would_be_right(new, copy):
    found = []
    for word, words, named, reason in cases():
        if ONE_ENGINE.get(word, engines.NAMES[0]) not in engines.NAMES:
            continue
        finished = new(*words.split(" "))
        try:
            assert_refused(finished, word, reason)
            assert named in finished.stderr
        except AssertionError as error:
            found.append(f"{word}: {finished.exit_code} {finished.output} {error}"[:300])
            copy.undo()
    assert not found, "\n".join(found)
    assert not (copy.folder / JOURNAL).exists()
    assert copy.status() == ""


def test_words_and_json_that_are_no_declaration_are_refused(new, copy):
    for words, reason in WRONG_WORDS.items():
        assert_refused(new(*words.split()), words, reason)
    for text, reason in WRONG_JSON.items():
        assert_refused(new("-", given=text), text, reason)
    assert copy.status() == ""


def test_what_could_break_the_line_is_escaped(new, copy):
    for words, reason in (
        (["gizmo", "title:str:10\n"], r"title:str:10\n: write str:LENGTH"),
        (["gizmo", "a:enum:x\x1b[2J"], r"a:enum:x\x1b[2J: "),
        (["gizmo", "a:text", "--search", "b\r\n"], r"--search b\r\n: "),
        (["gizmo", "a:text", "--b\x1b"], r"No such option '--b\x1b'"),
        (["gizmo", "a:int", "b:int??\udcff"], r"\udcff"),
    ):
        assert_refused(new(*words), words, reason)
    said = {"name": "gizmo", "fields": ["a:int"], "b\n\x1b": 1}
    assert_refused(new("-", given=json.dumps(said)), said, r"b\n\x1b: there is no such key")
    assert copy.status() == ""


def test_a_file_that_is_there_is_not_written_over(new, copy):
    copy.write("tests/controller/test_gizmo.py", "")
    finished = new("gizmo", "title:str:9")
    assert_refused(finished, "gizmo", "there is tests/controller/test_gizmo.py already")
    assert copy.status() == "?? tests/controller/test_gizmo.py\n"


def test_a_real_command_refuses_in_one_line(run):
    for words, reason in (
        (["class", "title:str:9"], "a word of Python"),
        (["gizmo", "title:str"], "write it as title:str:120"),
        (["gizmo", "--private"], "declare owner:user"),
    ):
        finished = run("-m", "flask", "new", *words, DATABASE_URL=engines.NOWHERE)
        assert (finished.returncode, finished.stdout) == (2, "")
        assert re.fullmatch(r"[^\n]+\n", finished.stderr)
        assert reason in finished.stderr


# --- What is written ---

PROJECT_WORDS = (
    *("gadget", "name:str:120", "budget:decimal:12,2=1.50", "due:date?", "status:enum:draft,done"),
    *("owner:user", "--search", "name", "--private"),
)
# Every shape of a declaration, which become code that compiles.
SHAPES = {
    "one-letter names": ["q", "a:int", "b:bool", "c:enum:d"],
    "a package that happens to be here": ["click", "x:int"],
    "digits": ["robo_2", "f1:int", "f_2:str:9!", "x10:enum:a1,2b"],
    "good names": [
        *("gizmo_file", "type:str:9", "format:int", "hash:text", "status:enum:a,b", "value:float"),
        *("class_name:str:9", "position:int", "list:text", "page:int", "action:bool", "row_no:int"),
        *("account:str:9", "count:int", "cursor_no:text", "partial:bool", "email:email", "url:url"),
    ],
    "twenty long names": [
        "internationalization_ab",
        *(f"field_of_{n:02}_{'x' * 12}:decimal:18,9?" for n in range(20)),
    ],
    "a long search": [
        *("internationalization_ab", "total_of_everything_paid:str:9", "owner:user", "--private"),
        *("--search", "total_of_everything_paid"),
    ],
    "two accounts": ["gizmo_transfer", "payer:user", "payee:user?", "owner:user"],
    "unique references": ["gizmo_seat", "guest:user!", "host:user?!", "owner:user", "--private"],
    "no owner": ["gizmo_topic", "title:text", "--search", "title"],
    "short": [
        "gizmo_flag",
        "a:str:1",
        "b:str:2=x",
        "c:decimal:1,1=-0.5",
        "d:decimal:1,0",
        "e:enum:x",
    ],
    "odd defaults": ["gizmo_quote", "a:str:50=it's", 'b:text="', "c:text='\"\\", "d:str:9=100%{}"],
}


def test_a_dry_run_prints_a_diff_that_git_applies(new, copy):
    diff = new(*PROJECT_WORDS, "--dry-run").stdout
    assert copy.status() == ""
    subprocess.run(["git", "apply", "-"], input=diff, cwd=copy.folder, text=True, check=True)
    applied = copy.status()
    copy.undo()
    assert new(*PROJECT_WORDS).exit_code == 0
    assert copy.status() == applied


def test_json_is_read_and_printed(new, copy):
    words = PROJECT_WORDS[1:6]
    said = {"name": "gadget", "fields": words, "search": "name", "private": True}
    by_words = new(*PROJECT_WORDS, "--dry-run").stdout
    assert new("-", "--dry-run", given=json.dumps(said)).stdout == by_words
    assert new(*PROJECT_WORDS, "--dry-run").stdout == by_words
    written = json.loads(new(*PROJECT_WORDS, "--json").stdout)
    assert written["resource"] == "gadget"
    assert sorted(written["files"]) == sorted(copy.changed())


def test_the_document_is_among_what_is_written(copy):
    words = PROJECT_WORDS[:4]
    diff = copy.flask("new", *words, "--dry-run").stdout
    assert copy.status() == ""
    added = copy.flask("new", *words).stdout
    assert diff.count("\n+++ b/docs/openapi.json\n") == added.count("\ndocs/openapi.json\n") == 1
    assert '+    "/api/v1/gadgets": {\n' in diff
    copy.commit()
    diff = copy.flask("remove", words[0], "--dry-run").stdout
    assert '-    "/api/v1/gadgets": {\n' in diff
    assert copy.status() == ""
    removed = json.loads(copy.flask("remove", words[0], "--json").stdout)
    assert sorted([*removed["changed"], *removed["deleted"]]) == sorted(copy.changed())
    assert "docs/openapi.json" in removed["changed"]


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_becomes_code_that_compiles(new, copy, shape):
    finished = new(*SHAPES[shape], "--json")
    assert finished.exit_code == 0, finished.stderr
    files = json.loads(finished.stdout)["files"]
    for path in files:
        if path.endswith(".py"):
            compile(copy.read(path), path, "exec")
            assert all(len(line) <= 100 for line in copy.read(path).splitlines()), path
    present = {"sql" if engine != "mongodb" else engine for engine in engines.NAMES}
    assert len(files) == 8 + len(engines.NAMES) + 2 * len(present)


@pytest.mark.parametrize("gone", ["sql", "mongodb"])
def test_only_what_is_present_is_written(new, copy, monkeypatch, gone):
    other = {"sql": "mongodb", "mongodb": "sql"}[gone]
    if not (copy.folder / "model" / other).is_dir():
        return
    monkeypatch.setattr("app.generator.unit.MODEL", copy.folder / "model")
    if (copy.folder / "model" / gone).is_dir():
        copy.remove(f"model/{gone}")
    files = json.loads(new(*PROJECT_WORDS, "--json").stdout)["files"]
    assert [path for path in files if f"model/{gone}/" in path] == []
    assert f"model/{other}/gadget.py" in files


@pytest.mark.drill
@pytest.mark.long
def test_a_command_is_quick(run, copy):
    if "sqlite" not in engines.NAMES:
        return
    started = time.monotonic()
    finished = subprocess.run(
        [sys.executable, "-m", "flask", "new", *PROJECT_WORDS, "--json"],
        cwd=copy.folder,
        env={**ALONE, "FLASK_CONFIG": "testing", "PATH": "/usr/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    assert time.monotonic() - started < 5  # 2 s on an idle machine
    assert json.loads(finished.stdout)["files"] == sorted(copy.changed())
