"""`flask user-promote`: make someone an admin."""

import click
from flask import current_app

from app.command.database import errors_in_one_line
from controller import account


@click.command()
@click.argument("email")
@errors_in_one_line
def user_promote(email: str) -> None:
    """Make the account with this EMAIL an admin."""
    account.promote(current_app.extensions["database"], email=email)
    click.echo(f"{email} is an admin now.")
