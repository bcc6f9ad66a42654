"""What the databases really do when things go wrong, and what the models then answer.

Nothing here is made up: servers are killed, stopped, filled and refused, and afterwards the same
Database object must work as if nothing had happened.
"""

import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from functools import cache, partial
from pathlib import Path

import pytest

import model
from model.frame import migration
from model.frame.error import (
    ConnectionLost,
    Duplicate,
    HasChildren,
    InvalidValue,
    MissingParent,
    TooLarge,
    TryAgain,
    Unavailable,
)
from tests import engines
from tests.conftest import PROJECT
from tests.model.marks import only, present
from tests.servers import MariaServer, MongoServer, Proxy, free_port, own

SECONDS = 5.5
SECRET = "geheim"
SERVERS = {"mysql": MariaServer, "mongodb": MongoServer}
LOG = {
    "ip": "::1",
    "method": "GET",
    "path": "/",
    "status": 200,
    "milliseconds": 1.5,
    "request_id": "r",
}


mysql_only = pytest.mark.parametrize("name", present("mysql"), indirect=True)
mongodb_only = pytest.mark.parametrize("name", present("mongodb"), indirect=True)


@cache
def migrated_url(name):
    server = own(SERVERS[name])
    url = server.url("faults")
    database = model.connect(url)
    database.create()
    list(migration.migrate(database))
    database.close()
    return url


@pytest.fixture(params=present(*SERVERS))
def name(request):
    return request.param


@pytest.fixture
def server(name):
    """A server that the test may break; it is restored afterwards."""
    server = own(SERVERS[name])
    url = migrated_url(name)
    yield server
    server.resume()
    if server.process.poll() is not None:
        server.start()
    if name == "mysql":
        server.sql(
            "SET GLOBAL read_only = 0",
            "SET GLOBAL wait_timeout = 28800",
            "SET GLOBAL max_connections = 151",
            "SET GLOBAL max_allowed_packet = 16777216",
        )
    with closing(model.connect(url)) as database:
        engines.empty(database)


@pytest.fixture
def served(name, server):
    """A database on a server that the test may break, with one idle connection."""
    database = model.connect(migrated_url(name))
    assert database.logs.count() == 0
    yield database
    database.close()


def write(db):
    return db.logs.insert_log(**LOG)


def read(db):
    return db.logs.count()


def assert_away(work, error=Unavailable):
    """The work ends in time with Unavailable."""
    started = time.monotonic()
    with pytest.raises(error) as raised:
        work()
    assert time.monotonic() - started < SECONDS
    return raised.value


def assert_all_away(*works):
    """In parallel, for each may take some seconds."""
    with ThreadPoolExecutor(len(works)) as threads:
        return list(threads.map(assert_away, works))


def assert_works(database, rows=0):
    """Every connection of the pool works, and nothing was stored but what was acknowledged."""
    assert read(database) == rows
    write(database)
    database.atomically(write)
    with ThreadPoolExecutor(10) as threads:
        assert set(threads.map(lambda _: read(database), range(20))) == {rows + 2}


# --- A server goes away and comes back ---


def begun(db, inside, is_away):
    """Write, wait until the server is away, and write again."""
    write(db)
    inside.set()
    assert is_away.wait(10)
    write(db)


def assert_away_in_transactions_too(database, strike, *works):
    """Strike the server in the middle of a transaction: that one and all works end in time."""
    inside, is_away = threading.Event(), threading.Event()
    with ThreadPoolExecutor(1) as threads:
        work = partial(database.atomically, lambda db: begun(db, inside, is_away))
        half = threads.submit(assert_away, work)
        assert inside.wait(10)
        strike()
        is_away.set()
        assert_all_away(*works)
        half.result(30)


def test_a_killed_server_is_unavailable_in_time_and_works_once_it_is_back(served, server):
    """In parallel: on an idle connection, on new ones, in transactions begun before and after."""
    assert_away_in_transactions_too(
        served,
        server.kill,
        lambda: read(served),
        lambda: write(served),
        lambda: served.atomically(read),
        lambda: served.atomically(write),
        served.ping,
    )
    server.start()
    served.ping()
    assert_works(served)


