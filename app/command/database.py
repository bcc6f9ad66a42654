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
from controller.error import RuleError
from model import Database, migration
from model.error import ModelError

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


def in_words(command: Callable[Parameters, None]) -> Callable[Parameters, None]:
    """Say in one line what the database or a rule refused."""

    @wraps(command)
    def said(*args: Parameters.args, **kwargs: Parameters.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except (ModelError, RuleError) as error:
            sys.exit(str(error))

    return said


@click.command()
@in_words
def db_init() -> None:
    """Make the database if it is not there, and migrate."""
    _tell_applied(prepare(current_app))


@click.command()
@in_words
def db_migrate() -> None:
    """Apply every pending migration."""
    for database in databases(current_app):
        for name in migration.migrate(database):
            _tell_applied([name])
    click.echo("Up to date.")


@click.command()
@in_words
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
@in_words
def db_rollback(count: int) -> None:
    """Undo the last COUNT migrations."""
    for database in databases(current_app):
        for name in migration.rollback(database, count):
            click.echo(f"undone   {name}")


@click.command()
@click.argument("name")
@in_words
def db_new(name: str) -> None:
    """Make the next numbered migration file, NAME, for every engine that is present."""
    for path in migration.new(Path(model.__file__).parent, name):
        click.echo(path)


@click.command()
@click.option("--users", type=click.IntRange(min=1), default=20, show_default=True)
@click.option("--articles", type=click.IntRange(min=0), default=100, show_default=True)
@click.option(
    "--seed", type=int, default=1, show_default=True, help="The same seed, the same data."
)
@in_words
def db_seed(users: int, articles: int, seed: int) -> None:
    """Fill the database with believable data."""
    database = current_app.extensions["database"]
    with click.progressbar(length=users + articles, label="Sowing") as bar:
        for count in seeds.sow(database, users=users, articles=articles, seed=seed):
            bar.update(count)
    click.echo(f"{users} users and {articles} articles were added.")


@click.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
@in_words
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
