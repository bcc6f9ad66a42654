"""The drill of the workers: whatever is killed, stopped, cut or full, every job is finished once.

    python -m tests.controller.job_drill --engine sqlite --fault kill --jobs 10000 --seed 1
    python -m tests.controller.job_drill --short

Half of the jobs leave a trace in a file (at least once), half insert a row in their own transaction
(exactly once). The short form has leases of some seconds instead of 30. Each line of the table:

jobs    enqueued, as far as the drill was told so
strikes how often the fault struck
lost    in the end not finished, or finished without an effect
stale   finished under another lease than the last that began it, or with the effect of another
twice   whose row was inserted more than once
doubles whose line was written more than once, which is allowed
late    attempts that came to their end when their lease had ended, which must change nothing
before  jobs per second before the fault, and after it; the median of the seconds
back    how many seconds after the fault there were 95 % of the jobs per second again
again   how many seconds after a kill its job began again, at most
fell    workers that ended though nobody had killed them
"""

import argparse
import json
import os
import random
import shutil
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import model
from controller.frame import job
from controller.frame.execution import LEASE_SECONDS
from model.frame import migration
from model.frame.error import ModelError
from model.job import JobRow
from tests import engines
from tests.controller import witness
from tests.servers import MariaServer, MongoServer, Proxy, own

PROJECT = Path(__file__).resolve().parents[2]
HOUR = 3600
# What is promised.
BACK, AGAIN_SECONDS = 0.95, 45.0
# On MongoDB, of an atomic job that was killed in the moment before its commit (docs/jobs.md).
IN_ITS_COMMIT_SECONDS = 75.0
COUNTS = ("jobs", "strikes", "lost", "stale", "twice", "doubles", "late")
TIMES = ("before", "after", "back", "again", "fell", "seconds")
COLUMNS = ("fault", "engine", *COUNTS, *TIMES, "seed")
WIDTHS = {"fault": 17, "seed": 4}
NONE_OF = ("lost", "stale", "twice", "fell")


class QuickMongoServer(MongoServer):
    """A server that does not look through its last 10,000 writes at each one."""

    def command(self) -> list[str]:
        quick = "from secantus import cli, transactions as t; t._RETRYABLE_RECORD_MAX = 100"
        return [sys.executable, "-c", f"{quick}; cli.main()", *super().command()[1:]]


SERVERS = {"mysql": MariaServer, "mongodb": QuickMongoServer}


class Form(NamedTuple):
    """How long a drill is."""

    jobs: int
    # How often the fault strikes, and how long the leases are: 1 is as in the worker.
    strikes: int
    pace: float
    # How many seconds are looked at before the fault and after it, and how long one waits for it.
    calm: int
    patience: int
    # And between two strikes.
    rest: float


FULL = Form(jobs=10_000, strikes=20, pace=1.0, calm=20, patience=180, rest=2)
SHORT = Form(jobs=200, strikes=2, pace=0.15, calm=3, patience=20, rest=1)
# Waiting jobs, at most; workers, and processes of each; how long a plain and an atomic job take, at
# most: on SQLite nobody else writes meanwhile. The tests' server for MongoDB is one process, and
# needs time for each take that grows with all the documents: there are fewer jobs a second, few
# wait, and those that finished are set aside.
BACKLOG = {"sqlite": 200, "mysql": 200, "mongodb": 20}
CREW = {"sqlite": (3, 2), "mysql": (3, 2), "mongodb": (2, 2)}
LONGEST_MILLISECONDS = {"sqlite": (80, 10), "mysql": (80, 80), "mongodb": (500, 100)}
SET_ASIDE = 25
# How long a transaction whose client was killed stays open on MongoDB, and the time to notice.
OPEN_SECONDS = {"sqlite": 0, "mysql": 0, "mongodb": 75}


class Worker:
    """A worker in a process group of its own, started again whenever it has ended."""

    def __init__(self, command: list[str], environment: dict[str, str], output: Path) -> None:
        self._command, self._environment, self._output = command, environment, output
        self.was_killed = False
        self.start()

    def start(self) -> None:
        self.was_killed = False
        with self._output.open("ab") as output:
            self.process = subprocess.Popen(
                self._command,
                cwd=PROJECT,
                env=self._environment,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def children(self) -> list[int]:
        pid = self.process.pid
        try:
            return [
                int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
            ]
        except OSError:
            return []

    def signal_all(self, number: int) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)