def test_a_restart_between_two_statements_is_not_noticed(served, server):
    server.kill()
    server.start()
    assert_works(served)


def test_a_hanging_server_is_unavailable_in_time_and_works_once_it_goes_on(served, server, name):
    """In parallel, as above; and what was begun before is not kept when it goes on."""
    fresh = model.connect(migrated_url(name))
    assert_away_in_transactions_too(
        served,
        server.pause,
        lambda: read(served),
        lambda: served.atomically(write),
        lambda: read(fresh),
        lambda: fresh.atomically(write),
    )
    server.resume()
    assert_works(served)
    assert read(fresh) == 2
    fresh.close()


@contextmanager
def greeter(greeting):
    """Another kind of server, which sends something and hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as other:

        def greet():
            with suppress(OSError):
                while True:
                    guest, _ = other.accept()
                    guest.sendall(greeting)
                    guest.close()

        thread = threading.Thread(target=greet)
        thread.start()
        yield other.getsockname()
        other.shutdown(socket.SHUT_RDWR)
        thread.join()


@contextmanager
def deaf():
    """A port whose queue is full: the next client gets no answer at all."""
    with socket.socket() as port, socket.socket() as first, socket.socket() as second:
        port.bind(("127.0.0.1", 0))
        port.listen(0)
        for one in (first, second):
            one.setblocking(False)
            one.connect_ex(port.getsockname())
        yield port.getsockname()


def test_a_server_that_is_down_unknown_or_no_database_is_unavailable_in_time(name, server):
    down, unknown = ("127.0.0.1", free_port()), ("nowhere.invalid", 3306)
    handshake = b"\x05\0\0\0\x0aabcd"
    with deaf() as silent, greeter(b"SSH-2.0-x\r\n") as ssh, greeter(handshake) as half:
        databases = [
            # The server itself is there, but lets nobody of this name in.
            model.connect(f"{name}://u:{SECRET}@{host}:{port}/faults")
            for host, port in (down, unknown, silent, ssh, half, ("127.0.0.1", server.port))
        ]
        works = [partial(read, database) for database in databases]
        works += [partial(database.atomically, write) for database in databases]
        for error in assert_all_away(*works):
            assert_shows_no(SECRET, error)
    for database in databases:
        database.close()


# --- A statement whose answer is lost ---


@contextmanager
def proxied(name, server):
    proxy = Proxy(server.port)
    url = re.sub(r":\d+/", f":{proxy.port}/", migrated_url(name))
    database = model.connect(url + ("?directConnection=true" if name == "mongodb" else ""))
    yield database, proxy
    database.close()
    proxy.close()


@pytest.mark.parametrize("after", [False, True], ids=["unheard", "unanswered"])
def test_a_single_write_whose_answer_was_lost_is_never_repeated(name, server, served, after):
    with proxied(name, server) as (database, proxy):
        assert read(database) == 0
        proxy.cut(b"INSERT INTO" if name == "mysql" else b"insert", after=after, once=True)
        if name == "mysql":
            assert_away(lambda: write(database), ConnectionLost)
        else:
            # PyMongo repeats it under the same number; our own document is no duplicate.
            assert write(database) > 0
        assert proxy.cuts == 1
        assert_works(database, rows=int(after or name == "mongodb"))


# --- Too many connections ---


@only("sqlite", "mysql")
def test_threads_beyond_the_pool_size_wait_and_then_fail(database, url):
    small = model.connect(f"{url}?pool_size=2&pool_wait=0.2")
    full, done = threading.Barrier(3), threading.Event()

    def hold(_number):
        connection = small.pool.take()
        full.wait(10)
        done.wait(10)
        small.pool.give(connection)

    with ThreadPoolExecutor(2) as threads:
        holding = threads.map(hold, range(2))
        full.wait(10)
        started = time.monotonic()
        for work in (lambda: read(small), lambda: small.atomically(write)):
            with pytest.raises(Unavailable, match="all 2 connections are in use"):
                work()
        assert 0.4 <= time.monotonic() - started < 2
        waiting = threading.Thread(target=lambda: read(small))
        waiting.start()
        done.set()
        waiting.join(10)
        list(holding)
    assert_works(small)
    small.close()


@mysql_only
def test_too_many_connections_are_retried_and_then_unavailable(served, server):
    import pymysql

    server.sql("SET GLOBAL max_connections = 10")
    guests = []
    served.pool.empty()
    with suppress(pymysql.OperationalError):
        while True:
            guests.append(pymysql.connect(unix_socket=server.socket, user="root"))
    error = assert_away(lambda: read(served), TryAgain)
    assert error.__cause__.args[0] == 1040
    assert_away(lambda: served.atomically(write), TryAgain)
    for guest in guests:
        guest.close()
    wait_until(lambda: read_or_none(served) is not None)
    server.sql("SET GLOBAL max_connections = 151")
    assert_works(served)


def read_or_none(database):
    with suppress(Unavailable):
        return read(database)


def wait_until(is_so, seconds=10):
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def plain_user(server, limits=""):
    """A user without root's privileges."""
    server.sql(
        f"CREATE OR REPLACE USER 'plain'@'%' IDENTIFIED BY '{SECRET}' {limits}",
        "GRANT ALL ON faults.* TO 'plain'@'%'",
    )
    return f"mysql://plain:{SECRET}@127.0.0.1:{server.port}/faults"


