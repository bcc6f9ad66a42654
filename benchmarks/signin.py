"""What a reader waits for a page of tags while many sign in, beside the same page alone.

    python benchmarks/signin.py [--engine sqlite|mysql] [--seconds 10] [--clients 30]
        [--threads 8] [--hasty] [--folder /another/checkout]

gunicorn serves with two workers of eight threads, each a place to hash passwords in. Every client
signs in with an account of its own, over and over; told 503, it waits as Retry-After says, or, if
it is hasty, not at all. One reader asks for the tags on a new connection each time. Limits are off.
"""

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

if __name__ == "__main__":
    # The project, not this folder, whose http.py would hide the standard library's.
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from http.client import HTTPConnection

import model
from benchmarks.http import PROJECT, START_SECONDS, Production, installed, own_database
from config import Config
from controller.frame.security import Security
from tests.servers import free_port

WORKERS = 2
ARTICLES = 1_000
PASSWORD = "correct horse"
# Between two requests of the reader.
PAUSE = 0.005
MOST_TIMES, MOST_MILLISECONDS = 3, 100


class Costs(Production):
    """Passwords cost what they do in production."""

    ARGON2_TIME_COST = Config.ARGON2_TIME_COST
    ARGON2_MEMORY_COST = Config.ARGON2_MEMORY_COST
    ARGON2_PARALLELISM = Config.ARGON2_PARALLELISM


def main() -> None:
    """Print both measures; exit with 1 if the reader waits longer than promised."""
    if sys.argv[1:2] == ["clients"]:
        print(json.dumps(sign_in(int(sys.argv[2]), int(sys.argv[3]), sys.argv[4] == "True")))
        return
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--engine", choices=["sqlite", "mysql"], default="sqlite")
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--clients", type=int, default=30)
    parser.add_argument("--threads", type=int, default=8)
    parser.add_argument("--hasty", action="store_true")
    parser.add_argument("--folder", default=str(PROJECT))
    given = parser.parse_args()
    # Ended by somebody else, it ends what it started, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with ExitStack() as at_end:
        folder = Path(at_end.enter_context(tempfile.TemporaryDirectory()))
        url = own_database(given.engine, folder, ARTICLES, at_end)
        add_accounts(url, given.clients)
        port = free_port()
        at_end.enter_context(served(port, url, folder / "log", given.threads, given.folder))
        read(port, 1)
        alone = read(port, given.seconds)
        with signing_in(port, given) as answers:
            time.sleep(1)
            beside = read(port, given.seconds)
    print(f"{given.engine}, {WORKERS} workers of {given.threads} threads, {given.clients} clients")
    for name, found in (("alone", alone), ("while they sign in", beside)):
        print(f"{name:<20} {shown(found)}")
    print("their answers, a second:", {status: round(n, 1) for status, n in answers.items()})
    times = statistics.median(beside) / statistics.median(alone)
    print(f"the median is {times:.1f} times that alone; to reach: {MOST_TIMES}")
    sys.exit(times > MOST_TIMES or percentile(beside, 99) > MOST_MILLISECONDS)


def add_accounts(url: str, clients: int) -> None:
    """Add an account for each client, all with one password."""
    database = model.connect(url)
    password_hash = Security(Costs).hash_password(PASSWORD)
    names = [f"client{number}" for number in range(clients)]
    database.users.insert_many(
        [
            {"username": name, "email": email_of(number), "password_hash": password_hash}
            for number, name in enumerate(names)
        ]
    )
    database.close()


def email_of(client: int) -> str:
    """Return the e-mail of a client."""
    return f"client{client}@example.com"