class Crew:
    """Some workers, and their supervisor."""

    def __init__(self, workers: list[Worker]) -> None:
        self.workers = workers
        self.fell = 0
        # When processes were killed.
        self.kills: list[tuple[float, list[int]]] = []
        self._ended = threading.Event()
        self._supervisor = threading.Thread(target=self._supervise)
        self._supervisor.start()

    def kill_one(self, chance: random.Random) -> bool:
        """Kill a child or a parent; False if there was none to kill.

        The parent of the first worker lives: somebody has to see for as long as a lease that a
        heartbeat stands still.
        """
        worker = chance.choice(self.workers)
        children = worker.children()
        now = time.monotonic()
        if worker is not self.workers[0] and chance.random() < 0.5:
            worker.was_killed = True
            worker.process.kill()
            self.kills.append((now, children))
        elif children:
            child = chance.choice(children)
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
            self.kills.append((now, [child]))
        else:
            return False
        return True

    def stop(self) -> list[int]:
        """Let the workers end in good order; return the codes they end with."""
        self._ended.set()
        self._supervisor.join()
        for worker in self.workers:
            worker.process.terminate()
        codes = []
        for worker in self.workers:
            try:
                codes.append(worker.process.wait(15))
            except subprocess.TimeoutExpired:
                worker.signal_all(signal.SIGKILL)
                codes.append(worker.process.wait())
        return codes

    def _supervise(self) -> None:
        while not self._ended.wait(0.1):
            for worker in self.workers:
                if worker.process.poll() is not None:
                    self.fell += not worker.was_killed
                    worker.start()


class Producer:
    """Enqueues jobs, never too many at once, whatever it is answered."""

    def __init__(self, database: Any, witnessed: "Witnessed", backlog: int, seed: int) -> None:
        self._database, self._witnessed, self._backlog = database, witnessed, backlog
        self._chance = random.Random(seed)
        self.acknowledged: dict[int, int] = {}
        self.refused: Counter[str] = Counter()
        # Jobs that finished, and were deleted.
        self.aside: dict[int, Any] = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        number = 0
        while not self._ended.is_set():
            if len(self.acknowledged) - len(self._witnessed.finished) >= self._backlog:
                time.sleep(0.01)
                continue
            number += 1
            if self._database.engine == "mongodb" and number % SET_ASIDE == 0:
                with suppress(ModelError):
                    self._set_aside()
            function = witness.atomic if is_atomic(number) else witness.plain
            longest = LONGEST_MILLISECONDS[self._database.engine][is_atomic(number)]
            milliseconds = self._chance.randrange(longest)
            try:
                id = job.enqueue(self._database, function, number=number, milliseconds=milliseconds)
            except ModelError as error:
                # Perhaps it is there all the same; the next one has another number.
                self.refused[type(error).__name__] += 1
                time.sleep(0.05)
            else:
                self.acknowledged[number] = id

    def _set_aside(self) -> None:
        for row in self._database.jobs.list_by_state("finished", limit=2 * SET_ASIDE):
            self.aside[number_of(row)] = row
            self._database.jobs.discard(row["id"])


class Witnessed:
    """What the file says."""

    def __init__(self, path: Path) -> None:
        self.path, self._offset = path, 0
        path.touch()
        self.traces: dict[str, list[witness.Trace]] = defaultdict(list)
        self.finished: set[int] = set()
        self._reading = threading.Lock()

    def look(self) -> None:
        with self._reading:
            traces, self._offset = witness.read(self.path, self._offset)
            for trace in traces:
                self.traces[trace.what].append(trace)
            self.finished |= {trace.number for trace in traces if trace.what == "done"}

    def by_number(self, what: str) -> dict[int, list[witness.Trace]]:
        found = defaultdict(list)
        for trace in self.traces[what]:
            found[trace.number].append(trace)
        return found

    def rates(self, start: float, end: float) -> list[int]:
        """How many jobs were done in each second between two times."""
        self.look()
        found = Counter(
            int(each.time - start) for each in self.traces["done"] if each.time >= start
        )
        return [found[second] for second in range(int(end - start))]


