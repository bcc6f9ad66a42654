"""Transactions on every engine: commit, rollback, and retries when the database asks for one."""

import json
import re
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from itertools import pairwise

import pytest

import model
from model.frame.error import (
    ConnectionLost,
    Duplicate,
    ModelError,
    OutcomeUnknown,
    TryAgain,
    Unavailable,
)
from model.frame.transaction import TRIES_AGAIN, atomic, in_transaction
from tests.conftest import PROJECT
from tests.model.marks import only, present
from tests.servers import MariaServer, MongoServer, Proxy, own

ACCOUNTS = 6
START = 1000


# --- A bank: accounts, and every move between two of them by an id that the client chose ---


def open_bank(database):
    """Create the tables or collections, empty except for the accounts."""
    if database.engine == "mongodb":
        for name in ("accounts", "moves"):
            database.driver_database().drop_collection(name)
            database.driver_database().create_collection(name)
    else:
        database.run("DROP TABLE IF EXISTS accounts")
        database.run("DROP TABLE IF EXISTS moves")
        database.run("CREATE TABLE accounts (id INTEGER PRIMARY KEY, amount INTEGER NOT NULL)")
        database.run("CREATE TABLE moves (id BIGINT PRIMARY KEY)")
    for number in range(ACCOUNTS):
        add(database, "accounts", id=number, amount=START)


def close_bank(database):
    if database.engine == "mongodb":
        for name in ("accounts", "moves"):
            database.driver_database().drop_collection(name)
    else:
        database.run("DROP TABLE IF EXISTS accounts")
        database.run("DROP TABLE IF EXISTS moves")


def is_mongodb(db):
    return not hasattr(db, "one")


def collection(db, name):
    from model.mongodb.driver.collection import Collection

    return Collection(db, name)


def add(db, name, *, id, **values):
    if is_mongodb(db):
        collection(db, name).insert({"_id": id, **values})
    elif values:
        db.run("INSERT INTO accounts VALUES (%(id)s, %(amount)s)", id=id, **values)
    else:
        db.run("INSERT INTO moves VALUES (%(id)s)", id=id)


def read_amount(db, account):
    if is_mongodb(db):
        return collection(db, "accounts").find_one({"_id": account}, ("amount",))["amount"]
    sql = "SELECT amount FROM accounts WHERE id = %(id)s FOR UPDATE"
    return db.one(sql, id=account)["amount"]


def set_amount(db, account, amount):
    if is_mongodb(db):
        return collection(db, "accounts").update({"_id": account}, {"$set": {"amount": amount}})
    sql = "UPDATE accounts SET amount = %(amount)s WHERE id = %(id)s"
    return db.run(sql, id=account, amount=amount)


def total(database):
    return sum(read_amount(database, account) for account in range(ACCOUNTS))


def all_moves(database):
    if is_mongodb(database):
        return [found["_id"] for found in database.driver_database().moves.find()]
    return [row["id"] for row in database.all("SELECT id FROM moves")]


@atomic
def move(db, *, id, source, target, amount):
    """Read both accounts, then write both: no update of another transaction may be lost."""
    before = read_amount(db, source)
    set_amount(db, source, before - amount)
    set_amount(db, target, read_amount(db, target) + amount)
    add(db, "moves", id=id)


@pytest.fixture
def bank(database):
    open_bank(database)
    yield database
    close_bank(database)


def assert_untouched(bank):
    assert total(bank) == ACCOUNTS * START
    assert [read_amount(bank, account) for account in range(ACCOUNTS)] == [START] * ACCOUNTS
    assert all_moves(bank) == []


def assert_usable(bank):
    """No connection is lost, and none is left inside a transaction."""
    before = len(all_moves(bank))

    for number in range(3):
        move(bank, id=-1 - number, source=4, target=5, amount=1)
        move(bank, id=-10 - number, source=5, target=4, amount=1)
    assert len(all_moves(bank)) == before + 6
    if not is_mongodb(bank):
        held = [bank.pool.take() for _ in range(bank.target.pool_size)]
        for connection in held:
            bank.pool.give(connection)


# --- Commit and rollback ---


def test_a_function_that_returns_is_committed(bank):
    move(bank, id=1, source=0, target=1, amount=10)
    assert (read_amount(bank, 0), read_amount(bank, 1)) == (START - 10, START + 10)
    assert all_moves(bank) == [1]


