"""The shell around the pages: it says what is open, what waits and what runs; every action is in reach of the keyboard."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

from desktop.desk import Desk
from desktop.models.jobs import JobView
from desktop.models.plan import PlanState, Trouble
from desktop.models.shell import MOST, Board, few_letters, in_hand, marks, span
from desktop.pages import PAGES, PLACES
from desktop.settings import Project, Scheme, read_settings
from desktop.shell_jobs import how_far, where
from desktop.theme.look import look
from desktop.theme.tokens import DARK, LIGHT, Tone
from desktop.window import Window
from tests.desktop.accessible import nameless, unreachable
from tests.desktop.conftest import until
from tests.desktop.pseudo import clipped, spoken
from tests.desktop.shell import as_new

RUNNING = JobView(
    "41", "clone", "running", "clinic-qa", table="visit", rows=1_900_000, estimated=3_100_000, share=0.61, rate=142_000.0,
    left=(8.2, 9.7),
)  # fmt: skip


@pytest.fixture
def window(one_window) -> Window:  # type: ignore[no-untyped-def]
    return as_new(one_window)


@pytest.fixture
def project(tmp_path) -> Project:  # type: ignore[no-untyped-def]
    return Project(str(tmp_path / "clinic <b>qa.toml"), "clinic_prod", "clinic_qa")


def press(window, text: str) -> None:  # type: ignore[no-untyped-def]
    """The keys of an action, by its words in a menu."""
    next(action for _, action in window.menus.actions if action.text() == text).trigger()


# What is said of the project and its plan.


def test_the_top_strip_and_the_title_bar_name_source_and_target_in_words(window, project):
    assert window.top.none.isVisible()
    window.desk.project = project
    window.desk.project_changed.emit()
    assert "read-only" in window.top.source.text
    assert "clinic_prod" in window.top.source.text
    assert "clinic_qa" in window.top.target.text
    assert "SOURCE clinic_prod (read-only) → TARGET clinic_qa" in window.windowTitle()


def test_a_plan_that_is_not_saved_is_said_to_be_so(window, project):
    window.desk.project = project
    window.desk.plan.state = PlanState(project.plan, "clinic_prod", "clinic_qa", 2, saved=False, name="clinic-qa")
    window.desk.plan.changed.emit()
    assert "Not saved" in window.top.saved.text()
    assert window.isWindowModified()
    assert window.menus.save.isEnabled()


def test_markup_in_a_name_stays_letters(window, project):
    window.desk.project = project
    window.desk.project_changed.emit()
    assert "<b>qa" in window.top.plan.text()
    assert window.top.plan.textFormat() is Qt.TextFormat.PlainText


def test_what_waits_stands_beside_the_page_and_is_read_out(window, project):
    window.desk.plan.state = PlanState(project.plan, "s", "t", 1, saved=True, undecided=15)
    window.desk.plan.changed.emit()
    window.desk.show_jobs([RUNNING, RUNNING])
    entries = window.navigation.entries
    assert entries["discover"].marked == "15 undecided"
    assert entries["discover"].accessibleName() == "Privacy hub, 15 undecided"
    assert entries["jobs"].marked == "2 running"
    assert entries["run"].marked == "blocked"


def test_marks_say_nothing_where_nothing_waits():
    assert marks(None, ()) == {}
    whole = PlanState("p", "s", "t", 1, saved=True, decided=9)
    assert marks(whole, ()) == {}
    wrong = PlanState("p", "s", "t", 1, saved=True, troubles=(Trouble("x", True, "no", "mend it"),))
    assert marks(wrong, (), errors=2)["plan"].count == 3


# The keyboard.


def test_each_place_has_its_keys_and_arrows_walk_the_navigation(window):
    for place, name in enumerate(PLACES, 1):
        if name in PAGES:
            QTest.keyClick(window, getattr(Qt.Key, f"Key_{place}"), Qt.KeyboardModifier.ControlModifier)
            until(lambda name=name: window.stack.currentWidget() is window.pages.get(name))
    window.navigation.entries["home"].setFocus()
    QTest.keyClick(window.navigation.entries["home"], Qt.Key.Key_Down)
    focused = QApplication.focusWidget()
    assert focused is list(window.navigation.entries.values())[1]
    QTest.keyClick(focused, Qt.Key.Key_Home)
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    assert window.stack.currentWidget() is window.pages["home"]


class Shown(QObject):
    """Hears what is shown as a window of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.windows: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            self.windows.append(type(watched).__name__)
        return False