class Drill:
    """One fault on one engine."""

    def __init__(self, engine: str, fault: str, form: Form, seed: int, folder: Path) -> None:
        self.engine, self.fault, self.form, self.seed = engine, fault, form, seed
        self.folder, self.chance = folder, random.Random(seed)
        self.witnessed = Witnessed(folder / "witness")
        self.server: Any = None
        self.proxy: Line | None = None
        self.lease = LEASE_SECONDS * form.pace
        self.struck = 0

    def run(self) -> dict[str, Any]:
        started = time.monotonic()
        with ExitStack() as stack:
            url = stack.enter_context(home(self))
            database = model.connect(url)
            stack.callback(database.close)
            database.create()
            list(migration.migrate(database))
            self.crew = Crew(self._workers(url))
            try:
                figures = self._strike(database)
                self._drain(database)
            finally:
                codes = self.crew.stop()
            figures["fell"] = self.crew.fell + sum(map(bool, codes))
            figures.update(self._judged(database))
        seconds = round(time.monotonic() - started)
        return {
            "fault": self.fault,
            "engine": self.engine,
            **figures,
            "seconds": seconds,
            "seed": self.seed,
        }

    def wait(self, seconds: float) -> None:
        """Let time pass; what the witness writes is read meanwhile, for the producer to see."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self.witnessed.look()
            time.sleep(min(left, 0.05))

    def wait_until(self, condition: Callable[[], object], seconds: float = 60) -> None:
        """Let time pass until the condition is true; RuntimeError if it does not become so."""
        until = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > until:
                raise RuntimeError(f"the workers stand still: see {self.folder}")
            self.wait(0.02)

    def clock_file(self, number: int) -> Path:
        return self.folder / f"clock{number}"

    def _workers(self, url: str) -> list[Worker]:
        workers, processes = CREW[self.engine]
        command = [sys.executable, "-m", witness.__name__, "--processes", str(processes)]
        # However this process ends, they do not outlive it.
        command += ["--parent", str(os.getpid())]
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        environment = {
            **kept,
            "PYTHONPATH": str(PROJECT),
            "FLASK_SKIP_DOTENV": "1",
            "FLASK_CONFIG": "development",
            "LOG_LEVEL": "WARNING",
            "DATABASE_URL": url,
            "LOG_DATABASE_URL": url,
            "TMPDIR": str(self.folder),
            "WITNESS": str(self.witnessed.path),
            "WITNESS_PACE": str(self.form.pace),
        }
        return [
            Worker(command, {**environment, **self._clock(n)}, self.folder / f"worker{n}")
            for n in range(workers)
        ]

    def _clock(self, number: int) -> dict[str, str]:
        if self.fault != "clock":
            return {}
        set_clock(self, number, 0)
        return {"WITNESS_CLOCK": str(self.clock_file(number))}

    def _strike(self, database: Any) -> dict[str, Any]:
        """Enqueue and run jobs, first without the fault, then with it, then without it again."""
        self.producer = Producer(database, self.witnessed, BACKLOG[self.engine], self.seed)
        try:
            self.wait_until(lambda: self.witnessed.finished)
            # The others have begun to start at the same time.
            self.wait(0.5)
            start = time.monotonic()
            self.wait(self.form.calm)
            before = statistics.median(self.witnessed.rates(start, time.monotonic()))
            while self.struck < self.form.strikes:
                self.struck += FAULTS[self.fault](self) or 1
            after, back = self._recovered(before)
            jobs = self.form.jobs
            self.wait_until(lambda: len(self.producer.acknowledged) >= jobs, seconds=jobs)
        finally:
            self.producer.stop()
        return {"strikes": self.struck, "before": before, "after": after, "back": back}

    def _recovered(self, before: float) -> tuple[float, float]:
        """The first median after the fault that is as good as before it, and when it began."""
        start, calm = time.monotonic(), self.form.calm
        best, first = 0.0, 0
        while time.monotonic() - start < self.form.patience + calm:
            self.wait(0.5)
            rates = self.witnessed.rates(start, time.monotonic())
            while len(rates) >= first + calm:
                best = max(best, statistics.median(rates[first : first + calm]))
                if best >= BACK * before:
                    return best, first
                first += 1
        return best, float("inf")

    def _drain(self, database: Any) -> None:
        """Wait until nothing waits or runs."""
        seconds = 2 * self.lease + self.form.patience + OPEN_SECONDS[self.engine]
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            with suppress(ModelError):
                # In a transaction: at each of them, the tests' MongoDB ends those that are too old.
                counts = database.atomically(lambda db: db.jobs.count())
                if not any(each["state"] in ("waiting", "later", "running") for each in counts):
                    return
            self.wait(0.2)

    def _judged(self, database: Any) -> dict[str, Any]:
        self.witnessed.look()
        begun, done, ended = map(self.witnessed.by_number, ("begun", "done", "ended"))
        rows = {**self.producer.aside, **all_rows(database)}
        effects = all_effects(database)
        lost = {number for number in self.producer.acknowledged if number not in rows}
        stale, late = set(), 0
        for number, row in rows.items():
            last = max((trace.lease for trace in begun[number]), default=0)
            worked = {trace.lease for trace in done[number]}
            # An atomic job ends when its row is committed, a plain one when it is told so.
            by = effects[number] if is_atomic(number) else [each.lease for each in ended[number]]
            has_effect = bool(by if is_atomic(number) else worked)
            if row["state"] != "finished" or not has_effect:
                lost.add(number)
            elif row["lease"] != last or last not in worked or not {*by} <= {last}:
                stale.add(number)
            late += len(worked - {last})
        for number in sorted(lost | stale)[:20]:
            print(number, rows.get(number), begun[number], done[number], file=sys.stderr)
        return {
            "jobs": len(self.producer.acknowledged),
            "lost": len(lost),
            "stale": len(stale),
            "twice": sum(len(leases) > 1 for leases in effects.values()),
            "doubles": sum(len(each) > 1 for number, each in done.items() if not is_atomic(number)),
            "late": late,
            "again": self._again(begun),
        }

    def _again(self, begun: dict[int, list[witness.Trace]]) -> float:
        """How long after the kill of its process a job began again, at most."""
        last_of = {trace.pid: trace for trace in self.witnessed.traces["begun"]}
        by_order = [(trace.time, [trace.pid]) for trace in self.witnessed.traces["killed"]]
        longest = 0.0
        for killed_at, pids in [*self.crew.kills, *by_order]:
            for trace in (last_of[pid] for pid in pids if pid in last_of):
                later = [each.time for each in begun[trace.number] if each.lease > trace.lease]
                if later:
                    # A child whose parent was killed lives for a moment longer.
                    longest = max(longest, min(later) - max(killed_at, trace.time))
        return round(longest, 1)


def is_atomic(number: int) -> bool:
    return number % 2 == 0


class Line(Proxy):
    """A proxy all of whose connections can be cut at once."""

    def cut_all(self) -> None:
        for one in list(self._open):
            self._hang_up(one)


def all_rows(database: Any) -> dict[int, JobRow]:
    """Every job by its number; one call of `enqueue` must not have inserted two."""
    if database.engine == "mongodb":
        rows = list(database.driver_database().jobs.find())
    else:
        rows = database.all(
            "SELECT arguments, state, lease, attempt, crashes, last_error FROM jobs"
        )
    found = {number_of(row): row for row in rows}
    if len(found) != len(rows):
        raise AssertionError("a job was enqueued twice by one call")
    return found


def number_of(row: JobRow) -> int:
    return json.loads(row["arguments"])["number"]


def all_effects(database: Any) -> dict[int, list[int]]:
    """The leases under which rows were inserted, by the job's number."""
    if database.engine == "mongodb":
        paths = [each["path"] for each in database.driver_database().logs.find({}, {"path": 1})]
    else:
        paths = [path for (path,) in database.tuples("SELECT path FROM logs")]
    found = defaultdict(list)
    for path in paths:
        number, lease = map(int, path.split("/")[1:])
        found[number].append(lease)
    return found


