"""What a newcomer does: a fresh clone, `make run`, a request. Slow, for it installs everything."""

import os
import signal
import socket
import subprocess
import time
from contextlib import contextmanager
from urllib.request import urlopen

import pytest

pytestmark = pytest.mark.drill

OWN_VARIABLES = (
    "FLASK",
    "SECRET_KEY",
    "DATABASE_URL",
    "PYTHONPATH",
    "VIRTUAL_ENV",
    "MAKE",
    "MFLAGS",
)


@pytest.fixture(scope="module")
def clone(project, tmp_path_factory):
    folder = tmp_path_factory.mktemp("newcomer") / "clone"
    subprocess.run(["git", "clone", "--quiet", str(project), str(folder)], check=True)
    return folder


def newcomers_environment() -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith(OWN_VARIABLES)}
    # The virtual environment of this test run is not the newcomer's.
    path = [part for part in own["PATH"].split(os.pathsep) if ".venv" not in part]
    return {**own, "PATH": os.pathsep.join(path)}


@contextmanager
def make_run(folder, port):
    """Type `make run` and wait until the app answers; yields the seconds it took."""
    started = time.monotonic()
    with subprocess.Popen(
        ["make", "run", f"PORT={port}"],
        cwd=folder,
        env=newcomers_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            while not answers(port):
                assert process.poll() is None, process.stdout.read()
                assert time.monotonic() - started < 300
                time.sleep(0.05)
            yield time.monotonic() - started
        finally:
            os.killpg(process.pid, signal.SIGKILL)


def answers(port) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/healthz") as response:
            return response.status == 200
    except OSError:
        return False


def test_make_run_serves_from_a_fresh_clone_and_again_at_once(clone):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with make_run(clone, port), urlopen(f"http://127.0.0.1:{port}/readyz") as response:
        assert response.read() == b'{"msg":"success"}\n'
    with make_run(clone, port) as seconds:
        print(f"the second make run answered after {seconds:.1f} s")
        assert seconds < 10
