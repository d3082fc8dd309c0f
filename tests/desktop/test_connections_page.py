"""Connections as a person meets them: listed with their roles, edited, tested, removed."""

from __future__ import annotations

import os
import socket
import sqlite3
from collections.abc import Iterator
from time import monotonic

import psycopg
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QMessageBox, QPushButton
from sqlalchemy.engine import make_url

from desktop.models.connections import ConnectionView, Draft, Role
from tests.desktop.accessible import nameless, unreachable
from tests.desktop.conftest import PASSPHRASE, answer, until

SECRET = "s3cret-of-nobody"


@pytest.fixture(scope="module")
def shared(qapp, tmp_path_factory) -> Iterator[object]:  # type: ignore[no-untyped-def]
    """One desk for all tests; each finds it without connections."""
    from desktop.desk import Desk
    from desktop.theme.look import look

    made = Desk(tmp_path_factory.mktemp("desk") / "workspace")
    look().put_on(made.settings.scheme, made.settings.points)
    answer(made.calls, "vault.unlock", passphrase=PASSPHRASE)
    yield made
    made.close()


@pytest.fixture
def page(shared, qtbot) -> Iterator[object]:  # type: ignore[no-untyped-def]
    from desktop.pages.connections import ConnectionsPage

    for each in answer(shared.calls, "connections.list"):
        answer(shared.calls, "connections.remove", name=each.name)
    made = ConnectionsPage(shared)
    qtbot.addWidget(made)
    made.resize(1100, 760)
    made.show()
    qtbot.waitExposed(made)
    made.entered()
    until(lambda: bool(made.vault.text))
    yield made
    made.cancel()