@contextmanager
def served(
    port: int,
    url: str,
    log: Path,
    threads: int,
    folder: str = str(PROJECT),
    rate_limit: str = "false",
) -> Iterator[None]:
    """Serve the app as in production for as long as the block runs."""
    gunicorn = installed("gunicorn") or sys.exit("gunicorn is not installed")
    options = f"--workers={WORKERS} --worker-class=gthread --threads={threads}"
    environment = {
        "PATH": os.environ["PATH"],
        "FLASK_CONFIG": "production",
        "FLASK_SKIP_DOTENV": "1",
        "SECRET_KEY": Production.SECRET_KEY,
        "DATABASE_URL": url,
        "RATE_LIMIT": rate_limit,
    }
    with log.open("wb") as lines:
        server = subprocess.Popen(
            [gunicorn, *options.split(), f"--bind=127.0.0.1:{port}", "manage:application"],
            cwd=folder,
            env=environment,
            stdout=lines,
            stderr=lines,
        )
    try:
        wait(port, server, log)
        yield
    finally:
        server.terminate()
        server.wait(30)


def wait(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until the app answers."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            ask(port, "GET", "/tags")
        except OSError:
            if server.poll() is not None or time.monotonic() > deadline:
                sys.exit(f"gunicorn does not serve: {log.read_text()[-2000:]}")
            time.sleep(0.1)
        else:
            return


def read(port: int, seconds: float) -> list[float]:
    """Ask for the tags for so many seconds; return how many milliseconds each answer took."""
    found = []
    until = time.perf_counter() + seconds
    while (started := time.perf_counter()) < until:
        status, _ = ask(port, "GET", "/tags")
        if status != 200:
            sys.exit(f"the reader was told {status}")
        found.append((time.perf_counter() - started) * 1000)
        time.sleep(PAUSE)
    return found


@contextmanager
def signing_in(port: int, given: argparse.Namespace) -> Iterator[dict[str, float]]:
    """Let the clients sign in, in a process of their own; then count their answers a second."""
    command = [sys.executable, __file__, "clients", str(port), str(given.clients)]
    clients = subprocess.Popen(
        [*command, str(given.hasty)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    answers: dict[str, float] = {}
    try:
        yield answers
        said, _ = clients.communicate(timeout=60)
        answers |= json.loads(said)
    finally:
        clients.kill()


def sign_in(port: int, clients: int, is_hasty: bool) -> dict[str, float]:
    """Sign in until standard input ends; return the answers a second, by status."""
    is_over = threading.Event()
    found: Counter[str] = Counter()
    started = time.monotonic()
    threads = [
        threading.Thread(target=client, args=(port, number, is_hasty, is_over, found))
        for number in range(clients)
    ]
    for each in threads:
        each.start()
    sys.stdin.read()
    is_over.set()
    for each in threads:
        each.join()
    seconds = time.monotonic() - started
    return {status: number / seconds for status, number in found.items()}


def client(
    port: int, number: int, is_hasty: bool, is_over: threading.Event, found: Counter[str]
) -> None:
    """Sign in with one account."""
    body = json.dumps({"user": {"email": email_of(number), "password": PASSWORD}})
    while not is_over.is_set():
        status, retry_after = ask(port, "POST", "/users/login", body)
        found[str(status)] += 1
        if retry_after and not is_hasty:
            is_over.wait(float(retry_after))


def ask(
    port: int, method: str, path: str, body: str | None = None, address: str = "127.0.0.1"
) -> tuple[int, str | None]:
    """Send a request on a connection of its own; return its status and its Retry-After."""
    connection = HTTPConnection("127.0.0.1", port, timeout=30, source_address=(address, 0))
    headers = {"Content-Type": "application/json"} if body else {}
    connection.request(method, f"/api/v1{path}", body, headers)
    response = connection.getresponse()
    response.read()
    connection.close()
    return response.status, response.getheader("Retry-After")


def shown(found: list[float]) -> str:
    """Return a line of measures."""
    middle, most = statistics.median(found), percentile(found, 99)
    return f"median {middle:6.1f} ms, 99 % within {most:6.1f} ms, {len(found)} requests"


def percentile(found: list[float], percent: int) -> float:
    """Return what so many percent of the measures do not exceed."""
    return statistics.quantiles(found, n=100)[percent - 1]


if __name__ == "__main__":
    main()
