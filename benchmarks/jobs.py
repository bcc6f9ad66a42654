"""What jobs cost beside the same by hand on the bare driver, and how soon and how idly they run.

    python benchmarks/jobs.py [--engine sqlite|mysql|mongodb] [--turns 9]
        [--others [dramatiq huey rq celery]]

Both sides take turns on one private database, in memory if there is room; a ratio is the median of
those of the turns. --others measures other queues instead, each with one worker process as its
own defaults have it, beside ours, in ten minutes; they get an environment of their own.
"""

import argparse
import itertools
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, Protocol

if __name__ == "__main__":
    # The project, not this folder, whose http.py would hide the standard library's.
    sys.path[0] = str(Path(__file__).resolve().parents[1])

import model
from benchmarks import databases, job_worker
from controller.frame import job, log
from model.frame import migration
from tests.servers import MongoServer, RedisServer

PROJECT = Path(__file__).resolve().parents[1]
MEMORY, ENOUGH, DISK = Path("/dev/shm"), 4 * 1024**3, Path(tempfile.gettempdir())
KEY = "Wd8xKq3vTz6mRb1yHc9pLf4nJs7gEu2a"
NAME, QUEUE = "benchmarks.job_worker.nothing", "default"
IN_ONE, DEEP, SHALLOW = 100, 1_000_000, 1_000
# How many jobs one turn enqueues, and how many it runs; mongodb's test server sorts them all.
ENQUEUED = {"sqlite": 500, "mysql": 200, "mongodb": 50}
RUN = {"sqlite": 3_000, "mysql": 3_000, "mongodb": 300}
SINGLES, IDLE_SECONDS, OTHERS_RUN, RUN_TURNS = 300, 20.0, 1_000, 3
# In milliseconds; what MongoDB's test server takes tells nothing of MongoDB.
LONGEST_LATENCY = {"sqlite": 10, "mysql": 100, "mongodb": None}
PATIENCE = 240.0
OTHERS = ("dramatiq", "huey", "rq", "celery")
# kombu, of Celery, imports packaging without requiring it.
PACKAGES = ("dramatiq[redis]", "huey", "rq", "celery", "redis", "packaging")
WORKERS = {
    "dramatiq": "dramatiq benchmarks.job_worker --processes 1",
    "huey": "huey_consumer benchmarks.job_worker.huey --workers 1",
    "rq": "rq worker --url {address}",
    "celery": "celery -A benchmarks.job_worker:celery worker --concurrency 1",
}


class Measured(NamedTuple):
    """What a pair came to: ours, the reference, and the median of the turns' ratios."""

    ours: float
    reference: float
    ratio: float


class Hand(Protocol):
    """The reference: the same written by hand on the bare driver."""

    def insert(self, n: int) -> None:
        """Add one job, committed."""

    def insert_in_one(self, count: int) -> None:
        """Add jobs one by one in one transaction."""

    def take_and_finish(self) -> bool:
        """Take the first job that waits, then finish it, each committed; False without one."""


