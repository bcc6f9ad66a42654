"""The flask command as a person runs it: each test starts the real program."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from urllib.request import urlopen

import click
import pytest

from app import create_flask_app
from app.command.run import announce
from config import TestConfig
from tests import engines
from tests.conftest import ALONE, KEY

URL = f"{'mysql' if 'mysql' in engines.NAMES else 'mongodb'}://me:hidden@host/name"


def flask(run, *arguments, **variables):
    return run("-m", "flask", *arguments, **variables)


def test_check_shows_the_settings_with_secrets_masked(run):
    finished = flask(run, "check", SECRET_KEY=KEY, DATABASE_URL=URL, LOG_LEVEL="DEBUG")
    assert finished.returncode == 0
    lines = finished.stdout.splitlines()
    assert "LOG_LEVEL = DEBUG" in lines
    assert "SECRET_KEY = ********" in lines
    assert f"DATABASE_URL = {URL.replace('hidden', '********')}" in lines
    assert lines[-1] == "Production would start with these settings."


def test_check_says_what_production_would_refuse(run):
    finished = flask(run, "check", SECRET_KEY="short")
    assert finished.returncode == 1
    assert finished.stderr.startswith("SECRET_KEY is shorter than 32 bytes")
    assert "short\n" not in finished.stdout


@pytest.mark.parametrize("command", ["run", "routes", "shell", "test", "db-status"])
def test_every_command_shows_why_the_app_cannot_be_built(run, command):
    finished = flask(run, command, FLASK_CONFIG="production")
    assert finished.returncode == 1
    assert finished.stderr.startswith("SECRET_KEY is missing")
    assert finished.stderr.count("\n") == 1
    assert finished.stdout == ""


@pytest.mark.parametrize("command", ["check", "test", "routes"])
def test_a_missing_package_is_the_reason_that_is_shown(run, tmp_path, command):
    (tmp_path / "orjson.py").write_text("raise ImportError('orjson is broken')")
    project = str(tmp_path.joinpath("orjson.py").parent)
    finished = flask(run, command, PYTHONPATH=project)
    assert finished.returncode != 0
    assert "orjson is broken" in finished.stderr
    assert "No such command" not in finished.stderr


@pytest.mark.drill
def test_test_passes_its_arguments_on_and_exits_as_pytest_does(run):
    passed = flask(run, "test", "tests/test_basics.py", "-k", "exists", "--no-header", "-v")
    assert passed.returncode == 0
    assert "1 passed" in passed.stdout
    nothing = flask(run, "test", "tests/test_basics.py", "-k", "no_such_test")
    assert nothing.returncode == 5
    unknown = flask(run, "test", "tests/no_such_file.py")
    assert unknown.returncode == 4


@pytest.mark.drill
def test_test_hands_on_a_question_for_help(run):
    assert "[options] [file_or_dir]" in flask(run, "test", "--help").stdout


@pytest.mark.drill
def test_test_finds_a_path_from_where_it_is_called(run, project):
    arguments = ("-m", "flask", "--app", "../manage", "test", "test_basics.py::BasicsTestCase")
    finished = run(*arguments, cwd=project / "tests")
    assert finished.returncode == 0
    assert "4 passed" in finished.stdout


@pytest.mark.drill
def test_make_test_works_where_the_app_would_not_start(project, tmp_path):
    folder = copied(project, tmp_path, "tests", "Makefile", "pyproject.toml")
    (folder / ".env").write_bytes(b"DATABASE_URL=\xff")
    command = ["make", "-o", ".venv/dev.installed", f"BIN={Path(sys.executable).parent}", "test"]
    finished = subprocess.run(
        [*command, "ARGS=tests/test_basics.py"],
        cwd=folder,
        env={**os.environ, "FLASK_CONFIG": "production", "SLOW_API_TIME": "soon"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    assert "4 passed" in finished.stdout


def test_make_leaves_no_half_of_a_virtual_environment(project, tmp_path):
    shutil.copy(project / "Makefile", tmp_path)
    python = tmp_path / "python"
    python.write_text(
        "#!/bin/sh\n[ $1 = -c ] && exit 0\nmkdir -p .venv/bin; touch .venv/bin/python; exit 1\n"
    )
    python.chmod(0o755)
    command = ["make", f"PYTHON={python}", ".venv/bin/python"]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode != 0
    assert not (tmp_path / ".venv").exists()


def test_test_fails_as_pytest_does(run, tmp_path):
    failing = tmp_path / "test_failing.py"
    failing.write_text("def test_failing():\n    assert False\n")
    assert flask(run, "test", str(failing)).returncode == 1


def test_a_server_that_loads_the_app_sees_what_is_wrong_with_it(run):
    # Gunicorn stops at an exception, and starts a worker that exits again and again.
    finished = run("-c", "import manage", FLASK_CONFIG="production")
    assert finished.returncode == 1
    assert "Traceback" in finished.stderr
    assert "ConfigError: SECRET_KEY is missing" in finished.stderr


@pytest.mark.parametrize("url", ["sqlite:///", "sqlite://x", "mysql://", "mongodb://"])
def test_a_url_that_names_no_database_is_told_in_one_line(run, url):
    finished = flask(run, "routes", DATABASE_URL=url)
    assert finished.returncode == 1
    assert finished.stderr.startswith("DATABASE_URL: ")
    assert finished.stderr.count("\n") == 1
    checked = flask(run, "check", SECRET_KEY=KEY, DATABASE_URL=url)
    assert checked.returncode == 1
    assert checked.stderr.startswith(finished.stderr)


@pytest.mark.parametrize("command", ["check", "routes"])
@pytest.mark.parametrize(
    "error", ["ValueError", "TypeError", "ImportError", "KeyError", "SyntaxError"]
)
def test_whatever_is_wrong_with_the_app_is_the_reason_that_is_shown(run, tmp_path, command, error):
    (tmp_path / "orjson.py").write_text(f"raise {error}('the real reason')")
    finished = flask(run, command, PYTHONPATH=str(tmp_path))
    assert finished.returncode == 1
    assert f"{error}: " in finished.stderr
    assert "the real reason" in finished.stderr
    assert "No such command" not in finished.stderr


def test_gunicorn_writes_its_lines_as_the_app_does(run):
    code = (
        "import logging.config, runpy\n"
        "settings = runpy.run_path('gunicorn.conf.py')\n"
        "logging.config.dictConfig(settings['logconfig_dict'])\n"
        "logging.getLogger('gunicorn.error').info('Listening')\n"
    )
    line = run("-c", code, FLASK_CONFIG="production").stderr
    assert json.loads(line)["message"] == "Listening"
    assert run("-c", code).stderr.endswith(" INFO Listening\n")


def test_routes_lists_the_api(run):
    finished = flask(run, "routes")
    assert finished.returncode == 0
    assert "/api/v1/users/login" in finished.stdout


def test_shell_has_every_controller_at_hand(run, project):
    code = "import manage; print(*manage.make_shell_context())"
    controllers = {path.stem for path in (project / "controller").glob("[!_]*.py")}
    others = {"app_name", "database", "security"}
    assert set(run("-c", code).stdout.split()) == controllers | others


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def copied(project, tmp_path, *more):
    """Return a copy of the app in a folder of its own, with more of the project's files."""
    folder = tmp_path / "copy"
    folder.mkdir()
    for name in ("app", "controller", "model", "config.py", "manage.py", ".flaskenv", *more):
        copy = shutil.copytree if (project / name).is_dir() else shutil.copy
        copy(project / name, folder / name)
    return folder


