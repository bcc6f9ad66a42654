"""What the edge costs a request: the headers, other origins, names, and an ETag.

    python benchmarks/edge.py

The same GET is answered by the app without what stands around it, and with more of it each time.
They take turns, and the quickest round of each counts: a busy machine slows all of them alike.
"""

import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    # The project, not this folder, whose http.py would hide the standard library's.
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from flask import Flask
from werkzeug.test import EnvironBuilder

from app import create_flask_app
from app.http.response import ok, ok_if_changed
from config import TestConfig
from controller.frame import log

ROUNDS = 400
REQUESTS = 50
ORIGINS = tuple(f"https://{number}.example.com" for number in range(10_000))
RESULTS = {"page": {"text": "x" * 2000}}

Answer = Callable[..., Any]


def main() -> None:
    """Print the table."""
    plain, origins = app_of(), app_of(CORS_ORIGINS=ORIGINS)
    hosts = app_of(CORS_ORIGINS=ORIGINS, TRUSTED_HOSTS=("localhost", ".example.com"))
    log.configure("text", "WARNING")
    asked = EnvironBuilder("/get").get_environ()
    conditional = EnvironBuilder("/get_if_changed").get_environ()
    crossing = {**asked, "HTTP_ORIGIN": ORIGINS[-1]}
    sides: dict[str, tuple[Answer, dict[str, Any]]] = {
        "without": (partial(Flask.wsgi_app, plain), asked),
        "headers": (plain.wsgi_app, asked),
        "10,000 origins": (origins.wsgi_app, asked),
        "... one of them asking": (origins.wsgi_app, crossing),
        "... and trusted hosts": (hosts.wsgi_app, crossing),
        "headers and an ETag": (plain.wsgi_app, conditional),
    }
    rounds = [
        {name: microseconds(answer, environ) for name, (answer, environ) in sides.items()}
        for _ in range(ROUNDS)
    ]
    print(f"{'a GET':<26}{'request':>12}{'over without':>14}")
    for name in sides:
        request, without = (min(each[one] for each in rounds) for one in (name, "without"))
        print(f"{name:<26}{request:>9.1f} µs{request - without:>11.1f} µs")


def app_of(**values: Any) -> Flask:
    """An app of this configuration, with the same answer at two addresses."""
    app = create_flask_app(type("Own", (TestConfig,), values))
    app.add_url_rule("/get", "get", lambda: ok(RESULTS))
    app.add_url_rule("/get_if_changed", "get_if_changed", lambda: ok_if_changed(RESULTS))
    return app


def microseconds(answer: Answer, environ: dict[str, Any]) -> float:
    """The mean time of one request over one round."""
    started = time.process_time()
    for _ in range(REQUESTS):
        for _chunk in answer(dict(environ), _ignore):
            pass
    return (time.process_time() - started) / REQUESTS * 1_000_000


def _ignore(_status: str, _headers: Any, _exception: Any = None) -> Any:
    return None


if __name__ == "__main__":
    main()