def main() -> None:
    """Print the table of an engine, or that of other queues."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--engine", choices=list(ENQUEUED), default="sqlite")
    parser.add_argument("--turns", type=int, default=9)
    parser.add_argument(
        "--others", nargs="*", choices=OTHERS, help="instead: these, or all of them"
    )
    given = parser.parse_args()
    # Ended by somebody else, it ends what it started, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ENOUGH:
        tempfile.tempdir = os.environ["TMPDIR"] = str(MEMORY)
    log.configure("text", "WARNING")
    job_worker.register()
    with ExitStack() as at_end:
        folder = Path(at_end.enter_context(tempfile.TemporaryDirectory(prefix="retort")))
        url_of = server(given.engine, folder, at_end)
        if given.others is None:
            print_engine(given.engine, url_of, folder, given.turns)
        else:
            ours = retort_queue(given.engine, url_of("jobs"), folder)
            migrated(url_of("jobs")).close()
            print_others([ours, *other_queues(given.others or OTHERS, folder, at_end)])


def server(engine: str, folder: Path, at_end: ExitStack) -> Callable[[str], str]:
    """Start a private server; return what gives the URL of a database on it."""
    if engine == "sqlite":
        return lambda name: f"sqlite:///{folder}/{name}.db"
    if engine == "mysql":
        return at_end.enter_context(databases.mysql_server()).url
    mongodb = MongoServer()
    mongodb.start()
    at_end.callback(mongodb.stop)
    return mongodb.url


def migrated(url: str) -> Any:
    """Return a new database with its tables."""
    database: Any = model.connect(url)
    database.create()
    list(migration.migrate(database))
    return database


# --- Ours beside the reference ---


def print_engine(engine: str, url_of: Callable[[str], str], folder: Path, turns: int) -> None:
    """Print a line for each measurement on an engine."""
    database = migrated(url_of("jobs"))
    hand = HANDS[engine](database)
    line(engine, "value", "reference", "ratio", "target")
    print_enqueue(database, hand, turns)
    retort = retort_queue(engine, url_of("jobs"), folder)
    print_run(retort, database, hand)
    empty(database)
    print_idle(retort)
    if engine == "mongodb":
        line("take and finish, a million waiting", "not on", "this server")
    else:
        print_depth(migrated(url_of("deep")), migrated(url_of("shallow")), turns)
    database.close()


def print_enqueue(database: Any, hand: Hand, turns: int) -> None:
    """Print what it costs to enqueue a job, alone and in a transaction of many."""
    count = ENQUEUED[database.engine]

    def alone() -> None:
        for n in range(count):
            job.enqueue(database, job_worker.nothing, n=n)

    def in_one() -> None:
        database.atomically(
            lambda db: [job.enqueue(db, job_worker.nothing, n=n) for n in range(IN_ONE)]
        )

    def by_hand() -> None:
        for n in range(count):
            hand.insert(n)

    print_pair("enqueue, committed alone", in_turns(alone, by_hand, turns), count)
    found = in_turns(in_one, lambda: hand.insert_in_one(IN_ONE), 3 * turns)
    print_pair(f"enqueue, {IN_ONE} in one transaction", found, IN_ONE)
    empty(database)


def print_pair(name: str, found: Measured, count: int) -> None:
    """Print what one job of so many takes, with the target that all these have."""
    ours, reference = (microseconds(seconds / count) for seconds in found[:2])
    line(name, ours, reference, f"{found.ratio:.2f}", at_most(found.ratio, 1.2))


def print_run(retort: "Queue", database: Any, hand: Hand) -> None:
    """Print how many empty jobs one process of ours runs, and the loop by hand."""
    count = RUN[database.engine]
    rates, references = [], []
    for _ in range(RUN_TURNS):
        empty(database)
        retort.send("batch", count)
        rates.append(count / retort.run_batch())
        empty(database)
        for n in range(count):
            hand.insert(n)
        references.append(count / seconds_of(lambda: drain(hand)))
    ratio = statistics.median(o / r for o, r in zip(rates, references, strict=True))
    ours, reference = statistics.median(rates), statistics.median(references)
    target = f">= 0.5 {'reached' if ratio >= 0.5 else 'MISSED'}"
    line("run empty jobs", f"{ours:.0f}/s", f"{reference:.0f}/s", f"{ratio:.2f}", target)


def drain(hand: Hand) -> None:
    """Take and finish every job."""
    while hand.take_and_finish():
        pass


def print_idle(retort: "Queue") -> None:
    """Print how soon a worker without a job begins one, and what it uses while it has none."""
    found = retort.watch()
    p50, p99 = found.latencies
    most = LONGEST_LATENCY[retort.engine]
    target = "" if most is None else at_most(p99 / 1_000_000, most, "ms")
    line("from commit to start, p50", milliseconds(p50))
    line("from commit to start, p99", milliseconds(p99), target=target)
    line("CPU of an idle worker", f"{found.cpu:.2%}", target=at_most(found.cpu * 100, 1, "%"))
    for name, (rss, pss) in zip(("parent", "child"), found.memory, strict=True):
        line(f"RSS (PSS) of its {name}", f"{rss} ({pss}) MiB", target=at_most(rss, 60, "MiB"))


def print_depth(deep: Any, shallow: Any, turns: int) -> None:
    """Print what taking and finishing costs with very many jobs waiting, and with some."""
    fill(deep, DEEP)
    fill(shallow, SHALLOW)
    count = SHALLOW // (2 * turns)

    def taken(database: Any) -> Callable[[], None]:
        return lambda: take_and_finish(database, count)

    found = in_turns(taken(deep), taken(shallow), turns)
    print_pair(f"take and finish, {DEEP} and {SHALLOW}", found, count)
    deep.close()
    shallow.close()


def take_and_finish(database: Any, count: int) -> None:
    """Take jobs and finish them, as a worker does."""
    for _ in range(count):
        row = database.jobs.take(QUEUE)
        database.jobs.finish(row["id"], lease=row["lease"])


def fill(database: Any, count: int) -> None:
    """Add jobs in bulk, each a little later than the one before."""
    moment = "strftime('%%Y-%%m-%%dT%%H:%%M:%%f+00:00', 1767225600 + n / 100.0, 'unixepoch')"
    if database.engine == "mysql":
        moment = "FROM_UNIXTIME(1767225600 + n / 100)"
        database.run("SET GLOBAL max_recursive_iterations = 10000000")
    statement = f"""
        INSERT INTO jobs (name, arguments, queue, priority, state, run_at, at_most, created_at)
        WITH RECURSIVE numbers (n) AS (
            SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < %(count)s
        )
        SELECT '{NAME}', '{{"n":1}}', '{QUEUE}', 0, 'waiting', {moment}, 0, {moment} FROM numbers
    """
    database.in_bulk(lambda db: db.run(statement, count=count))
    databases.analyze(database)


def empty(database: Any) -> None:
    """Delete every job."""
    if database.engine == "mongodb":
        database.driver_database().jobs.delete_many({})
    else:
        database.in_bulk(lambda db: db.run("DELETE FROM jobs"))


def in_turns(ours: Callable[[], None], reference: Callable[[], None], turns: int) -> Measured:
    """Time both in turns, once without being counted."""
    ours()
    reference()
    pairs = []
    for turn in range(turns):
        if turn % 2:
            pairs.append((seconds_of(ours), seconds_of(reference)))
        else:
            second = seconds_of(reference)
            pairs.append((seconds_of(ours), second))
    first, second = (statistics.median(side) for side in zip(*pairs, strict=True))
    return Measured(first, second, statistics.median(one / other for one, other in pairs))


def seconds_of(work: Callable[[], object]) -> float:
    """How long the work takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def line(name: str, ours: str, reference: str = "-", ratio: str = "-", target: str = "") -> None:
    """Print one line of the table."""
    print(f"{name:<36}{ours:>13}{reference:>12}{ratio:>8}  {target}".rstrip(), flush=True)


