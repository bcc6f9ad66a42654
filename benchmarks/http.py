"""Requests a second that the app answers over HTTP, beside the same written by hand.

    python benchmarks/http.py [--engine sqlite|mysql] [--turns 5] [--seconds 4]
        [--also old=/folder:floor:app:sqlite:////tmp/old.db] [--sqlite-url URL] [--mysql-url URL]

The app, as in production, and benchmarks/floor.py are served on one database by two workers each
(granian or gunicorn), one thread a worker on SQLite and eight on MySQL, and get their load in turns
(from wrk, or from a client of our own). --also serves another reference, a WSGI app in a folder on
a database of its own; the app's ratio is to the fastest of them.
"""

import argparse
import json
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple

if __name__ == "__main__":
    # The project, not this folder, whose http.py would hide the standard library's.
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from http.client import HTTPConnection

import model
from benchmarks import databases
from controller import seed
from controller.frame.security import Security
from model.frame import migration
from tests.servers import free_port

PROJECT = Path(__file__).resolve().parents[1]
CONNECTIONS = 8
WORKERS = 2
THREADS = {"sqlite": 1, "mysql": 8}
START_SECONDS = 30
PASSWORDS = 20
SEEDED = {"users": 100, "follows": 500}
OWN = "app"
ARTICLE = {"description": "Ever wonder how?", "body": "Very carefully."}
TAGS = ["dragons", "training"]


class Production(databases.Settings):
    """What signs the tokens."""

    SECRET_KEY = "Wd8xKq3vTz6mRb1yHc9pLf4nJs7gEu2a"


class Case(NamedTuple):
    """A request, and the ratio to reach on each engine."""

    path: str
    sqlite: float
    mysql: float
    has_token: bool = False
    is_post: bool = False


CASES = {
    "list": Case("/articles", 0.80, 1.00),
    "list, token": Case("/articles", 0.90, 1.00, has_token=True),
    "slug": Case("/articles/{slug}", 0.75, 0.80),
    "slug, token": Case("/articles/{slug}", 0.90, 0.90, has_token=True),
    "tags": Case("/tags", 1.00, 1.00),
    "POST": Case("/articles", 0.80, 0.90, has_token=True, is_post=True),
}


class Load(NamedTuple):
    """What a load came to."""

    rate: float
    failures: int


