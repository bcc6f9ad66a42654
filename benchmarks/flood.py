"""What a flood of guesses, and one of registrations, comes to without limits and with them.

    python benchmarks/flood.py [--seconds 10]

gunicorn serves as for benchmarks/signin.py, on SQLite. Thirty clients send ten requests a second
each, whatever they are told: wrong passwords of one account, each client from an address of its own
(which Linux lets them have), or registrations, all from one address. One reader asks for the tags
beside them.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import ExitStack
from multiprocessing import get_context
from pathlib import Path
from secrets import token_hex

if __name__ == "__main__":
    # The project, not this folder, whose http.py would hide the standard library's.
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from benchmarks.http import own_database
from benchmarks.signin import ARTICLES, add_accounts, ask, email_of, read, served
from tests.servers import free_port

CLIENTS, THREADS = 30, 8
PAUSE = 0.1
# Answers to a password that was hashed; 429 and 503 are given before.
HASHED = (201, 401, 409)


def main() -> None:
    """Print a line for each flood, without limits and with them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=10)
    seconds: float = parser.parse_args().seconds
    with ExitStack() as at_end:
        folder = Path(at_end.enter_context(tempfile.TemporaryDirectory()))
        url = own_database("sqlite", folder, ARTICLES, at_end)
        add_accounts(url, 1)
        # The clients have a process of their own: they must not slow the reader down.
        clients = at_end.enter_context(ProcessPoolExecutor(1, mp_context=get_context("spawn")))
        for send in (guess, register):
            for rate_limit in ("false", "true"):
                port = free_port()
                with served(port, url, folder / "log", THREADS, rate_limit=rate_limit):
                    answers = clients.submit(flood, send, port, seconds)
                    time.sleep(1)
                    median = statistics.median(read(port, seconds - 2))
                    found = answers.result()
                hashed = sum(found[status] for status in HASHED)
                print(f"{send.__name__}, RATE_LIMIT={rate_limit}: {found.total()} sent,", end=" ")
                print(f"{hashed} hashed, {dict(sorted(found.items()))}; tags in {median:.1f} ms")


def guess(port: int, client: int) -> int:
    """Try a wrong password of one account, from an address of the client's own."""
    body = json.dumps({"user": {"email": email_of(0), "password": "wrong horse"}})
    return ask(port, "POST", "/users/login", body, address=f"127.0.1.{client + 1}")[0]


def register(port: int, _client: int) -> int:
    """Register somebody new."""
    name = token_hex(8)
    user = {"username": name, "email": f"{name}@example.com", "password": "correct horse"}
    return ask(port, "POST", "/users", json.dumps({"user": user}))[0]


def flood(send: Callable[[int, int], int], port: int, seconds: float) -> Counter[int]:
    """Let the clients send for so many seconds; return how often each status was answered."""
    until = time.monotonic() + seconds
    found: Counter[int] = Counter()

    def send_on(client: int) -> None:
        while time.monotonic() < until:
            found[send(port, client)] += 1
            time.sleep(PAUSE)

    with ThreadPoolExecutor(CLIENTS) as threads:
        list(threads.map(send_on, range(CLIENTS)))
    return found


if __name__ == "__main__":
    main()