class BrokenRule(Exception):
    pass


@pytest.mark.parametrize(
    "error", [BrokenRule("no"), KeyboardInterrupt(), SystemExit(1), GeneratorExit(), TypeError()]
)
def test_any_exception_rolls_everything_back(bank, error):
    @atomic
    def fail(db):
        move(db, id=1, source=0, target=1, amount=10)
        raise error

    with pytest.raises(type(error)) as raised:
        fail(bank)
    assert raised.value is error
    assert_untouched(bank)
    assert_usable(bank)


def test_an_error_of_the_database_rolls_everything_back(bank):
    move(bank, id=1, source=0, target=1, amount=0)
    calls = []

    @atomic
    def fail(db):
        calls.append(1)
        move(db, id=2, source=0, target=1, amount=10)
        move(db, id=1, source=0, target=1, amount=10)

    with pytest.raises(Duplicate):
        fail(bank)
    assert len(calls) == 1
    assert all_moves(bank) == [1]
    assert read_amount(bank, 0) == START
    assert_usable(bank)


def test_nobody_sees_an_uncommitted_change(bank):
    inside, looked = threading.Event(), threading.Event()

    @atomic
    def slow(db):
        move(db, id=1, source=0, target=1, amount=10)
        inside.set()
        assert looked.wait(10)

    with ThreadPoolExecutor(1) as threads:
        moving = threads.submit(slow, bank)
        assert inside.wait(10)
        try:
            seen = all_moves(bank)
        finally:
            looked.set()
        moving.result(10)
    assert seen == []
    assert all_moves(bank) == [1]


def test_a_nested_atomic_function_joins_and_is_rolled_back_with_the_outer_one(bank):
    @atomic
    def outer(db, fails):
        move(db, id=1, source=0, target=1, amount=10)

        @atomic
        def inner(joined):
            assert joined is db
            move(joined, id=2, source=0, target=1, amount=10)

        inner(db)
        if fails:
            raise BrokenRule
        return read_amount(db, 1)

    with pytest.raises(BrokenRule):
        outer(bank, fails=True)
    assert_untouched(bank)
    assert outer(bank, fails=False) == START + 20
    assert sorted(all_moves(bank)) == [1, 2]


def test_the_outer_function_may_catch_what_a_nested_one_raised(bank):
    @atomic
    def inner(db):
        move(db, id=2, source=2, target=3, amount=1)
        raise BrokenRule

    @atomic
    def outer(db):
        move(db, id=1, source=0, target=1, amount=10)
        with suppress(BrokenRule):
            inner(db)

    outer(bank)
    # It was joined, not nested: what it did is kept with the rest.
    assert sorted(all_moves(bank)) == [1, 2]


class Moves:
    """A model with a method of several statements."""

    def __init__(self, db):
        self.db = db

    @in_transaction
    def insert(self, *ids):
        """Insert them."""
        for id in ids:
            add(self.db, "moves", id=id)
        return len(ids)


def test_a_models_method_of_several_statements_is_a_transaction_of_its_own(bank):
    with pytest.raises(Duplicate):
        Moves(bank).insert(1, 2, 1)
    assert all_moves(bank) == []
    assert Moves(bank).insert(1, 2) == 2
    assert sorted(all_moves(bank)) == [1, 2]
    assert (Moves.insert.__name__, Moves.insert.__doc__) == ("insert", "Insert them.")


def test_a_models_method_of_several_statements_joins_a_transaction(bank):
    @atomic
    def fail(db):
        Moves(db).insert(1, 2)
        raise BrokenRule

    with pytest.raises(BrokenRule):
        fail(bank)
    assert all_moves(bank) == []


def test_arguments_and_results_pass_through_atomic(bank):
    @atomic
    def echo(db, *arguments, **named):
        """Say it again."""
        return arguments, named

    assert echo(bank, 1, 2, db_name="x") == ((1, 2), {"db_name": "x"})
    assert (echo.__name__, echo.__doc__) == ("echo", "Say it again.")


@only("sqlite", "mysql")
def test_an_ended_transaction_refuses_use(bank):
    kept = []
    bank.atomically(kept.append)
    for use in (
        lambda db: db.one("SELECT 1 AS one"),
        lambda db: db.users.find(1),
        lambda db: move(db, id=1, source=0, target=1, amount=1),
        lambda db: db.insert_many("INSERT INTO moves VALUES (%(id)s)", [{"id": 1}]),
    ):
        with pytest.raises(RuntimeError, match="this transaction has ended"):
            use(kept[0])
    assert_untouched(bank)


