"""`flask work` and `flask jobs` as a person runs them."""

import json
from datetime import timedelta

import pytest

from controller import jobs, log
from controller.frame import job
from model.frame import value
from tests import engines
from tests.command.test_flask import flask

on_one_engine = pytest.mark.parametrize("engine", engines.NAMES[:1], indirect=True)


@pytest.fixture
def command(run, url):
    """Run `flask jobs` with these arguments."""
    return lambda *arguments: flask(run, "jobs", *arguments, DATABASE_URL=url)


@pytest.fixture
def enqueue(database):
    """Enqueue a job, which is dead for this reason unless that is empty; returns its id."""

    def enqueue_one(error: str = "", **options) -> int:
        id = job.enqueue(database, log.prune, job.Options(**options), days=30)
        if error:
            row = database.jobs.take_by_id(id)
            database.jobs.leave(row, state="dead", run_at=None, error=error)
        return id

    return enqueue_one


# --- Bad input ---


@pytest.mark.parametrize("wanted", ["retry", "cancel", "discard"])
@pytest.mark.parametrize("id", ["999", "0", "9" * 30])
@on_one_engine
def test_a_job_that_is_not_there_is_told_in_one_line(command, wanted, id):
    finished = command(wanted, id)
    assert (finished.returncode, finished.stdout, finished.stderr) == (1, "", "job not found\n")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["retry", "x"], "Error: Invalid value for 'ID': 'x' is not a valid integer."),
        (["retry"], "Error: Missing argument 'ID'."),
        (["list", "asleep"], "Error: Invalid value for '[["),
        (["list", "--limit", "0"], "Error: Invalid value for '--limit': 0 is not in the range"),
        (["nope"], "Error: No such command 'nope'."),
    ],
)
@on_one_engine
def test_arguments_that_make_no_sense_are_refused(command, arguments, told):
    finished = command(*arguments)
    assert (finished.returncode, finished.stdout) == (2, "")
    last = finished.stderr.splitlines()[-1]
    assert last.startswith(told) or "is not one of 'waiting', 'later'" in last


@on_one_engine
def test_a_queue_that_is_not_there_is_told_in_one_line(command, database):
    paused, resumed = command("pause", "nope"), command("resume", "default")
    assert (paused.returncode, paused.stdout) == (1, "")
    assert paused.stderr == f"queue must be one of {', '.join(jobs.QUEUES)}\n"
    assert (resumed.returncode, resumed.stderr) == (1, "queue not found\n")
    assert database.jobs.list_paused() == []


# --- Jobs ---


@on_one_engine
def test_without_jobs_there_are_the_schedules(command):
    lines = command().stdout.splitlines()
    assert lines[:2] == ["There are no jobs.", ""]
    assert [line.split()[0] for line in lines[2:]] == [one.name for one in jobs.SCHEDULES]
    assert all(line.endswith("last never") for line in lines[2:])


def test_jobs_are_counted_and_listed(command, database, enqueue):
    first, second = enqueue("no luck\nat all"), enqueue()
    database.jobs.pause("default")
    lines = command().stdout.splitlines()
    assert [line.split() for line in lines[:3]] == [
        ["default", "dead", "1"],
        ["default", "waiting", "1"],
        ["default", "is", "paused"],
    ]
    [line] = command("list").stdout.splitlines()
    assert line.split()[:4] == [str(first), "log.prune", "attempt", "1"]
    assert line.endswith('{"days":30}  no luck')
    [line] = command("list", "waiting").stdout.splitlines()
    assert line.split()[0] == str(second)
    assert command("list", "running").stdout == "There are no running jobs.\n"


@on_one_engine
def test_programs_read_the_same_as_json(command, database, enqueue):
    ids = [enqueue("no luck"), enqueue("no luck", run_at=value.now() + timedelta(seconds=-9))]
    found = json.loads(command("--json").stdout)
    assert found["counts"] == [{"queue": "default", "state": "dead", "total": 2}]
    assert found["paused"] == []
    assert {one["name"]: one["last"] for one in found["schedules"]} == {
        one.name: None for one in jobs.SCHEDULES
    }
    listed = json.loads(command("list", "--json").stdout)
    assert json.loads(command("--json", "list").stdout) == listed
    assert [row["id"] for row in listed] == ids[::-1]
    assert listed[0]["last_error"] == "no luck"
    assert len(json.loads(command("list", "--limit", "1", "--json").stdout)) == 1


def test_a_job_is_retried_cancelled_and_deleted(command, database, enqueue):
    id = enqueue("no luck")
    assert command("retry", str(id)).stdout == f"{id} waits.\n"
    assert database.jobs.find(id)["state"] == "waiting"
    assert command("cancel", str(id)).stdout == f"{id} is cancelled.\n"
    assert database.jobs.find(id)["state"] == "cancelled"
    assert command("discard", str(id)).stdout == f"{id} is deleted.\n"
    assert database.jobs.find(id) is None


@on_one_engine
def test_a_queue_is_paused_and_resumed(command, database):
    assert command("pause", "default").stdout == "default is paused.\n"
    assert database.jobs.list_paused() == ["default"]
    assert command("resume", "default").stdout == "default is resumed.\n"
    assert database.jobs.list_paused() == []


# --- The worker ---


def test_work_lists_its_options(run):
    finished = flask(run, "work", "--help")
    assert finished.returncode == 0
    assert finished.stdout.startswith("usage: flask work ")
    for option in ("--processes 1-64", "--queue NAME", "--parent PARENT"):
        assert option in finished.stdout
    assert "--child" not in finished.stdout


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--processes", "0"], "argument --processes: invalid choice: 0"),
        (["--processes", "all"], "argument --processes: invalid int value: 'all'"),
        (["--queue", "nope"], "argument --queue: invalid choice: 'nope'"),
        (["--nope"], "unrecognized arguments: --nope"),
    ],
)
def test_work_refuses_options_that_make_no_sense(run, options, told):
    finished = flask(run, "work", *options)
    assert (finished.returncode, finished.stdout) == (2, "")
    assert finished.stderr.splitlines()[-1].startswith(f"flask work: error: {told}")


def test_work_says_why_it_cannot_begin(run):
    finished = flask(run, "work", DATABASE_URL="nothing://at-all")
    assert (finished.returncode, finished.stdout) == (1, "")
    assert finished.stderr.startswith("DATABASE_URL")
    assert finished.stderr.count("\n") == 1
