"""Migrations on every engine: in order, once, by one process at a time, and fixed if they fail.

The files are the tests' own, in a folder and a database of their own.
"""

import subprocess
import sys
import threading
import time
from contextlib import suppress
from datetime import timedelta
from importlib import import_module

import pytest

import model
from model.frame import migration
from model.frame.error import Unavailable
from model.frame.migration import MigrationError
from tests import engines
from tests.conftest import PROJECT
from tests.model.marks import only

PACKAGES = {
    "sqlite": "model.sql.driver",
    "mysql": "model.sql.driver",
    "mongodb": "model.mongodb.driver",
}
only_sql = only("sqlite", "mysql")


@pytest.fixture
def url(engine, tmp_path):
    """The URL of a database that was never migrated."""
    if engine == "sqlite":
        return f"sqlite:///{tmp_path}/migration.db"
    served = engines.mysql_url() if engine == "mysql" else engines.mongodb_url()
    return served.replace(engines.DATABASE_NAME, f"{engines.DATABASE_NAME}_migration")


@pytest.fixture
def database(url):
    database = model.connect(url)
    database.drop()
    database.create()
    yield database
    database.drop()
    database.close()


@pytest.fixture
def ledger(engine):
    return import_module(f"{PACKAGES[engine]}.ledger")


@pytest.fixture
def folder(engine, ledger, tmp_path, monkeypatch):
    """An empty folder of migration files, which the engine reads instead of the project's own."""
    monkeypatch.setattr(ledger, "FOLDER", tmp_path / "migrations")
    folder = ledger.FOLDER if engine == "mongodb" else ledger.FOLDER / engine
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def write(engine, folder):
    """Write a migration file: its up and its down, in the engine's language."""

    def write(name, up, down=""):
        if engine == "mongodb":
            lines = [("up", up), ("down", down)]
            text = "\n\n".join(f"def {do}(db):\n    {what}\n" for do, what in lines if what)
            (folder / f"{name}.py").write_text("import time\n\n\n" + text)
        else:
            (folder / f"{name}.sql").write_text(f"{up}\n\n-- down\n\n{down}\n" if down else up)

    return write


@pytest.fixture
def write_table(engine, write):
    """Write a migration file that creates a table, and drops it in its down."""

    def write_table(number):
        name = f"000{number}_table_{number}"
        if engine == "mongodb":
            write(name, f"db.create_collection('t{number}')", f"db.drop_collection('t{number}')")
        else:
            write(name, f"CREATE TABLE t{number} (id INT);", f"DROP TABLE t{number};")
        return name

    return write_table


def tables(database):
    """The tables or collections that the migrations made."""
    return set(engines.tables(database))


def migrate(database, **how):
    return list(migration.migrate(database, **how))


def rollback(database, *count):
    return list(migration.rollback(database, *count))


def status(database):
    """The status, without the times."""
    return [
        (name, words.partition(" 20")[0] + words.partition("+00:00")[2])
        for name, words in migration.status(database)
    ]


# --- What is refused ---


def test_a_file_edited_after_it_was_applied_is_refused_and_nothing_else_applied(
    database, folder, write_table
):
    first, second = write_table(1), write_table(2)
    migrate(database)
    third = write_table(3)
    [path] = folder.glob("0002*")
    path.write_text(path.read_text().replace("t2", "t22"))
    with pytest.raises(MigrationError, match=f"{second} was applied and then edited"):
        migrate(database)
    assert tables(database) == {"t1", "t2"}
    assert migration.pending(database) == [third]
    assert status(database) == [
        (first, "applied"),
        (second, "applied, but its file was edited since"),
        (third, "pending"),
    ]


def test_an_applied_file_that_is_missing_is_refused(database, folder, write_table):
    _first, second = write_table(1), write_table(2)
    migrate(database)
    write_table(3)
    [path] = folder.glob("0002*")
    path.unlink()
    with pytest.raises(MigrationError, match=f"{second} was applied, but its file is not here"):
        migrate(database)
    with pytest.raises(MigrationError, match=f"{second} was applied, but its file is not here"):
        rollback(database)
    assert tables(database) == {"t1", "t2"}
    assert status(database)[1] == (second, "applied, but its file is not here")
    with pytest.raises(MigrationError, match=f"let flask db-forget {second} remove the record"):
        migrate(database)