def test_no_page_flashes_up_as_a_window_of_its_own_while_it_is_made(qapp, qtbot, tmp_path):
    desk, heard = Desk(tmp_path / "workspace"), Shown()
    window = Window(desk)
    qtbot.addWidget(window)
    qapp.installEventFilter(heard)
    window.show()
    for name in PAGES:
        desk.go(name)
        until(lambda name=name: window._name() == name)
    qapp.removeEventFilter(heard)
    assert heard.windows == ["Window"]
    window.close()
    desk.close()


def test_light_dark_and_the_size_of_text_change_at_once_and_are_remembered(window):
    press(window, "Dark")
    assert look().tokens is DARK
    press(window, "Larger text")
    assert QApplication.font().pointSize() == 11
    press(window, "Usual size of text")
    press(window, "Light")
    assert look().tokens is LIGHT
    kept = read_settings(window.desk.workspace.folder)
    assert (kept.scheme, kept.points) == (Scheme.LIGHT, 0)


def test_every_action_of_the_menus_has_words_and_no_two_share_keys(window):
    keys = [key.toString() for _, action in window.menus.actions for key in action.shortcuts()]
    assert len(keys) == len(set(keys))
    assert all(action.text() for _, action in window.menus.actions)
    for wanted in (
        "Ctrl+S",
        "Ctrl+Z",
        "Ctrl+Shift+Z",
        "Ctrl+O",
        "Ctrl+N",
        "Ctrl+,",
        "Ctrl+0",
        "F1",
        "F5",
        "Ctrl+Q",
        "Ctrl+K",
    ):
        assert wanted in keys


def test_help_opens_at_the_topic_of_the_page(window):
    from desktop.help import HelpDialog, topics

    QTest.keyClick(window, Qt.Key.Key_F1)
    dialog = window.findChild(HelpDialog)
    assert "Lookalike makes a test database" in dialog.text.toPlainText()
    assert {"start", "keyboard"} <= set(topics())
    dialog.go("keyboard")
    assert "Ctrl+K" in dialog.text.toPlainText()
    dialog.close()


def test_about_names_the_licences_of_what_is_installed_and_of_qt(window):
    from desktop.shell_dialogs import AboutDialog

    press(window, "About Lookalike")
    dialog = window.findChild(AboutDialog)
    until(lambda: dialog.packages.source.grid.rows > 20)
    grid = dialog.packages.source.grid
    found = {grid.text(row, 0): grid.text(row, 2) for row in range(grid.rows)}
    assert "LGPL" in found["PySide6_Essentials"]
    assert found["pyarrow"]
    dialog.close()


def test_settings_hold_at_once(window):
    from desktop.shell_dialogs import SettingsDialog

    press(window, "Settings…")
    dialog = window.findChild(SettingsDialog)
    dialog.first.click()
    assert not window.desk.settings.first_run
    QTest.keyClick(dialog.points, Qt.Key.Key_Up)
    assert window.desk.settings.points == 1
    QTest.keyClick(dialog.points, Qt.Key.Key_Down)
    dialog.close()


# What runs.


def test_the_strip_shows_the_running_job_and_goes_to_it(window):
    gone = []
    window.desk.asked_for.connect(lambda page, where: gone.append((page, where)))
    assert not window.strip.isVisible()
    window.desk.show_jobs([RUNNING])
    assert window.strip.isVisible()
    assert window.strip.what.text() == "Run · clinic-qa · visit · 61 %"
    assert window.strip.far.text() == "1.9 M of 3.1 M rows · 142,000 rows/s · 8 to 10 s left"
    assert window.strip.bar.value() == 610
    window.strip.setFocus()
    QTest.keyClick(window.strip, Qt.Key.Key_Return)
    assert gone == [("jobs", {"job": "41"})]
    window.desk.show_jobs([])
    assert not window.strip.isVisible()


def test_a_job_without_a_total_says_what_it_knows():
    job = JobView("1", "assess", "running", "qa", phase="attack")
    assert where(job) == "Assessment · qa · Attack"
    assert how_far(job) == ""
    paused = JobView("2", "clone", "paused", "qa")
    assert in_hand([paused, job]) is job
    assert in_hand([]) is None


