"""What HTTP itself does not allow, sent over sockets to each server that the project offers.

No answer is the server's own fault, no traceback is logged, and the server goes on serving. The
app reads a body in chunks; the rest is the servers' to refuse.
"""

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import pytest

import model
from model.frame import migration
from tests.conftest import ALONE, KEY, PROJECT
from tests.engines import needs
from tests.http.people import API
from tests.servers import free_port

pytestmark = needs("sqlite")

PROGRAMS = {
    "flask": ["-m", "flask", "run", "--port={port}"],
    "gunicorn": ["-m", "gunicorn", "--bind=127.0.0.1:{port}", "manage:application"],
    "gunicorn alone": [
        *("-m", "gunicorn", "--bind=127.0.0.1:{port}", "--threads=1", "manage:application"),
    ],
}
SHAPE = b'{"msg":"fail",'
JSON = f"POST {API}/users/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n".encode()
CHUNKED = JSON + b"Transfer-Encoding: chunked\r\n\r\n"
ELSEWHERE = CHUNKED.replace(b"Host: a", b"Host: b")
GET = b"GET /healthz HTTP/1.1\r\nHost: a\r\n"

# What is sent, and the answer; where flask run has another one than gunicorn, it stands second.
TABLE = {
    # A body in chunks; 422 is the app's answer to {}.
    "good": (CHUNKED + b"2\r\n{}\r\n0\r\n\r\n", 422),
    "an extension": (CHUNKED + b"2;a=b\r\n{}\r\n0\r\n\r\n", (422, 400)),
    "a trailer": (CHUNKED + b"2\r\n{}\r\n0\r\nA: b\r\n\r\n", (422, 400)),
    "no number": (CHUNKED + b"zz\r\n", 400),
    "a negative number": (CHUNKED + b"-5\r\n", 400),
    "no size": (CHUNKED + b"\r\n", 400),
    "a prefix": (CHUNKED + b"0x2\r\n{}\r\n0\r\n\r\n", (400, 422)),
    "a plus": (CHUNKED + b"+2\r\n{}\r\n0\r\n\r\n", (400, 422)),
    "an underscore": (CHUNKED + b"0_2\r\n{}\r\n0\r\n\r\n", (400, 422)),
    "a size of 40 digits": (CHUNKED + b"f" * 40 + b"\r\n{}\r\n0\r\n\r\n", 400),
    "a size of 20,000 digits": (CHUNKED + b"0" * 20_000 + b"2\r\n{}\r\n0\r\n\r\n", 400),
    "a bad extension": (CHUNKED + b"2;\x01\r\n{}\r\n0\r\n\r\n", 400),
    "no end of a chunk": (CHUNKED + b"5\r\nabcdeXX\r\n0\r\n\r\n", 400),
    "a bad trailer": (CHUNKED + b"2\r\n{}\r\n0\r\nbad trailer\r\n\r\n", 400),
    "a trailer without a name": (CHUNKED + b"2\r\n{}\r\n0\r\n: x\r\n\r\n", 400),
    "line feeds alone": (CHUNKED + b"2\n{}\n0\n\n", (400, 422)),
    "an end too soon": (CHUNKED + b"5\r\n{}", 400),
    "another host": (ELSEWHERE + b"2\r\n{}\r\n0\r\n\r\n", 400),
    "another host, and no number": (ELSEWHERE + b"zz\r\n", 400),
    "another host, and no end of a chunk": (ELSEWHERE + b"5\r\nabcdeXX\r\n0\r\n\r\n", 400),
    "a chunk where none is read": (GET + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
    # What says how long a body is.
    "a negative length": (JSON + b"Content-Length: -1\r\n\r\n{}", (400, 422)),
    "no length": (JSON + b"Content-Length: two\r\n\r\n{}", (400, 422)),
    "two lengths": (JSON + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", 400),
    "a length and chunks": (
        JSON + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        (400, 422),
    ),
    # RFC 9112, 6.1: a coding that a server does not understand is 501, not a fault of its own.
    "an unknown coding": (JSON + b"Transfer-Encoding: xx\r\n\r\n{}", (501, 422)),
    # What comes before a body.
    "no HTTP": (b"\x00\x01\x02\r\n\r\n", 400),
    "another HTTP": (b"GET / HTTP/9.9\r\nHost: a\r\n\r\n", (400, 505)),
    "two hosts": (b"GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
    "a long line": (b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414),
    "a long header": (GET + b"X: " + b"a" * 70_000 + b"\r\n\r\n", 431),
    "150 headers": (GET + b"".join(b"X-%d: a\r\n" % n for n in range(150)) + b"\r\n", 431),
    "100 headers": (GET + b"".join(b"X-%d: a\r\n" % n for n in range(98)) + b"\r\n", 200),
    "a cookie of bytes": (GET + b"Cookie: \xff\xfe; ===;;\r\n\r\n", 200),
    "a path of bytes": (b"GET /%zz%00%ff HTTP/1.1\r\nHost: a\r\n\r\n", 404),
}


class Served:
    """A server of the app, with what it has written."""

    def __init__(self, program: list[str], folder: Path) -> None:
        self.port = free_port()
        self._log = folder / "log"
        url = f"sqlite:///{folder}/raw.db"
        database = model.connect(url)
        list(migration.migrate(database))
        database.close()
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, *(part.format(port=self.port) for part in program)],
                cwd=PROJECT,
                env={"PATH": os.environ["PATH"], **ALONE, **production(url)},
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + 60
        while not self._answers():
            assert self.process.poll() is None, self.written()
            assert time.monotonic() < deadline, self.written()
            time.sleep(0.05)

    def _answers(self) -> bool:
        with suppress(OSError):
            return b" 200 " in self.ask(GET + b"Connection: close\r\n\r\n")
        return False

    def written(self) -> str:
        return self._log.read_text(errors="replace")

    def ask(self, sent: bytes) -> bytes:
        """Send bytes, say that there are no more, and return all that is answered."""
        answer = b""
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as connection:
            # A server that has read enough may have closed it.
            with suppress(ConnectionError):
                connection.sendall(sent)
                connection.shutdown(socket.SHUT_WR)
            with suppress(ConnectionError):
                while part := connection.recv(65_536):
                    answer += part
        return answer


def production(url: str) -> dict[str, str]:
    settings = {"FLASK_CONFIG": "production", "SECRET_KEY": KEY, "DATABASE_URL": url}
    return {**settings, "TRUSTED_HOSTS": "a"}


@pytest.fixture(scope="module", params=PROGRAMS)
def server(request):
    if "gunicorn" in request.param and sys.platform == "win32":
        pytest.skip("gunicorn does not run on Windows")
    with tempfile.TemporaryDirectory() as folder:
        server = Served(PROGRAMS[request.param], Path(folder))
        server.name = request.param
        yield server
        server.process.send_signal(signal.SIGTERM)
        server.process.wait(30)


def statuses(answer: bytes) -> list[int]:
    """The status of each answer; flask run answers 0.9, a page alone, to what is no HTTP."""
    found = [int(status) for status in re.findall(rb"HTTP/1\.[01] (\d{3}) ", answer)]
    page = re.search(rb"Error code: (\d{3})", answer)
    return found or ([int(page[1])] if page else [])


@pytest.mark.parametrize("case", TABLE)
def test_what_is_no_http_is_the_clients_fault(server, case):
    sent, expected = TABLE[case]
    wanted = expected if isinstance(expected, int) else expected[server.name == "flask"]
    before = server.written()
    answer = server.ask(sent)
    assert statuses(answer) == [wanted], (answer, server.written())
    if wanted == 400 and sent.startswith((CHUNKED, ELSEWHERE)):
        assert SHAPE in answer
    assert server.ask(GET + b"Connection: close\r\n\r\n").startswith(b"HTTP/1.1 200 ")
    assert "Traceback" not in server.written()[len(before) :]
    assert server.process.poll() is None


@pytest.mark.parametrize("chunks", [b"zz\r\n", b"-5\r\n", b"5\r\nabcdeXX\r\n0\r\n\r\n"])
def test_what_follows_a_malformed_chunk_is_no_request(server, chunks):
    answer = server.ask(CHUNKED + chunks + GET + b"\r\n")
    assert statuses(answer) == [400]


def test_no_answer_of_the_table_is_a_fault_of_the_server():
    answers = [(of,) if isinstance(of, int) else of for _, of in TABLE.values()]
    # These two are the names of what the client did: a coding, and a version, that nobody knows.
    assert {status for of in answers for status in of if status >= 500} == {501, 505}