@pytest.fixture
def silent() -> Iterator[int]:
    """A port that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def click(widget) -> None:  # type: ignore[no-untyped-def]
    # As soon as it is drawn: nobody is faster.
    QTest.qWait(20)
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton)


def type_into(field: QLineEdit, text: str) -> None:
    field.setFocus()
    field.selectAll()
    QTest.keyClick(field, Qt.Key.Key_Delete)
    QTest.keyClicks(field, text)


def saved(page, name: str, url: str, role: Role = Role.SOURCE, password: str | None = None) -> None:  # type: ignore[no-untyped-def]
    answer(page.desk.calls, "connections.save", draft=Draft(name, url, role, password))
    page.entered(name=name)
    until(lambda: page.form.view is not None and page.form.view.name == name)


def rows(page) -> list[list[str]]:  # type: ignore[no-untyped-def]
    grid = page.grid.source.grid
    return [[grid.text(row, column) for column in range(len(grid.headings))] for row in range(grid.rows)]


def steps_shown(page) -> list[str]:  # type: ignore[no-untyped-def]
    click(page.panel.test)
    until(lambda: page.panel.test.text() == "Test")
    return page.panel.steps.texts


def press(text: str) -> None:
    """The button of the question that is open."""
    [box] = [each for each in QApplication.topLevelWidgets() if isinstance(each, QMessageBox) and each.isVisible()]
    click(next(button for button in box.findChildren(QPushButton) if button.text() == text))


def test_a_saved_connection_is_listed_without_its_password(page):
    answer(page.desk.calls, "connections.save",
           draft=Draft("prod", f"postgresql://reader:{SECRET}@db.example.com:5433/clinic", Role.FORBIDDEN))  # fmt: skip
    answer(
        page.desk.calls, "connections.save", draft=Draft("same", "postgres://x@DB.example.com:5433/clinic", Role.NONE)
    )
    prod, same = answer(page.desk.calls, "connections.list")
    assert isinstance(prod, ConnectionView)
    assert (prod.name, prod.role, prod.where) == ("prod", Role.FORBIDDEN, "db.example.com:5433/clinic")
    assert SECRET not in repr(prod)
    assert (prod.has_password, same.has_password) == (True, False)
    # The strictest role of one database counts, whatever it is saved as.
    assert "'prod' is forbidden" in same.not_source


def test_a_schema_is_read_anew_once_its_connection_leads_elsewhere_and_not_at_all_once_it_is_forbidden(page, tmp_path):
    calls = page.desk.calls
    for name in ("one", "two"):
        with sqlite3.connect(tmp_path / f"{name}.db") as connection:
            connection.execute(f"create table {name} (id integer primary key)")
        answer(calls, "connections.save", draft=Draft("shop", f"sqlite:///{tmp_path}/{name}.db", Role.SOURCE))
        assert list(answer(calls, "schema.catalogue", connection="shop").titles) == [name]
    answer(calls, "connections.save", draft=Draft("shop", f"sqlite:///{tmp_path}/two.db", Role.FORBIDDEN))
    with pytest.raises(AssertionError, match="forbidden"):
        answer(calls, "schema.catalogue", connection="shop")


def test_a_file_is_added_by_keys_tested_and_saved(page, tmp_path):
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.execute("create table person (id integer primary key)")
    click(page.add_button)
    assert page.form.name.hasFocus()
    QTest.keyClicks(page.form.name, "shop")
    type_into(page.form.url, f"sqlite:///{tmp_path}/shop.db")
    assert page.form.kind.currentText() == "SQLite file"
    assert page.form.database.text() == f"{tmp_path}/shop.db"
    assert "✓ Tables 1 table." in steps_shown(page)
    click(page.panel.save)
    until(lambda: len(rows(page)) == 1)
    assert rows(page)[0][:3] == ["shop", "Source", "See the test"]
    assert page.panel.said.text == "Saved shop."


def test_fields_and_line_follow_each_other(page):
    click(page.add_button)
    form = page.form
    type_into(form.host, "db.example.com")
    type_into(form.port, "5433")
    type_into(form.database, "clinic")
    type_into(form.user, "a@b")
    assert form.url.text() == "postgresql://a%40b@db.example.com:5433/clinic"
    form.tls.setCurrentIndex(form.tls.findData("require"))
    assert form.url.text().endswith("/clinic?sslmode=require")
    form.kind.setCurrentIndex(form.kind.findData("mariadb"))
    assert form.url.text() == "mariadb://a%40b@db.example.com:5433/clinic"
    type_into(form.url, "mysql://x@[::1]/y?charset=utf8mb4")
    assert (form.kind.currentText(), form.host.text(), form.port.text(), form.user.text()) == ("MySQL", "::1", "", "x")
    # What no field shows stays.
    type_into(form.database, "z")
    assert form.url.text() == "mysql://x@[::1]/z?charset=utf8mb4"
    type_into(form.url, "nonsense")
    assert "no address" in form.note.text()


def test_a_password_in_the_line_goes_to_its_field_and_to_the_vault(page):
    click(page.add_button)
    type_into(page.form.name, "prod")
    type_into(page.form.url, f"postgresql://reader:{SECRET}@h@db/clinic")
    QTest.keyClick(page.form.url, Qt.Key.Key_Tab)
    assert page.form.url.text() == "postgresql://reader@db/clinic"
    assert page.form.password.text() == f"{SECRET}@h"
    assert page.form.password.echoMode() is QLineEdit.EchoMode.Password
    click(page.panel.save)
    until(lambda: len(rows(page)) == 1)
    assert page.connections[0].has_password
    for file in page.desk.workspace.folder.rglob("*"):
        assert not file.is_file() or SECRET.encode() not in file.read_bytes(), file
    assert page.form.password.text() == ""
    assert page.form.draft.password is None


@pytest.mark.parametrize(
    ("name", "url", "said", "field"),
    [
        ("", "postgresql://u@h/d", "Give the connection a name.", "name"),
        ("taken", "postgresql://u@h/d", "Another connection has this name", "name"),
        ("a://b", "postgresql://u@h/d", "A name is not an address", "name"),
        ("x", "postgresql://u@h:99999/d", "A port is a number", "port"),
        ("x", "postgresql://u@h:abc/d", "A port is a number", "port"),
        ("x", "postgresql://u@/d", "Give the host", "host"),
        ("x", "postgresql://u@h/", "Give the name of the database.", "database"),
        ("x", "sqlite:///", "Choose the SQLite file.", "database"),
        ("x", "db2://u@h/d", "no address that can be read", "url"),
    ],
)
def test_a_mistake_is_said_and_the_keyboard_stands_on_it(page, name, url, said, field):
    saved(page, "taken", "sqlite:///x.db")
    click(page.add_button)
    type_into(page.form.name, name)
    type_into(page.form.url, url)
    click(page.panel.save)
    assert said in page.panel.said.text
    assert getattr(page.form, field).hasFocus()
    assert len(rows(page)) == 1


def test_a_test_of_a_server_that_says_nothing_is_cancelled_at_once(page, silent):
    click(page.add_button)
    type_into(page.form.name, "lost")
    type_into(page.form.url, f"postgresql://u@127.0.0.1:{silent}/d")
    click(page.panel.test)
    until(lambda: any(line.startswith("… Encryption") for line in page.panel.steps.texts))
    assert page.panel.test.text() == "Cancel the test"
    began = monotonic()
    click(page.panel.test)
    assert monotonic() - began < 0.2
    assert page.panel.test.text() == "Test"
    assert "– Encryption Cancelled." in page.panel.steps.texts
    # And the backend listens to the next call.
    answer(page.desk.calls, "connections.list", seconds=5)


def test_a_real_postgresql_is_tested_for_its_role(page, new_postgresql):
    url = new_postgresql()
    reader = f"page_reader_{os.getpid()}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("create table person (id int primary key)")
        connection.execute(f"create role {reader} login password '{SECRET}'")
        connection.execute(f"grant select on person to {reader}")
        connection.execute("revoke create on schema public from public")
    bare = make_url(url).set(username=reader, password=None).render_as_string()
    saved(page, "clinic", bare, password=SECRET)
    assert "✓ Rights This login may only read." in steps_shown(page)
    click(page.form.role.buttons[Role.TARGET])
    assert any(line.startswith("✕ Rights This login may only read, and a target") for line in steps_shown(page))


def test_a_wrong_password_of_mariadb_fails_at_the_login(page, new_mariadb):
    saved(page, "shop", make_url(new_mariadb()).set(password=None).render_as_string(), password=SECRET)
    lines = steps_shown(page)
    assert any(line.startswith("✕ Login") and "wrong user or password" in line.lower() for line in lines)
    assert SECRET not in " ".join(lines)


def test_a_forbidden_one_is_not_even_tested(page, tmp_path):
    saved(page, "prod", f"sqlite:///{tmp_path}/prod.db", Role.FORBIDDEN)
    assert page.panel._badge.text == "✕ Forbidden"
    steps_shown(page)
    assert "not even for a test" in page.panel.said.text
    click(page.add_button)
    type_into(page.form.name, "other")
    type_into(page.form.url, f"sqlite:///{tmp_path}/./prod.db")
    steps_shown(page)
    assert "'prod' is forbidden" in page.panel.said.text


def test_removing_names_it_first(page):
    saved(page, "prod", "sqlite:///x.db")
    click(page.panel.remove)
    [box] = [each for each in QApplication.topLevelWidgets() if isinstance(each, QMessageBox)]
    assert "prod" in box.text()
    press("Cancel")
    assert len(rows(page)) == 1
    click(page.panel.remove)
    press("Remove")
    until(lambda: not rows(page))


def test_a_source_becomes_writable_only_after_a_question(page):
    saved(page, "prod", "sqlite:///x.db")
    click(page.form.role.buttons[Role.TARGET])
    click(page.panel.save)
    press("Cancel")
    assert answer(page.desk.calls, "connections.list")[0].role is Role.SOURCE
    click(page.panel.save)
    press("Change the role")
    until(lambda: page.connections[0].role is Role.TARGET)


def test_a_copy_keeps_the_password_and_a_new_name_loses_nothing(page):
    saved(page, "prod", "postgresql://u@h/d", password=SECRET)
    click(page.panel.duplicate)
    assert page.form.name.text() == "prod 2"
    click(page.panel.save)
    until(lambda: len(rows(page)) == 2)
    assert [each.has_password for each in page.connections] == [True, True]
    type_into(page.form.name, "qa")
    click(page.panel.save)
    until(lambda: [row[0] for row in rows(page)] == ["prod", "qa"])
    assert [each.has_password for each in page.connections] == [True, True]


def test_what_is_not_saved_is_not_lost_by_going_elsewhere(page):
    saved(page, "a", "sqlite:///a.db")
    saved(page, "b", "sqlite:///b.db")
    type_into(page.form.database, "changed.db")
    page.grid.selectRow(0)
    assert "not saved" in page.panel.said.text
    assert page.form.database.text() == "changed.db"
    click(page.panel.said.button)
    assert page.form.database.text() == "a.db"


def test_a_password_without_a_vault_asks_for_a_passphrase(qapp, qtbot, tmp_path):
    from desktop.desk import Desk
    from desktop.pages.connections import ConnectionsPage

    desk = Desk(tmp_path / "workspace")
    made = ConnectionsPage(desk)
    qtbot.addWidget(made)
    made.show()
    asked = []
    desk.locked.connect(asked.append)
    made.entered(add=True)
    until(lambda: "asks for a passphrase" in made.vault.text)
    type_into(made.form.name, "prod")
    type_into(made.form.url, f"postgresql://u:{SECRET}@h/d")
    click(made.panel.save)
    until(lambda: bool(asked))
    answer(desk.calls, "vault.unlock", passphrase=PASSPHRASE)
    asked[0]()
    until(lambda: len(made.connections) == 1)
    assert made.connections[0].has_password
    desk.close()


def test_everything_has_a_name_and_is_reached_by_tab(page):
    saved(page, "prod", "postgresql://u@h/d")
    assert nameless(page) == []
    assert unreachable(page) == []
