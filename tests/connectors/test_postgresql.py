"""Opening PostgreSQL: addresses, TLS by default, errors in one sentence, and which database this is."""

from __future__ import annotations

import pytest
from sqlalchemy.engine import make_url

from connectors import open_database
from connectors.errors import ConnectError, UrlError
from connectors.pg_connect import connect, parameters, printable
from connectors.postgresql import PostgreSQL
from connectors.sql import split_password
from tests.connectors import pg_zoo


@pytest.fixture(scope="module")
def url(new_postgresql):
    return pg_zoo.build(new_postgresql(), "CREATE TABLE t (id int PRIMARY KEY)")


@pytest.mark.parametrize(
    "address",
    ["postgresql://u@db.example.org/x", "postgresql+psycopg://u@10.0.0.5:5433/x", "postgres://u@h,localhost/x"],
)
def test_a_server_elsewhere_must_prove_its_name(address, monkeypatch):
    monkeypatch.delenv("PGSSLMODE", raising=False)
    words = parameters(make_url(address))
    assert words["sslmode"] == "verify-full"
    assert words["sslrootcert"]


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://u@localhost/x",
        "postgresql://u@127.0.0.2/x",
        "postgresql:///x?host=/run/pg",
        "postgresql://u@[::1]/x",
    ],
)
def test_a_server_on_this_machine_keeps_libpq_s_default(address, monkeypatch):
    monkeypatch.delenv("PGHOST", raising=False)
    assert "sslmode" not in parameters(make_url(address))


def test_what_the_address_says_of_tls_is_passed_on_untouched():
    given = "sslmode=require&sslrootcert=/ca.pem&sslcert=/c.pem&sslkey=/k.pem"
    words = parameters(make_url(f"postgresql://u@db.example.org/x?{given}"))
    assert "&".join(f"{key}={words[key]}" for key in ("sslmode", "sslrootcert", "sslcert", "sslkey")) == given


@pytest.mark.parametrize("address", ["postgresql://u:a@b:secret@h/x", "postgresql://u@h:secret/x"])
def test_an_address_that_cannot_be_read_is_not_repeated_anywhere(address):
    with pytest.raises(UrlError) as caught:
        open_database(address)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_a_saved_address_holds_no_secret_of_any_name():
    found = split_password("postgresql://u:pw@h/x?sslpassword=hidden&oauth_client_secret=hidden&sslkey=k.pem")
    assert found == ("postgresql://u@h/x?sslkey=k.pem", "pw")


def test_an_unknown_parameter_is_named():
    with pytest.raises(UrlError, match="not a PostgreSQL connection parameter: sslmod"):
        parameters(make_url("postgresql://u@h/x?sslmod=require"))


def test_an_empty_password_is_none_so_that_pgpass_is_asked():
    assert "password" not in parameters(make_url("postgresql://u:@h/x"))


def test_a_printed_address_holds_no_secret():
    url = make_url("postgresql://u:Rumpel@h/x?sslpassword=stilz&sslkey=/k")
    assert printable(url) == "postgresql://u@h/x?sslkey=%2Fk"


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("postgresql://u:Rumpel@127.0.0.1:1/x", "no PostgreSQL answers at 127.0.0.1:1"),
        ("postgresql://u:Rumpel@/x?host=/nowhere", "no PostgreSQL answers at /nowhere"),
    ],
)
def test_an_unreachable_server_is_one_sentence_without_the_password(address, sentence):
    with pytest.raises(ConnectError, match=sentence) as caught:
        open_database(address)
    assert "Rumpel" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_database_and_a_missing_login_are_named(url):
    words = parameters(make_url(url))
    with pytest.raises(ConnectError, match="has no database ghost"):
        connect(words | {"dbname": "ghost"})
    with pytest.raises(ConnectError, match="has no login ghost"):
        connect(words | {"user": "ghost"})


def test_identity_is_the_same_however_the_address_is_spelt(url, new_postgresql):
    respelt = url.replace("postgresql://", "postgresql+psycopg://") + "&application_name=other"
    with PostgreSQL(url) as one, PostgreSQL(respelt) as two, PostgreSQL(new_postgresql()) as other:
        assert one.identity() == two.identity()
        assert one.identity() != other.identity()


def test_a_lock_is_seen_from_the_other_side_while_it_is_held(url, new_postgresql):
    with PostgreSQL(url) as one, PostgreSQL(url) as two, PostgreSQL(new_postgresql()) as other:
        with one.nonce_lock("n"):
            assert two.sees_lock("n")
            assert not two.sees_lock("m")
            assert not other.sees_lock("n")
        assert not two.sees_lock("n")


def test_rights_to_write_are_told(url):
    pg_zoo.build(url, "CREATE ROLE reading LOGIN", "GRANT SELECT ON t TO reading", "CREATE ROLE writing LOGIN",
                 "GRANT INSERT, DELETE ON t TO writing")  # fmt: skip
    login = url.replace("postgres:@", "{}@").replace("postgres@", "{}@")
    with (
        PostgreSQL(url) as owner,
        PostgreSQL(login.format("reading")) as reader,
        PostgreSQL(login.format("writing")) as writer,
    ):
        assert owner.may_write() == ("superuser",)
        assert reader.may_write() == ()
        assert writer.may_write() == ("INSERT, DELETE on t",)
