"""`flask openapi`: print the OpenAPI document."""

import click
from flask import current_app

from app.http import openapi


@click.command("openapi")
def print_openapi() -> None:
    """Print the OpenAPI document; save it to docs/openapi.json when the API changes."""
    click.echo(openapi.written(current_app), nl=False)