def test_a_record_is_forgotten_only_if_its_file_is_gone(database, folder, write_table):
    first, second = write_table(1), write_table(2)
    migrate(database)
    [path] = folder.glob("0002*")
    path.unlink()
    with pytest.raises(MigrationError, match=f"the file of {first} is here"):
        migration.forget(database, first)
    assert not migration.forget(database, "0003_nothing")
    assert migration.forget(database, second)
    assert status(database) == [(first, "applied")]
    assert migrate(database) == []
    assert tables(database) == {"t1", "t2"}


def test_some_migrations_are_undone_alone_the_newest_first(database, write_table):
    names = [write_table(number) for number in (1, 2, 3)]
    migrate(database)
    late = write_table(4)
    files = [one for one in database.migrations() if one.name in (names[0], names[2], late)]
    assert list(migration.undo(database, files)) == [names[2], names[0]]
    assert tables(database) == {"t2"}
    assert migration.pending(database) == [names[0], names[2], late]


def test_a_table_has_rows_or_none(database, engine, write_table):
    write_table(1)
    migrate(database)
    assert not database.has_rows("t1")
    if engine == "mongodb":
        database.driver_database().t1.insert_one({})
    else:
        database.run("INSERT INTO t1 (id) VALUES (1)")
    assert database.has_rows("t1")


def test_two_files_with_the_same_number_are_refused(database, folder, write, write_table):
    write_table(1)
    write("0001_another", "x")
    with pytest.raises(MigrationError, match=r"0001_another\S* and 0001_table_1\S* have the same"):
        migrate(database)
    assert tables(database) == set()


@pytest.mark.parametrize("name", ["0002_addUser", "2_add", "0002-add", "add", "00002_add"])
def test_a_file_without_a_number_is_refused_instead_of_ignored(
    database, folder, write, write_table, name
):
    write_table(1)
    write(name, "x")
    with pytest.raises(MigrationError, match=f"{name}.* must be named like 0001_small_letters"):
        migrate(database)


def test_backup_files_of_editors_are_ignored(database, engine, folder, write_table):
    name = write_table(1)
    suffix = ".py" if engine == "mongodb" else ".sql"
    (folder / f"._{name}{suffix}").write_text("x")
    (folder / f"{name}{suffix}~").write_text("x")
    (folder / "__init__.py").write_text("")
    assert migrate(database) == [name]


@only_sql
def test_a_half_applied_file_is_refused_if_its_applied_part_was_edited(database, write):
    write("0001_two", "CREATE TABLE t1 (id INT); CREATE TABEL t2 (id INT);")
    with pytest.raises(MigrationError):
        migrate(database)
    write("0001_two", "CREATE TABLE t0 (id INT); CREATE TABLE t2 (id INT);")
    with pytest.raises(
        MigrationError, match="0001_two was applied to step 1, then edited: restore"
    ):
        migrate(database)
    assert tables(database) == {"t1"}
    write("0001_two", "")
    with pytest.raises(
        MigrationError, match="0001_two was applied to step 1, then edited: restore"
    ):
        migrate(database)
    assert status(database) == [("0001_two", "applied, but its file was edited since")]


def test_a_migration_without_a_down_cannot_be_rolled_back(database, engine, write, write_table):
    write_table(1)
    write("0002_last", "pass" if engine == "mongodb" else "CREATE TABLE t2 (id INT)")
    migrate(database)
    with pytest.raises(MigrationError, match="0002_last does not say how to undo it"):
        rollback(database, 2)
    assert "t1" in tables(database)


# --- In order, once ---


def test_migrations_are_applied_in_order_and_only_once(database, write_table):
    names = [write_table(number) for number in (3, 1, 2)]
    assert migration.pending(database) == sorted(names)
    assert status(database) == [(name, "pending") for name in sorted(names)]
    assert migrate(database) == sorted(names)
    assert migrate(database) == []
    assert migration.pending(database) == []
    assert tables(database) == {"t1", "t2", "t3"}
    assert status(database) == [(name, "applied") for name in sorted(names)]


def test_the_status_shows_when_a_migration_was_applied(database, write_table):
    write_table(1)
    migrate(database)
    [(_name, words)] = migration.status(database)
    assert words.startswith(f"applied {model.frame.value.now().date().isoformat()}T")


def test_a_new_file_is_applied_after_the_old_ones(database, write_table):
    write_table(1)
    migrate(database)
    second = write_table(2)
    assert migration.pending(database) == [second]
    assert migrate(database) == [second]


