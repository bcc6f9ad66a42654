"""What kept counts cost writers: 64 of them over HTTP, with and without the counts.

    python benchmarks/storm.py [--engine sqlite|mysql|mongodb] [--turns 5] [--seconds 5]

They post articles, favorite, unfavorite and comment; spread over 1,000 articles and 100 tags, and
then all on one article and one tag. Without counts, the same app leaves out the statements that
change a table of counts. Tried again: how often the database asked for another try. wrk sends.
"""

import argparse
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parents[1])

import model
from benchmarks import databases
from benchmarks.http import Load, Production, Side, installed, load_said
from controller.frame.security import Security
from model.frame import migration, transaction
from tests.servers import MongoServer

PROJECT = Path(__file__).resolve().parents[1]
CONNECTIONS = 64
ARTICLES = 1_000
TAGS = 100
THREADS = {"sqlite": 1, "mysql": 8, "mongodb": 8}
TO_REACH = {"spread": {}, "one": {"mysql": 0.7, "mongodb": 0.5}}
SPREAD_TO_REACH = 0.9
# Where a served app leaves a byte for each time it tries again.
RETRIES = "STORM_RETRIES"

SCRIPT = """
local tokens, slugs, tags = {%(tokens)s}, {%(slugs)s}, %(tags)d
local n = 0
math.randomseed(%(seed)d)
request = function()
  n = n + 1
  local headers = {
    ["Content-Type"] = "application/json",
    ["Authorization"] = "Token " .. tokens[math.random(#tokens)]
  }
  local path = "/api/v1/articles/" .. slugs[math.random(#slugs)]
  local kind = math.random(4)
  if kind == 1 then
    return wrk.format("POST", "/api/v1/articles", headers, string.format(
      '{"article": {"title": "Storm %(seed)d %%d", "description": "d", "body": "b", ' ..
      '"tagList": ["storm-%%d"]}}', n, math.random(tags)))
  elseif kind == 2 then
    return wrk.format("POST", path .. "/comments", headers, '{"comment": {"body": "It worked."}}')
  end
  return wrk.format(kind == 3 and "POST" or "DELETE", path .. "/favorite", headers)
end
"""


def counted() -> Any:
    """The app as it is, which notes how often it tries again."""
    retries = os.open(os.environ[RETRIES], os.O_WRONLY | os.O_APPEND)

    class Clock:
        monotonic = staticmethod(time.monotonic)

        @staticmethod
        def sleep(seconds: float) -> None:
            os.write(retries, b".")
            time.sleep(seconds)

    transaction.time = Clock  # type: ignore[attr-defined]
    from manage import application

    return application


def uncounted() -> Any:
    """The same app without the statements that change a table of counts."""
    application = counted()
    if application.config["ENGINE"] == "mongodb":
        from model.mongodb.driver.collection import Collection

        upsert = Collection.upsert
        Collection.upsert = lambda self, changes: (  # type: ignore[method-assign]
            None if self._name.endswith("_counts") else upsert(self, changes)
        )
    else:
        from model.sql.driver.statements import Statements

        insert_many = Statements.insert_many
        Statements.insert_many = lambda self, sql, rows: (  # type: ignore[method-assign]
            0 if "_counts" in sql else insert_many(self, sql, rows)
        )
    return application


if RETRIES in os.environ:
    application = uncounted() if os.environ.get("STORM_UNCOUNTED") else counted()


def main() -> None:
    """Print a line for each storm; exit with 1 if a writer was refused."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--engine", choices=list(THREADS), action="append")
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=5)
    given = parser.parse_args()
    if not installed("wrk"):
        sys.exit("wrk is not installed: apt-get install wrk")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    refused = 0
    for engine in given.engine or THREADS:
        print(f"{engine:<18}{'without':>10}{'with':>10}{'ratio':>8}{'to reach':>10}", end="")
        print(f"{'tried again':>24}{'refused':>10}", flush=True)
        for name in ("spread", "one"):
            refused += storm(engine, name, given.turns, given.seconds)
    sys.exit(refused > 0)


def storm(engine: str, name: str, turns: int, seconds: int) -> int:
    """Let both apps take turns on a database each; return how many requests were refused."""
    rates: dict[str, list[float]] = {"without": [], "with": []}
    refused = 0
    with ExitStack() as at_end:
        folder = Path(at_end.enter_context(tempfile.TemporaryDirectory()))
        server = server_of(engine, at_end)
        sides = {}
        for each in rates:
            url = f"sqlite:///{folder}/{each}.db" if server is None else server.url(f"storm_{each}")
            tokens, slugs = fill(url)
            (folder / each).touch()
            environment = {RETRIES: str(folder / each)}
            if each == "without":
                environment["STORM_UNCOUNTED"] = "1"
            side = Side(each, str(PROJECT), "benchmarks.storm:application", url, environment)
            at_end.enter_context(side.served(THREADS[engine], folder / f"{each}.log"))
            sides[each] = side, tokens, slugs[:1] if name == "one" else slugs
        for turn in range(turns):
            for each in list(rates) if turn % 2 else reversed(list(rates)):
                side, tokens, slugs = sides[each]
                tags = 1 if name == "one" else TAGS
                found = load(side, tokens, slugs, tags, seconds)
                rates[each].append(found.rate)
                refused += found.failures
        again = {each: (folder / each).stat().st_size for each in rates}
    ratio = statistics.median(
        mine / theirs for mine, theirs in zip(rates["with"], rates["without"], strict=True)
    )
    medians = "".join(f"{statistics.median(of_side):>10.0f}" for of_side in rates.values())
    wanted = SPREAD_TO_REACH if name == "spread" else TO_REACH["one"].get(engine, 0)
    tried = f"{again['without']} and {again['with']}"
    print(f"  {name:<16}{medians}{ratio:>8.2f}{wanted:>10.2f}{tried:>24}{refused:>10}", flush=True)
    return refused


def server_of(engine: str, at_end: ExitStack) -> Any:
    """A private server of the engine; None for SQLite, which has none."""
    if engine == "sqlite":
        return None
    if engine == "mysql":
        return at_end.enter_context(databases.mysql_server())
    server = MongoServer()
    server.start()
    at_end.callback(server.stop)
    return server


def fill(url: str) -> tuple[list[str], list[str]]:
    """Make the database; return the tokens of as many users as write, and the slugs."""
    database: Any = model.connect(url)
    database.create()
    list(migration.migrate(database))
    users = databases.add_users(database, [f"writer{number}" for number in range(CONNECTIONS)])
    databases.add_articles(database, users, ARTICLES)
    security = Security(Production)
    tokens = [databases.sign_in(database, security, user_id) for user_id in users]
    database.close()
    return tokens, [databases.slug_of(number) for number in range(ARTICLES)]


def load(side: Side, tokens: list[str], slugs: list[str], tags: int, seconds: int) -> Load:
    """Let wrk write for so many seconds; a failure is a request that was refused."""
    values = {
        "tokens": ", ".join(f'"{token}"' for token in tokens),
        "slugs": ", ".join(f'"{slug}"' for slug in slugs),
        "tags": tags,
        "seed": time.time_ns() % 1_000_000_007,
    }
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(SCRIPT % values)
        script.flush()
        command = [installed("wrk") or "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s"]
        address = f"http://127.0.0.1:{side.port}"
        said = subprocess.run(
            [*command, "-s", script.name, address], capture_output=True, text=True, check=True
        ).stdout
    return load_said(said)


if __name__ == "__main__":
    main()