@only("sqlite", "mysql")
def test_many_rows_are_inserted_together_or_not_at_all(bank):
    sql = "INSERT INTO moves (id) VALUES (%(id)s)"
    with pytest.raises(Duplicate):
        bank.insert_many(sql, [{"id": 1}, {"id": 2}, {"id": 1}])
    assert all_moves(bank) == []
    assert bank.insert_many(sql, ({"id": number} for number in range(1000))) == 1000
    assert len(all_moves(bank)) == 1000


# --- Retries ---


def counted(work):
    """Return the work as an atomic function, and the times at which it began."""
    began = []

    @atomic
    def attempt(db):
        began.append(time.monotonic())
        return work(db, len(began))

    return attempt, began


def test_it_is_retried_five_times_after_growing_pauses_and_then_unavailable(bank):
    def contend(db, _number):
        move(db, id=1, source=0, target=1, amount=1)
        raise TryAgain("the database asks for it")

    attempt, began = counted(contend)
    with pytest.raises(Unavailable, match="asks for it"):
        attempt(bank)
    assert len(began) == 1 + TRIES_AGAIN == 6
    # Each pause is random, between a half and one and a half of twice the one before.
    for number, (earlier, later) in enumerate(pairwise(began)):
        assert 0.005 * 2**number <= later - earlier < 0.015 * 2**number + 0.25
    assert_untouched(bank)


def test_the_whole_function_is_retried(bank):
    def contend(db, number):
        move(db, id=number, source=0, target=1, amount=number)
        if number < 4:
            raise TryAgain("again")
        return number

    attempt, began = counted(contend)
    assert attempt(bank) == 4
    assert len(began) == 4
    assert all_moves(bank) == [4]
    assert read_amount(bank, 1) == START + 4


def test_a_nested_function_is_not_retried_alone(bank):
    outer_calls, inner_calls = [], []

    @atomic
    def inner(db):
        inner_calls.append(1)
        if len(inner_calls) < 3:
            raise TryAgain("again")

    @atomic
    def outer(db):
        outer_calls.append(1)
        inner(db)

    outer(bank)
    assert (len(outer_calls), len(inner_calls)) == (3, 3)


@pytest.mark.parametrize("error", [Unavailable("away"), OutcomeUnknown("?"), Duplicate("x")])
def test_no_other_error_is_retried(bank, error):
    def fail(_db, _number):
        raise error

    attempt, began = counted(fail)
    with pytest.raises(type(error)):
        attempt(bank)
    assert len(began) == 1


def deadlocking(database, lives):
    """A rival that holds account 1, and wants account 0 in each of its lives, by a heavy hand.

    InnoDB undoes the transaction that changed fewer rows, which is never the rival's.
    """
    meet = threading.Barrier(2, timeout=10)

    def live():
        connection = database.target.connect()
        for _ in range(lives):
            connection.begin()
            connection.run("UPDATE ballast SET n = n + 1", {})
            connection.run("UPDATE accounts SET amount = 0 WHERE id = 1", {})
            meet.wait()
            connection.run("UPDATE accounts SET amount = 0 WHERE id = 0", {})
            connection.rollback()
        connection.close()

    return live, meet


@only("mysql")
@pytest.mark.parametrize(("lives", "calls"), [(2, 3), (6, 6)])
def test_a_deadlock_is_retried(bank, lives, calls):
    bank.run("CREATE TABLE IF NOT EXISTS ballast (id INT AUTO_INCREMENT PRIMARY KEY, n INT)")
    bank.insert_many("INSERT INTO ballast (n) VALUES (%(n)s)", [{"n": 0}] * 50)
    live, meet = deadlocking(bank, lives)

    def contend(db, number):
        set_amount(db, 0, START - 1)
        add(db, "moves", id=number)
        if number <= lives:
            meet.wait()
        set_amount(db, 1, START + 1)

    attempt, began = counted(contend)
    with ThreadPoolExecutor(1) as threads:
        rival = threads.submit(live)
        if calls == 6:
            with pytest.raises(TryAgain) as raised:
                attempt(bank)
            assert raised.value.__cause__.args[0] == 1213
            assert isinstance(raised.value, Unavailable)
        else:
            attempt(bank)
        rival.result(10)
    bank.run("DROP TABLE ballast")
    assert len(began) == calls
    if calls == 6:
        assert_untouched(bank)
    else:
        assert all_moves(bank) == [calls]
        assert (read_amount(bank, 0), read_amount(bank, 1)) == (START - 1, START + 1)
    assert_usable(bank)


