"""`flask work` and `flask jobs`: run jobs, see them, retry and cancel them."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, get_args

import click
from flask import Flask, current_app
from flask.helpers import get_debug_flag

from app.command.database import errors_in_one_line
from controller import jobs as controller
from model import Database, Models
from model.frame import migration
from model.job import State

PROJECT = Path(__file__).resolve().parents[2]
WORKER = [sys.executable, "-m", "controller.worker"]


@click.command(
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
    add_help_option=False,
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def work(arguments: tuple[str, ...]) -> None:
    """Run jobs until Ctrl-C or SIGTERM; `flask work --help` lists the options."""
    # A program of its own, in place of this one: it needs no Flask.
    os.chdir(PROJECT)
    os.execv(sys.executable, [*WORKER, *arguments])  # noqa: S606


def start_worker(app: Flask) -> None:
    """Under `flask run`: start a worker that ends with it, if the configuration wants one."""
    reload = click.get_current_context().params["reload"]
    reloads = get_debug_flag() if reload is None else reload
    # With the reloader, its second process serves, and the worker begins and ends with that.
    is_serving = not reloads or "WERKZEUG_RUN_MAIN" in os.environ
    is_in_memory = ":memory:" in app.config["DATABASE_URL"]
    if app.config["JOBS_IN_RUN"] and is_serving and not is_in_memory:
        subprocess.Popen([*WORKER, "--parent", str(os.getpid())], cwd=PROJECT)


@click.group(invoke_without_command=True)
@click.option("--json", "is_json", is_flag=True, help="Print JSON.")
@click.pass_context
@errors_in_one_line
def jobs(context: click.Context, is_json: bool) -> None:
    """Show how many jobs there are, and the schedules; list, retry, cancel, discard."""
    context.obj = is_json
    if context.invoked_subcommand is None:
        found = controller.overview(_database())
        click.echo(_as_json(found) if is_json else _told(found))


@jobs.command("list")
@click.argument("state", type=click.Choice(get_args(State)), default="dead")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True)
@click.option("--json", "is_json", is_flag=True, help="Print JSON.")
@click.pass_obj
@errors_in_one_line
def list_jobs(is_all_json: bool, state: State, limit: int, is_json: bool) -> None:
    """List the jobs in STATE: dead, unless another is given."""
    rows = controller.list(_database(), state=state, limit=limit)
    if is_json or is_all_json:
        click.echo(_as_json(rows))
        return
    if not rows:
        click.echo(f"There are no {state} jobs.")
    for row in rows:
        error = f"  {row['last_error'].splitlines()[0]}" if row["last_error"] else ""
        click.echo(
            f"{row['id']:>8}  {row['name']:<28} attempt {row['attempt']}"
            f"  {row['run_at']:%Y-%m-%d %H:%M:%S}  {row['arguments'][:60]}{error}"
        )


def _of_a_job(name: str, done: Callable[[Models, int], None], summary: str, said: str) -> None:
    @jobs.command(name, help=summary)
    @click.argument("job_id", metavar="ID", type=int)
    @errors_in_one_line
    def change(job_id: int) -> None:
        done(_database(), job_id)
        click.echo(f"{job_id} {said}.")


def _of_a_queue(name: str, done: Callable[[Models, str], None], summary: str, said: str) -> None:
    @jobs.command(name, help=summary)
    @click.argument("queue")
    @errors_in_one_line
    def change(queue: str) -> None:
        done(_database(), queue)
        click.echo(f"{queue} {said}.")


_of_a_job("retry", controller.retry, "Let the job ID run again, from its first attempt.", "waits")
_of_a_job("cancel", controller.cancel, "Cancel the job ID; if it runs, kill it.", "is cancelled")
_of_a_job("discard", controller.discard, "Delete the job ID, which does not run.", "is deleted")
_of_a_queue("pause", controller.pause, "Take no jobs from QUEUE until it is resumed.", "is paused")
_of_a_queue("resume", controller.resume, "Take jobs from QUEUE again.", "is resumed")


def _database() -> Models:
    database: Database = current_app.extensions["database"]
    if pending := migration.pending(database):
        sys.exit(f"Migrations are pending: {', '.join(pending)}. Run flask db-migrate first.")
    return database


def _as_json(found: object) -> str:
    return json.dumps(found, ensure_ascii=False, default=str)


def _told(found: Mapping[str, Any]) -> str:
    counts = [f"{row['queue']:<16}{row['state']:<12}{row['total']:>9}" for row in found["counts"]]
    paused = [f"{queue:<16}is paused" for queue in found["paused"]]
    schedules = [
        f"{one['name']:<28}{one['cron']:<16}{one['timezone']:<16}next {one['next']:%Y-%m-%d %H:%M}"
        f"  last {one['last'] or 'never'}"
        for one in found["schedules"]
    ]
    return "\n".join([*(counts or ["There are no jobs."]), *paused, "", *schedules])
