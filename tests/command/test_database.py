"""The db commands as a person runs them, on every engine: each test starts the real program."""

import re
import shutil
from concurrent.futures import ThreadPoolExecutor

import pytest

import model
from controller import seed
from model.frame import migration, value
from model.frame.migration import Record
from tests import engines
from tests.conftest import KEY
from tests.documents import blocks, pages, section
from tests.model.frame.storm import miscounts, spoil

# Alike on every engine.
NAMES = sorted({path.stem for path in engines.HERE.rglob("migrations/**/0*.*")})


def applied(finished) -> list[str]:
    """The migrations that a command says it began and finished, both of each."""
    told = re.findall(r"^applying (\S+)\napplied  (\S+) in \d+\.\d s$", finished.stdout, re.M)
    assert all(begun == done for begun, done in told)
    assert 2 * len(told) == finished.stdout.count("appl")
    return [name for name, _ in told]


@pytest.fixture
def new_url(engine, tmp_path):
    """The URL of a database that was not made yet."""
    if engine == "sqlite":
        yield f"sqlite:///{tmp_path}/new folder/new.db"
        return
    url = engines.mysql_url() if engine == "mysql" else engines.mongodb_url()
    url = f"{url}_new"
    yield url
    database = model.connect(url)
    database.drop()
    database.close()


@pytest.fixture
def flask(run, new_url):
    return lambda *arguments, **variables: run(
        "-m", "flask", *arguments, **{"DATABASE_URL": new_url, **variables}
    )


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (["db-rollback", "0"], "0 is not in the range x>=1"),
        (["db-rollback", "x"], "'x' is not a valid integer"),
        (["db-new", "Bad Name"], "a migration's name consists of small letters, digits and _"),
        (["db-new", "../escape"], "a migration's name consists of small letters, digits and _"),
        (["db-new"], "Missing argument 'NAME'"),
        (["db-seed", "--users", "-1"], "-1 is not in the range x>=0"),
        (["db-seed", "--users", "x"], "'x' is not a valid integer"),
    ],
)
def test_wrong_arguments_are_named(run, command, reason):
    finished = run("-m", "flask", *command, DATABASE_URL=engines.NOWHERE)
    assert finished.returncode != 0
    assert reason in finished.stderr
    assert "Traceback" not in finished.stderr


def test_a_database_from_nothing_to_nothing(flask, new_url):
    made = flask("db-init")
    assert (made.returncode, applied(made)) == (0, NAMES), made.stderr
    again = flask("db-init")
    assert (again.returncode, again.stdout) == (0, "")
    assert flask("db-migrate").stdout == "Up to date.\n"
    status = flask("db-status")
    assert status.returncode == 0
    assert re.search(rf"^  {NAMES[-1]}  applied 20\d\d-", status.stdout, re.MULTILINE)

    sown = flask("db-seed", *counted(3))
    assert sown.returncode == 0, sown.stderr
    told = ", ".join(f"3 {sower.NAME}" for sower in seed.sowers())
    assert f"{told} are there." in sown.stdout
    assert "\n3 of " in f"\n{sown.stdout}"
    twice = flask("db-seed", *counted(3))
    assert twice.returncode == 1
    assert twice.stderr == "seed was already used to seed this database: choose another\n"
    assert flask("db-seed", *counted(1), "--seed", "2").returncode == 0
    database = model.connect(new_url)
    assert count_users(database) == 4

    undone = flask("db-rollback", str(len(NAMES)))
    expected = "".join(f"undone   {name}\n" for name in reversed(NAMES))
    assert (undone.returncode, undone.stdout) == (0, expected)
    pending = flask("db-status")
    assert pending.returncode == 1
    assert f"{NAMES[0]}  pending" in pending.stdout
    migrated = flask("db-migrate")
    assert applied(migrated) == NAMES
    assert migrated.stdout.endswith("Up to date.\n")
    assert count_users(database) == 0
    database.close()


def test_kept_counts_are_verified_and_corrected(flask, new_url):
    early = flask("db-verify")
    assert early.returncode == 1
    assert "Traceback" not in early.stderr
    flask("db-init")
    flask("db-seed", *counted(3))
    right = flask("db-verify")
    assert (right.returncode, right.stdout) == (0, "Every kept count is right.\n"), right.stderr
    database = model.connect(new_url)
    kept = [name for name in engines.tables(database) if name.endswith("_counts")]
    for name in kept:
        spoil(database, name, f"{name.removesuffix('_counts')}s")
    wrong = flask("db-verify")
    assert wrong.returncode == bool(kept)
    for line in wrong.stdout.splitlines() if kept else ():
        assert re.fullmatch(r".+: kept \d+, counted \d+", line), line
    fixed = flask("db-verify", "--fix")
    assert fixed.returncode == 0
    assert fixed.stdout.splitlines() == [
        line if line.endswith("right.") else f"{line}, fixed" for line in wrong.stdout.splitlines()
    ]
    assert flask("db-verify").stdout == right.stdout
    database.close()


