"""The Schema page on real databases: browsed by keys and clicks, filtered, read again, and lost on the way."""

from __future__ import annotations

import os
import signal
import sqlite3
from pathlib import Path

import psycopg
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.desktop import schemas
from tests.desktop.conftest import PASSPHRASE, answer, until

SHOP = f"""
create table customer (id integer primary key, name text not null, email text, manager integer references employee(id));
create table employee (id integer primary key, name text, boss integer references employee(id));
create table orders (id integer primary key, placed text, customer integer not null references customer(id) on delete cascade);
create table "order line" (order_id integer references orders(id), product text, amount integer check (amount > 0));
create table "<b>bold</b>" (id integer);
create table "{schemas.LONG}" ("{schemas.LONG}1" integer);
create index by_name on customer(name);
create view paid as select * from orders;
create trigger watch after insert on orders begin select 1; end;
insert into employee values (1, 'x', null);
"""
PLAN = """
version = 1
name = "shop"
key = "shop"
[subset]
roots = [{ table = "customer", rows = 10 }]
[tables.customer]
treatment = "mask"
[tables.customer.columns]
name = { mask = "full_name" }
id = { keep = "a number" }
[tables.employee]
treatment = "empty"
[tables.orders]
treatment = "copy"
reason = "no person in it"
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory) -> str:  # type: ignore[no-untyped-def]
    path = tmp_path_factory.mktemp("shop") / "shop.db"
    file = sqlite3.connect(path)
    file.executescript(SHOP)
    file.close()
    return f"sqlite:///{path}"


@pytest.fixture(scope="module")
def shared(qapp, tmp_path_factory):  # type: ignore[no-untyped-def]
    from desktop.desk import Desk
    from desktop.pages.schema import SchemaPage
    from desktop.theme.look import look

    desk = Desk(tmp_path_factory.mktemp("workspace"))
    look().put_on(desk.settings.scheme, 0)
    answer(desk.calls, "vault.unlock", passphrase=PASSPHRASE)
    made = SchemaPage(desk)
    made.resize(1366, 820)
    made.show()
    yield made
    made.close()
    desk.close()


@pytest.fixture
def page(shared, shop):  # type: ignore[no-untyped-def]
    """The page on the shop, without a filter, all tables closed."""
    shared.activateWindow()
    shared.filter.clear()
    shared.tabs.setCurrentWidget(shared.details)
    shared.entered(connection=shop)
    until(lambda: shared.connection == shop and shared.catalogue is not None and shared._reading is None)
    shared.reload()
    until(lambda: shared._reading is None and "customer" in texts(shared))
    return shared


def texts(page) -> list[str]:  # type: ignore[no-untyped-def]
    """The names in the tree, from above."""
    model = page.tree.rows
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def go(page, table: str):  # type: ignore[no-untyped-def]
    from desktop.models.schema import Place

    page.go_to(Place(table))
    until(lambda: page.details.view is not None and page.details.view.title == table)


def test_the_tree_shows_tables_and_views_and_says_them_to_a_screen_reader(page):
    assert texts(page)[0] == "main"
    assert {"customer", "employee", "orders", "order line", "paid", "<b>bold</b>", schemas.LONG} <= set(texts(page))
    assert page.counts.text() == "6 tables, 1 view"
    model = page.tree.rows
    row = model.index(texts(page).index("employee"), 0)
    said = row.data(Qt.ItemDataRole.AccessibleTextRole)
    assert (said.startswith("employee, about 1 rows, "), said.endswith(", closed")) == (True, True)
    # A tip must not be taken for markup.
    bold = model.index(texts(page).index("<b>bold</b>"), 0)
    assert "<b>" not in bold.data(Qt.ItemDataRole.ToolTipRole)


def test_a_table_opens_by_keyboard_and_its_rows_are_fetched_then(page):
    page.tree.setFocus()
    page.tree.go(page.catalogue.number("customer"))
    count = page.tree.rows.rowCount()
    QTest.keyClick(page.tree, Qt.Key.Key_Right)
    until(lambda: page.tree.rows.rowCount() > count)
    at = texts(page).index("customer")
    assert texts(page)[at + 1 : at + 5] == ["id", "name", "email", "manager"]
    assert {"Keys", "Referenced by", "Indexes"} <= set(texts(page))
    # Into the group of keys, and by Enter to the table at the other end.
    group = texts(page).index("Keys")
    page.tree.selectRow(group)
    QTest.keyClick(page.tree, Qt.Key.Key_Right)
    QTest.keyClick(page.tree, Qt.Key.Key_Right)
    while "employee" not in texts(page)[page.tree.currentIndex().row()]:
        QTest.keyClick(page.tree, Qt.Key.Key_Down)
    QTest.keyClick(page.tree, Qt.Key.Key_Return)
    until(lambda: page.details.view is not None and page.details.view.title == "employee")
    page.tree.go(page.catalogue.number("customer"))
    QTest.keyClick(page.tree, Qt.Key.Key_Left)
    assert page.tree.rows.rowCount() == count


def test_the_details_show_columns_keys_and_who_refers(page):
    go(page, "orders")
    columns = page.details.columns.source.grid
    assert [columns.text(row, 0) for row in range(columns.rows)] == ["id", "placed", "customer"]
    assert columns.text(2, 5) == "FK → customer.id"
    assert columns.text(2, 2) == "not null"
    parts = page.details.parts.source.grid
    said = [[parts.text(row, column) for column in range(4)] for row in range(parts.rows)]
    assert next(row[:3] for row in said if row[0] == "foreign key") == ["foreign key", "customer", "→ customer (id)"]
    assert "on delete cascade" in next(row[3] for row in said if row[0] == "foreign key")
    assert next(row[2] for row in said if row[0] == "referenced by") == '← "order line" (order_id)'
    assert "trigger" in [row[0] for row in said]


def test_a_view_shows_its_definition(page):
    go(page, "paid")
    assert page.details.definition.isVisible()
    assert "select * from orders" in page.details.definition.toPlainText()


def test_the_filter_finds_tables_and_columns_and_enter_goes_to_the_first(page):
    page.filter.setFocus()
    QTest.keyClicks(page.filter, "email")
    until(lambda: page.counts.text() == "1 of 7 tables")
    assert texts(page)[1] == "customer › email"
    QTest.keyClick(page.filter, Qt.Key.Key_Return)
    assert page.tree.hasFocus()
    # What is asked for from elsewhere takes the filter away.
    go(page, "paid")
    assert page.filter.text() == ""
    until(lambda: "employee" in texts(page))


def test_names_are_copied_and_letters_filter(page):
    page.tree.setFocus()
    page.tree.go(page.catalogue.number("order line") or page.catalogue.number('"order line"'))
    QTest.keyClick(page.tree, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QApplication.clipboard().text() == "order line"
    page._copy_whole()
    assert QApplication.clipboard().text() == '"order line"'
    QTest.keyClick(page.tree, Qt.Key.Key_P)
    assert page.filter.text() == "p"
    page.filter.clear()
    until(lambda: len(texts(page)) >= 8)


def test_a_schema_that_grew_is_shown_after_it_is_read_again(page, shop):
    file = sqlite3.connect(shop.removeprefix("sqlite:///"))
    file.execute("create table newer (id integer)")
    file.commit()
    page.reload()
    until(lambda: "newer" in texts(page))
    file.execute("drop table newer")
    file.commit()
    file.close()
    page.reload()
    until(lambda: "newer" not in texts(page))


@pytest.fixture
def planned(page, shop, tmp_path):  # type: ignore[no-untyped-def]
    """The page while a plan of its source is open."""
    from desktop.settings import Project

    path = tmp_path / "shop.toml"
    path.write_text(PLAN)
    page.desk.open_project(Project(str(path), shop))
    until(lambda: page.desk.plan.state is not None and page.desk.plan.state.path == str(path))
    until(lambda: page.marks is not None and page.marks.planned)
    return page


def test_findings_and_the_open_plan_are_shown_at_tables_and_columns(planned):
    page = planned
    model = page.tree.rows
    marks = {model.index(row, 0).data(): model.index(row, 2).data() for row in range(model.rowCount())}
    assert marks["customer"] == "! 2 undecided"
    assert marks["employee"] == "emptied"
    assert marks["orders"] == "! copied"
    go(page, "customer")
    until(lambda: page.details.columns.source.grid.text(1, 4) == "full_name")
    columns = page.details.columns.source.grid
    assert [columns.text(row, 4) for row in range(4)] == [
        "kept: a number",
        "full_name",
        "undecided",
        "undecided",
    ]
    asked: list[tuple[str, dict[str, object]]] = []
    page.desk.asked_for.connect(lambda where, what: asked.append((where, what)))
    page.details.columns.selectRow(2)
    page.details.buttons[2].click()
    assert asked == [("plan", {"table": "customer", "column": "email"})]


def test_the_diagram_shows_the_neighbourhood_and_what_the_subset_reaches(planned):
    page = planned
    go(page, "customer")
    page._to_diagram()
    until(lambda: page.diagram.view.drawing is not None and page.diagram.view.drawing.centre >= 0)
    made = page.diagram.view.drawing
    assert set(made.titles) == {"customer", "employee", "orders", '"order line"'}
    reached = dict(zip(made.titles, made.reached.tolist(), strict=True))
    assert reached["customer"] == 2
    assert reached["orders"] == 1
    # It is emptied: no row of it comes.
    assert reached["employee"] == 0
    page.diagram.draw_all()
    until(lambda: len(page.diagram.view.drawing) == 6)
    page.diagram.view.setFocus()
    page.diagram.view.go("orders")
    QTest.keyClick(page.diagram.view, Qt.Key.Key_Return)
    until(lambda: page.details.view.title == "orders")
    assert page.tabs.currentWidget() is page.details


def test_places_of_boxes_are_remembered_with_the_source(page):
    page._to_diagram()
    page.diagram.draw_all()
    until(lambda: page.diagram.view.drawing is not None and page.diagram.view.drawing.key == "*")
    view = page.diagram.view
    until(lambda: len(view.boxes) == len(view.drawing))
    number = list(view.drawing.titles).index("orders")
    view._moved(number, view.boxes[number].pos() * 2)
    view.dragged.emit()
    kept = page.desk.settings.kept["diagram"][page.connection]["*"]
    assert list(kept) == ["orders"]
    page.diagram.refresh(again=True)
    until(lambda: page.diagram._asked is None)
    assert view.places["orders"] == tuple(kept["orders"])
    page.diagram.arrange()
    assert view.places == {}
    page.diagram.scope.setCurrentIndex(1)


def test_a_database_that_is_gone_is_said_and_what_was_loaded_stays(page, shop):
    file = Path(shop.removeprefix("sqlite:///"))
    away = file.rename(file.with_suffix(".away"))
    before = texts(page)
    page.reload()
    until(lambda: page.banner.isVisible())
    assert page.banner.button.text() == "Try again"
    assert texts(page) == before
    away.rename(file)
    page.banner.button.click()
    until(lambda: not page.banner.isVisible() and page._reading is None)
    assert "customer" in texts(page)


def test_a_backend_that_died_is_asked_anew_and_the_page_goes_on(page):
    stamp = page.catalogue
    os.kill(page.desk.calls.pid, signal.SIGKILL)
    until(lambda: page.catalogue is not stamp)
    go(page, "customer")
    page.filter.setText("email")
    until(lambda: page.counts.text().startswith("1 of"))
    page.filter.clear()


def test_tables_of_equal_names_in_several_schemas_are_told_apart(qtbot, page, new_postgresql):
    url = new_postgresql()
    with psycopg.connect(url.replace("postgresql+psycopg", "postgresql"), autocommit=True) as connection:
        connection.execute("create schema sales; create schema stock; create table item (id int primary key)")
        connection.execute("create table sales.item (id int primary key, of int references public.item)")
        connection.execute("create table stock.item (id int, of int references sales.item)")
    page.entered(connection=url)
    until(lambda: page.catalogue is not None and page.connection == url)
    assert texts(page) == ["public", "item", "sales", "item", "stock", "item"]
    assert (
        "@" not in page.chooser.placeholderText()
        or ":" not in page.chooser.placeholderText().split("@")[0].split("//")[1]
    )
    go(page, "sales.item")
    assert page.details.columns.source.grid.text(1, 5) == "FK → item.id"
    page.tabs.setCurrentWidget(page.diagram)
    page.diagram.draw_all()
    until(lambda: page.diagram.view.drawing is not None and page.diagram.view.drawing.connection == url)
    assert len(page.diagram.view.drawing) == 3
    assert set(page.diagram.view.drawing.titles) == {"item", "sales.item", "stock.item"}


def test_everything_on_the_page_has_a_name_and_a_place_in_the_tab_order(page):
    from tests.desktop.accessible import nameless, unreachable

    for tab in (page.details, page.diagram):
        page.tabs.setCurrentWidget(tab)
        assert nameless(page) == []
        assert unreachable(page) == []


@pytest.mark.parametrize("right_to_left", [False, True])
def test_longer_words_and_right_to_left_are_not_cut(page, shop, right_to_left, qtbot):
    from desktop.pages.schema import SchemaPage
    from tests.desktop.pseudo import clipped, spoken

    with spoken(right_to_left):
        other = SchemaPage(page.desk)
        qtbot.addWidget(other)
        other.resize(1366, 820)
        other.show()
        other.entered(connection=shop, table="customer")
        until(lambda: other.details.view is not None)
        for tab in (other.details, other.diagram):
            other.tabs.setCurrentWidget(tab)
            until(lambda: other.diagram._asked is None)
            # What has just been said is given its room in the next turn of the event loop.
            QTest.qWait(50)
            assert clipped(other) == []
        other.close()