@contextmanager
def held_by_another(database, account):
    """Another client has changed an account and not committed."""
    connection = database.target.connect()
    try:
        connection.begin()
        connection.run("UPDATE accounts SET amount = 0 WHERE id = %(id)s", {"id": account})
        yield connection
        connection.rollback()
    finally:
        connection.close()


@only("mysql")
def test_a_lock_wait_timeout_rolls_back_and_is_retried(bank):
    def contend(db, number):
        add(db, "moves", id=number)
        if number == 2:
            rival.rollback()
        set_amount(db, 1, START + 5)

    attempt, began = counted(contend)
    with held_by_another(bank, 1) as rival:
        attempt(bank)
    assert len(began) == 2
    assert began[1] - began[0] > 1
    assert all_moves(bank) == [2]
    assert_usable(bank)


@only("mysql")
def test_a_lock_that_stays_held_is_unavailable_within_five_seconds(bank):
    attempt, began = counted(lambda db, number: move(db, id=1, source=0, target=1, amount=1))
    started = time.monotonic()
    with held_by_another(bank, 1), ThreadPoolExecutor(1) as threads:
        lone = threads.submit(set_amount, bank, 1, 5)
        with pytest.raises(TryAgain) as raised:
            attempt(bank)
        with pytest.raises(TryAgain):
            lone.result()
    assert raised.value.__cause__.args[0] == 1205
    assert time.monotonic() - started < 5.5
    assert len(began) >= 3
    assert_untouched(bank)


@only("mysql")
def test_a_function_that_catches_a_deadlock_keeps_nothing_that_follows(bank):
    bank.run("CREATE TABLE IF NOT EXISTS ballast (id INT AUTO_INCREMENT PRIMARY KEY, n INT)")
    bank.insert_many("INSERT INTO ballast (n) VALUES (%(n)s)", [{"n": 0}] * 50)
    live, meet = deadlocking(bank, 1)

    def contend(db, number):
        set_amount(db, 0, START - number)
        if number == 1:
            meet.wait()
        with suppress(ModelError):
            set_amount(db, 1, START + number)
        with suppress(ModelError):
            add(db, "moves", id=number)

    attempt, began = counted(contend)
    with ThreadPoolExecutor(1) as threads:
        rival = threads.submit(live)
        attempt(bank)
        rival.result(10)
    bank.run("DROP TABLE ballast")
    assert len(began) == 2
    assert all_moves(bank) == [2]
    assert total(bank) == ACCOUNTS * START


HOLD = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
connection.execute("UPDATE accounts SET amount = 0")
print("held", flush=True)
sys.stdin.read(1)
connection.execute("ROLLBACK")
print("released", flush=True)
sys.stdin.read()
"""


@contextmanager
def held_by_a_process(url):
    """Another process holds SQLite's one write lock, until it is told to release it."""
    command = [sys.executable, "-c", HOLD, url.removeprefix("sqlite:///")]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as holder:
        assert holder.stdout.readline() == "held\n"
        yield holder
        with suppress(BrokenPipeError):
            holder.stdin.close()


@only("sqlite")
def test_a_writer_waits_for_the_writer_of_another_process(bank, url):
    with held_by_a_process(url) as holder, ThreadPoolExecutor(2) as threads:
        # Whoever only reads waits for nobody.
        assert read_amount(bank, 0) == START
        moving = threads.submit(move, bank, id=1, source=0, target=1, amount=1)
        lone = threads.submit(set_amount, bank, 5, 7)
        time.sleep(0.7)  # longer than SQLite itself waits
        holder.stdin.write("x")
        holder.stdin.flush()
        moving.result(10)
        assert lone.result(10) == 1
    assert all_moves(bank) == [1]
    assert read_amount(bank, 5) == 7