@contextmanager
def serving(folder, *arguments):
    """Run `flask run` in a folder until the block ends; yields what tells all that it said."""
    environment = {**os.environ, **ALONE, "FLASK_CONFIG": "development", "PYTHONUNBUFFERED": "1"}
    with (
        # A file and no pipe, for a server that nobody listens to stands still.
        tempfile.TemporaryFile("w+") as output,
        subprocess.Popen(
            [sys.executable, "-m", "flask", "run", *arguments],
            cwd=folder,
            env={**environment, "PYTHONPATH": str(folder)},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as process,
    ):
        try:
            yield lambda: os.pread(output.fileno(), 1_000_000, 0).decode()
        finally:
            os.killpg(process.pid, signal.SIGKILL)


def wait_until(succeeds) -> None:
    deadline = time.monotonic() + 20
    while not succeeds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def answers(url: str) -> bool:
    try:
        with urlopen(f"{url}/healthz", timeout=5) as response:
            return response.read() == b'{"msg":"success"}\n'
    except OSError:
        return False


@pytest.mark.parametrize("options", [[], ["--reload"]])
def test_run_says_where_it_serves_and_does(project, tmp_path, options):
    url = f"http://127.0.0.1:{free_port()}"
    port = url.rpartition(":")[2]
    with serving(copied(project, tmp_path), "--port", port, *options) as said:
        wait_until(lambda: answers(url))
        assert f"\n  app     {url}/\n  docs    {url}/docs\n  health  {url}/healthz\n" in said()


@pytest.mark.drill
def test_the_reloader_outlives_a_mistake(project, tmp_path):
    folder, port = copied(project, tmp_path), str(free_port())
    url = f"http://127.0.0.1:{port}"
    code = folder / "controller/account.py"
    right = code.read_text()
    with serving(folder, "--reload", "--port", port) as said:
        wait_until(lambda: answers(url))
        # Saved again and again, for the reloader misses what is saved before its first look.
        mistake = "import no_such_module"
        wait_until(lambda: code.write_text(mistake) and "No module named 'no_such_" in said())
        wait_until(lambda: code.write_text(right) and answers(url))


def test_run_says_that_its_port_is_taken_and_how_to_choose_another(run):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        finished = flask(run, "run", "--port", str(port))
    assert finished.returncode == 1
    assert f"Port {port} is taken. Choose another: make run PORT={port + 1}" in finished.stderr


def test_a_port_that_is_bound_but_does_not_answer_is_taken(run):
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        finished = flask(run, "run", "--port", str(bound.getsockname()[1]))
    assert finished.returncode == 1
    assert "is taken" in finished.stderr


def test_the_last_port_has_one_before_it(run):
    taken = ExitStack()
    with suppress(OSError):  # or another program has it, which will do
        taken.enter_context(socket.create_server(("127.0.0.1", 65535)))
    with taken:
        finished = flask(run, "run", "--port", "65535")
    assert "Port 65535 is taken. Choose another: make run PORT=65534" in finished.stderr


@pytest.mark.parametrize("port", ["-1", "65536"])
def test_run_says_that_there_is_no_such_port(run, port):
    finished = flask(run, "run", "--port", port)
    assert finished.returncode == 1
    assert finished.stderr == f"{port} is not a valid port: choose one between 1024 and 65535.\n"


def test_a_free_port_is_named(project, tmp_path):
    with serving(copied(project, tmp_path), "--port", "0") as said:
        wait_until(lambda: "Running on" in said())
        assert "  app     on a free port, which the server names here:\n" in said()
        assert answers(re.search(r"http://127\.0\.0\.1:\d+", said())[0])


@pytest.mark.parametrize(
    ("host", "cert", "line"),
    [
        ("unix:///tmp/app.sock", None, "  app     unix:///tmp/app.sock\n"),
        ("127.0.0.1", "adhoc", "  app     https://127.0.0.1:{port}/\n"),
        ("::", None, "  app     http://[::]:{port}/\n"),
    ],
)
def test_run_knows_unix_sockets_and_https_and_ipv6(capsys, host, cert, line):
    context = click.Context(click.Command("run"), info_name="run")
    context.params = {"host": host, "port": free_port(), "cert": cert, "reload": False}
    app = create_flask_app(TestConfig)
    with context:
        announce(app)
    app.extensions["database"].close()
    assert line.format(**context.params) in capsys.readouterr().out


def test_an_env_file_that_cannot_be_read_is_one_line_for_make_run(project, tmp_path):
    folder = copied(project, tmp_path, "Makefile")
    (folder / ".env").write_bytes(b"DATABASE_URL=\xff")
    command = ["make", "-o", ".venv/base.installed", f"BIN={Path(sys.executable).parent}", "run"]
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    finished = subprocess.run(
        command, cwd=folder, env=kept, capture_output=True, text=True, check=False
    )
    assert finished.returncode != 0
    line, made = finished.stderr.splitlines()
    assert line == ".env cannot be read: it must be text in UTF-8 without NUL characters."
    assert made.startswith("make: ")