@mysql_only
def test_a_users_connection_limit_is_unavailable_too(served, server):
    database = model.connect(plain_user(server, "WITH MAX_USER_CONNECTIONS 1"))
    held = database.pool.take()
    error = assert_away(lambda: read(database), TryAgain)
    assert error.__cause__.args[0] == 1226
    database.pool.give(held)
    assert read(database) == 0
    database.close()


# --- What MySQL does ---


@mysql_only
def test_a_connection_idle_past_wait_timeout_is_replaced(served, server):
    server.sql("SET GLOBAL wait_timeout = 1")
    served.pool.empty()
    before = served.one("SELECT CONNECTION_ID() AS id")["id"]
    [idle] = [served.pool.take()]
    served.pool.give(idle)
    wait_until(lambda: not idle.is_alive())
    server.sql("SET GLOBAL wait_timeout = 28800")
    assert served.one("SELECT CONNECTION_ID() AS id")["id"] != before
    assert_works(served)


@mysql_only
def test_a_killed_idle_connection_is_replaced(served, server):
    idle = served.pool.take()
    served.pool.give(idle)
    server.sql(f"KILL {idle.one('SELECT CONNECTION_ID() AS id', {})['id']}")
    wait_until(lambda: not idle.is_alive())
    assert_works(served)


@mysql_only
def test_a_read_only_server_is_unavailable_and_its_connection_closed(served, server):
    database = model.connect(plain_user(server))
    server.sql("SET GLOBAL read_only = 1")
    for work in (lambda: write(database), lambda: database.atomically(write)):
        error = assert_away(work)
        assert error.__cause__.args[0] == 1290
        assert not database.pool._share().idle
    assert read(database) == 0
    server.sql("SET GLOBAL read_only = 0")
    assert_works(database)
    database.close()


@mysql_only
def test_a_write_that_exceeds_the_statement_timeout_is_never_done_later(served):
    sql = """
        INSERT INTO logs (ip, method, path, status, milliseconds, request_id, created_at)
        SELECT 'i', 'm', 'p', 200, SLEEP(20), 'r', NOW()
    """
    with ThreadPoolExecutor(2) as threads:
        lone = threads.submit(assert_away, lambda: served.run(sql))
        error = assert_away(lambda: served.atomically(lambda db: (write(db), db.run(sql))))
        lone.result(10)
    assert error.__cause__.args[0] == 1969
    assert not isinstance(error, ConnectionLost)
    assert_works(served)


