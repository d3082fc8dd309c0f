"""A connection is tested step by step: what is wrong is said where it is wrong, in time, and never with a password."""

from __future__ import annotations

import contextlib
import os
import socket
import sqlite3
import ssl
import subprocess
import threading
from time import monotonic

import psycopg
import pymysql
import pytest
from sqlalchemy.engine import make_url

from connectors.errors import UrlError
from connectors.ms_probe import encryption
from connectors.probe import State, Step, probe
from connectors.use import Use

SECRET = "s3cret-of-nobody"
SERVER = ["dns", "tcp", "tls", "login", "version", "tables", "rights"]


class Stopped(Exception):
    pass


def steps_of(url: str, **words: object) -> dict[str, Step]:
    steps = list(probe(url, **words))  # type: ignore[arg-type]
    assert not [step for step in steps if SECRET in step.sentence]
    assert all(step.sentence.endswith(".") for step in steps)
    return {step.name: step for step in steps}


def failing(steps: dict[str, Step]) -> tuple[str, str]:
    """The one step that failed; all after it were not tried."""
    [failed] = [step for step in steps.values() if step.state is State.FAILED]
    names = list(steps)
    assert all(steps[name].sentence == "Not tried." for name in names[names.index(failed.name) + 1 :])
    return failed.name, failed.sentence