class Side:
    """An app behind a server of its own, on a database."""

    def __init__(
        self, name: str, folder: str, app: str, url: str, more: Mapping[str, str] | None = None
    ) -> None:
        self.name = name
        self.port = free_port()
        self._folder, self._app, self._url = folder, app, url
        self._more = more or {}

    @contextmanager
    def served(self, threads: int, log: Path) -> Iterator[None]:
        """Serve it for as long as the block runs; its lines, and its access lines, go to a file."""
        environment = {
            "PATH": os.environ["PATH"],
            "FLASK_CONFIG": "production",
            "FLASK_SKIP_DOTENV": "1",
            "LOG_LEVEL": "INFO",
            "SECRET_KEY": Production.SECRET_KEY,
            "DATABASE_URL": self._url,
            **self._more,
        }
        with log.open("wb") as lines:
            self._process = subprocess.Popen(
                [*server_command(self.port, threads), self._app],
                cwd=self._folder,
                env=environment,
                stdout=lines,
                stderr=lines,
                start_new_session=True,
            )
        try:
            self._wait(log)
            self.slug = self._ask("/articles?limit=1&offset=50")["articles"][0]["slug"]
            self.token = self._sign_in()
            yield
        finally:
            # The server and its workers, and nobody else, are in a group of its number.
            os.killpg(self._process.pid, signal.SIGTERM)
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()

    def megabytes(self) -> list[int]:
        """Return the resident memory of each worker."""
        pid = self._process.pid
        workers = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        found = [re.search(r"VmRSS:\s+(\d+)", _status_of(worker)) for worker in workers]
        return [int(kilobytes[1]) // 1024 for kilobytes in found if kilobytes]

    def register(self, number: int) -> None:
        """Let somebody register, whose password a worker hashes."""
        name = f"hashed{number}-{time.time_ns()}"
        user = {"username": name, "email": f"{name}@example.com", "password": "correct horse"}
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        headers = {"Content-Type": "application/json"}
        connection.request("POST", "/api/v1/users", json.dumps({"user": user}), headers)
        status = connection.getresponse().status
        connection.close()
        if status != 201:
            sys.exit(f"{self.name} answers {status} to a registration")

    def _wait(self, log: Path) -> None:
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                self._ask("/tags")
            except OSError:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    sys.exit(f"{self.name} does not serve: {log.read_text()[-2000:]}")
                time.sleep(0.1)
            else:
                return

    def _ask(self, path: str) -> dict:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request("GET", f"/api/v1{path}")
        answer = connection.getresponse().read()
        connection.close()
        return json.loads(answer)

    def _sign_in(self) -> str:
        database = model.connect(self._url)
        name = f"load{time.time_ns()}"
        user_id = database.users.insert(
            username=name, email=f"{name}@example.com", password_hash=databases.NO_HASH
        )
        token = databases.sign_in(database, Security(Production), user_id)
        database.close()
        return token


def _status_of(pid: str) -> str:
    return Path(f"/proc/{pid}/status").read_text()


def server_command(port: int, threads: int) -> list[str]:
    """The server that is installed, with its options."""
    if granian := installed("granian"):
        options = f"--interface wsgi --workers {WORKERS} --blocking-threads {threads}"
        return [granian, *options.split(), f"--port={port}", "--no-access-log"]
    if gunicorn := installed("gunicorn"):
        options = f"--workers {WORKERS} --worker-class gthread --threads {threads}"
        return [gunicorn, *options.split(), f"--bind=127.0.0.1:{port}"]
    sys.exit("neither granian nor gunicorn is installed")


def installed(program: str) -> str | None:
    """The path of a program, preferably beside this Python."""
    beside = Path(sys.executable).with_name(program)
    return str(beside) if beside.exists() else shutil.which(program)


def main() -> None:
    """Print a table for each engine; exit with 1 if an answer was not 2xx."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--engine", choices=list(THREADS), action="append")
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--articles", type=int, default=10_000)
    parser.add_argument("--also", action="append", default=[], metavar="NAME=FOLDER:APP:URL")
    parser.add_argument("--sqlite-url")
    parser.add_argument("--mysql-url")
    given = parser.parse_args()
    # Ended by somebody else, it ends what it started, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    failures = 0
    for engine in given.engine or THREADS:
        with ExitStack() as at_end:
            folder = Path(at_end.enter_context(tempfile.TemporaryDirectory()))
            url = getattr(given, f"{engine}_url") or own_database(
                engine, folder, given.articles, at_end
            )
            sides = [
                Side("floor", str(PROJECT), "benchmarks.floor:app", url),
                *others(engine, given.also),
                Side(OWN, str(PROJECT), "manage:application", url),
            ]
            for side in sides:
                at_end.enter_context(side.served(THREADS[engine], folder / f"{side.name}.log"))
            failures += print_table(engine, sides, given)
    sys.exit(failures > 0)


def others(engine: str, given: list[str]) -> list[Side]:
    """The references on an engine that --also names."""
    found = []
    for each in given:
        name, _, rest = each.partition("=")
        folder, module, app, url = rest.split(":", 3)
        if url.startswith(engine):
            found.append(Side(name, folder, f"{module}:{app}", url))
    return found


def own_database(engine: str, folder: Path, articles: int, at_end: ExitStack) -> str:
    """The URL of a new database with so many articles."""
    if engine == "sqlite":
        url = f"sqlite:///{folder}/http.db"
    else:
        url = at_end.enter_context(databases.mysql_server()).url("http")
    database = model.connect(url)
    database.create()
    list(migration.migrate(database))
    counts = {sower.NAME: 0 for sower in seed.sowers()} | SEEDED | {"articles": articles}
    sown = 0
    for rows in seed.sow(database, counts=counts, seed=1):
        sown += rows
        databases.say(f"\r{engine}: {sown} of {sum(counts.values())} rows ")
    databases.say("\n")
    databases.analyze(database)
    database.close()
    return url


def print_table(engine: str, sides: list[Side], given: argparse.Namespace) -> int:
    """Print a line for each request, then the memory; return how many answers were not 2xx."""
    server = Path(server_command(0, 1)[0]).name
    title = f"{engine}, {server}, {THREADS[engine]} thread(s)"
    names = "".join(f"{side.name:>10}" for side in sides)
    print(f"{title:<30}{names}{'ratio':>8}{'to reach':>10}", flush=True)
    failures = 0
    for name, case in CASES.items():
        rates: dict[str, list[float]] = {side.name: [] for side in sides}
        for turn in range(given.turns):
            for side in sides if turn % 2 else reversed(sides):
                load = load_of(side, case, given.seconds)
                rates[side.name].append(load.rate)
                failures += load.failures
        medians = {side: statistics.median(of_side) for side, of_side in rates.items()}
        ratio = to_the_fastest(rates)
        shown = "".join(f"{rate:>10.0f}" for rate in medians.values())
        print(f"{name:<30}{shown}{ratio:>8.2f}{getattr(case, engine):>10.2f}", flush=True)
    print("resident, each worker of")
    for side in sides:
        print(f"  {side.name}: {_in_megabytes(side)}")
    for number in range(PASSWORDS):
        sides[-1].register(number)
    print(f"  {OWN}, with {PASSWORDS} passwords hashed: {_in_megabytes(sides[-1])}")
    print(f"{failures} answers were not 2xx\n" if failures else "", flush=True)
    return failures


def _in_megabytes(side: Side) -> str:
    return ", ".join(f"{megabytes} MiB" for megabytes in side.megabytes())


def to_the_fastest(rates: dict[str, list[float]]) -> float:
    """The smallest of the app's ratios to the others, each the median of what the turns say.

    The two of a turn met the same noise, those of different turns may not have.
    """
    return min(
        statistics.median(mine / theirs for mine, theirs in zip(rates[OWN], of_side, strict=True))
        for name, of_side in rates.items()
        if name != OWN
    )


def load_of(side: Side, case: Case, seconds: float) -> Load:
    """Load one side for so many seconds."""
    path = f"/api/v1{case.path.format(slug=side.slug)}"
    headers = {"Authorization": f"Token {side.token}"} if case.has_token else {}
    # No two loads write the same titles.
    title = f"How to {time.time_ns()}" if case.is_post else None
    if wrk := installed("wrk"):
        return load_with_wrk(wrk, f"http://127.0.0.1:{side.port}{path}", headers, title, seconds)
    return Client(side.port, path, headers, title).load(seconds)


def load_with_wrk(
    wrk: str, url: str, headers: dict[str, str], title: str | None, seconds: float
) -> Load:
    """Load with wrk, whose own file says how it writes articles."""
    command = [wrk, "-t1", f"-c{CONNECTIONS}", f"-d{max(1, round(seconds))}s"]
    for name, value in headers.items():
        command += ["-H", f"{name}: {value}"]
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        if title is not None:
            before, after = body_of(title + " NUMBER").decode().split("NUMBER")
            script.write(
                "local n = 0\n"
                "wrk.headers['Content-Type'] = 'application/json'\n"
                "request = function()\n"
                "  n = n + 1\n"
                f"  return wrk.format('POST', nil, nil, [[{before}]] .. n .. [[{after}]])\n"
                "end\n"
            )
            script.flush()
            command += ["-s", script.name]
        said = subprocess.run([*command, url], capture_output=True, text=True, check=True).stdout
    return load_said(said)


def load_said(said: str) -> Load:
    """What wrk says that a load came to."""
    rate = re.search(r"Requests/sec: +([\d.]+)", said)
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    lost = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", said)
    failures = [*refused.groups()] if refused else []
    failures += lost.groups() if lost else []
    return Load(float(rate[1]) if rate else 0.0, sum(map(int, failures)))


def body_of(title: str) -> bytes:
    """The body of a request that writes an article."""
    return json.dumps({"article": {"title": title, **ARTICLE, "tagList": TAGS}}).encode()


class Client:
    """What sends the same request over and over, on as many connections as wrk would."""

    def __init__(self, port: int, path: str, headers: dict[str, str], title: str | None) -> None:
        self._port = port
        self._title = title
        method = "GET" if title is None else "POST"
        lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self._head = "\r\n".join(lines).encode()
        self._answers: list[int] = []

    def load(self, seconds: float) -> Load:
        """Send for so many seconds."""
        started = time.perf_counter()
        threads = [
            threading.Thread(target=self._send, args=(number, started + seconds))
            for number in range(CONNECTIONS)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        rate = len(self._answers) / (time.perf_counter() - started)
        return Load(rate, sum(not 200 <= status < 300 for status in self._answers))

    def _send(self, thread: int, until: float) -> None:
        answered = 0
        with (
            socket.create_connection(("127.0.0.1", self._port), timeout=30) as connection,
            connection.makefile("rb") as answers,
        ):
            while time.perf_counter() < until:
                connection.sendall(self._request(f"{thread} {answered}"))
                self._answers.append(read_answer(answers))
                answered += 1

    def _request(self, name: str) -> bytes:
        if self._title is None:
            return self._head + b"\r\n\r\n"
        body = body_of(f"{self._title} {name}")
        typed = b"\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
        return self._head + typed % len(body) + body


def read_answer(answers: BinaryIO) -> int:
    """Read one answer, all of it, and return its status; 0 if the connection was closed."""
    _, _, rest = answers.readline().partition(b" ")
    length = 0
    while (line := answers.readline()).strip():
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    answers.read(length)
    return int(rest[:3] or 0)


if __name__ == "__main__":
    main()
