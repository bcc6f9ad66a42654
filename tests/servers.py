"""Real servers of the tests' own: started in a temporary folder, killed, started again, stopped."""

import atexit
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

import pytest


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def served(app) -> Iterator[str]:
    """Serve an app to other programs for as long as the block runs; gives its address."""
    from werkzeug.serving import make_server  # models are tested where there is no Werkzeug

    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


class Server:
    """A server process in a folder of its own. Killed and started again, it keeps its data."""

    def __init__(self):
        # Short, for a socket's path has at most 107 bytes.
        self.folder = Path(tempfile.mkdtemp(prefix="retort"))
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    def command(self) -> list[str]:
        raise NotImplementedError

    def answers(self) -> bool:
        raise NotImplementedError

    def start(self) -> None:
        with (self.folder / "output").open("ab") as output:
            self.process = subprocess.Popen(self.command(), stdout=output, stderr=output)
        deadline = time.monotonic() + 30
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((self.folder / "output").read_text(errors="replace")[-2000:])
            time.sleep(0.02)

    def kill(self) -> None:
        """Kill it at once, as a power cut would."""
        self.process.kill()
        self.process.wait()

    def pause(self) -> None:
        """Let it hang: its port takes connections, and nobody answers."""
        self.process.send_signal(signal.SIGSTOP)
        # On a busy machine some threads go on for a moment, long enough to commit.
        os.waitpid(self.process.pid, os.WUNTRACED)

    def resume(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


class MariaServer(Server):
    """A private mariadbd."""

    @staticmethod
    def is_installed() -> bool:
        return bool(shutil.which("mariadbd") and shutil.which("mariadb-install-db"))

    def __init__(self):
        super().__init__()
        install = [
            "mariadb-install-db",
            "--no-defaults",
            f"--datadir={self.folder}/data",
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
            "--innodb-log-file-size=8M",
            *self._as_root(),
        ]
        subprocess.run(install, check=True, capture_output=True)

    @staticmethod
    def _as_root() -> list[str]:
        return ["--user=root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []

    def command(self) -> list[str]:
        return [
            "mariadbd",
            "--no-defaults",
            f"--datadir={self.folder}/data",
            f"--socket={self.socket}",
            f"--pid-file={self.folder}/pid",
            # In a folder that two servers share, one that starts deletes the other's tables.
            f"--tmpdir={self.folder}",
            f"--bind-address={self._addresses()}",
            f"--port={self.port}",
            "--skip-name-resolve",
            "--skip-log-bin",
            "--innodb-buffer-pool-size=32M",
            # Statistics of every page instead of a random few: a plan is the same in every run.
            "--innodb-stats-persistent-sample-pages=10000",
            "--innodb-log-file-size=8M",
            *self._as_root(),
        ]

    @staticmethod
    def _addresses() -> str:
        return "127.0.0.1,::1" if has_ipv6() else "127.0.0.1"

    def answers(self) -> bool:
        import pymysql

        try:
            pymysql.connect(
                host="127.0.0.1", port=self.port, user="root", ssl_disabled=True
            ).close()
        except pymysql.Error:
            return False
        return True

    @property
    def socket(self) -> str:
        return f"{self.folder}/s"

    def sql(self, *statements: str) -> None:
        """Run statements as root, past whatever limit a test has set."""
        import pymysql

        with pymysql.connect(unix_socket=self.socket, user="root", autocommit=True) as root:
            for statement in statements:
                root.cursor().execute(statement)

    def url(self, name: str) -> str:
        return f"mysql://root@127.0.0.1:{self.port}/{name}"


class MongoServer(Server):
    """A server of MongoDB's wire protocol in a process of its own, so that it can be killed."""

    @staticmethod
    def is_installed() -> bool:
        return Path(sys.executable).with_name("secantusd-py").exists()

    def command(self) -> list[str]:
        return [
            str(Path(sys.executable).with_name("secantusd-py")),
            f"--port={self.port}",
            f"--storage-path={self.folder}/data",
            "--cache-size=128M",
            "--sync-on-commit",
            "--enable-test-commands",
        ]

    def answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def url(self, name: str) -> str:
        return f"mongodb://127.0.0.1:{self.port}/{name}"


class RedisServer(Server):
    """A private redis-server that keeps nothing."""

    @staticmethod
    def is_installed() -> bool:
        return bool(shutil.which("redis-server"))

    def command(self) -> list[str]:
        options = f"--port {self.port} --bind 127.0.0.1 --dir {self.folder} --appendonly no"
        return ["redis-server", *options.split(), "--save", ""]

    def answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"


class RabbitServer(Server):
    """A private RabbitMQ server."""

    # Debian's own command asks for the user rabbitmq; this is what it runs.
    PROGRAM = "/usr/lib/rabbitmq/bin/rabbitmq-server"

    @classmethod
    def is_installed(cls) -> bool:
        return Path(cls.PROGRAM).exists()

    def __init__(self):
        super().__init__()
        self._distribution = free_port()

    def command(self) -> list[str]:
        settings = {
            "NODENAME": f"retort{self.port}@localhost",
            "NODE_IP_ADDRESS": "127.0.0.1",
            "NODE_PORT": self.port,
            "DIST_PORT": self._distribution,
            "MNESIA_BASE": self.folder,
            "LOG_BASE": self.folder,
            "CONF_ENV_FILE": "/dev/null",
            "CONFIG_FILE": f"{self.folder}/none",
            "ENABLED_PLUGINS_FILE": f"{self.folder}/plugins",
            "PID_FILE": f"{self.folder}/pid",
        }
        variables = [f"RABBITMQ_{name}={setting}" for name, setting in settings.items()]
        own = [f"HOME={self.folder}", f"ERL_CRASH_DUMP={self.folder}/crash"]
        return ["env", "-C", str(self.folder), *own, *variables, self.PROGRAM]

    def answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def url(self) -> str:
        return f"amqp://guest:guest@127.0.0.1:{self.port}"


@cache
def own(kind: type[Server]) -> Server:
    """A server that tests may break and must mend again; one of each kind serves them all."""
    if kind is MariaServer and not MariaServer.is_installed():
        pytest.skip("no mariadbd of our own: apt-get install mariadb-server")
    if kind is MongoServer and not MongoServer.is_installed():
        pytest.skip("no MongoDB server of our own: pip install secantusdb")
    if kind is RedisServer and not RedisServer.is_installed():
        pytest.skip("no redis-server of our own: apt-get install redis-server")
    server = kind()
    server.start()
    atexit.register(server.stop)
    return server


class Proxy:
    """Stands between a client and a server, and cuts the line where a test wants it cut.

    `cut(b"COMMIT")` cuts as soon as the client says so; with `after=True` only when the server has
    heard it and answered, of which the client then hears nothing.
    """

    def __init__(self, port: int):
        self._target = ("127.0.0.1", port)
        self._word: bytes | None = None
        self._after = self._once = False
        self.cuts = 0
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def cut(self, word: bytes | None, *, after: bool = False, once: bool = False) -> None:
        self._word, self._after, self._once = word, after, once

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()
        for one in list(self._open):
            self._hang_up(one)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        server = socket.create_connection(self._target)
        self._open |= {client, server}
        is_cut = threading.Event()
        answers = threading.Thread(target=self._answer, args=(server, client, is_cut), daemon=True)
        answers.start()
        with suppress(OSError):
            while said := client.recv(65536):
                if self._word and self._word in said:
                    self.cuts += 1
                    is_cut.set()
                    self._word = None if self._once else self._word
                    if not self._after:
                        break
                server.sendall(said)
        self._hang_up(client)
        self._hang_up(server)
        answers.join()

    def _answer(self, server: socket.socket, client: socket.socket, is_cut: threading.Event):
        with suppress(OSError):
            while (said := server.recv(65536)) and not is_cut.is_set():
                client.sendall(said)
        self._hang_up(client)
        self._hang_up(server)

    def _hang_up(self, one: socket.socket) -> None:
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
        one.close()
        self._open.discard(one)