def at_most(value: float, most: float, unit: str = "") -> str:
    """The target, and whether it was reached."""
    return f"<= {most:g} {unit}".rstrip() + (" reached" if value <= most else " MISSED")


def microseconds(seconds: float) -> str:
    """A short time."""
    return f"{seconds * 1_000_000:.1f} µs"


def milliseconds(nanoseconds: float) -> str:
    """A longer time."""
    return f"{nanoseconds / 1_000_000:.2f} ms"


# --- By hand, on the bare drivers ---


class SqliteHand:
    """Prepared statements on one connection with the settings of ours."""

    INSERT = """
        INSERT INTO jobs (name, arguments, queue, priority, state, run_at, at_most, created_at)
        VALUES (?, ?, ?, 0, 'waiting', ?, 0, ?)
    """
    TAKE = """
        UPDATE jobs
        SET
            state = 'running',
            attempt = attempt + 1,
            lease = lease + 1,
            heartbeat = 0,
            unique_key = NULL
        WHERE id = (
            SELECT id
            FROM jobs
            WHERE state = 'waiting' AND queue = ?
            ORDER BY priority, run_at, id
            LIMIT 1
        )
        RETURNING id, name, arguments, attempt, crashes, lease, limit_key, at_most
    """
    FINISH = """
        UPDATE jobs
        SET state = 'finished', slot_key = NULL
        WHERE id = ? AND lease = ? AND state = 'running'
    """

    def __init__(self, database: Any) -> None:
        import sqlite3

        path = database.one("PRAGMA database_list")["file"]
        self._run = sqlite3.connect(path, isolation_level=None, cached_statements=256).execute
        self._run("PRAGMA journal_mode = WAL")
        self._run("PRAGMA synchronous = NORMAL")
        self._run("PRAGMA foreign_keys = ON")

    def insert(self, n: int) -> None:
        """Add one job, committed."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        self._run(self.INSERT, (NAME, f'{{"n":{n}}}', QUEUE, now, now))

    def insert_in_one(self, count: int) -> None:
        """Add jobs one by one in one transaction."""
        self._run("BEGIN IMMEDIATE")
        for n in range(count):
            self.insert(n)
        self._run("COMMIT")

    def take_and_finish(self) -> bool:
        """Take the first job that waits, then finish it, each committed; False without one."""
        row = self._run(self.TAKE, (QUEUE,)).fetchone()
        if row is None:
            return False
        self._run(self.FINISH, (row[0], row[5]))
        return True


class MysqlHand:
    """One cursor of PyMySQL."""

    INSERT = SqliteHand.INSERT.replace("?", "%s")
    TAKE = """
        SELECT id, name, arguments, attempt, crashes, lease, limit_key, at_most
        FROM jobs
        WHERE state = 'waiting' AND queue = %s
        ORDER BY priority, run_at, id
        LIMIT 1
        FOR UPDATE SKIP LOCKED
    """
    BEGIN = SqliteHand.TAKE.partition("WHERE")[0] + "WHERE id = %s"
    FINISH = SqliteHand.FINISH.replace("?", "%s")

    def __init__(self, database: Any) -> None:
        from pymysql.cursors import Cursor

        # Connected by ours, with its settings, and then taken out of its hands.
        self._connection = database.target.connect()._driver
        self._cursor = self._connection.cursor(Cursor)

    def insert(self, n: int) -> None:
        """Add one job, committed."""
        now = datetime.now(UTC).isoformat(sep=" ", timespec="milliseconds")[:-6]
        self._cursor.execute(self.INSERT, (NAME, f'{{"n":{n}}}', QUEUE, now, now))

    def insert_in_one(self, count: int) -> None:
        """Add jobs one by one in one transaction."""
        self._connection.begin()
        for n in range(count):
            self.insert(n)
        self._connection.commit()

    def take_and_finish(self) -> bool:
        """Take the first job that waits, then finish it, each committed; False without one."""
        self._connection.begin()
        self._cursor.execute(self.TAKE, (QUEUE,))
        row = self._cursor.fetchone()
        if row is not None:
            self._cursor.execute(self.BEGIN, (row[0],))
        self._connection.commit()
        if row is not None:
            self._cursor.execute(self.FINISH, (row[0], row[5] + 1))
        return row is not None


class MongodbHand:
    """The collection of PyMongo, and ids that this process alone counts."""

    BEGIN: Mapping[str, Any] = {
        "$set": {"state": "running", "heartbeat": 0},
        "$inc": {"attempt": 1, "lease": 1},
        "$unset": {"unique_key": ""},
    }
    FINISH: Mapping[str, Any] = {"$set": {"state": "finished"}, "$unset": {"slot_key": ""}}
    ORDER = (("priority", 1), ("run_at", 1), ("_id", 1))
    COLUMNS = ("name", "arguments", "attempt", "crashes", "lease", "limit_key", "at_most")

    def __init__(self, database: Any) -> None:
        self._jobs = database.driver_database().jobs
        # Far from the ids of ours.
        self._ids = itertools.count(1_000_000_000)

    def insert(self, n: int, session: Any = None) -> None:
        """Add one job, committed."""
        now = datetime.now(UTC)
        document = {
            "_id": next(self._ids),
            "name": NAME,
            "arguments": f'{{"n":{n}}}',
            "queue": QUEUE,
            "priority": 0,
            "run_at": now,
            "limit_key": None,
            "at_most": 0,
            "attempt": 0,
            "crashes": 0,
            "lease": 0,
            "heartbeat": 0,
            "last_error": "",
            "state": "waiting",
            "created_at": now,
        }
        self._jobs.insert_one(document, session=session)

    def insert_in_one(self, count: int) -> None:
        """Add jobs one by one in one transaction."""
        with self._jobs.database.client.start_session() as session, session.start_transaction():
            for n in range(count):
                self.insert(n, session)

    def take_and_finish(self) -> bool:
        """Take the first job that waits, then finish it, each committed; False without one."""
        waiting = {"state": "waiting", "queue": QUEUE}
        row = self._jobs.find_one_and_update(
            waiting, self.BEGIN, self.COLUMNS, [*self.ORDER], return_document=True
        )
        if row is not None:
            mine = {"_id": row["_id"], "lease": row["lease"], "state": "running"}
            self._jobs.update_one(mine, self.FINISH)
        return row is not None


HANDS: Mapping[str, Callable[[Any], Hand]] = {
    "sqlite": SqliteHand,
    "mysql": MysqlHand,
    "mongodb": MongodbHand,
}


# --- A queue and its worker, in processes of their own ---


class Watched(NamedTuple):
    """How an idle worker was: p50 and p99 in nanoseconds, its CPU, RSS and PSS in MiB."""

    latencies: tuple[float, float]
    cpu: float
    memory: list[tuple[int, int]]


class Queue:
    """A product, with one worker process and what sends to it."""

    def __init__(
        self, name: str, python: Path, worker: Sequence[str], folder: Path, **more: str
    ) -> None:
        self.name, self._python, self._worker = name, python, worker
        self.engine = name.partition(" ")[2]
        self._began, self._log = folder / f"began-{name}", folder / f"log-{name}"
        self._environment = {
            "PATH": os.environ["PATH"],
            "TMPDIR": tempfile.gettempdir(),
            "PYTHONPATH": str(PROJECT),
            "QUEUE": name.partition(" ")[0],
            "BEGAN": str(self._began),
            **more,
        }

    def send(self, how: str, count: int) -> list[int]:
        """Enqueue from a process of its own; return what that prints (job_worker.py)."""
        self._began.write_text("")
        program = "from benchmarks import job_worker; job_worker.send()"
        done = subprocess.run(
            [self._python, "-c", program, how, str(count)],
            cwd=PROJECT,
            env=self._environment,
            stdout=subprocess.PIPE,
            check=True,
        )
        found: list[int] = json.loads(done.stdout)
        return found

    def run_batch(self) -> float:
        """Let a new worker run a batch that waits; return the seconds between its two ends."""
        with self._working():
            began = self._began_at(2)
        return (began[1] - began[0]) / 1_000_000_000

    def watch(self) -> Watched:
        """Send single jobs to an idle worker, then leave it without any."""
        with self._working() as process:
            # The first one tells that it is there.
            self.send("singles", 1)
            self._began_at(1)
            committed = self.send("singles", SINGLES)
            began = self._began_at(SINGLES)
            taken = sorted(began[n] - committed[n] for n in range(SINGLES))
            time.sleep(1)
            before = ticks_of(family(process.pid))
            time.sleep(IDLE_SECONDS)
            processes = family(process.pid)
            used = (ticks_of(processes) - before) / os.sysconf("SC_CLK_TCK")
            memory = [megabytes(pid) for pid in processes]
        latencies = (statistics.median(taken), taken[len(taken) * 99 // 100])
        return Watched(latencies, used / IDLE_SECONDS, memory)

    @contextmanager
    def _working(self) -> Iterator[subprocess.Popen[bytes]]:
        """Run the worker for as long as the block runs."""
        with self._log.open("ab") as lines:
            process = subprocess.Popen(
                self._worker,
                cwd=PROJECT,
                env=self._environment,
                stdout=lines,
                stderr=lines,
                start_new_session=True,
            )
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                # The worker and its children, and nobody else, are in a group of its number.
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def _began_at(self, count: int) -> dict[int, int]:
        """Wait until so many jobs have told; return when each began, by its number."""
        deadline = time.monotonic() + PATIENCE
        while len(lines := self._began.read_text().splitlines()) < count:
            if time.monotonic() > deadline:
                sys.exit(
                    f"{self.name} ran {len(lines)} of {count}: {self._log.read_text()[-3000:]}"
                )
            time.sleep(0.05)
        return {int(number): int(began) for number, began in map(str.split, lines)}


def retort_queue(engine: str, url: str, folder: Path) -> Queue:
    """Our own, on a database."""
    worker = [sys.executable, "-m", "benchmarks.job_worker", "--processes", "1"]
    return Queue(
        f"retort {engine}",
        Path(sys.executable),
        worker,
        folder,
        FLASK_CONFIG="production",
        FLASK_SKIP_DOTENV="1",
        SECRET_KEY=KEY,
        DATABASE_URL=url,
        LOG_DATABASE_URL=url,
    )


def family(pid: int) -> list[int]:
    """A process, its children, and theirs."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *itertools.chain.from_iterable(family(int(child)) for child in children)]


