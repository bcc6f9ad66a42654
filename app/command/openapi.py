"""`flask openapi`: print the OpenAPI document."""

import click
from flask import current_app

from app.http import openapi


@click.command("openapi")
def print_openapi() -> None:
    """Print the OpenAPI document; into docs/openapi.json when the API has changed."""
    click.echo(openapi.written(current_app), nl=False)