@mysql_only
@pytest.mark.parametrize("size", [20_000, 2_000_000])
def test_a_packet_too_big_is_refused_and_its_connection_closed(served, server, size):
    server.sql("SET GLOBAL max_allowed_packet = 2048")
    served.pool.empty()
    # A large one breaks the line before the server can say why.
    refused = (TooLarge, ConnectionLost)
    with pytest.raises(refused):
        served.one("SELECT %(text)s AS text", text="x" * size)
    with pytest.raises(refused):
        served.atomically(lambda db: (write(db), db.one("SELECT %(t)s AS t", t="x" * size)))
    server.sql("SET GLOBAL max_allowed_packet = 16777216")
    served.pool.empty()
    assert_works(served)


@mysql_only
def test_a_refused_login_is_unavailable_and_shows_no_password(served, server):
    url = plain_user(server).replace(SECRET, SECRET + "er")
    error = assert_away(lambda: read(model.connect(url)))
    assert error.__cause__.args[0] == 1045
    assert_shows_no(SECRET, error)


def assert_shows_no(secret, error):
    shown = "".join(traceback.format_exception(error))
    one = error
    while one is not None:
        shown += f"{one}{one!r}{one.args}"
        one = one.__cause__ or one.__context__
    assert secret not in shown


# --- What is refused, by its code ---


TABLES = (
    "CREATE TABLE parents (id INTEGER PRIMARY KEY)",
    """
    CREATE TABLE kids (
        id INTEGER PRIMARY KEY,
        parent_id INTEGER NOT NULL,
        name VARCHAR(5) NOT NULL UNIQUE,
        age SMALLINT NOT NULL DEFAULT 1,
        CONSTRAINT age_is_sound CHECK (age < 150),
        FOREIGN KEY (parent_id) REFERENCES parents (id)
    )
    """,
    "INSERT INTO parents VALUES (1), (2)",
    "INSERT INTO kids VALUES (1, 1, 'one', 1)",
)


@pytest.fixture
def family(database):
    for statement in TABLES:
        database.run(statement)
    yield database
    database.run("DROP TABLE kids")
    database.run("DROP TABLE parents")


REFUSED = [
    ("INSERT INTO kids VALUES (2, 1, 'one', 1)", Duplicate, 1062),
    ("INSERT INTO kids VALUES (1, 1, 'two', 1)", Duplicate, 1062),
    ("UPDATE kids SET name = 'one', id = 1 WHERE 1 = 1", None, None),
    ("INSERT INTO kids VALUES (2, 9, 'two', 1)", MissingParent, 1452),
    ("UPDATE kids SET parent_id = 9", MissingParent, 1452),
    ("DELETE FROM parents WHERE id = 1", HasChildren, 1451),
    ("INSERT INTO kids VALUES (2, 1, NULL, 1)", InvalidValue, 1048),
    ("INSERT INTO kids (id, parent_id) VALUES (2, 1)", InvalidValue, 1364),
    ("INSERT INTO kids VALUES (2, 1, 'two', 150)", InvalidValue, 4025),
]
REFUSED_BY_MYSQL = [
    ("INSERT INTO kids VALUES (2, 1, 'too long', 1)", InvalidValue, 1406),
    ("INSERT INTO kids VALUES (2, 1, 'two', -99999)", InvalidValue, 1264),
    ("INSERT INTO kids VALUES (2, 1, 'two', 'old')", InvalidValue, 1366),
]


def assert_refused(family, sql, expected, code):
    if expected is None:
        assert family.run(sql) == 1
        return
    for work in (lambda: family.run(sql), lambda: family.atomically(lambda db: db.run(sql))):
        with pytest.raises(expected) as raised:
            work()
        assert not isinstance(raised.value, Unavailable)
        if family.engine == "mysql":
            assert raised.value.__cause__.args[0] == code
    assert family.all("SELECT id, name, age FROM kids") == [{"id": 1, "name": "one", "age": 1}]
    # Refused by the server alone, so the connection was kept.
    assert len(family.pool._share().idle) == 1


@only("sqlite", "mysql")
@pytest.mark.parametrize(("sql", "expected", "code"), REFUSED)
def test_each_violated_constraint_has_its_own_error(family, sql, expected, code):
    assert_refused(family, sql, expected, code)