def test_migrations_are_rolled_back_last_first(database, write_table):
    names = [write_table(number) for number in (1, 2, 3)]
    migrate(database)
    assert rollback(database, 0) == []
    assert rollback(database, -1) == []
    assert rollback(database, 2) == [names[2], names[1]]
    assert tables(database) == {"t1"}
    assert migration.pending(database) == names[1:]
    assert rollback(database) == [names[0]]
    assert rollback(database) == []
    assert migrate(database) == names


@pytest.mark.parametrize("ends", ["\r\n", "\r", "\ufeff"])
def test_other_line_endings_are_no_edit(database, folder, write_table, ends):
    name = write_table(1)
    migrate(database)
    [path] = folder.iterdir()
    changed = path.read_text().replace("\n", ends) if ends != "\ufeff" else ends + path.read_text()
    path.write_bytes(changed.encode())
    assert migrate(database) == []
    assert rollback(database) == [name]
    assert tables(database) == set()
    assert migrate(database) == [name]


@only_sql
def test_a_file_without_statements_is_applied_and_rolled_back_like_any_other(database, write):
    write("0001_nothing", "-- Nothing yet.\n\n-- down\n")
    assert migrate(database) == ["0001_nothing"]
    assert migrate(database) == []
    write("0001_nothing", "CREATE TABLE t1 (id INT);", "DROP TABLE t1;")
    with pytest.raises(MigrationError, match="0001_nothing was applied and then edited"):
        migrate(database)
    # It is begun anew as every other: undone, written, applied.
    write("0001_nothing", "-- Nothing yet.\n\n-- down\n")
    assert rollback(database) == ["0001_nothing"]
    write("0001_nothing", "CREATE TABLE t1 (id INT);", "DROP TABLE t1;")
    assert migrate(database) == ["0001_nothing"]


def test_the_projects_own_migrations_can_be_rolled_back_and_applied_again(database):
    names = [one.name for one in database.migrations()]
    assert migrate(database) == names
    assert rollback(database, len(names)) == names[::-1]
    assert migrate(database) == names
    id = database.users.insert(username="jake", email="jake@jake.jake", password_hash="x")
    assert database.users.find(id)["username"] == "jake"


# --- What fails in the middle ---


@only_sql
def test_a_failed_migration_says_where_and_why_and_continues_once_fixed(
    database, write, write_table
):
    write_table(1)
    good = "CREATE TABLE t2 (id INT);\nINSERT INTO t2 (id) VALUES (1);\n"
    write("0002_more", good + "INSERT INTO t2 (idd) VALUES (2);\nINSERT INTO t2 (id) VALUES (3);")
    write_table(3)
    with pytest.raises(MigrationError) as raised:
        migrate(database)
    assert str(raised.value).startswith("0002_more failed at step 3 of 4: ")
    assert "idd" in str(raised.value).splitlines()[0]
    assert "\nINSERT INTO t2 (idd) VALUES (2)\n" in str(raised.value)
    assert tables(database) == {"t1", "t2"}
    assert status(database)[1] == ("0002_more", "applied to step 2 of 4, then failed")
    assert migration.pending(database) == ["0002_more", "0003_table_3"]
    with pytest.raises(MigrationError, match="0002_more failed half-way: mend it and migrate"):
        rollback(database)
    write("0002_more", good + "INSERT INTO t2 (id) VALUES (2);\nINSERT INTO t2 (id) VALUES (3);")
    assert migrate(database) == ["0002_more", "0003_table_3"]
    rows = database.all("SELECT id FROM t2 ORDER BY id")
    assert [row["id"] for row in rows] == [1, 2, 3]


@only_sql
def test_a_failed_migration_may_be_fixed_by_removing_the_rest(database, write):
    write("0001_two", "CREATE TABLE t1 (id INT);\nCREATE TABEL t2 (id INT);")
    with pytest.raises(MigrationError):
        migrate(database)
    write("0001_two", "CREATE TABLE t1 (id INT);\n")
    assert migrate(database) == ["0001_two"]
    assert migration.pending(database) == []
    assert migrate(database) == []