@pytest.mark.parametrize(
    ("seconds", "said"),
    [((3, 3), (3, 3, "s")), ((40, 89), (40, 89, "s")), ((61, 200), (1, 4, "min")), ((0, 9000), (0, 3, "h"))],
)
def test_time_left_is_said_in_the_unit_that_fits(seconds, said):
    assert span(seconds) == said


def test_rows_are_said_in_few_letters():
    assert [few_letters(n) for n in (950, 12_400, 1_900_000, 3.1e9)] == ["950", "12,400", "1.9 M", "3.1 G"]


# Notices.


def test_notices_are_bounded_counted_and_keep_what_is_wrong():
    board = Board().said("bad", Tone.BAD)
    for number in range(9):
        board = board.said(f"so {number}", Tone.PLAIN)
    board = board.said("bad", Tone.BAD)
    assert len(board.shown) == MOST
    assert board.shown[0].text == "bad"
    assert board.shown[0].times == 2


def test_a_notice_takes_no_focus_and_goes_by_the_keyboard(window):
    entry = window.navigation.entries["home"]
    entry.setFocus()
    done = []
    for _ in range(3):
        window.desk.say("The disk is full.", Tone.BAD, "Look", lambda: done.append(True))
    assert window.notices.texts == ["The disk is full. (3 times)"]
    assert QApplication.focusWidget() is entry
    window.desk.say("Saved.")
    press(window, "Dismiss notices")
    assert window.notices.texts == []
    assert not window.notices.isVisible()


def test_a_notice_is_closed_by_esc_and_its_action_takes_it_away(window):
    done = []
    window.desk.say("One", Tone.CAUTION, "Look", lambda: done.append(True))
    window.desk.say("Two", Tone.CAUTION)
    one, two = window.notices._lines.values()
    two.close.setFocus()
    QTest.keyClick(two.close, Qt.Key.Key_Escape)
    assert window.notices.texts == ["One"]
    QTest.mouseClick(one.banner.button, Qt.MouseButton.LeftButton)
    assert done == [True]
    assert window.notices.texts == []


# For everybody.


def test_nothing_in_the_shell_is_nameless_or_out_of_reach_of_tab(window, project):
    from desktop.shell_dialogs import AboutDialog, SettingsDialog
    from desktop.shell_vault import PassphraseDialog

    window.desk.project = project
    window.desk.project_changed.emit()
    window.desk.show_jobs([RUNNING])
    window.desk.say("Something.", Tone.BAD, "Look", lambda: None)
    for page in ("home", "wizard"):
        window.show_page(page, {})
        assert nameless(window) == []
        assert unreachable(window) == []
    for dialog in (SettingsDialog(window.desk), AboutDialog(window.desk), PassphraseDialog(window.desk, new=True)):
        dialog.show()
        assert nameless(dialog) == []
        assert unreachable(dialog) == []
        dialog.close()


@pytest.mark.parametrize("right_to_left", [False, True])
def test_longer_words_and_words_from_right_to_left_have_room(qtbot, tmp_path, project, right_to_left):
    with spoken(right_to_left):
        window = Window(Desk(tmp_path / "workspace"))
        window.resize(1366, 820)
        window.show()
        window.desk.project = project
        window.desk.project_changed.emit()
        window.desk.show_jobs([RUNNING])
        window.desk.say("Something.", Tone.BAD, "Look", lambda: None)
        for page in ("home", "wizard"):
            window.show_page(page, {})
            until(lambda: clipped(window) == [], 5)
        window.close()
        window.desk.close()


# What it needs.


def test_the_window_comes_back_where_it_was(desk, qtbot):
    first = Window(desk)
    qtbot.addWidget(first)
    first.show()
    first.resize(780, 600)
    first.close()
    again = Window(desk)
    qtbot.addWidget(again)
    # Its width is that of the screen of the tests.
    assert again.height() == 600


def test_ctrl_k_opens_the_palette_out_of_a_field_of_text(window):
    field = QLineEdit(window.pages["home"])
    field.show()
    field.setFocus()
    field.setText("abc")
    field.setCursorPosition(0)
    QTest.keyClick(field, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    assert window.palette_.isVisible()
    assert field.text() == "abc"


def test_the_way_to_every_command_is_said_in_full(window):
    window.resize(1366, 820)
    until(lambda: window.top.field.isVisible())
    assert window.top.field.width() == window.top.field.sizeHint().width()
