"""Fields and line of an address are made of each other, as the engine reads them; a password is in neither."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt

from connectors.sql import parse_url
from desktop.models.addresses import BY_NAME, DIALECTS, Address, line, other_dialect, read
from desktop.models.connections import (
    ConnectionView,
    LastTest,
    Role,
    StepView,
    free_name,
    grid_of,
    last_tests,
    loosened,
    summary,
    vault_words,
    wrong_in,
)  # fmt: skip
from desktop.theme.tokens import Tone

NAMES = st.text(min_size=1, max_size=20).filter(lambda text: text == text.strip() and "\0" not in text)
HOSTS = st.text(string.ascii_letters + string.digits + ".-_", min_size=1, max_size=12) | st.sampled_from(
    ["::1", "10.0.0.1"]
)
SERVERS = [dialect.name for dialect in DIALECTS if not dialect.file]


@st.composite
def servers(draw) -> Address:  # type: ignore[no-untyped-def]
    dialect = BY_NAME[draw(st.sampled_from(SERVERS))]
    return Address(
        dialect.name, draw(HOSTS), draw(st.just("") | st.integers(1, 65535).map(str)), draw(NAMES),
        draw(st.just("") | NAMES), draw(st.sampled_from([mode.value for mode in dialect.modes])),
        draw(st.just("") | NAMES) if dialect.ca else "", draw(st.sampled_from([(), (("charset", "a b&c"),)])),
    )  # fmt: skip


@given(servers())
def test_an_address_comes_back_from_its_line_as_the_engine_reads_it(address):
    known = read(line(address))
    assert known == (address, "")
    url = parse_url(line(address))
    assert (url.host, url.database, url.username or "") == (address.host, address.database, address.user)
    assert str(url.port or "") == address.port


@given(NAMES.filter(lambda name: "%" not in name))
def test_any_path_of_a_file_comes_back(path):
    address = Address("sqlite", database=path)
    assert read(line(address)) == (address, "")


@given(servers(), st.text(string.printable.strip(), min_size=1).filter(lambda word: not set(word) & set("/?#%")))
def test_a_password_is_taken_out_of_a_line_whatever_it_holds(address, password):
    scheme, rest = line(Address(address.dialect, address.host, address.port, "d")).split("://")
    known = read(f"{scheme}://u:{password}@{rest}")
    assert known is not None
    assert known[1] == password
    assert (known[0].host, known[0].user) == (address.host, "u")


def test_another_kind_of_server_keeps_what_both_know():
    mine = Address("postgresql", "h", "5432", "d", "u", "require", "/ca.pem", (("options", "x"),))
    assert other_dialect(mine, "mariadb") == Address("mariadb", "h", "", "d", "u", "", "/ca.pem")
    assert other_dialect(mine, "sqlite") == Address("sqlite")


@pytest.mark.parametrize(
    ("address", "field"),
    [
        (Address(), "host"),
        (Address(host="h@x", database="d"), "host"),
        (Address(host="h"), "database"),
        (Address(host="h", database="d", port="0"), "port"),
        (Address(host="h", database="d", port="٣"), "port"),
        (Address("sqlite"), "database"),
    ],
)
def test_what_is_missing_is_named_by_its_field(address, field):
    wrong = wrong_in("a", address, ())
    assert wrong is not None
    assert wrong.field == field


def test_a_socket_or_a_service_needs_no_host():
    assert wrong_in("a", Address(database="d", more=(("host", "/run/postgresql"),)), ()) is None
    assert wrong_in("a", Address("oracle", host="h", more=(("service_name", "x"),)), ()) is None


def test_only_what_opens_a_database_for_writing_is_a_loosening():
    loose = {(a, b) for a in Role for b in Role if loosened(a, b)}
    assert loose == {(a, b) for a in (Role.SOURCE, Role.FORBIDDEN) for b in (Role.NONE, Role.TARGET)}


def test_a_test_is_told_by_its_worst_step_and_only_for_its_address():
    steps = [StepView("tls", "warn", "Not encrypted.", 0.1), StepView("login", "failed", "Wrong.", 0.1)]
    assert summary(steps) == ("failed", "Wrong.")
    assert summary(steps[:1]) == ("warn", "Not encrypted.")
    view = ConnectionView("a", "sqlite:///a", Role.SOURCE, False, "sqlite", "a")
    test = LastTest("sqlite:///a", "2026-01-01T00:00:00", "failed", "Wrong.")
    assert grid_of([view], {"a": test}).tone(0, 2) is Tone.BAD
    assert grid_of([view], {"a": LastTest("sqlite:///b", test.at, "ok", "")}).text(0, 2) == "Not yet"
    assert last_tests({"tests": {"a": {"nonsense": 1}}}) == {}


def test_a_copy_has_a_free_name():
    assert free_name("a", ["a", "a 2"]) == "a 3"


def test_only_a_locked_vault_asks_to_be_unlocked():
    asks = {
        (keyring, exists, is_open)
        for keyring in (True, False) for exists in (True, False) for is_open in (True, False)
        if vault_words(keyring=keyring, exists=exists, open=is_open)[2]
    }  # fmt: skip
    assert asks == {(False, True, False)}


def test_a_chooser_offers_what_may_be_chosen_and_says_why_the_rest_may_not(qtbot):
    from desktop.widgets.connection_chooser import ConnectionChooser

    made = ConnectionChooser("Target", target=True)
    qtbot.addWidget(made)
    heard: list[str] = []
    made.chosen_changed.connect(heard.append)
    prod = ConnectionView("prod", "x", Role.SOURCE, False, "sqlite", not_target="it is <b>a source</b>")
    qa = ConnectionView("qa", "x", Role.TARGET, False, "sqlite")
    made.show_connections([prod, qa])
    assert (made.chosen, made.choose("prod"), made.choose("nobody"), heard) == ("", False, False, [])
    assert made.choose("qa")
    assert heard == ["qa"]
    assert "✓ Target" in made.currentText()
    assert "&lt;b&gt;" in made.itemData(1, Qt.ItemDataRole.ToolTipRole)
    # A connection that became a source is chosen no more.
    made.show_connections([prod])
    assert heard == ["qa", ""]