@only("sqlite")
def test_a_writer_that_never_ends_is_unavailable_within_five_seconds(bank, url):
    attempt, began = counted(lambda db, _number: add(db, "moves", id=1))
    with held_by_a_process(url), ThreadPoolExecutor(1) as threads:
        started = time.monotonic()
        lone = threads.submit(set_amount, bank, 0, 5)
        with pytest.raises(TryAgain) as raised:
            attempt(bank)
        with pytest.raises(TryAgain):
            lone.result()
        assert time.monotonic() - started < 5.5
    assert raised.value.__cause__.sqlite_errorname == "SQLITE_BUSY"
    assert began == []
    assert_untouched(bank)
    assert_usable(bank)


@only("sqlite")
def test_reading_then_writing_in_one_transaction_loses_no_update(bank):
    def increment(_number):
        @atomic
        def work(db):
            set_amount(db, 0, read_amount(db, 0) + 1)

        work(bank)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(increment, range(100)))
    assert read_amount(bank, 0) == START + 100


@only("mongodb")
@pytest.mark.parametrize(("conflicts", "calls"), [(2, 3), (6, 6)])
def test_a_write_conflict_is_retried(bank, conflicts, calls):
    client = bank.driver_database().client
    with client.start_session() as session:
        session.start_transaction()
        accounts = bank.driver_database().accounts
        accounts.update_one({"_id": 1}, {"$set": {"amount": 0}}, session=session)

        def contend(db, number):
            add(db, "moves", id=number)
            if number > conflicts:
                session.abort_transaction()
            set_amount(db, 1, START + 5)

        attempt, began = counted(contend)
        if calls == 6:
            with pytest.raises(TryAgain):
                attempt(bank)
        else:
            attempt(bank)
    assert len(began) == calls
    assert all_moves(bank) == ([] if calls == 6 else [calls])
    assert_usable(bank)


@only("mongodb")
def test_a_single_write_that_meets_a_conflict_is_retried(bank):
    accounts = bank.driver_database().accounts
    with bank.driver_database().client.start_session() as session:
        session.start_transaction()
        accounts.update_one({"_id": 1}, {"$set": {"amount": 0}}, session=session)
        with ThreadPoolExecutor(1) as threads:
            lone = threads.submit(set_amount, bank, 1, 5)
            time.sleep(0.05)
            session.abort_transaction()
            assert lone.result(10) == 1
    assert read_amount(bank, 1) == 5


# --- Broken connections ---


@only("mysql")
def test_a_transaction_whose_connection_is_killed_is_retried_as_a_whole(bank):
    connections = []

    def contend(db, number):
        connections.append(db.one("SELECT CONNECTION_ID() AS id")["id"])
        add(db, "moves", id=number)
        if number < 3:
            bank.run("KILL %(id)s", id=connections[-1])
        set_amount(db, 0, START - number)
        set_amount(db, 1, START + number)

    attempt, began = counted(contend)
    attempt(bank)
    assert len(began) == len(set(connections)) == 3
    assert all_moves(bank) == [3]
    assert (read_amount(bank, 0), read_amount(bank, 1)) == (START - 3, START + 3)


@only("mysql")
def test_a_connection_killed_at_each_try_is_lost(bank):
    def contend(db, number):
        add(db, "moves", id=number)
        bank.run("KILL %(id)s", id=db.one("SELECT CONNECTION_ID() AS id")["id"])
        set_amount(db, 0, 0)

    attempt, began = counted(contend)
    with pytest.raises(ConnectionLost):
        attempt(bank)
    assert len(began) == 6
    assert_untouched(bank)
    assert_usable(bank)


@only("mysql")
def test_a_function_that_catches_a_lost_connection_never_continues_on_another(bank):
    def contend(db, number):
        set_amount(db, 0, START - number)
        if number == 1:
            bank.run("KILL %(id)s", id=db.one("SELECT CONNECTION_ID() AS id")["id"])
        for write in (lambda: add(db, "moves", id=number), lambda: set_amount(db, 1, 1)):
            with suppress(Unavailable):
                write()

    attempt, began = counted(contend)
    attempt(bank)
    assert len(began) == 2
    assert all_moves(bank) == [2]
    assert (read_amount(bank, 0), read_amount(bank, 1)) == (START - 2, 1)


@pytest.fixture(params=present("mysql", "mongodb"))
def proxied(request):
    """A bank behind a proxy that can cut the connection, and the word that begins a commit."""
    server = own(MariaServer if request.param == "mysql" else MongoServer)
    proxy = Proxy(server.port)
    # A database of its own: on MongoDB, a transaction whose commit got lost goes on for a minute.
    name = f"proxied_{time.monotonic_ns()}"
    url = re.sub(r":\d+/", f":{proxy.port}/", server.url(name))
    # A replica set tells its own address: only a direct connection stays with the proxy.
    url += "?directConnection=true" if request.param == "mongodb" else ""
    database = model.connect(url)
    database.create()
    open_bank(database)
    yield database, proxy, b"COMMIT" if request.param == "mysql" else b"commitTransaction"
    database.close()
    proxy.close()


