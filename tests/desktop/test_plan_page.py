"""The Plan page as a person drives it: treatments, forms, the text beside them, problems that lead to their place."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit

from tests.desktop.conftest import PASSPHRASE, answer, until

ARABIC = "جدول" * 25
SQL = f"""
CREATE TABLE customer (id INTEGER PRIMARY KEY, email TEXT, phone TEXT, note TEXT, street TEXT, town TEXT);
CREATE TABLE "order" (id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customer(id), bought TEXT, price REAL);
CREATE TABLE "{ARABIC}" (id INTEGER PRIMARY KEY, "<b>name</b>" TEXT);
CREATE TABLE wide (id INTEGER PRIMARY KEY, {", ".join(f"c{n} TEXT" for n in range(300))});
INSERT INTO customer VALUES (1, 'ada@x.org', '1', 'n', 's', 't');
"""
PLAN = f"""version = 1
name = "shop"
key = "default"

[tables.customer]
treatment = "mask"

[tables.customer.columns]
id = {{ mask = "pseudonym" }}
email = {{ mask = "email" }} # an e-mail address
phone = {{ undecided = "perhaps a number" }}
note = {{ undecided = "free text" }}

[[tables.customer.rules]]
columns = ["street", "town"]
mask = "address"
roles = ["street", "city"]

[tables.order]
treatment = "mask"

[tables.order.columns]
id = {{ mask = "pseudonym" }}
customer_id = {{ mask = "pseudonym" }}
bought = {{ keep = "a day" }}
price = {{ keep = "a price" }}

[tables."{ARABIC}"]
treatment = "mask"

[tables."{ARABIC}".columns]
id = {{ mask = "pseudonym" }}

[tables.wide]
treatment = "empty"
"""


@pytest.fixture(scope="module")
def shown(qapp, tmp_path_factory) -> Iterator[object]:  # type: ignore[no-untyped-def]
    """One desk and one page for all tests here; each begins with the plan as it was."""
    from desktop.desk import Desk
    from desktop.pages.plan import PlanPage
    from desktop.settings import Project
    from desktop.theme.look import look

    folder: Path = tmp_path_factory.mktemp("plan")
    database = sqlite3.connect(folder / "shop.db")
    database.executescript(SQL)
    database.close()
    (folder / "shop.toml").write_text(PLAN, "utf-8")
    desk = Desk(folder / "workspace")
    look().put_on(desk.settings.scheme, desk.settings.points)
    answer(desk.calls, "vault.unlock", passphrase=PASSPHRASE)
    page = PlanPage(desk)
    page.resize(1180, 780)
    page.show()
    desk.open_project(Project(str(folder / "shop.toml"), f"sqlite:///{folder / 'shop.db'}"))
    until(lambda: desk.plan.state is not None and desk.plan.state.schema)
    yield page
    desk.close()
    page.deleteLater()


@pytest.fixture
def page(shown):  # type: ignore[no-untyped-def]
    plan = shown.desk.plan
    if text(shown) != PLAN:
        version = plan.state.version
        plan.set_text("Begin again", PLAN)
        until(lambda: plan.state.version > version)
    shown.desk.undo.clear()
    choose(shown, "order", "bought")
    choose(shown, "customer", "email")
    return shown


def text(page) -> str:  # type: ignore[no-untyped-def]
    return str(answer(page.desk.calls, "plan.text")[1])


def choose(page, table: str, *columns: str):  # type: ignore[no-untyped-def]
    """Go to a column, and its form."""
    page.entered(table=table, column=columns[0])
    form = page.tables.rule
    until(
        lambda: form.view is not None and (form.view.table, page.tables.names, form.names) == (table, columns, columns),
        8,
    )
    return form._content


def follows(page, after: str) -> None:  # type: ignore[no-untyped-def]
    """This stands in the plan's text in the end."""
    until(lambda: after in text(page), 10)


def type_in(qtbot, editor: QLineEdit, words: str) -> None:  # type: ignore[no-untyped-def]
    editor.setFocus()
    editor.selectAll()
    qtbot.keyClicks(editor, words)
    qtbot.keyClick(editor, Qt.Key.Key_Return)


def test_the_list_shows_every_table_with_what_is_undecided(page):
    grid = page.tables.tables.source.grid
    rows = {grid.text(row, 0): [grid.text(row, column) for column in (1, 2)] for row in range(grid.rows)}
    assert rows == {"customer": ["2", "mask"], "order": ["", "mask"], ARABIC: ["1", "mask"], "wide": ["", "empty"]}
    assert page.where.text() == "! 3 undecided"


