"""`flask check`: show the settings in force, and what production would refuse."""

import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from config import Config


def make_check(config: "type[Config]") -> click.Command:
    """Make the command for a configuration."""

    @click.command()
    def check() -> None:
        """Show the settings, secrets masked; exit 1 if production would refuse one."""
        for name, value in config.effective().items():
            click.echo(f"{name} = {value}")
        problems = config.problems_in_production()
        click.echo()
        for problem in problems:
            click.echo(problem, err=True)
        if problems:
            sys.exit(1)
        click.echo("Production would start with these settings.")

    return check
