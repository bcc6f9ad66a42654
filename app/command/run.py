"""What `flask run` says first: where the app is, or that its port is taken."""

import errno
import logging
import os
import socket
import sys

import click
from flask import Flask

from app.command import database, jobs
from model import Database
from model.frame import migration
from model.frame.error import ModelError

LAST_PORT = 65_535


def announce(app: Flask) -> None:
    """Under `flask run`: check the port, prepare the database, print the address.

    In development, SQLite sets itself up. Exits if the port is taken.
    """
    context = click.get_current_context(silent=True)
    if context is None or context.info_name != "run":
        return
    is_second_process = bool(os.environ.get("WERKZEUG_RUN_MAIN"))
    if context.params["port"] or is_second_process:
        # Every request has an access line of ours; the server's own would say it again.
        logging.getLogger("werkzeug").setLevel(logging.WARNING)
    if not is_second_process:
        # The reloader's takes over the socket of the first.
        _prepare(app, context)
    jobs.start_worker(app)


def _prepare(app: Flask, context: click.Context) -> None:
    host, port = context.params["host"], context.params["port"]
    _refuse_port(host, port)
    if app.config["ENVIRONMENT"] == "development" and app.config["ENGINE"] == "sqlite":
        database.prepare(app)
    scheme = "https" if context.params["cert"] else "http"
    click.echo(_welcome(host, port, scheme, has_docs=app.config["API_DOCS"]))
    if missing := _missing(app.extensions["database"]):
        click.echo(f"  {missing}\n")


def _welcome(host: str, port: int, scheme: str, *, has_docs: bool) -> str:
    if host.startswith("unix://"):
        return f"\n  app     {host}\n"
    if port == 0:
        return "\n  app     on a free port, which the server names here:\n"
    address = f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"
    docs = f"  docs    {address}/docs\n" if has_docs else ""
    return f"\n  app     {address}/\n{docs}  health  {address}/healthz\n"


def _missing(own_database: Database) -> str:
    """What keeps the app from being ready, in a line; empty if nothing does."""
    try:
        if pending := migration.pending(own_database):
            return f"Run flask db-init first: {', '.join(pending)} is pending."
        own_database.ping()
    except ModelError as error:
        return f"The database does not answer yet: {error}."
    return ""


def _refuse_port(host: str, port: int) -> None:
    """Exit if there is no such port, or if another program has it."""
    if not 0 <= port <= LAST_PORT:
        sys.exit(f"{port} is not a valid port: choose one between 1024 and {LAST_PORT}.")
    if _is_taken(host, port):
        other = port + 1 if port < LAST_PORT else port - 1
        sys.exit(
            f"Port {port} is taken. Choose another: make run PORT={other}\n"
            f"or without make: flask run --port {other}\n"
            "(on macOS, port 5000 belongs to the AirPlay Receiver)"
        )


def _is_taken(host: str, port: int) -> bool:
    """Return whether another program uses the port; the server reports any other problem."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        if os.name == "posix":
            # As the server does: a port that was let go of a moment ago is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return error.errno == errno.EADDRINUSE
    return False