@pytest.fixture
def silent():
    """A port that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.mark.parametrize("new_database", ["postgresql", "mariadb"], indirect=True)
def test_a_server_answers_every_step(new_database):
    steps = steps_of(new_database(), use=Use.WRITE)
    assert list(steps) == SERVER
    assert not [step for step in steps.values() if step.state is State.FAILED]
    assert "may write" in steps["rights"].sentence
    assert steps["version"].sentence.startswith(("PostgreSQL ", "MariaDB 1"))
    assert steps["tables"].state is State.OK, "a new target is empty"
    read = steps_of(new_database(), use=Use.READ)
    assert (read["tables"].state, read["rights"].state) == (State.WARN, State.WARN)


def test_a_reader_of_postgresql_is_fit_for_a_source_and_for_no_target(new_postgresql):
    url = new_postgresql()
    reader = f"reader_{os.getpid()}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("create table person (id int primary key)")
        connection.execute(f"create role {reader} login password '{SECRET}'")
        connection.execute(f"grant select on person to {reader}")
        connection.execute("revoke create on schema public from public")
    as_reader = make_url(url).set(username=reader, password=SECRET).render_as_string(hide_password=False)
    steps = steps_of(as_reader, use=Use.READ)
    assert steps["tables"].sentence == "1 table."
    assert (steps["rights"].state, steps["rights"].sentence) == (State.OK, "This login may only read.")
    assert failing(steps_of(as_reader, use=Use.WRITE))[0] == "rights"


def test_wrong_words_of_postgresql_fail_at_their_step(new_postgresql):
    url = make_url(new_postgresql())
    assert failing(steps_of(_text(url.set(username="nobody_here", password=SECRET))))[0] == "login"
    assert "no database" in failing(steps_of(_text(url.set(database="not_there"))))[1]
    with pytest.raises(UrlError):
        list(probe(f"postgresql://u:{SECRET}@h:x/db"))


def test_wrong_words_of_mariadb_fail_at_their_step(new_mariadb):
    url = make_url(new_mariadb())
    name, sentence = failing(steps_of(_text(url.set(password=SECRET))))
    assert (name, "wrong user or password" in sentence.lower()) == ("login", True)
    assert failing(steps_of(_text(url.set(database="not_there"))))[0] == "login"
    demanded = url.set(query={"ssl_mode": "verify_identity"})
    assert failing(steps_of(_text(demanded)))[0] in ("tls",)


def test_tests_that_break_off_do_not_lock_this_machine_out(new_mariadb):
    url = make_url(new_mariadb())
    with pymysql.connect(host=url.host, port=url.port, user=url.username, password=str(url.password)) as connection:
        cursor = connection.cursor()
        cursor.execute("show global status like 'Aborted_connects_preauth'")
        before = cursor.fetchone()
        steps_of(_text(url))
        cursor.execute("show global status like 'Aborted_connects_preauth'")
        assert cursor.fetchone() == before


def test_a_name_that_nobody_knows_fails_at_the_name():
    name, sentence = failing(steps_of(f"postgresql://u:{SECRET}@no-such-host.invalid/db"))
    assert name == "dns"
    assert "no-such-host.invalid" in sentence


def test_a_closed_port_fails_at_the_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    for scheme in ("postgresql", "mysql", "mssql", "oracle"):
        name, sentence = failing(steps_of(f"{scheme}://u:{SECRET}@127.0.0.1:{port}/db"))
        assert (name, "No server listens at 127" in sentence) == ("tcp", True)


@pytest.mark.parametrize("scheme", ["postgresql", "mysql"])
def test_a_server_that_says_nothing_is_left_in_time(scheme, silent):
    began = monotonic()
    steps = steps_of(f"{scheme}://u:{SECRET}@127.0.0.1:{silent}/db", limit=0.4)
    assert failing(steps)[0] == "tls"
    assert monotonic() - began < 3


def test_a_step_that_hangs_is_given_up_at_once(silent):
    stop, began = threading.Event(), monotonic()
    threading.Timer(0.3, stop.set).start()

    def check() -> None:
        if stop.is_set():
            raise Stopped

    with pytest.raises(Stopped):
        list(probe(f"postgresql://u@127.0.0.1:{silent}/db", check=check))
    assert monotonic() - began < 2


def test_what_is_no_database_server_is_said_so():
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_answer_http, args=(server,), daemon=True).start()
        steps = steps_of(f"postgresql://u@127.0.0.1:{server.getsockname()[1]}/db", limit=2)
    assert failing(steps) == ("tls", failing(steps)[1])
    assert "does not answer as a PostgreSQL" in failing(steps)[1]


def test_tls_is_verified_as_the_address_demands(tmp_path):
    """A server with a certificate that it has signed itself, of another host."""
    _certificate(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_speak_tls, args=(server, tmp_path), daemon=True).start()
        base = f"postgresql://u:{SECRET}@127.0.0.1:{server.getsockname()[1]}/db"
        required = steps_of(f"{base}?sslmode=require", limit=2)["tls"]
        assert (required.state, "nobody verifies" in required.sentence) == (State.OK, True)
        name, sentence = failing(steps_of(f"{base}?sslmode=verify-full", limit=2))
        assert (name, "signed by itself" in sentence) == ("tls", True)
        trusted = f"{base}?sslmode=verify-full&sslrootcert={tmp_path}/cert.pem"
        assert "another host's" in failing(steps_of(trusted, limit=2))[1]
        only = f"{base}?sslmode=verify-ca&sslrootcert={tmp_path}/cert.pem"
        assert "its certificate is verified" in steps_of(only, limit=2)["tls"].sentence


def test_a_sqlite_file_answers_every_step(tmp_path):
    file = tmp_path / "a.db"
    with sqlite3.connect(file) as connection:
        connection.execute("create table person (id integer primary key)")
    steps = steps_of(f"sqlite:///{file}")
    assert list(steps) == ["file", "readable", "database", "version", "tables", "rights"]
    assert {step.state for step in steps.values()} == {State.OK}
    file.chmod(0o444)
    assert steps_of(f"sqlite:///{file}", use=Use.READ)["rights"].sentence == "This login may only read."
    assert failing(steps_of(f"sqlite:///{file}", use=Use.WRITE))[0] == "rights"


def test_a_file_that_is_none_or_no_database_fails_at_its_step(tmp_path):
    missing = f"sqlite:///{tmp_path}/none.db"
    assert failing(steps_of(missing))[0] == "file"
    made = steps_of(missing, use=Use.WRITE)
    assert (made["file"].state, made["readable"].state) == (State.OK, State.SKIPPED)
    (tmp_path / "text.db").write_text("this is no database at all, but a text that is long enough for a header" * 20)
    assert failing(steps_of(f"sqlite:///{tmp_path}/text.db"))[0] == "database"
    assert failing(steps_of(f"sqlite:///{tmp_path}"))[0] == "file"


def test_sql_server_says_that_its_encryption_comes_with_the_login():
    assert "verified" in encryption("verify").sentence
    assert "nobody verifies" in encryption("no").sentence


@pytest.mark.notyet("no SQL Server and no Oracle install here")
@pytest.mark.parametrize("variable", ["LOOKALIKE_MSSQL_URL", "LOOKALIKE_ORACLE_URL"])
def test_the_others_answer_every_step(variable):
    if not (url := os.environ.get(variable)):
        pytest.skip(f"notyet: set {variable} to run this")
    assert not [step for step in steps_of(url).values() if step.state is State.FAILED]


def _text(url) -> str:  # type: ignore[no-untyped-def]
    return url.render_as_string(hide_password=False)


def _answer_http(server: socket.socket) -> None:
    with contextlib.suppress(OSError):
        wire, _ = server.accept()
        wire.recv(100)
        wire.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


def _certificate(folder) -> None:  # type: ignore[no-untyped-def]
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=db.example.com", "-keyout",
         f"{folder}/key.pem", "-out", f"{folder}/cert.pem"],
        check=True, capture_output=True,
    )  # fmt: skip


def _speak_tls(server: socket.socket, folder) -> None:  # type: ignore[no-untyped-def]
    """As a PostgreSQL does, up to the end of the handshake."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{folder}/cert.pem", f"{folder}/key.pem")
    while True:
        try:
            wire, _ = server.accept()
        except OSError:
            return
        with contextlib.suppress(OSError), wire:
            wire.recv(8)
            wire.sendall(b"S")
            context.wrap_socket(wire, server_side=True).close()