def test_a_column_that_is_kept_needs_its_reason_before_anything_is_written(page, qtbot):
    fields = choose(page, "customer", "note")
    from desktop.models.rule import Decision

    fields.radios[Decision.KEEP].click()
    assert fields.reason_line.hasFocus() or not page.isActiveWindow()
    assert text(page) == PLAN
    type_in(qtbot, fields.reason_line, "nothing of people")
    follows(page, 'note = { keep = "nothing of people" }')
    page.desk.undo.undo()
    until(lambda: text(page) == PLAN)


def test_a_mask_is_chosen_and_its_option_written_where_it_differs(page, qtbot):
    fields = choose(page, "customer", "email")
    fields.options.inputs["at"].editor.setText("example.org")
    fields.options.inputs["at"].editor.editingFinished.emit()
    follows(page, 'email = { mask = "email", at = "example.org" } # an e-mail address')
    box = fields.technique.choice
    box.setCurrentIndex(box.findData("null"))
    box.activated.emit(box.currentIndex())
    follows(page, 'email = { mask = "null" } # an e-mail address')


def test_masks_that_do_not_fit_the_type_are_not_offered(page):
    fields = choose(page, "order", "customer_id")
    names = [fields.technique.choice.itemData(place) for place in range(fields.technique.choice.count())]
    assert "pseudonym" in names
    assert "email" not in names
    assert "customer.id" in fields.joined.text()
    assert "customer_id" in fields.joined.text() or "customer_id" in page.tables.rule.view.shared


def test_what_is_wrong_with_an_option_stands_beside_it_and_nothing_is_written(page):
    fields = choose(page, "customer", "email")
    box = fields.technique.choice
    box.setCurrentIndex(box.findData("constant"))
    box.activated.emit(box.currentIndex())
    until(lambda: "value" in page.tables.rule._content.options.inputs)
    value = fields.options.inputs["value"]
    value.editor.setPlainText("not = toml")
    fields._changed()
    until(lambda: value.error.text() != "")
    assert "This is no value of a plan" in value.error.text()
    assert text(page) == PLAN
    value.editor.setPlainText('"x"')
    fields._changed()
    follows(page, 'email = { mask = "constant", value = "x" }')


def test_what_is_typed_is_written_to_its_column_though_another_is_chosen_before_the_field_is_left(page, qtbot):
    fields = choose(page, "customer", "email")
    at = fields.options.inputs["at"].editor
    page.activateWindow()
    at.setFocus()
    qtbot.keyClicks(at, "example.net")
    choose(page, "customer", "note")
    follows(page, 'email = { mask = "email", at = "example.net" }')
    assert text(page) == PLAN.replace('{ mask = "email" }', '{ mask = "email", at = "example.net" }')


