"""`flask db-...`: the database is made, migrated, filled and emptied from here."""

import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import ParamSpec

import click
from flask import Flask, current_app

import model
from controller import seed as seeds
from controller.frame.error import ControllerError
from model import Database
from model.frame import migration
from model.frame.error import ModelError

Parameters = ParamSpec("Parameters")


def init_app(app: Flask) -> None:
    """Add the commands to `flask`."""
    for command in (db_init, db_migrate, db_status, db_rollback, db_new, db_seed, db_reset):
        app.cli.add_command(command)


def prepare(app: Flask) -> list[str]:
    """Make what is missing of the app's databases and migrate; return what was applied."""
    applied: list[str] = []
    for database in databases(app):
        database.create()
        applied += migration.migrate(database)
    return applied


def databases(app: Flask) -> list[Database]:
    """Return the app's database, and the one of the logs if that is another."""
    both = (app.extensions["database"], app.extensions["log_database"])
    return list({id(database): database for database in both}.values())


def errors_in_one_line(command: Callable[Parameters, None]) -> Callable[Parameters, None]:
    """Say in one line what the database or a rule refused."""

    @wraps(command)
    def wrapper(*args: Parameters.args, **kwargs: Parameters.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except (ModelError, ControllerError) as error:
            sys.exit(str(error))

    return wrapper


@click.command()
@errors_in_one_line
def db_init() -> None:
    """Make the database if it is not there, and migrate."""
    _tell_applied(prepare(current_app))


@click.command()
@errors_in_one_line
def db_migrate() -> None:
    """Apply every pending migration."""
    for database in databases(current_app):
        for name in migration.migrate(database):
            _tell_applied([name])
    click.echo("Up to date.")


@click.command()
@errors_in_one_line
def db_status() -> None:
    """Show each migration and what became of it; exit 1 if one is pending."""
    pending = False
    for database in databases(current_app):
        click.echo(database.engine)
        for name, state in migration.status(database):
            click.echo(f"  {name}  {state}")
        pending = pending or bool(migration.pending(database))
    sys.exit(int(pending))


@click.command()
@click.argument("count", type=click.IntRange(min=1), default=1)
@errors_in_one_line
def db_rollback(count: int) -> None:
    """Undo the last COUNT migrations."""
    for database in databases(current_app):
        for name in migration.rollback(database, count):
            click.echo(f"undone   {name}")


@click.command()
@click.argument("name")
@errors_in_one_line
def db_new(name: str) -> None:
    """Make the next numbered migration file, NAME, for every engine that is present."""
    for path in migration.new(Path(model.__file__).parent, name):
        click.echo(path)


@click.command(
    params=[
        *(
            click.Option([f"--{sower.NAME}"], type=click.IntRange(min=0), default=sower.COUNT)
            for sower in seeds.sowers()
        ),
        click.Option(["--seed"], type=int, default=1, help="The same seed, the same data."),
    ],
    context_settings={"show_default": True},
)
@errors_in_one_line
def db_seed(seed: int, **counts: int) -> None:
    """Fill the database with believable data."""
    database = current_app.extensions["database"]
    with click.progressbar(length=sum(counts.values()), label="Sowing") as bar:
        for count in seeds.sow(database, counts=counts, seed=seed):
            bar.update(count)
    click.echo(f"{', '.join(f'{count} {name}' for name, count in counts.items())} were added.")


@click.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
@errors_in_one_line
def db_reset(yes: bool) -> None:
    """Delete everything in the database and make it anew."""
    if current_app.config["ENVIRONMENT"] == "production":
        sys.exit("This is production: nothing is deleted here.")
    engines = ", ".join(database.engine for database in databases(current_app))
    if not yes:
        click.confirm(f"Delete everything in the {engines} database?", abort=True)
    for database in databases(current_app):
        database.drop()
    _tell_applied(prepare(current_app))


def _tell_applied(names: list[str]) -> None:
    for name in names:
        click.echo(f"applied  {name}")
