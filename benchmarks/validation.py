"""What validating two query parameters costs a request, beside the library's own validator.

    python benchmarks/validation.py

The same endpoint is served bare, behind this project's Validator, and behind the one of
flask-validation-extended. The three take turns, so that a busy machine slows all of them alike.
"""

import statistics
import sys
import time
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    # The project, not this folder, whose http.py would hide the standard library's.
    sys.path[0] = str(Path(__file__).resolve().parents[1])

import flask_validation_extended as library
from flask import Flask
from werkzeug.test import EnvironBuilder

from app.http.validation import Query, Validator

ROUNDS = 60
REQUESTS = 500


def make_app() -> Flask:
    """An app that serves the endpoint three times, without any of the app's hooks."""
    app = Flask("benchmark")

    @app.get("/bare")
    def bare() -> str:
        return "3"

    @app.get("/own")
    @Validator()
    def own(a: int = Query(int), b: int = Query(int)) -> str:
        return "3"

    @app.get("/library")
    @library.Validator()
    def library_own(a=library.Query(int), b=library.Query(int)) -> str:  # type: ignore
        return "3"

    return app


def microseconds_per_request(app: Flask, path: str) -> float:
    """The mean time of one request, through the whole of Flask, over one round."""
    environ = EnvironBuilder(path, query_string="a=1&b=2").get_environ()
    started = time.perf_counter()
    for _ in range(REQUESTS):
        for _chunk in app.wsgi_app(dict(environ), _ignore):
            pass
    return (time.perf_counter() - started) / REQUESTS * 1_000_000


def _ignore(_status: str, _headers: Any, _exception: Any = None) -> Any:
    return None


def main() -> None:
    """Print the table."""
    app = make_app()
    names = ("bare", "own", "library")
    for name in names:
        microseconds_per_request(app, f"/{name}")
    rounds = [
        {name: microseconds_per_request(app, f"/{name}") for name in names} for _ in range(ROUNDS)
    ]
    print(f"{'two query parameters':<24}{'request':>12}{'over bare':>12}")
    for name in names:
        request = statistics.median(each[name] for each in rounds)
        over = statistics.median(each[name] - each["bare"] for each in rounds)
        print(f"{name:<24}{request:>9.1f} µs{over:>9.1f} µs")


if __name__ == "__main__":
    main()