@only("mysql")
@pytest.mark.parametrize(("sql", "expected", "code"), REFUSED_BY_MYSQL)
def test_mysql_converts_no_value(family, sql, expected, code):
    assert_refused(family, sql, expected, code)


def test_a_lone_surrogate_reaches_no_database(database):
    for work in (
        lambda: database.users.find_by_email("\ud800"),
        lambda: database.atomically(lambda db: db.users.find_by_email("\ud800")),
        lambda: database.sessions.find_reader("\udfff"),
    ):
        with pytest.raises(InvalidValue):
            work()
    assert_works(database)


@only("sqlite")
def test_a_number_too_large_for_sqlite_is_refused(database):
    with pytest.raises(InvalidValue):
        database.one("SELECT %(n)s AS n", n=2**63)
    assert_works(database)


@only("sqlite", "mysql")
def test_invalid_sql_raises_the_drivers_own_error(database):
    import pymysql

    driver_errors = (sqlite3.Error, pymysql.Error)
    for sql in ("SELEC 1", "SELECT no_such FROM users", "SELECT * FROM no_such_table"):
        with pytest.raises(driver_errors):
            database.atomically(lambda db, sql=sql: (write(db), db.one(sql)))
    assert_works(database)


# --- What SQLite does ---


@pytest.fixture
def lite(tmp_path):
    return engines.clean_database("sqlite", tmp_path)


@engines.needs("sqlite")
def test_a_full_sqlite_is_unavailable_and_keeps_no_part_of_a_transaction(lite):
    database = model.connect(f"{lite}?pool_size=1")
    pages = database.one("PRAGMA page_count")["page_count"]
    database.one(f"PRAGMA max_page_count = {pages + 3}")
    long = {**LOG, "path": "x" * 2000}

    def fill(db):
        for _ in range(100):
            db.logs.insert_log(**long)

    error = assert_away(lambda: database.atomically(fill))
    assert error.__cause__.sqlite_errorcode == sqlite3.SQLITE_FULL
    assert read(database) == 0

    def fill_and_carry_on(db):
        with suppress(Unavailable):
            fill(db)
        write(db)

    assert_away(lambda: database.atomically(fill_and_carry_on))
    assert read(database) == 0
    with pytest.raises(Unavailable, match="full"):
        fill(database)
    kept = read(database)
    database.one("PRAGMA max_page_count = 1000000")
    assert_works(database, rows=kept)
    database.close()


@engines.needs("sqlite")
def test_a_file_that_is_no_database_is_unavailable_and_stays_unchanged(tmp_path):
    path = tmp_path / "letter.txt"
    path.write_text("Dear Jake,\n" * 1000)
    database = model.connect(f"sqlite:///{path}")
    assert_away(lambda: read(database))
    assert_away(lambda: database.atomically(write))
    database.close()
    assert path.read_text() == "Dear Jake,\n" * 1000


@engines.needs("sqlite")
def test_a_sqlite_file_without_its_folder_is_unavailable_until_it_is_created(tmp_path):
    database = model.connect(f"sqlite:///{tmp_path}/new/test.db")
    assert_away(lambda: database.one("SELECT 1 AS one"))
    assert not (tmp_path / "new").exists()
    database.create()
    assert database.one("SELECT 1 AS one") == {"one": 1}
    database.close()


READ_ONLY = """
import os, sys
import model
from model.frame.error import Unavailable
from tests.model.frame.test_faults import LOG
database = model.connect(sys.argv[1])
if os.geteuid() == 0:
    os.setgroups([]), os.setgid(65534), os.setuid(65534)
for work in (
    lambda: database.logs.insert_log(**LOG),
    lambda: database.atomically(lambda db: db.logs.insert_log(**LOG)),
):
    try:
        work()
    except Unavailable as error:
        print(error)
"""