@pytest.mark.parametrize("after", [False, True], ids=["unheard", "unanswered"])
def test_a_commit_lost_once_is_kept_once_or_unknown(proxied, after):
    bank, proxy, commit = proxied
    attempt, began = counted(lambda db, _number: move(db, id=1, source=0, target=1, amount=1))
    proxy.cut(commit, after=after, once=True)
    if is_mongodb(bank):
        # PyMongo asks again for the same commit, which the server does once.
        attempt(bank)
    else:
        with pytest.raises(OutcomeUnknown):
            attempt(bank)
    assert len(began) == proxy.cuts == 1
    assert all_moves(bank) == ([1] if after or is_mongodb(bank) else [])
    assert total(bank) == ACCOUNTS * START
    assert_usable(bank)


def test_a_lost_commit_is_unknown_and_not_repeated(proxied):
    bank, proxy, commit = proxied
    attempt, began = counted(lambda db, _number: move(db, id=1, source=0, target=1, amount=1))
    proxy.cut(commit, after=True)
    started = time.monotonic()
    with pytest.raises(OutcomeUnknown):
        attempt(bank)
    assert time.monotonic() - started < 5.5
    proxy.cut(None)
    assert len(began) == 1
    assert all_moves(bank) == [1]
    assert total(bank) == ACCOUNTS * START
    assert_usable(bank)


def test_a_connection_broken_before_the_commit_is_retried_as_a_whole(proxied):
    bank, proxy, _commit = proxied

    def contend(db, number):
        add(db, "moves", id=number)
        proxy.cut(b"accounts" if number < 3 else None)
        set_amount(db, 0, START - number)
        set_amount(db, 1, START + number)

    attempt, began = counted(contend)
    attempt(bank)
    assert len(began) == 3
    assert proxy.cuts >= 2
    assert all_moves(bank) == [3]
    assert total(bank) == ACCOUNTS * START
    assert_usable(bank)


# --- Many at once ---


def work(url, process, threads, moves):
    """Move amounts in many threads; print which moves were acknowledged and which are unknown."""
    database = model.connect(url)
    answers: list[tuple[str, int]] = []

    def one(number):
        id = process * 1_000_000 + number
        source, target = number % ACCOUNTS, (number * 7 + process + 1) % ACCOUNTS
        if source == target:
            target = (target + 1) % ACCOUNTS
        try:
            move(database, id=id, source=source, target=target, amount=number % 9)
        except OutcomeUnknown:
            answers.append(("unknown", id))
        except Unavailable:
            answers.append(("refused", id))
        else:
            answers.append(("acknowledged", id))

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(one, range(moves)))
    database.close()
    json.dump(answers, sys.stdout)


def move_in_processes(bank, url, *, moves, processes=4, threads=8):
    code = "import sys; from tests.model.frame.test_transactions import work; "
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", f"{code}work({url!r}, {number}, {threads}, {moves})"],
            cwd=PROJECT,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(1, processes + 1)
    ]
    answers = []
    for worker in workers:
        output, _ = worker.communicate(timeout=170)
        assert worker.returncode == 0
        answers += json.loads(output)
    counts = Counter(kind for kind, _ in answers)
    acknowledged = [id for kind, id in answers if kind == "acknowledged"]
    assert counts["unknown"] == 0
    assert sum(counts.values()) == processes * moves
    assert total(bank) == ACCOUNTS * START
    assert sorted(all_moves(bank)) == sorted(acknowledged)
    return counts


def test_moves_by_many_threads_and_processes_are_neither_lost_nor_doubled(bank, url):
    counts = move_in_processes(bank, url, moves=25)
    assert counts["acknowledged"] > 20


@pytest.mark.drill
def test_many_moves_for_long_are_neither_lost_nor_doubled(bank, url, capsys):
    counts = move_in_processes(bank, url, moves=600)
    with capsys.disabled():
        print(f"\n{bank.engine}: {dict(counts)}, lost=0, doubled=0, sum unchanged")
    assert counts["acknowledged"] > 500
