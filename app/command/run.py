"""What `flask run` says first: where the app is, or that its port is taken."""

import errno
import logging
import os
import socket
import sys

import click
from flask import Flask

from app.command import database


def announce(app: Flask) -> None:
    """Get ready what `flask run`, if it is what loads the app, needs, and say where it serves.

    In development, SQLite sets itself up. Exits if the port is taken.
    """
    context = click.get_current_context(silent=True)
    if context is None or context.info_name != "run":
        return
    # Every request has an access line of ours; the server's own would say it again.
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    if os.environ.get("WERKZEUG_RUN_MAIN"):
        return  # the reloader's second process, which takes over the socket of the first
    host, port = context.params["host"], context.params["port"]
    if _is_taken(host, port):
        sys.exit(
            f"Port {port} is taken. Choose another: make run PORT={port + 1}\n"
            f"or without make: flask run --port {port + 1}\n"
            "(on macOS, port 5000 belongs to the AirPlay Receiver)"
        )
    if app.config["ENVIRONMENT"] == "development" and app.config["ENGINE"] == "sqlite":
        database.prepare(app)
    if host.startswith("unix://"):
        click.echo(f"\n  app     {host}\n")
        return
    scheme = "https" if context.params["cert"] else "http"
    address = f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"
    click.echo(f"\n  app     {address}/\n  docs    {address}/docs\n  health  {address}/healthz\n")


def _is_taken(host: str, port: int) -> bool:
    """Tell whether another program has the port; what else is wrong, the server will say."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        if os.name == "posix":
            # As the server does: a port that was let go of a moment ago is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return error.errno == errno.EADDRINUSE
        except OverflowError:
            sys.exit(f"{port} is no port: choose one between 1024 and 65535.")
    return False
