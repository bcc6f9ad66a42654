"""What `flask run` says first: where the app is, or that its port is taken."""

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
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    click.echo(f"\n  app     {address}/\n  docs    {address}/docs\n  health  {address}/healthz\n")


def _is_taken(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=0.5).close()
    except OSError:
        return False
    return True
