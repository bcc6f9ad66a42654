"""`flask user-promote`: make someone an admin."""

import click
from flask import current_app

from app.command.database import in_words
from controller import account


@click.command()
@click.argument("email")
@in_words
def user_promote(email: str) -> None:
    """Make the account with this EMAIL an admin."""
    account.promote(current_app.extensions["database"], email=email)
    click.echo(f"{email} is an admin now.")
