"""`flask log-prune`: delete old rows of the API log."""

import sys

import click
from flask import current_app

from app.command.database import errors_in_one_line
from controller import log
from controller.frame import text


@click.command()
@click.option("--days", default="30", show_default=True, help="Keep the rows of so many days.")
@errors_in_one_line
def log_prune(days: str) -> None:
    """Delete the rows of the API log that are older, in batches that block nobody."""
    try:
        number = text.whole_number(days)
    except ValueError as error:
        sys.exit(f"days {error}")
    deleted = log.prune(current_app.extensions["log_database"], days=number)
    click.echo(f"Rows deleted from the API log: {deleted}")