@only_sql
def test_a_failed_rollback_continues_where_it_stopped(database, write, write_table):
    write_table(1)
    up = "CREATE TABLE t2 (id INT);\nCREATE TABLE t3 (id INT);"
    write("0002_two", up, "DROP TABLE t3;\nDROP TABEL t2;")
    migrate(database)
    with pytest.raises(MigrationError, match="0002_two failed at undoing step 2 of 2: ") as raised:
        rollback(database)
    assert "\nDROP TABEL t2\n" in str(raised.value)
    assert tables(database) == {"t1", "t2"}
    assert migration.pending(database) == ["0002_two"]
    with pytest.raises(MigrationError, match="0002_two was undone half-way: roll it back before"):
        migrate(database)
    write("0002_two", up, "DROP TABLE t3;\nDROP TABLE t2;")
    assert rollback(database, 2) == ["0002_two", "0001_table_1"]
    assert tables(database) == set()


@only_sql
def test_the_status_of_a_failed_rollback(database, write):
    write("0001_two", "CREATE TABLE t1 (id INT);", "DROP TABLE t1;\nDROP TABLE t2;")
    migrate(database)
    with pytest.raises(MigrationError):
        rollback(database)
    assert status(database) == [("0001_two", "undone to step 1 of 2, then failed")]


@only("mongodb")
def test_a_python_file_that_fails_says_why_and_runs_again_once_fixed(database, write, write_table):
    write_table(1)
    write("0002_more", "db.create_collection('t2'); db.t2.insert_one({'_id': 1 / 0})")
    write_table(3)
    with pytest.raises(MigrationError, match="0002_more failed at step 1 of 1: division by zero"):
        migrate(database)
    assert tables(database) == {"t1", "t2"}
    assert migration.pending(database) == ["0002_more", "0003_table_3"]
    # Mended at once, to a file of the same size.
    write("0002_more", "db.drop_collection('t2'); db.t2.insert_one({'_id': 10 /1})")
    assert migrate(database) == ["0002_more", "0003_table_3"]


@only("mongodb")
def test_a_python_file_whose_down_fails_is_rolled_back_once_fixed(database, write):
    up = "db.create_collection('t1')"
    write("0001_one", up, "db.drop_collection(t1)")
    migrate(database)
    with pytest.raises(MigrationError, match="failed at undoing step 1 of 1: name 't1' is not de"):
        rollback(database)
    write("0001_one", up, "db.drop_collection('t1')")
    assert rollback(database) == ["0001_one"]
    assert tables(database) == set()


@only("mongodb")
@pytest.mark.parametrize("text", ["def up(db)\n    pass", "def upp(db):\n    pass\n", "1 / 0"])
def test_a_python_file_that_cannot_run_is_named(database, folder, text):
    (folder / "0001_bad.py").write_text(text)
    assert migration.pending(database) == ["0001_bad"]
    with pytest.raises(MigrationError, match="0001_bad failed at step 1 of 1"):
        migrate(database)


@only("mysql")
def test_a_broken_connection_is_reported_and_leaves_no_lock(database, write, write_table):
    write("0001_kill", "CREATE TABLE t1 (id INT); KILL CONNECTION_ID();")
    with pytest.raises(MigrationError, match=r"0001_kill failed at step 2 of 2: .*(1927|2013)"):
        migrate(database)
    write("0001_kill", "CREATE TABLE t1 (id INT);")
    assert migrate(database, wait=2) == ["0001_kill"]


# --- SQLite changes a table by rebuilding it ---

PARENTS = """
    CREATE TABLE tp (id INTEGER PRIMARY KEY, name TEXT);
    CREATE TABLE tc (id INTEGER PRIMARY KEY, tp_id INTEGER REFERENCES tp (id) ON DELETE CASCADE);
    INSERT INTO tp (id, name) VALUES (1, 'a'), (2, 'b');
    INSERT INTO tc (id, tp_id) VALUES (1, 1), (2, 2);
"""
REBUILD = """
    CREATE TABLE tn (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
    INSERT INTO tn SELECT id, name FROM tp {where};
    DROP TABLE tp;
    ALTER TABLE tn RENAME TO tp{typing_error};
"""


@pytest.fixture
def family(database, write):
    write("0001_family", PARENTS)
    migrate(database)


def children(database):
    return [row["tp_id"] for row in database.all("SELECT tp_id FROM tc ORDER BY id")]


@only("sqlite")
def test_a_rebuilt_table_keeps_the_rows_that_refer_to_it(database, family, write):
    write("0002_rebuild", REBUILD.format(where="", typing_error=""))
    assert migrate(database) == ["0002_rebuild"]
    assert children(database) == [1, 2]
    # Foreign keys are looked at again.
    assert database.run("DELETE FROM tp WHERE id = 1") == 1
    assert children(database) == [2]


