"""The flask command as a person runs it: each test starts the real program."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from urllib.request import urlopen

import pytest

KEY = "k" * 40


def flask(run, *arguments, **variables):
    return run("-m", "flask", *arguments, **variables)


def test_check_shows_the_settings_with_secrets_masked(run):
    finished = flask(
        run, "check", SECRET_KEY=KEY, DATABASE_URL="mysql://me:hidden@host/name", LOG_LEVEL="DEBUG"
    )
    assert finished.returncode == 0
    lines = finished.stdout.splitlines()
    assert "LOG_LEVEL = DEBUG" in lines
    assert "SECRET_KEY = ********" in lines
    assert "DATABASE_URL = mysql://me:********@host/name" in lines
    assert lines[-1] == "Production would start with these settings."


def test_check_says_what_production_would_refuse(run):
    finished = flask(run, "check", SECRET_KEY="short")
    assert finished.returncode == 1
    assert finished.stderr.startswith("SECRET_KEY is shorter than 32 bytes")
    assert "short\n" not in finished.stdout


@pytest.mark.parametrize("command", ["check", "run", "routes", "shell", "test"])
def test_every_command_shows_why_the_app_cannot_be_built(run, command):
    finished = flask(run, command, FLASK_CONFIG="production")
    assert finished.returncode == 1
    assert finished.stderr.startswith("SECRET_KEY is missing")
    assert finished.stderr.count("\n") == 1
    assert finished.stdout == ""


def test_a_wsgi_server_is_stopped_by_the_error_itself(run):
    finished = run("-c", "import manage", FLASK_CONFIG="production")
    assert finished.returncode == 1
    assert finished.stderr.splitlines()[-1].startswith("config.ConfigError: SECRET_KEY is missing")


@pytest.mark.parametrize("command", ["check", "routes"])
@pytest.mark.parametrize("error", ["ValueError", "TypeError", "ImportError", "KeyError"])
def test_whatever_is_wrong_with_the_app_is_the_reason_that_is_shown(run, tmp_path, command, error):
    (tmp_path / "orjson.py").write_text(f"raise {error}('the real reason')")
    finished = flask(run, command, PYTHONPATH=str(tmp_path))
    assert finished.returncode == 1
    assert f"{error}: " in finished.stderr
    assert "the real reason" in finished.stderr
    assert "No such command" not in finished.stderr


def test_the_reloader_waits_for_a_mistake_to_be_mended(project, tmp_path):
    copy = tmp_path / "retort"
    shutil.copytree(project, copy, ignore=shutil.ignore_patterns(".venv", ".git", "instance"))
    port = str(free_port())
    address = f"http://127.0.0.1:{port}/healthz"
    page = copy / "app/web.py"
    good = page.read_text()
    # Nobody reads its tracebacks, and a full pipe would hold it up.
    with serving(copy, "--port", port, "--reload", output=subprocess.DEVNULL):
        wait_for(address)
        page.write_text("import no_such_module\n" + good)
        wait_until_not(address)
        page.write_text(good)
        assert wait_for(address) == b'{"msg":"success"}\n'


@pytest.mark.parametrize("command", ["check", "test", "routes"])
def test_a_missing_package_is_the_reason_that_is_shown(run, tmp_path, command):
    (tmp_path / "orjson.py").write_text("raise ImportError('orjson is broken')")
    project = str(tmp_path.joinpath("orjson.py").parent)
    finished = flask(run, command, PYTHONPATH=project)
    assert finished.returncode != 0
    assert "orjson is broken" in finished.stderr
    assert "No such command" not in finished.stderr


def test_test_passes_its_arguments_on_and_exits_as_pytest_does(run):
    passed = flask(run, "test", "tests/test_calc.py", "-k", "add", "--no-header", "-v")
    assert passed.returncode == 0
    assert "1 passed" in passed.stdout
    nothing = flask(run, "test", "tests/test_calc.py", "-k", "no_such_test")
    assert nothing.returncode == 5
    unknown = flask(run, "test", "tests/no_such_file.py")
    assert unknown.returncode == 4


def test_test_fails_as_pytest_does(run, tmp_path):
    failing = tmp_path / "test_failing.py"
    failing.write_text("def test_failing():\n    assert False\n")
    assert flask(run, "test", str(failing)).returncode == 1


def test_routes_lists_the_sample_api(run):
    finished = flask(run, "routes")
    assert finished.returncode == 0
    assert "/sample/divide" in finished.stdout


def test_shell_has_the_controllers_at_hand(run, project):
    code = "import manage; print(manage.make_shell_context()['calculator'].add(1, 2))"
    assert run("-c", code).stdout == "3\n"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def serving(project, *arguments, output=subprocess.PIPE):
    """Run `flask run` until the block ends; yields its process."""
    command = [sys.executable, "-m", "flask", "run", *arguments]
    environment = {**os.environ, "FLASK_CONFIG": "development", "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command,
        cwd=project,
        env=environment,
        stdout=output,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            os.killpg(process.pid, signal.SIGKILL)


def wait_for(url: str) -> bytes:
    for _ in range(200):
        try:
            with urlopen(url, timeout=2) as response:
                return response.read()
        except OSError:
            time.sleep(0.05)
    raise AssertionError(f"{url} does not answer")


def wait_until_not(url: str) -> None:
    for _ in range(400):
        try:
            with urlopen(url, timeout=2):
                time.sleep(0.05)
        except OSError:
            return
    raise AssertionError(f"{url} still answers")


@pytest.mark.parametrize("options", [[], ["--reload"]])
def test_run_says_where_it_serves_and_does(project, options):
    port = str(free_port())
    with serving(project, "--port", port, *options) as process:
        assert wait_for(f"http://127.0.0.1:{port}/healthz") == b'{"msg":"success"}\n'
        said = [process.stdout.readline() for _ in range(4)]
    assert f"  app     http://127.0.0.1:{port}/\n" in said
    assert f"  docs    http://127.0.0.1:{port}/docs\n" in said
    assert f"  health  http://127.0.0.1:{port}/healthz\n" in said


def test_run_says_that_a_port_is_none(run):
    finished = flask(run, "run", "--port", "99999")
    assert finished.returncode == 1
    assert finished.stderr == "99999 is no port: choose one between 1024 and 65535.\n"


def test_run_says_that_its_port_is_taken_and_how_to_choose_another(run):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        finished = flask(run, "run", "--port", str(port))
    assert finished.returncode == 1
    assert f"Port {port} is taken. Choose another: make run PORT={port + 1}" in finished.stderr