def test_an_interrupted_run_is_continued(new_url):
    database = model.connect(new_url)
    database.create()
    list(migration.migrate(database))
    counts = {sower.NAME: 5 for sower in seed.sowers()}
    whole = len(list(seed.sow(database, counts=counts, seed=1)))
    rows = rows_by_table(database)
    database.drop()
    database.create()
    list(migration.migrate(database))
    for batches in range(whole):
        run = seed.sow(database, counts=counts, seed=1)
        for _ in range(batches):
            next(run)
        run.close()
    list(seed.sow(database, counts=counts, seed=1))
    assert rows_by_table(database) == rows
    assert miscounts(database) == []
    more = {**counts, "users": 7}
    list(seed.sow(database, counts=more, seed=1))
    assert count_users(database) == 7
    database.close()


def test_seeding_is_refused_in_production_and_without_faker(flask, tmp_path):
    flask("db-init")
    refused = flask("db-seed", FLASK_CONFIG="production", SECRET_KEY=KEY)
    assert (refused.returncode, refused.stderr) == (
        1,
        "This is production: nothing is made up here.\n",
    )
    (tmp_path / "faker.py").write_text("raise ImportError")
    missing = flask("db-seed", PYTHONPATH=str(tmp_path))
    assert missing.returncode == 1
    assert missing.stderr == "Faker is for development: pip install -r requirements/dev.txt\n"


@pytest.mark.parametrize("engine", ["sqlite", "mysql"], indirect=True)
@engines.needs("sqlite")
def test_migrating_what_is_not_there_names_db_init(flask, engine):
    for command in ("db-migrate", "db-status", "db-rollback"):
        finished = flask(command)
        assert finished.returncode == 1
        assert finished.stderr.endswith(": run flask db-init first\n")
        assert finished.stderr.count("\n") == 1


def counted(number):
    """The options that ask `flask db-seed` for so much of everything."""
    return [word for sower in seed.sowers() for word in (f"--{sower.NAME}", str(number))]


def count_users(database):
    if database.engine == "mongodb":
        return database.driver_database().users.count_documents({})
    return database.one("SELECT COUNT(*) AS total FROM users")["total"]


def test_the_production_steps_work_on_an_empty_server(flask, new_url):
    [steps] = blocks(section(pages()["docs/configuration.md"], "Production"), "shell")
    commands = re.findall(r"^flask (.*)$", steps, re.MULTILINE)
    assert commands
    for command in commands:
        finished = flask(*command.split(), FLASK_CONFIG="production", SECRET_KEY=KEY)
        assert finished.returncode == 0, finished.stderr
    database = model.connect(new_url)
    assert migration.pending(database) == []
    database.close()


def test_reset_asks_first_and_refuses_in_production(flask, new_url):
    flask("db-init")
    database = model.connect(new_url)
    jake = database.users.insert(username="jake", email="jake@jake.jake", password_hash="x")
    asked = flask("db-reset")
    assert asked.returncode == 1
    assert "Delete everything in the" in asked.stdout
    refused = flask("db-reset", "--yes", FLASK_CONFIG="production", SECRET_KEY=KEY)
    assert refused.returncode == 1
    assert refused.stderr == "This is production: nothing is deleted here.\n"
    assert database.users.find(jake)["username"] == "jake"
    database.close()

    assert applied(flask("db-reset", "--yes")) == NAMES
    database = model.connect(new_url)
    assert database.users.find(jake) is None
    database.close()


def test_the_same_seed_sows_the_same(new_url):
    def sown():
        database = model.connect(new_url)
        database.create()
        list(migration.migrate(database))
        counts = {sower.NAME: 7 for sower in seed.sowers()}
        assert sum(seed.sow(database, counts=counts, seed=1)) == sum(counts.values())
        found = rows_by_table(database)
        assert miscounts(database) == []
        database.drop()
        database.close()
        return found

    first = sown()
    assert len(first["users"]) == 7
    assert first == sown()


def rows_by_table(database):
    """The rows of every table but those of kept counts, whose slots are chosen at random."""
    names = [name for name in engines.tables(database) if not name.endswith("_counts")]
    return {name: rows_of(database, name) for name in names}


def rows_of(database, table):
    """The rows of a table without times, and ids that MongoDB made up."""
    if database.engine == "mongodb":
        rows = list(database.driver_database()[table].find())
    else:
        rows = database.all(f"SELECT * FROM {table}")
    kept = [{key: row[key] for key in row if type(row[key]) in (int, str, list)} for row in rows]
    return sorted(kept, key=repr)


def test_a_migration_whose_file_is_gone_is_forgotten_by_its_name(flask, new_url):
    flask("db-init")
    database = model.connect(new_url)
    with database.ledger(1) as ledger:
        ledger.save(Record("9999_gone", "", 0, 0, complete=True, applied_at=value.now()))
    database.close()
    finished = flask("db-migrate")
    assert (finished.returncode, finished.stdout) == (1, "")
    assert "9999_gone was applied, but its file is not here" in finished.stderr
    assert "flask db-forget 9999_gone" in finished.stderr
    finished = flask("db-forget", "9999_gone")
    assert finished.stdout == "forgot   9999_gone; its tables stay as they are\n"
    assert flask("db-migrate").stdout == "Up to date.\n"
    finished = flask("db-forget", "9999_gone")
    reason = "9999_gone was not applied: flask db-status lists what was.\n"
    assert (finished.returncode, finished.stderr) == (1, reason)
    finished = flask("db-forget", NAMES[0])
    reason = f"the file of {NAMES[0]} is here: flask db-rollback undoes it\n"
    assert (finished.returncode, finished.stderr) == (1, reason)


