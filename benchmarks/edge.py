"""What the edge costs a GET without a limit: chunks, headers, other origins, names; and an ETag.

    python benchmarks/edge.py

The same GET is answered by the app without what stands around it, and with more of it each time.
They take turns, and the quickest round of each counts: a busy machine slows all of them alike.
"""

import sys
import time
from collections.abc import Callable
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

MOST_MICROSECONDS = 6
ROUNDS = 2000
REQUESTS = 20
ORIGINS = tuple(f"https://{number}.example.com" for number in range(10_000))
WITHOUT, WHOLE = "without", "... and trusted hosts"
RESULTS = {"page": {"text": "x" * 2000}}

Answer = Callable[..., Any]


def main() -> None:
    """Print the table; exit with 1 if the edge costs more than promised."""
    plain, origins = app_of(), app_of(CORS_ORIGINS=ORIGINS)
    hosts = app_of(CORS_ORIGINS=ORIGINS, TRUSTED_HOSTS=("localhost", ".example.com"))
    log.configure("text", "WARNING")
    plainest = EnvironBuilder("/get").get_environ()
    # As gunicorn says it, upon which the app looks for chunks.
    asked = {**plainest, "wsgi.input_terminated": True}
    conditional = {**asked, "PATH_INFO": "/get_if_changed"}
    crossing = {**asked, "HTTP_ORIGIN": ORIGINS[-1]}
    # What the headers are added around.
    within = plain.wsgi_app._wsgi_app
    sides: dict[str, tuple[Answer, dict[str, Any]]] = {
        WITHOUT: (within, plainest),
        "chunks": (within, asked),
        "... and headers": (plain.wsgi_app, asked),
        "... and 10,000 origins": (origins.wsgi_app, asked),
        "... one of them asking": (origins.wsgi_app, crossing),
        WHOLE: (hosts.wsgi_app, crossing),
        "chunks, headers, an ETag": (plain.wsgi_app, conditional),
    }
    rounds = [
        {name: microseconds(answer, environ) for name, (answer, environ) in sides.items()}
        for _ in range(ROUNDS)
    ]
    quickest = {name: min(each[name] for each in rounds) for name in sides}
    print(f"{'a GET':<26}{'request':>12}{'over without':>14}")
    for name, request in quickest.items():
        print(f"{name:<26}{request:>9.1f} µs{request - quickest[WITHOUT]:>11.1f} µs")
    cost = quickest[WHOLE] - quickest[WITHOUT]
    print(f"the whole edge costs {cost:.1f} µs; to reach: {MOST_MICROSECONDS}")
    sys.exit(cost > MOST_MICROSECONDS)


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