@engines.needs("sqlite")
def test_a_read_only_sqlite_file_is_unavailable(lite):
    # Root may write everywhere, and nobody may enter pytest's folders.
    folder = Path(tempfile.mkdtemp(prefix="retort"))
    try:
        model_copy = folder / "test.db"
        shutil.copy(lite.removeprefix("sqlite:///"), model_copy)
        model_copy.chmod(0o444)
        folder.chmod(0o555)
        finished = run_python(READ_ONLY, f"sqlite:///{model_copy}")
        assert finished.returncode == 0, finished.stderr
        said = finished.stdout.splitlines()
        assert len(said) == 2
        assert all("cannot be" in line for line in said)
        folder.chmod(0o755)
        model_copy.chmod(0o644)
        database = model.connect(f"sqlite:///{model_copy}")
        assert_works(database)
        database.close()
    finally:
        folder.chmod(0o755)
        shutil.rmtree(folder)


def run_python(code, *arguments):
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=PROJECT,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


# --- What MongoDB does ---


@contextmanager
def failing(database, *, commands, times="alwaysOn", **data):
    """Let the server answer these commands with an error, or not at all."""
    import pymongo

    mode = times if times == "alwaysOn" else {"times": times}
    data = {"failCommands": commands, **data}
    address = "{}:{}".format(*database.driver_database().client.address)
    # A client of its own, for the database's may have lost its server to the error.
    with pymongo.MongoClient(f"mongodb://{address}/?directConnection=true") as client:
        client.admin.command("configureFailPoint", "failCommand", mode=mode, data=data)
        yield
        client.admin.command("configureFailPoint", "failCommand", mode="off")


@mongodb_only
@pytest.mark.parametrize("code", [13, 50, 14031])
def test_a_mongodb_that_refuses_commands_is_unavailable(served, code):
    with failing(served, commands=["insert", "find", "aggregate"], errorCode=code):
        assert_all_away(
            lambda: write(served),
            lambda: served.atomically(write),
            lambda: read(served),
            served.ping,
        )
    assert_works(served)


@mongodb_only
@pytest.mark.parametrize("command", ["insert", "commitTransaction"])
def test_pymongo_retries_after_a_broken_connection(served, command):
    with failing(served, commands=[command], times=1, closeConnection=True):
        served.atomically(write)
    assert_works(served, rows=1)


@mongodb_only
def test_a_real_duplicate_is_not_taken_for_the_drivers_retry(served):
    insert = partial(served.users.insert, password_hash="x")
    insert(username="jake", email="jake@jake.jake")
    for work in (
        lambda: insert(username="jake", email="new"),
        lambda: served.atomically(
            lambda db: db.users.insert(username="jake", email="new", password_hash="x")
        ),
    ):
        with pytest.raises(Duplicate) as raised:
            work()
        assert raised.value.fields == ("username",)


# --- A fork ---


FORKED = """
import os, sys, threading
import model

database = model.connect(sys.argv[1])
ids = [
    database.users.insert(username=f"u{n}", email=f"e{n}", password_hash="x") for n in range(20)
]

def ask(problems, begin):
    begin.wait()
    for turn in range(10):
        for number, id in enumerate(ids[:10] if turn % 2 else ids[10:]):
            expected = number if turn % 2 else number + 10
            if database.users.find(id)["username"] != f"u{expected}":
                problems.append(id)
        if database.atomically(lambda db: db.users.find_by_email("e3"))["username"] != "u3":
            problems.append(turn)

def in_threads():
    problems, begin = [], threading.Barrier(4)
    def guarded():
        try:
            ask(problems, begin)
        except Exception as error:
            problems.append(error)
            print(repr(error), file=sys.stderr)
    threads = [threading.Thread(target=guarded) for _ in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    return len(problems)

children = []
for _ in range(2):
    child = os.fork()
    if child == 0:
        code = 1
        try:
            code = 0 if in_threads() == 0 else 2
            database.close()
        finally:
            os._exit(code)
    children.append(child)
own = in_threads()
codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
own += in_threads()
database.close()
print(own, codes)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_a_forked_child_and_its_parent_never_read_each_others_answers(database, url):
    finished = run_python(FORKED, url)
    assert (finished.stdout, finished.returncode) == ("0 [0, 0]\n", 0), finished.stderr