def test_several_columns_get_one_mask_in_one_step(page, qtbot):
    choose(page, "customer", "phone")
    page.tables.columns.setFocus()
    qtbot.keyClick(page.tables.columns, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    until(lambda: page.tables.rule.names == ("phone", "note"))
    fields = page.tables.rule._content
    from desktop.models.rule import Decision

    fields.radios[Decision.MASK].click()
    box = fields.technique.choice
    box.setCurrentIndex(box.findData("redact"))
    box.activated.emit(box.currentIndex())
    until(lambda: "text" in fields.options.inputs)
    assert text(page) == PLAN
    assert fields.apply.text() == "Apply to 2 columns"
    fields.apply.click()
    follows(page, 'phone = { mask = "redact" }\nnote = { mask = "redact" }')
    page.desk.undo.undo()
    until(lambda: text(page) == PLAN)


def test_a_rule_of_several_columns_is_edited_where_it_stands(page):
    fields = choose(page, "customer", "street")
    assert "street, town, by one rule" in fields.findChild(type(fields.error), "section").text()
    fields.options.inputs["locale"].editor.setText("de_DE")
    fields.options.inputs["locale"].editor.editingFinished.emit()
    follows(page, 'roles = ["street", "city"]\nlocale = "de_DE"\n')


def test_a_copied_table_needs_its_reason_and_says_what_follows(page, qtbot):
    bar = page.tables.treatment
    bar.choice.setCurrentIndex(bar.choice.findData("copy"))
    bar.choice.activated.emit(bar.choice.currentIndex())
    assert "unmasked, with the real values" in bar.follows.text()
    assert "Say why" in bar.error.text()
    assert text(page) == PLAN
    type_in(qtbot, bar.reason, "made up")
    follows(page, '[tables.customer]\ntreatment = "copy"\nreason = "made up"\n')


def test_the_filter_finds_a_table_by_part_of_its_name(page, qtbot):
    page.tables.filter.setFocus()
    qtbot.keyClicks(page.tables.filter, "ord")
    until(lambda: page.tables.tables.source.grid.rows == 1)
    assert page.tables.said.text() == "1 of 4 tables"
    page.tables.filter.clear()
    until(lambda: page.tables.tables.source.grid.rows == 4)


def test_names_of_any_script_and_with_marks_are_plain_text(page):
    fields = choose(page, ARABIC, "<b>name</b>")
    heading = fields.findChild(type(fields.error), "section")
    assert heading.text().startswith(f"{ARABIC}.<b>name</b>")
    assert heading.textFormat() is Qt.TextFormat.PlainText
    from desktop.models.rule import Decision

    assert fields.decision is Decision.UNDECIDED


def test_three_hundred_columns_are_listed_and_need_no_decision_in_an_empty_table(page):
    page.entered(table="wide", column="c299")
    until(lambda: page.tables.rule.view is not None and page.tables.rule.view.columns == ("c299",))
    assert page.tables.columns.source.grid.rows == 301
    assert page.tables.columns.source.grid.text(300, 1) == "no rows"


def test_a_line_of_the_text_that_is_no_plan_is_named_and_the_rest_waits(page, qtbot):
    page.show_tab("text")
    until(lambda: page.text.editor.whole == PLAN)
    page.text.editor.go_to(10)
    qtbot.keyClicks(page.text.editor, "=")
    until(lambda: not page.desk.plan.state.readable, 10)
    until(lambda: page.text.editor.wrong == {10})
    assert page.text.bar.text.startswith("Line 10: ")
    assert page.where.text() == "✕ cannot be read"
    qtbot.keyClick(page.text.editor, Qt.Key.Key_Backspace)
    until(lambda: page.desk.plan.state.readable, 10)
    assert text(page) == PLAN


def test_the_text_shows_the_line_of_the_column_and_the_column_of_the_line(page):
    page.tables.toggle_text()
    until(lambda: page.text.editor.whole == PLAN)
    choose(page, "order", "price")
    until(lambda: page.text.editor.line == 1 + PLAN.splitlines().index('price = { keep = "a price" }'))
    page.text.editor.setFocus()
    page.text.located.emit(*answer(page.desk.calls, "rules.place", line=10))
    until(lambda: page.tables.names == ("email",))
    page.tables.toggle_text()


def test_problems_lead_to_their_column_and_a_warning_is_accepted_by_a_button(page, qtbot):
    page.show_tab("problems")
    page.problems.start()
    until(lambda: page.desk.plan.checked_version == page.desk.plan.state.version)
    grid = page.problems.grid
    rows = [grid.source.grid.text(row, 1) for row in range(grid.source.grid.rows)]
    assert "customer.note" in rows
    assert page.tabs.tabText(2) == f"Problems ({len(rows)})"
    grid.selectRow(rows.index("customer.note"))
    grid.setFocus()
    qtbot.keyClick(grid, Qt.Key.Key_Return)
    assert page.tabs.currentIndex() == 0
    until(lambda: page.tables.names == ("note",))
    page.show_tab("problems")
    codes = [grid.source.grid.text(row, 2) for row in range(grid.source.grid.rows)]
    grid.selectRow(codes.index("lock-missing"))
    assert page.problems.accept.isVisible()
    page.problems.accept.click()
    follows(page, 'accept = ["lock-missing"]')


def test_a_file_that_is_changed_outside_is_asked_about_and_theirs_is_a_step(page):
    file = Path(page.desk.plan.state.path)
    file.write_text(PLAN.replace("a price", "no price"), "utf-8")
    page.desk.plan.look()
    until(page.conflict.isVisible)
    page.conflict.show_difference.click()
    until(lambda: '+price = { keep = "no price" }' in page.conflict.difference.toPlainText())
    page.conflict.theirs.click()
    until(lambda: not page.conflict.isVisible())
    assert "no price" in text(page)
    page.desk.undo.undo()
    until(lambda: text(page) == PLAN)
    page.desk.plan.save()
    until(lambda: page.desk.plan.state.saved)
    assert file.read_text("utf-8") == PLAN


def test_no_widget_that_is_used_is_without_a_name(page):
    from PySide6.QtGui import QAccessible
    from PySide6.QtWidgets import QAbstractButton, QComboBox, QPlainTextEdit

    choose(page, "customer", "email")
    for kind in (QLineEdit, QComboBox, QPlainTextEdit, QAbstractButton):
        for widget in page.tables.findChildren(kind):
            if widget.isVisible() and not isinstance(widget.parent(), QComboBox):
                said = QAccessible.queryAccessibleInterface(widget).text(QAccessible.Text.Name)
                assert said, f"{widget!r} has no name"
