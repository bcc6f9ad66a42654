"""`flask db-...`: create, migrate, fill and empty the database."""

import sys
import time
from collections.abc import Callable, Iterator
from functools import wraps
from pathlib import Path
from typing import ParamSpec, get_type_hints

import click
from flask import Flask, current_app

import model
from controller import seed as seeds
from controller.frame.error import ControllerError
from model import Database, Models
from model.frame import migration
from model.frame.error import ModelError, NoDatabase

Parameters = ParamSpec("Parameters")


def init_app(app: Flask) -> None:
    """Add the commands to `flask`."""
    commands = (db_init, db_migrate, db_status, db_rollback, db_forget, db_new, db_seed)
    for command in (*commands, db_verify, db_reset):
        app.cli.add_command(command)


def prepare(app: Flask) -> None:
    """Create what is missing of the app's databases, and migrate without a word."""
    for database in databases(app):
        database.create()
        list(migration.migrate(database))


def databases(app: Flask) -> list[Database]:
    """Return the app's database, and the one of the logs if that is another."""
    both = (app.extensions["database"], app.extensions["log_database"])
    return list({id(database): database for database in both}.values())


def errors_in_one_line(command: Callable[Parameters, None]) -> Callable[Parameters, None]:
    """End a command with one line if the database or a rule refuses."""

    @wraps(command)
    def wrapper(*args: Parameters.args, **kwargs: Parameters.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except NoDatabase as error:
            sys.exit(f"{error}: run flask db-init first")
        except (ModelError, ControllerError) as error:
            sys.exit(str(error))

    return wrapper


@click.command()
@errors_in_one_line
def db_init() -> None:
    """Create the database if it is not there, and migrate."""
    _create_and_migrate()


@click.command()
@errors_in_one_line
def db_migrate() -> None:
    """Apply every pending migration."""
    for database in databases(current_app):
        _migrate(database)
    click.echo("Up to date.")


@click.command()
@errors_in_one_line
def db_status() -> None:
    """Show the state of each migration; exit 1 if one is pending."""
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
def db_forget(name: str) -> None:
    """Remove the record of the migration NAME, whose file is gone; its tables stay."""
    forgotten = [migration.forget(database, name) for database in databases(current_app)]
    if not any(forgotten):
        sys.exit(f"{name} was not applied: flask db-status lists what was.")
    click.echo(f"forgot   {name}; its tables stay as they are")


@click.command()
@click.argument("name")
@errors_in_one_line
def db_new(name: str) -> None:
    """Create the next numbered migration file, NAME, for every engine that is present."""
    for path in migration.new(Path(model.__file__).parent, name):
        click.echo(path)


@click.command(
    params=[
        *(
            click.Option([f"--{sower.NAME}"], type=click.IntRange(min=0), default=sower.COUNT)
            for sower in seeds.sowers()
        ),
        click.Option(["--seed"], type=int, default=1, help="The same seed gives the same data."),
    ],
    context_settings={"show_default": True},
)
@errors_in_one_line
def db_seed(seed: int, **counts: int) -> None:
    """Fill the database with fake data; run it again to continue an interrupted run."""
    if current_app.config["ENVIRONMENT"] == "production":
        sys.exit("This is production: nothing is made up here.")
    batches = seeds.sow(current_app.extensions["database"], counts=counts, seed=seed)
    try:
        _show_progress(batches, sum(counts.values()))
    except RuntimeError as error:
        sys.exit(str(error))  # Faker is not installed
    click.echo(f"{', '.join(f'{count} {name}' for name, count in counts.items())} are there.")


@click.command()
@click.option("--fix", is_flag=True, help="Correct what differs.")
@errors_in_one_line
def db_verify(fix: bool) -> None:
    """Recount what is counted with each write; exit 1 if a kept count differs."""
    database: Database = current_app.extensions["database"]
    if pending := migration.pending(database):
        sys.exit(f"Migrations are pending: {', '.join(pending)}. Run flask db-migrate first.")
    found = False
    for name in get_type_hints(Models):
        verify = getattr(getattr(database, name), "verify", None)
        for each in verify(fix=fix) if verify else ():
            found = True
            mark = ", fixed" if fix else ""
            click.echo(f"{each.of}: kept {each.kept}, counted {each.counted}{mark}")
    if not found:
        click.echo("Every kept count is right.")
    sys.exit(int(found and not fix))


@click.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
@errors_in_one_line
def db_reset(yes: bool) -> None:
    """Delete everything in the database and recreate it."""
    if current_app.config["ENVIRONMENT"] == "production":
        sys.exit("This is production: nothing is deleted here.")
    engines = ", ".join(database.engine for database in databases(current_app))
    if not yes:
        click.confirm(f"Delete everything in the {engines} database?", abort=True)
    for database in databases(current_app):
        database.drop()
    _create_and_migrate()


def _create_and_migrate() -> None:
    for database in databases(current_app):
        database.create()
        _migrate(database)


def _migrate(database: Database) -> None:
    """Migrate, and tell of each migration when it begins and how long it took."""
    started = time.monotonic()

    def begin(name: str) -> None:
        nonlocal started
        started = time.monotonic()
        click.echo(f"applying {name}")

    for name in migration.migrate(database, begin=begin):
        click.echo(f"applied  {name} in {time.monotonic() - started:.1f} s")


def _show_progress(batches: Iterator[int], total: int) -> None:
    """A bar on a terminal, elsewhere a line for each batch."""
    if sys.stdout.isatty():
        with click.progressbar(length=total, label="Sowing") as bar:
            for count in batches:
                bar.update(count)
        return
    done = 0
    for count in batches:
        done += count
        click.echo(f"{done} of {total}")
