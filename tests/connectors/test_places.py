"""Two addresses of one database meet, however each is spelt; those of two databases do not."""

from __future__ import annotations

import os
import socket

import pytest

from connectors.places import place


@pytest.fixture(autouse=True)
def _bare(monkeypatch, tmp_path):
    for name in ("PGHOST", "PGPORT", "PGDATABASE", "PGUSER", "PGSERVICE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PGSERVICEFILE", str(tmp_path / "services"))


ALIKE = [
    "postgresql://a@db.example.com/clinic",
    "postgresql://a:b@db.example.com:5432/clinic",
    "postgresql://b@DB.Example.COM./clinic?sslmode=require",
    "postgres://db.example.com:5432/clinic",
    "postgresql+psycopg://db.example.com/clinic",
    "postgresql:///clinic?host=db.example.com",
    "postgresql:///clinic?host=standby.example.com,db.example.com",
    "postgresql://clinic@db.example.com",
    "postgresql:///?service=prod",
    "POSTGRESQL://db.example.com/clinic",
    "postgresql://db.example.com/%63linic",
]


@pytest.mark.parametrize("one", ALIKE)
@pytest.mark.parametrize("other", ALIKE)
def test_spellings_of_one_database_meet(one, other, tmp_path):
    (tmp_path / "services").write_text("[prod]\nhost=db.example.com\ndbname=clinic\n")
    assert place(one).meets(place(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("postgresql://db/clinic", "postgresql://db:5433/clinic"),
        ("postgresql://db/clinic", "postgresql://db/Clinic"),
        ("postgresql://db/clinic", "postgresql://db2/clinic"),
        ("postgresql://db/clinic", "mysql://db:5432/clinic"),
        ("mysql://db/clinic", "mysql://db/clinics"),
        ("postgresql://db/clinic", "postgresql:///clinic?host=db2,db3"),
        ("sqlite:///a.db", "sqlite:///b.db"),
        ("oracle://scott@db/?service_name=x", "oracle://jones@db/?service_name=x"),
    ],
)
def test_two_databases_do_not_meet(one, other):
    assert not place(one).meets(place(other))


@pytest.mark.parametrize(
    "host",
    ["localhost", "LOCALHOST", "127.0.0.1", "127.1", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]", "127.0.0.2", "0.0.0.0",
     socket.gethostname()],
)  # fmt: skip
@pytest.mark.parametrize("scheme", ["postgresql", "mysql", "mssql"])
def test_this_machine_is_one_place(scheme, host):
    assert place(f"{scheme}://{host}/clinic").meets(place(f"{scheme}://localhost/clinic"))


def test_a_socket_of_the_server_is_this_machine():
    assert place("postgresql:///clinic?host=/var/run/postgresql").meets(place("postgresql://localhost/clinic"))
    assert place("postgresql:///clinic").meets(place("postgresql://localhost:5432/clinic"))
    assert place("mysql:///clinic?unix_socket=/run/mysqld/mysqld.sock").meets(place("mariadb://127.0.0.1/Clinic"))


def test_the_environment_fills_what_the_address_leaves_out(monkeypatch):
    monkeypatch.setenv("PGHOST", "db")
    monkeypatch.setenv("PGPORT", "5433")
    assert place("postgresql:///clinic").meets(place("postgresql://db:5433/clinic"))


def test_links_and_relative_paths_lead_to_one_file(tmp_path, monkeypatch):
    file = tmp_path / "a.db"
    file.touch()
    (tmp_path / "soft.db").symlink_to(file)
    os.link(file, tmp_path / "hard.db")
    monkeypatch.chdir(tmp_path)
    for name in ("a.db", "./a.db", f"{tmp_path}/soft.db", "hard.db"):
        assert place(f"sqlite:///{name}").meets(place(f"sqlite:///{file}")), name
    # Nor need it be there.
    assert place("sqlite:///new.db").meets(place(f"sqlite:///{tmp_path}/./new.db"))