@pytest.mark.parametrize("engine", engines.NAMES[:1], indirect=True)
def test_new_makes_the_next_file_for_every_engine(run, project, tmp_path, new_url):
    copy = tmp_path / "copy"
    ignored = shutil.ignore_patterns(".venv", ".git", "instance", "*cache*")
    shutil.copytree(project, copy, ignore=ignored)
    finished = run(
        "-m", "flask", "db-new", "add_colour", cwd=copy, PYTHONPATH=str(copy), FLASK_APP="manage"
    )
    made = [line.removeprefix(f"{copy}/") for line in finished.stdout.splitlines()]
    numbers = {re.search(r"/(\d{4})_add_colour\.(sql|py)$", path)[1] for path in made}
    assert len(made) == len(engines.NAMES)
    assert len(numbers) == 1
    assert numbers > {f"{0:04}"} or int(numbers.pop()) > 1
    migrated = run(
        "-m",
        "flask",
        "db-init",
        cwd=copy,
        PYTHONPATH=str(copy),
        FLASK_APP="manage",
        DATABASE_URL=new_url,
    )
    assert migrated.returncode == 0, migrated.stderr
    assert "_add_colour" in migrated.stdout


AWAY = {
    "mysql": ("mysql://root:hidden@127.0.0.1:1/name", "the server cannot be reached\n"),
    "mongodb": (
        "mongodb://root:hidden@127.0.0.1:1/name?serverSelectionTimeoutMS=100",
        "the database does not answer\n",
    ),
}


@pytest.mark.parametrize("engine", [name for name in AWAY if name in engines.NAMES])
def test_a_database_that_is_away_is_told_in_one_line(run, engine):
    url, line = AWAY[engine]
    commands = ("db-init", "db-migrate", "db-status", "db-seed", "db-verify")
    with ThreadPoolExecutor() as threads:  # each waits for the server for a while
        runs = threads.map(lambda name: run("-m", "flask", name, DATABASE_URL=url), commands)
    for finished in runs:
        assert finished.returncode == 1
        assert finished.stderr == line
        assert "hidden" not in finished.stdout


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        pytest.param(
            "mysql://root:hidden@host/name?colour=red",
            "the database URL has the unknown option 'colour'",
            marks=engines.needs("mysql"),
        ),
        ("mysql://root:hidden@host", "mysql"),
        pytest.param(
            "mongodb://root:hidden@host",
            "a MongoDB URL ends in the database's name",
            marks=engines.needs("mongodb"),
        ),
    ],
)
def test_a_url_that_cannot_work_is_one_line_without_its_password(run, url, reason):
    finished = run("-m", "flask", "routes", DATABASE_URL=url)
    assert finished.returncode == 1
    assert reason in finished.stderr
    assert finished.stderr.count("\n") == 1
    assert "hidden" not in finished.stderr


def test_a_controller_runs_alone_on_every_engine(run, url):
    database = model.connect(url)
    for number in range(4):
        database.logs.insert_log(
            ip="::1", method="GET", path=f"/{number}", status=200, milliseconds=1, request_id="r"
        )
    database.close()
    finished = run("-m", "controller.log", "list", "--limit", "3", DATABASE_URL=url)
    assert finished.returncode == 0, finished.stderr
    assert re.findall(r'"path": "(/\d)"', finished.stdout) == ["/3", "/2", "/1"]
    email = ("--email", "unknown@jake.jake")
    unknown = run("-m", "controller.account", "promote", *email, DATABASE_URL=url)
    assert (unknown.returncode, unknown.stderr) == (1, "promote: user not found\n")
    missing = run("-m", "controller.log", "list", "--limit", "-1", DATABASE_URL=url)
    assert (missing.returncode, missing.stderr) == (
        1,
        "list: limit must be between 0 and 9007199254740991\n",
    )


def test_a_controller_says_that_the_database_is_not_migrated(run, new_url):
    database = model.connect(new_url)
    database.create()
    database.close()
    finished = run("-m", "controller.log", "list", DATABASE_URL=new_url)
    assert finished.returncode == 1
    pending = ", ".join(NAMES)
    assert finished.stderr == f"Migrations are pending: {pending}. Run flask db-init first.\n"


@engines.needs("sqlite")
def test_flask_run_sets_sqlite_up_in_development_alone(run, tmp_path):
    code = (
        "import manage; print(manage.migration.pending(manage.application.extensions['database']))"
    )
    # Importing the application, as a WSGI server does, migrates nothing.
    run("-c", code, DATABASE_URL=f"sqlite:///{tmp_path}/untouched.db")
    database = model.connect(f"sqlite:///{tmp_path}/untouched.db")
    assert migration.pending(database) == NAMES
    database.close()
