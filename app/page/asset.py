"""The static files of the pages: the address of each has a version, so browsers keep it for good.

The version is a hash of the file, `?v=`. Whoever asks for another one gets the file as it is, and
is to ask again the next time.
"""

from collections.abc import Callable
from functools import lru_cache, partial, wraps
from hashlib import sha256
from pathlib import Path
from typing import Any

from flask import Flask, Response, request
from werkzeug.security import safe_join

KEEP = "public, max-age=31536000, immutable"


def init_app(app: Flask) -> None:
    """Give every static file that the app has by now its version."""
    app.url_defaults(partial(_add_version, app))
    for endpoint, view in app.view_functions.items():
        if _is_static(endpoint):
            app.view_functions[endpoint] = _kept(app, endpoint, view)


def _is_static(endpoint: str) -> bool:
    return endpoint.rpartition(".")[2] == "static"


def _add_version(app: Flask, endpoint: str, values: dict[str, Any]) -> None:
    if _is_static(endpoint) and (version := _version(app, endpoint, values["filename"])):
        values["v"] = version


def _kept(app: Flask, endpoint: str, view: Callable[..., Any]) -> Callable[..., Response]:
    @wraps(view)
    def kept(filename: str) -> Response:
        response: Response = view(filename=filename)
        if request.args.get("v") == _version(app, endpoint, filename):
            response.headers["Cache-Control"] = KEEP
        return response

    return kept


def _version(app: Flask, endpoint: str, filename: str) -> str:
    """The version of a file; empty if there is none."""
    owner = app.blueprints.get(endpoint.rpartition(".")[0], app)
    path = Path(safe_join(owner.static_folder or "", filename) or "")
    return _hash(path, path.stat().st_mtime_ns) if path.is_file() else ""


@lru_cache(maxsize=256)
def _hash(path: Path, _changed_at: int) -> str:
    return sha256(path.read_bytes()).hexdigest()[:16]