@only("sqlite")
def test_a_file_that_leaves_an_orphan_is_refused_and_undone(database, family, write, write_table):
    second = write_table(2)
    write("0003_orphan", REBUILD.format(where="WHERE id = 1", typing_error=""))
    write_table(4)
    done = []
    with pytest.raises(MigrationError, match="0003_orphan was rolled back: a row of tc was left"):
        done.extend(name for name in migration.migrate(database))
    assert migration.pending(database) == ["0003_orphan", "0004_table_4"]
    assert tables(database) == {"tp", "tc", "t2"}
    assert [row["id"] for row in database.all("SELECT id FROM tp ORDER BY id")] == [1, 2]
    assert status(database)[1:3] == [(second, "applied"), ("0003_orphan", "pending")]
    write("0003_orphan", REBUILD.format(where="", typing_error=""))
    assert migrate(database) == ["0003_orphan", "0004_table_4"]


@only("sqlite")
def test_a_rollback_that_leaves_an_orphan_is_refused(database, family, write):
    write("0002_more", "INSERT INTO tp (id, name) VALUES (3, 'c');", "DELETE FROM tp WHERE id = 1;")
    migrate(database)
    with pytest.raises(MigrationError, match="0002_more was rolled back: a row of tc was left"):
        rollback(database)
    assert len(database.all("SELECT id FROM tp")) == 3
    assert migration.pending(database) == []


@only("sqlite")
def test_a_rebuild_that_fails_says_why_and_continues_once_fixed(database, family, write):
    write("0002_rebuild", REBUILD.format(where="", typing_error=" x"))
    with pytest.raises(MigrationError, match=r"0002_rebuild failed at step 4 of 4: .*syntax"):
        migrate(database)
    write("0002_rebuild", REBUILD.format(where="", typing_error=""))
    assert migrate(database) == ["0002_rebuild"]
    assert children(database) == [1, 2]


# --- Several processes ---

CHILD = """
import sys, time
from datetime import timedelta
from pathlib import Path
import model
from model.frame import migration
from {package} import ledger
ledger.FOLDER = Path({folder!r})
ledger.LEASE, ledger.RENEWAL_SECONDS = timedelta(seconds=1), 0.2
database = model.connect({url!r})
"""


