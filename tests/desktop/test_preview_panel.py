"""Preview: rows before and after, the source hidden until it is revealed and logged, and nothing of it on any disk."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop.models.plan import Edit
from desktop.pages.plan_preview import PreviewPanel
from engine.reveal import CHAIN
from tests.desktop.conftest import answer, until
from tests.desktop.panels import PLAN, SECRET, opened, restored, shown, sqlite_shop
from tests.desktop.stalls import monitored

DISPLAY, ACCESSIBLE, TIP = Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("preview")


@pytest.fixture(scope="module")
def desk(qapp, home):
    made = opened(home, sqlite_shop(home / "shop.db"))
    yield made
    made.close()


@pytest.fixture
def panel(desk, qtbot):
    made = PreviewPanel(desk)
    qtbot.addWidget(made)
    shown(made)
    look_at(made, "Customer")
    return made


def look_at(panel: PreviewPanel, table: str) -> None:
    until(lambda: panel._tables is not None)
    panel.entered(table=table)
    if panel.table.currentText() != table:
        panel.table.say(table)
    panel._chosen()
    until(lambda: panel._asked is None)


def column(panel: PreviewPanel, name: str) -> int:
    return [head.name for head in panel._seen.heads].index(name)


def cell(panel: PreviewPanel, side: str, row: int, name: str, role=DISPLAY) -> str:
    view = getattr(panel.pair, side)
    return str(view.source.data(view.source.index(row, column(panel, name)), role) or "")


def reveal(panel: PreviewPanel) -> None:
    until(panel.reveal.isEnabled)
    QTest.mouseClick(panel.reveal, Qt.MouseButton.LeftButton)
    until(lambda: panel._asked is None)


def test_values_of_the_source_are_dots_until_they_are_revealed_and_the_look_is_logged(panel, desk):
    before = answer(desk.calls, "preview.look", table="Customer", rows=10).before
    assert before is None
    assert cell(panel, "before", 0, "Name") == "••••••"
    assert cell(panel, "after", 0, "Code") == "••••••"
    assert cell(panel, "after", 1, "Email").startswith("≠ ")
    reveal(panel)
    assert cell(panel, "before", 0, "Name") == SECRET
    assert SECRET not in cell(panel, "after", 0, "Name")
    from engine.catalog import open_catalog

    entries = open_catalog(desk.workspace.catalog).entries(CHAIN)
    assert '"Customer"' in entries[-1].payload
    assert SECRET not in "".join(entry.payload for entry in entries)


def values(panel: PreviewPanel) -> str:
    """All that both sides hold, shown or not."""
    sides = [view.source.grid for view in (panel.pair.before, panel.pair.after)]
    return " ".join(
        side.text(row, place) for side in sides for row in range(side.rows) for place in range(len(side.headings))
    )


def test_values_are_gone_at_once_when_they_are_hidden_again_whatever_the_source_does(panel):
    reveal(panel)
    assert SECRET in values(panel)
    QTest.mouseClick(panel.reveal, Qt.MouseButton.LeftButton)
    assert SECRET not in values(panel)
    panel.hide()
    assert SECRET not in values(panel)


def test_whoever_comes_back_finds_the_values_hidden_again(panel):
    reveal(panel)
    panel.hide()
    assert panel._seen is None
    panel.show()
    until(lambda: panel._seen is not None)
    assert cell(panel, "before", 0, "Name") == "••••••"


def test_a_change_is_told_by_a_sign_and_to_a_screen_reader(panel):
    assert cell(panel, "after", 2, "Name").startswith("≠ ")
    assert cell(panel, "after", 2, "Name", ACCESSIBLE).startswith("changed to ")
    assert cell(panel, "after", 2, "Name", ACCESSIBLE).endswith("Name, row 3")
    assert cell(panel, "after", 2, "Code", ACCESSIBLE) == "the same hidden, Code, row 3"
    headings = [panel.pair.after.source.headerData(place, Qt.Orientation.Horizontal) for place in range(3)]
    assert headings[2] == "Email\nE-mail address"


def test_null_an_empty_text_and_the_text_null_are_told_apart(panel):
    reveal(panel)
    assert cell(panel, "before", 0, "Email") == "∅ NULL"
    assert cell(panel, "before", 0, "Note") == "∅ empty text"
    assert cell(panel, "before", 1, "Note") == "NULL"
    assert cell(panel, "before", 0, "Photo") == "▣ 4 bytes 89 50 4e 47"
    assert cell(panel, "before", 1, "Extra").startswith("{ } ")
    assert "infinity" in cell(panel, "before", 0, "Seen")


def test_a_value_that_looks_like_markup_is_a_text(panel):
    reveal(panel)
    assert cell(panel, "before", 1, "Name") == "<b>Bold</b>"


def test_both_sides_scroll_and_stand_in_step(panel, qtbot):
    panel.rows.setCurrentIndex(1)
    panel._chosen()
    until(lambda: panel._seen is not None and panel._seen.rows == 40)
    before, after = panel.pair.before, panel.pair.after
    after.verticalScrollBar().setValue(after.verticalScrollBar().maximum())
    assert before.verticalScrollBar().value() == after.verticalScrollBar().value() > 0
    before.setCurrentIndex(before.source.index(5, 1))
    qtbot.keyClick(before, Qt.Key.Key_Down)
    assert (after.currentIndex().row(), after.currentIndex().column()) == (6, 1)
    before.setColumnWidth(0, 210)
    assert after.columnWidth(0) == 210
    panel.rows.setCurrentIndex(0)


def test_the_clipboard_gets_what_a_mask_made_and_nothing_of_the_source(panel, qtbot):
    reveal(panel)
    for view, name in ((panel.pair.before, "Name"), (panel.pair.after, "Code")):
        view.clearSelection()
        view.setCurrentIndex(view.source.index(0, column(panel, name)))
        qtbot.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
        assert QApplication.clipboard().text() == "••••••"
    panel.pair.after.clearSelection()
    panel.pair.after.setCurrentIndex(panel.pair.after.source.index(0, column(panel, "Name")))
    qtbot.keyClick(panel.pair.after, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QApplication.clipboard().text() not in ("", "••••••", SECRET)


def test_a_table_that_is_not_masked_says_why_there_is_nothing_to_compare(panel):
    look_at(panel, "Country")
    assert "copied as it is" in panel.nothing.text()
    assert "a list of countries" in panel.nothing.text()
    look_at(panel, "Log")
    assert "is emptied" in panel.nothing.text()
    look_at(panel, "Nobody")
    assert "has no rows" in panel.nothing.text()
    assert not panel.reveal.isEnabled()


def test_a_column_without_a_decision_is_shown_as_one_and_does_not_block_the_others(panel):
    look_at(panel, "Line")
    assert cell(panel, "after", 0, "InvoiceId").startswith("≠ ")
    assert cell(panel, "after", 0, "Label") == "not decided"
    assert panel._seen.heads[column(panel, "Label")].mask == ""


def test_an_edit_of_the_plan_is_shown_by_itself(panel, desk):
    assert cell(panel, "after", 2, "Note") == "••••••"
    path = ("tables", "Customer", "columns", "Note")
    desk.plan.edit("Mask the note", [Edit(path, '{ mask = "redact" }')])
    until(lambda: panel.stale.isVisible())
    until(lambda: panel._asked is None and panel._seen is not None and cell(panel, "after", 2, "Note").startswith("≠"))
    assert not panel.stale.isVisible()
    restored(desk)


def test_a_plan_that_cannot_be_read_says_so_and_comes_back(panel, desk):
    desk.plan.set_text("Break it", "version = ")
    until(lambda: panel.banner.isVisible())
    assert "TOML" in panel.banner.text
    restored(desk)
    until(lambda: not panel.banner.isVisible() and panel._seen is not None)


def test_a_source_that_is_gone_is_said_with_a_way_to_try_again(panel, home):
    file, away = home / "shop.db", home / "away.db"
    file.rename(away)
    try:
        panel.refresh()
        until(lambda: panel.banner.isVisible())
        assert panel.banner.button.text() == "Try again"
    finally:
        away.rename(file)
    QTest.mouseClick(panel.banner.button, Qt.MouseButton.LeftButton)
    until(lambda: not panel.banner.isVisible())


def written_since(folder: Path, moment: float) -> list[Path]:
    found = []
    for file in folder.iterdir():
        try:
            if file.is_file() and file.stat().st_mtime >= moment:
                found.append(file)
        except OSError:
            continue
    return found


def test_no_value_of_the_source_is_on_any_disk(panel, home):
    moment = time.time() - 1
    reveal(panel)
    cell(panel, "before", 0, "Name", TIP)
    panel.hide()
    files = [file for file in home.rglob("*") if file.is_file() and file.name != "shop.db"]
    assert len(files) > 3
    for file in [*files, *written_since(Path(tempfile.gettempdir()), moment)]:
        try:
            content = file.read_bytes()
        except OSError:
            continue
        assert SECRET.encode() not in content, file.name


def test_a_table_of_300_columns_and_200_rows_does_not_hold_up_the_window(qapp, qtbot, tmp_path):
    names = [f"c{number}" for number in range(299)]
    script = f"CREATE TABLE wide (id INTEGER PRIMARY KEY, {', '.join(f'{name} TEXT' for name in names)});"
    script += (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200) INSERT INTO wide SELECT i, "
    )
    script += ", ".join(f"'value {name} ' || i" for name in names) + " FROM n;"
    rules = "\n".join(f'{name} = {{ mask = "token" }}' for name in names)
    plan = (
        PLAN.partition("[tables")[0]
        + f'[tables.wide]\ntreatment = "mask"\n[tables.wide.columns]\nid = {{ mask = "pseudonym" }}\n{rules}\n'
    )
    desk = opened(tmp_path, sqlite_shop(tmp_path / "wide.db", script), plan)
    try:
        panel = PreviewPanel(desk)
        qtbot.addWidget(panel)
        with monitored() as stalls:
            shown(panel)
            panel.rows.setCurrentIndex(2)
            until(
                lambda: (
                    (panel._seen is not None and panel._seen.rows == 200)
                    or (panel._asked is None and panel._seen is not None)
                )
            )
            panel._chosen()
            until(lambda: panel._seen is not None and panel._seen.rows == 200)
            bar = panel.pair.after.horizontalScrollBar()
            for value in range(0, bar.maximum(), max(1, bar.maximum() // 20)):
                bar.setValue(value)
                QTest.qWait(5)
        assert len(panel._seen.heads) == 300
        assert stalls.longest < 0.1, str(stalls)
    finally:
        desk.close()


def test_nothing_is_revealed_where_it_cannot_be_logged(panel, desk):
    catalog = desk.workspace.catalog
    mode = catalog.stat().st_mode
    import sqlite3

    with sqlite3.connect(catalog) as lock:
        lock.execute("CREATE TRIGGER closed BEFORE INSERT ON chain BEGIN SELECT RAISE(ABORT, 'closed'); END")
    try:
        reveal(panel)
        assert panel.banner.isVisible()
        assert cell(panel, "before", 0, "Name") == "••••••"
    finally:
        with sqlite3.connect(catalog) as lock:
            lock.execute("DROP TRIGGER closed")
        catalog.chmod(mode)


def test_a_table_of_postgresql_is_previewed_with_its_special_dates(qapp, qtbot, tmp_path, new_postgresql):
    import psycopg

    url = new_postgresql()
    with psycopg.connect(url.replace("postgresql+psycopg", "postgresql"), autocommit=True) as connection:
        connection.execute("CREATE TABLE person (id uuid PRIMARY KEY, name text, seen date, extra jsonb)")
        connection.execute(
            "INSERT INTO person VALUES ('00000000-0000-0000-0000-0000000000aa', 'Ada', '-infinity', '{\"a\": 1}')"
        )
    plan = PLAN.partition("[tables")[0] + (
        '[tables.person]\ntreatment = "mask"\n[tables.person.columns]\nid = { mask = "pseudonym" }\nname = { mask = "full_name" }\n'
        'seen = { keep = "tried" }\nextra = { keep = "tried" }\n'
    )
    desk = opened(tmp_path, url, plan)
    try:
        panel = PreviewPanel(desk)
        qtbot.addWidget(panel)
        shown(panel)
        until(lambda: panel._seen is not None)
        reveal(panel)
        assert not panel.banner.text, panel.banner.text
        assert cell(panel, "before", 0, "id") == "00000000-0000-0000-0000-0000000000aa"
        assert cell(panel, "before", 0, "seen") == "⧗ -infinity"
        assert cell(panel, "before", 0, "extra").startswith("{ } {")
        assert cell(panel, "after", 0, "name").startswith("≠ ")
    finally:
        desk.close()
