"""A database URL: what to connect to, and how. It is never shown, for it holds a password."""

import ssl
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from model.frame.connection import LOOPBACK
from model.frame.error import ConfigurationError
from model.sql.driver import sqlite

POOL_SIZE = 10
POOL_WAIT = 1.0
# A server forgets idle connections, and a proxy before it may; a file does not.
MAX_AGE = 1800.0

POOL_OPTIONS = {"pool_size", "pool_wait"}
TLS_OPTIONS = {"ssl_ca", "ssl_cert", "ssl_key"}
MYSQL_OPTIONS = POOL_OPTIONS | TLS_OPTIONS | {"ssl", "unix_socket"}
MALFORMED = "the database URL is malformed; in a password, : / ? # @ and % are percent-encoded"


@dataclass(frozen=True)
class Target:
    """What a URL says: how a connection is made, and how many there may be."""

    engine: str
    connect: Callable[[], Any]
    create: Callable[[], None]
    drop: Callable[[], None]
    pool_size: int = POOL_SIZE
    pool_wait: float = POOL_WAIT
    max_age: float | None = None
    is_exposed: bool = False
    is_in_memory: bool = False


def read(url: str) -> Target:
    """Return what the URL says; ConfigurationError says what is wrong with it."""
    try:
        parts = urlsplit(url)
        options = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=False))
        return _mysql(parts, options) if parts.scheme == "mysql" else _sqlite(url, options)
    except ValueError:
        # The parser's own text may show a part of the URL.
        raise ConfigurationError(MALFORMED) from None


def _sqlite(url: str, options: dict[str, str]) -> Target:
    _refuse_unknown(options, POOL_OPTIONS)
    path = unquote(url.partition("?")[0].removeprefix("sqlite:///"))
    if not url.startswith("sqlite:///") or not path or "\0" in path:
        raise ConfigurationError("a SQLite URL is sqlite:///path or sqlite:///:memory:")
    if path == ":memory:":
        # One connection is one database: every thread takes turns at it, and it never ages.
        connect = partial(sqlite.Connection, path)
        return Target("sqlite", connect, _nothing, _nothing, 1, POOL_WAIT, is_in_memory=True)
    create = partial(_make_folder, Path(path).parent)
    drop = partial(sqlite.drop, path)
    return Target("sqlite", partial(sqlite.Connection, path), create, drop, **_pool(options))


def _mysql(parts: SplitResult, options: dict[str, str]) -> Target:
    from model.sql.driver import mysql  # its driver is large, and SQLite needs none of it

    _refuse_unknown(options, MYSQL_OPTIONS)
    name = unquote(parts.path.removeprefix("/"))
    if not name or "/" in name:
        raise ConfigurationError("a MySQL URL is mysql://user:password@host:3306/name")
    host = parts.hostname or "localhost"
    unix_socket = options.get("unix_socket") or None
    is_local = unix_socket is not None or host in LOOPBACK
    tls = _tls(options, is_local=is_local)
    settings = mysql.settings(
        host=host,
        port=parts.port or 3306,
        user=unquote(parts.username or "root"),
        password=unquote(parts.password or ""),
        name=name,
        unix_socket=unix_socket,
        tls=tls,
    )
    # Without a context of its own, PyMySQL goes on unencrypted if the server has no TLS.
    is_exposed = not is_local and isinstance(tls, bool)
    create, drop = partial(mysql.create, settings), partial(mysql.drop, settings)
    connect = partial(mysql.Connection, settings)
    pool = _pool(options)
    return Target("mysql", connect, create, drop, max_age=MAX_AGE, is_exposed=is_exposed, **pool)


def _tls(options: dict[str, str], *, is_local: bool) -> ssl.SSLContext | bool:
    """One context for every connection, for making one takes longer than connecting."""
    wish = options.get("ssl", "required" if TLS_OPTIONS & options.keys() else "preferred")
    if wish not in ("disabled", "preferred", "required"):
        raise ConfigurationError("ssl in the database URL is disabled, preferred or required")
    if wish != "required" and TLS_OPTIONS & options.keys():
        raise ConfigurationError(f"the database URL has TLS files, but ssl={wish}")
    if "ssl_key" in options and "ssl_cert" not in options:
        raise ConfigurationError("the database URL has an ssl_key without its ssl_cert")
    if wish == "preferred":
        # Nobody listens on the way to this machine itself.
        return not is_local
    if wish == "disabled":
        return False
    try:
        context = ssl.create_default_context(cafile=options.get("ssl_ca"))
        if "ssl_cert" in options:
            context.load_cert_chain(options["ssl_cert"], options.get("ssl_key"))
    except OSError as error:
        raise ConfigurationError(f"a TLS file of the database URL: {error.strerror}") from None
    return context


def _pool(options: dict[str, str]) -> dict[str, Any]:
    size, wait = options.get("pool_size", str(POOL_SIZE)), options.get("pool_wait", str(POOL_WAIT))
    try:
        pool = {"pool_size": int(size), "pool_wait": float(wait)}
    except ValueError:
        pool = {"pool_size": 0}
    if pool["pool_size"] < 1 or not 0 <= pool["pool_wait"] <= 60:
        raise ConfigurationError(
            "in the database URL, pool_size is at least 1 and pool_wait 0 to 60 seconds"
        )
    return pool


def _refuse_unknown(options: dict[str, str], known: set[str]) -> None:
    if unknown := sorted(options.keys() - known):
        if any("@" in text for option in options.items() for text in option):
            # Not an option at all, but the rest of a password that has a ? in it.
            raise ConfigurationError(MALFORMED)
        raise ConfigurationError(
            f"the database URL has the unknown option {unknown[0]!r}; "
            f"known are {', '.join(sorted(known))}"
        )


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(
            f"the folder of the database cannot be made: {error.strerror}: {error.filename}"
        ) from None


def _nothing() -> None:
    """A database in memory is made by connecting, and gone with its connection."""