@pytest.fixture
def start(engine, ledger, folder, url):
    """Start a process with the same database and the same files."""
    begun = []

    def start(code):
        given = {"package": PACKAGES[engine], "folder": str(ledger.FOLDER), "url": url}
        process = subprocess.Popen(
            [sys.executable, "-c", CHILD.format(**given) + code],
            cwd=PROJECT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        begun.append(process)
        return process

    yield start
    for process in begun:
        process.kill()
        process.communicate()


SLOWLY = {
    "sqlite": "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000)"
    " SELECT COUNT(*) FROM n;",
    "mysql": "SELECT SLEEP(0.1);",
    "mongodb": "time.sleep(0.1)",
}


def test_of_several_processes_one_migrates_and_the_others_wait(database, engine, write, start):
    one_row = {
        "mongodb": "db.t.insert_one({'at': time.time()})",
        "sqlite": "INSERT INTO t (id) VALUES (1);",
        "mysql": "INSERT INTO t (id) VALUES (1);",
    }
    if engine != "mongodb":
        write("0001_table", "CREATE TABLE t (id INT);")
    for number in range(2, 6):
        line_end = "\n    " if engine == "mongodb" else "\n"
        write(f"000{number}_row", SLOWLY[engine] + line_end + one_row[engine])
    names = migration.pending(database)
    processes = [start("print(*migration.migrate(database, wait=20))") for _ in range(3)]
    outputs = [process.communicate(timeout=30)[0].split() for process in processes]
    assert sorted(name for output in outputs for name in output) == names, outputs
    # Whoever got there first did everything: the others found nothing left to do.
    assert sorted(map(len, outputs)) == [0, 0, len(names)]
    assert count_rows(database) == 4


def count_rows(database):
    if database.engine == "mongodb":
        return database.driver_database().t.count_documents({})
    return database.one("SELECT COUNT(*) AS n FROM t")["n"]


@pytest.fixture
def held(start):
    """A process that holds the lock until it is killed."""
    process = start("with database.ledger(5):\n    print('held', flush=True)\n    time.sleep(60)")
    assert process.stdout.readline() == "held\n"
    return process


def test_waiting_too_long_for_the_lock_is_a_clear_error(database, write_table, held):
    write_table(1)
    started = time.monotonic()
    with pytest.raises(Unavailable, match=r"another process is migrating|another writer"):
        # Longer than the lease in that process, which renews it.
        migrate(database, wait=1.5)
    assert 1.4 < time.monotonic() - started < 3
    assert migration.pending(database) == ["0001_table_1"]
    # The lock is asked for by those who migrate, not by those who look.
    assert status(database) == [("0001_table_1", "pending")]


def test_a_killed_process_does_not_keep_the_lock(database, engine, write_table, held):
    name = write_table(1)
    held.kill()
    held.wait()
    started = time.monotonic()
    assert migrate(database, wait=5) == [name]
    assert time.monotonic() - started < (2.5 if engine == "mongodb" else 1)


# Says which step it is about to perform.
TELLING = """
perform = ledger.Ledger.perform
def tell_and_perform(ledger, migration, step):
    print(step.text, flush=True)
    perform(ledger, migration, step)
ledger.Ledger.perform = tell_and_perform
"""
# Steps that last longer than it takes to be killed.
ENDLESSLY = {
    "sqlite": "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
    " SELECT COUNT(*) FROM n",
    "mysql": "SELECT SLEEP(2)",  # the server ends it, and the lock, on its own
}


@only_sql
def test_what_a_killed_process_left_unfinished_is_continued(database, engine, write, start):
    slow = ENDLESSLY[engine]
    write("0001_two", f"CREATE TABLE t1 (id INT); {slow}; CREATE TABLE t2 (id INT);")
    process = start(TELLING + "list(migration.migrate(database))")
    told = [process.stdout.readline().rstrip("\n") for _ in range(2)]
    assert told == ["CREATE TABLE t1 (id INT)", slow]
    time.sleep(0.2)  # what was told begins
    process.kill()
    process.wait()
    write("0001_two", "CREATE TABLE t1 (id INT); CREATE TABLE t2 (id INT);")
    # MySQL kept the first step, and SQLite undid it.
    assert migrate(database, wait=10) == ["0001_two"]
    assert tables(database) == {"t1", "t2"}


def test_a_process_that_waited_finds_nothing_to_do(database, url, write_table):
    name = write_table(1)
    waiting = model.connect(url)
    found = []
    with database.ledger(5):
        thread = threading.Thread(target=lambda: found.append(migrate(waiting, wait=10)))
        thread.start()
        time.sleep(0.3)
        assert found == []
    thread.join()
    waiting.close()
    assert found == [[name]]
    assert migrate(database) == []


@only("mongodb")
def test_a_server_that_is_down_is_unavailable(write_table, monkeypatch):
    write_table(1)
    monkeypatch.setattr("model.mongodb.driver.collection.SECONDS", 0.2)
    away = model.connect("mongodb://127.0.0.1:1/away")
    with pytest.raises(Unavailable):
        migrate(away)
    away.close()


# --- Long steps ---


@pytest.mark.drill
@only("mysql")
def test_neither_a_long_step_nor_a_long_wait_times_out_on_mysql(database, url, write):
    write("0001_long", "SELECT SLEEP(4.5); CREATE TABLE t1 (id INT);")
    found = []
    waiting = model.connect(url)
    threads = [
        threading.Thread(target=lambda one=one: found.append(migrate(one)))
        for one in (database, waiting)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    waiting.close()
    assert sorted(found) == [[], ["0001_long"]]
    assert tables(database) == {"t1"}
    # Other statements are hurried as before.
    started = time.monotonic()
    with suppress(Unavailable):
        database.one("SELECT SLEEP(10) AS slept")
    assert time.monotonic() - started < 4


@pytest.mark.drill
@only("mongodb")
def test_a_long_step_does_not_time_out_on_mongodb(database, ledger, write, monkeypatch):
    monkeypatch.setattr(ledger, "LEASE", timedelta(seconds=2))
    monkeypatch.setattr(ledger, "RENEWAL_SECONDS", 0.3)
    blocked = "{'failCommands': ['insert'], 'blockConnection': True, 'blockTimeMS': 4600}"
    write(
        "0001_long",
        "db.client.admin.command('configureFailPoint', 'failCommand', mode={'times': 1},"
        f" data={blocked})\n    db.t1.insert_one({{'_id': 1}})",
    )
    assert migrate(database) == ["0001_long"]
    assert database.driver_database().t1.count_documents({}) == 1