def ticks_of(processes: Sequence[int]) -> int:
    """The CPU time that processes have used so far, in the system's ticks."""
    fields = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in processes]
    return sum(int(each[11]) + int(each[12]) for each in fields)


def megabytes(pid: int) -> tuple[int, int]:
    """The memory of a process: all that it sees, and its share of it."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    kilobytes = {name: int(rest.split()[0]) for name, _, rest in map(_parted, lines)}
    return round(kilobytes["Rss"] / 1024), round(kilobytes["Pss"] / 1024)


def _parted(text: str) -> tuple[str, str, str]:
    return text.partition(":")


# --- Other queues ---


def print_others(queues: Sequence[Queue]) -> None:
    """Print a line for each product."""
    rates: dict[str, list[tuple[float, float]]] = {queue.name: [] for queue in queues}
    for _ in range(RUN_TURNS):
        for queue in queues:
            [sent] = queue.send("batch", OTHERS_RUN)
            rates[queue.name].append((OTHERS_RUN / sent * 1e9, OTHERS_RUN / queue.run_batch()))
    print(f"{'one worker process':<18}{'enqueued/s':>12}{'run/s':>8}", end="")
    print(f"{'p50':>12}{'p99':>12}{'idle CPU':>10}{'processes':>11}{'PSS':>9}", flush=True)
    for queue in queues:
        sent, run = (statistics.median(each) for each in zip(*rates[queue.name], strict=True))
        found = queue.watch()
        p50, p99 = map(milliseconds, found.latencies)
        print(f"{queue.name:<18}{sent:>12.0f}{run:>8.0f}{p50:>12}{p99:>12}", end="")
        print(f"{found.cpu:>10.2%}{len(found.memory):>11}", end="")
        print(f"{sum(pss for _, pss in found.memory):>5} MiB", flush=True)


def other_queues(names: Sequence[str], folder: Path, at_end: ExitStack) -> list[Queue]:
    """Other products, each with a private Redis of its own or a file."""
    programs = environment() / "bin"
    found = []
    for name in names:
        address = str(folder / "huey.db")
        if name != "huey":
            redis = RedisServer()
            redis.start()
            at_end.callback(redis.stop)
            address = redis.url()
        program, *options = WORKERS[name].format(address=address).split()
        worker = [str(programs / program), *options]
        found.append(Queue(name, programs / "python", worker, folder, ADDRESS=address))
    return found


def environment() -> Path:
    """Make the environment of the other products, unless an earlier run did."""
    folder = DISK / f"retort-other-queues-{os.getuid()}"
    if not (folder / "complete").exists():
        databases.say(f"installing {', '.join(PACKAGES)} into {folder}\n")
        venv.create(folder, clear=True, with_pip=True)
        subprocess.run(
            [folder / "bin/python", "-m", "pip", "install", "-qq", *PACKAGES], check=True
        )
        (folder / "complete").touch()
    return folder


if __name__ == "__main__":
    main()