@contextmanager
def home(drill: Drill) -> Iterator[str]:
    """Give the URL of a database that the fault can reach."""
    if drill.engine == "sqlite":
        option = "?pool_size=1" if drill.fault == "pool-exhausted" else ""
        with small_disk(drill) as folder:
            yield f"sqlite:///{folder}/drill.db{option}"
        return
    server = drill.server = own(SERVERS[drill.engine])
    name = f"drill_{time.monotonic_ns()}"
    if drill.fault == "connections-cut":
        drill.proxy = Line(server.port)
        yield server.url(name).replace(f":{server.port}/", f":{drill.proxy.port}/")
        drill.proxy.close()
    elif drill.fault == "pool-exhausted" and drill.engine == "mongodb":
        yield f"{server.url(name)}?maxPoolSize=1"
    else:
        yield server.url(name)


@contextmanager
def small_disk(drill: Drill) -> Iterator[Path]:
    """Give a folder; for the fault of a full disk it is a small disk of its own."""
    folder = drill.folder / "disk"
    folder.mkdir()
    if drill.fault != "disk-full":
        yield folder
        return
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "none", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def kill(drill: Drill) -> int:
    """Kill a process at random, and two just as they end an atomic job."""
    kill_somebody(drill)
    for moment in ("before", "after"):
        drill.wait(drill.chance.uniform(0.3, 0.6) * drill.form.rest)
        order_kill(drill, moment)
    drill.wait(drill.chance.uniform(0.3, 0.6) * drill.form.rest)
    return 3


def order_kill(drill: Drill, moment: str) -> None:
    order = Path(f"{drill.witnessed.path}{moment}")
    order.touch()
    drill.wait_until(lambda: not order.exists())


def kill_every_second(drill: Drill) -> int:
    """Kill a process each second, for longer than a lease."""
    kills = round(1.5 * drill.lease)
    for _ in range(kills):
        kill_somebody(drill)
        drill.wait(1)
    return kills


def kill_somebody(drill: Drill) -> None:
    drill.wait_until(lambda: drill.crew.kill_one(drill.chance))


def stop(drill: Drill) -> int:
    """Stop all workers but one, for longer than a lease."""
    stopped = drill.crew.workers[1:]
    for worker in stopped:
        worker.signal_all(signal.SIGSTOP)
    drill.wait(1.4 * drill.lease)
    for worker in stopped:
        worker.signal_all(signal.SIGCONT)
    drill.wait(drill.form.rest)
    return len(stopped)


def kill_database(drill: Drill) -> None:
    """Kill the server and start it again; on SQLite, the process that is writing."""
    if drill.server is None:
        kill_writer(drill)
    else:
        drill.server.kill()
        drill.wait(1)
        drill.server.start()
    drill.wait(drill.form.rest)


WRITE = """
import sqlite3, sys, time
database = sqlite3.connect(sys.argv[1], timeout=10, isolation_level=None)
database.execute("BEGIN IMMEDIATE")
database.execute("UPDATE jobs SET state = 'dead', lease = lease + 1")
print("writes", flush=True)
time.sleep(60)
"""


def kill_writer(drill: Drill) -> None:
    command = [sys.executable, "-c", WRITE, str(drill.folder / "disk/drill.db")]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
        writer.stdout.readline()
        drill.wait(1)
        writer.kill()


# What a client says when it commits, and when it ends a lease.
SAID = {"mysql": (b"COMMIT", b"'finished'"), "mongodb": (b"commitTransaction", b"findAndModify")}


def cut_connections(drill: Drill) -> None:
    """Cut every connection, then some in a commit: before the server hears it, and after."""
    drill.proxy.cut_all()
    drill.wait(1)
    for said in SAID[drill.engine]:
        for after in (False, True):
            drill.proxy.cut(said, after=after, once=True)
            drill.wait(0.5)
    drill.proxy.cut(None)


def exhaust(drill: Drill) -> None:
    """Leave no connection to the workers for some seconds.

    On MySQL others have them all. On MongoDB each process has one, and the server hangs; on SQLite
    another process writes for longer than anybody waits.
    """
    if drill.engine == "mysql":
        crowd(drill)
    elif drill.engine == "mongodb":
        drill.server.pause()
        drill.wait(3)
        drill.server.resume()
    else:
        database = sqlite3.connect(drill.folder / "disk/drill.db", isolation_level=None, timeout=10)
        database.execute("BEGIN IMMEDIATE")
        drill.wait(3)
        database.execute("ROLLBACK")
        database.close()
    drill.wait(drill.form.rest)


def crowd(drill: Drill) -> None:
    import pymysql

    def connected() -> Any:
        return pymysql.connect(unix_socket=drill.server.socket, user="root", autocommit=True)

    root, others = connected(), []
    cursor = root.cursor()
    cursor.execute("SET GLOBAL max_connections = 10")
    until = time.monotonic() + 3
    while time.monotonic() < until:
        kept = ", ".join(str(each.thread_id()) for each in (root, *others))
        cursor.execute(
            "SELECT id FROM information_schema.processlist"
            f" WHERE command <> 'Daemon' AND id NOT IN ({kept})"
        )
        for (id,) in cursor.fetchall():
            with suppress(pymysql.Error):
                cursor.execute(f"KILL CONNECTION {id}")
        with suppress(pymysql.Error):
            while True:
                others.append(connected())
        drill.wait(0.05)
    cursor.execute("SET GLOBAL max_connections = 151")
    for each in (*others, root):
        each.close()


def set_clock(drill: Drill, number: int, seconds: int) -> None:
    # In one step, so that nobody reads a half.
    new = drill.folder / "new"
    new.write_text(f"{seconds:+d}")
    new.replace(drill.clock_file(number))


def step_clocks(drill: Drill) -> int:
    """Step the clocks of the workers, each its own way, and at last all of them back."""
    for offset in (-HOUR, HOUR, 0):
        for number in range(len(drill.crew.workers)):
            own_offset = drill.chance.choice((-HOUR, 0, HOUR)) if offset else 0
            set_clock(drill, number, own_offset)
        drill.wait(drill.form.rest)
    return 3


def fill_disk(drill: Drill) -> None:
    """Fill the disk to the last byte for some seconds."""
    big = drill.folder / "disk/big"
    with suppress(OSError), big.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(65536))
    with suppress(OSError), big.open("ab", buffering=0) as file:
        while True:
            file.write(bytes(1))
    drill.wait(2)
    big.unlink()
    drill.wait(drill.form.rest)


FAULTS: dict[str, Callable[[Drill], int | None]] = {
    "kill": kill,
    "kill-every-second": kill_every_second,
    "stop": stop,
    "database-killed": kill_database,
    "connections-cut": cut_connections,
    "pool-exhausted": exhaust,
    "clock": step_clocks,
    "disk-full": fill_disk,
}
# A file has no connections; the servers' disks are out of our hands.
WITHOUT = {"sqlite": {"connections-cut"}, "mysql": {"disk-full"}, "mongodb": {"disk-full"}}


def broken(figures: dict[str, Any], form: Form) -> list[str]:
    """Name the promises that were broken."""
    found = [f"{name}: {figures[name]}" for name in NONE_OF if figures[name]]
    # A process starts again as slowly in the short form.
    longest = AGAIN_SECONDS * form.pace + (2 if form.pace < 1 else 0)
    if figures["engine"] == "mongodb":
        longest = IN_ITS_COMMIT_SECONDS
    if figures["again"] > longest:
        found.append(f"a killed job began again after {figures['again']} s")
    if figures["back"] > form.patience:
        found.append(f"after the fault {figures['after']} jobs/s, before {figures['before']}")
    return found


def drilled(engine: str, fault: str, form: Form, seed: int) -> bool:
    """Run one drill and print its row; return whether every promise was kept."""
    if fault == "disk-full" and os.geteuid():
        print("disk-full is left out: only root can mount a small disk")
        return True
    folder = Path(tempfile.mkdtemp(prefix="retort"))
    drill = Drill(engine, fault, form, seed, folder)
    figures = drill.run()
    print(" ".join(f"{figures[name]!s:>{WIDTHS.get(name, 7)}}" for name in COLUMNS), flush=True)
    if drill.producer.refused:
        print(f"    to the producer: {dict(drill.producer.refused)}", flush=True)
    if faults := broken(figures, form):
        print(f"    BROKEN: {'; '.join(faults)}; see {folder}", flush=True)
        return False
    shutil.rmtree(folder)
    return True


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", choices=engines.NAMES)
    parser.add_argument("--fault", choices=FAULTS)
    parser.add_argument("--jobs", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--short", action="store_true", help="a few hundred jobs, short leases")
    given = parser.parse_args()
    form = SHORT if given.short else FULL
    form = form._replace(jobs=given.jobs or form.jobs)
    witness.register()
    print(f"seed {given.seed}, {form}")
    print(" ".join(f"{name:>{WIDTHS.get(name, 7)}}" for name in COLUMNS), flush=True)
    kept = [
        drilled(engine, fault, form, given.seed)
        for engine in ([given.engine] if given.engine else engines.NAMES)
        for fault in ([given.fault] if given.fault else FAULTS)
        if fault not in WITHOUT[engine]
    ]
    sys.exit(0 if all(kept) else 1)


if __name__ == "__main__":
    main()
