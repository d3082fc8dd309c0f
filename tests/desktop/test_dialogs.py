"""Everything that opens above the window: names, the keyboard inside and back again, Enter that is safe, Esc that closes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QMessageBox, QPushButton, QWidget
from shiboken6 import isValid

import desktop.palette
import desktop.shell_drafts
import desktop.widgets.basic
from desktop.models.connections import Role
from desktop.models.plan import Draft
from desktop.models.vault import Keeps, VaultState
from desktop.pages.connections_ask import ask_loosen, ask_remove
from desktop.pages.evidence_export import ExportDialog
from desktop.theme.tokens import Tone
from desktop.widgets.job_buttons import JobButtons
from desktop.window import Window
from tests.desktop.accessible import nameless, unreachable
from tests.desktop.conftest import until
from tests.desktop.pseudo import clipped
from tests.desktop.shell import as_new
from tests.desktop.test_window import RUNNING


@dataclass(frozen=True)
class Dialog:
    open: Callable[[Window], object]
    enter: str
    """The button that Enter presses from anywhere but another button."""
    modal: bool = True


def _cancel(window: Window) -> None:
    buttons = JobButtons(window.desk, window)
    buttons.show_job(RUNNING)
    buttons.ask_to_cancel()


def _vault(window: Window, there: bool) -> None:
    window.vault._open(VaultState(there, Keeps.PASSPHRASE, False))


DIALOGS = {
    "settings": Dialog(lambda window: window.show_settings(), "Close", modal=False),
    "about": Dialog(lambda window: window.show_about(), "Close", modal=False),
    "help": Dialog(lambda window: window.show_help("start"), "Close", modal=False),
    "new vault": Dialog(lambda window: _vault(window, False), "Make the vault"),
    "vault": Dialog(lambda window: _vault(window, True), "Unlock"),
    "removal": Dialog(lambda window: ask_remove(window, "prod", window.close), "Cancel"),
    "role": Dialog(lambda window: ask_loosen(window, "prod", Role.SOURCE, Role.TARGET, window.close), "Cancel"),
    "cancel": Dialog(_cancel, "Let it run"),
    "leave": Dialog(lambda window: window._leaving._ask(), "Save and close"),
    "export": Dialog(lambda window: ExportDialog("reports", window).open(), "Export"),
    "file": Dialog(lambda window: window.show_page("home", {"open": True}), "&Open"),
}  # fmt: skip


@pytest.fixture
def window(one_window) -> Window:  # type: ignore[no-untyped-def]
    return as_new(one_window)


@pytest.fixture
def read_out(monkeypatch) -> list[str]:  # type: ignore[no-untyped-def]
    """What a screen reader is given to say: without a screen nobody else listens."""
    said: list[str] = []

    def say(widget: QWidget, text: str, tone: Tone = Tone.PLAIN) -> None:
        said.append(text)

    for module in (desktop.widgets.basic, desktop.shell_drafts, desktop.palette):
        monkeypatch.setattr(module, "announce", say)
    return said


def opened() -> QDialog:
    dialogs = [each for each in QApplication.topLevelWidgets() if isinstance(each, QDialog) and each.isVisible()]
    [dialog] = dialogs
    # A screen that is none activates no window by itself.
    dialog.activateWindow()
    until(lambda: QApplication.focusWidget() is not None and QApplication.focusWidget().window() is dialog)
    return dialog


@pytest.mark.parametrize("name", DIALOGS)
def test_a_dialog_is_named_keeps_the_keyboard_and_gives_it_back(window, name):
    wanted = DIALOGS[name]
    window.top.field.setFocus()
    wanted.open(window)
    dialog = opened()
    assert dialog.isModal() == wanted.modal
    assert [each.text() for each in dialog.findChildren(QPushButton) if each.isDefault()] == [wanted.enter]
    if not isinstance(dialog, QFileDialog):
        # Of Qt's own the names are Qt's.
        assert (nameless(dialog), unreachable(dialog), clipped(dialog)) == ([], [], [])
    first = QApplication.focusWidget()
    for _ in range(20):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        assert QApplication.focusWidget().window() is dialog
    assert first.isVisible()
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Escape)
    until(lambda: not isValid(dialog) or not dialog.isVisible())
    window.activateWindow()
    until(lambda: QApplication.focusWidget() is window.top.field)
    assert window.isVisible()


@pytest.mark.parametrize("name", ["removal", "role", "cancel"])
def test_enter_on_a_question_leaves_everything_as_it_is(window, name, monkeypatch):
    asked: list[str] = []
    monkeypatch.setattr(window.desk.calls, "ask", lambda verb, **_: asked.append(verb))
    DIALOGS[name].open(window)
    QTest.keyClick(opened().focusWidget(), Qt.Key.Key_Return)
    until(lambda: not window.findChildren(QMessageBox))
    assert window.isVisible()
    assert asked == []


def test_the_palette_outlives_what_had_the_keyboard(window):
    gone = QPushButton("Gone", window)
    gone.show()
    gone.setFocus()
    window.palette_.open()
    gone.deleteLater()
    until(lambda: not isValid(gone))
    QTest.keyClick(window.palette_.field, Qt.Key.Key_Escape)
    assert not window.palette_.isVisible()


def test_notices_banners_drafts_and_commands_are_read_out_once(window, read_out):
    for _ in range(2):
        window.desk.say("The disk is full.", Tone.BAD)
    assert read_out == ["The disk is full.", "The disk is full. (2 times)"]
    read_out.clear()
    banner = desktop.widgets.basic.Banner(window)
    for text in ("Reading…", "Reading…", "It cannot be read."):
        banner.say(text, Tone.BAD)
    banner.hide()
    assert read_out == ["Reading…", "It cannot be read."]
    read_out.clear()
    # On a page that nobody sees it waits until somebody does.
    page = QWidget(window)
    desktop.widgets.basic.Banner(page).say("Later.", Tone.CAUTION)
    assert read_out == []
    page.show()
    assert read_out == ["Later."]
    page.hide()
    read_out.clear()
    window.drafts._offer((Draft("/plans/clinic.toml", "2026-11-02T10:00"),))
    assert read_out == ["clinic has changes of 2026-11-02 10:00 that were not saved."]
    window.drafts._gone("/plans/clinic.toml")
    read_out.clear()
    window.palette_.open()
    QTest.keyClicks(window.palette_.field, "settings")
    assert read_out[-1] == "Settings…, File, Ctrl+,"
    QTest.keyClick(window.palette_.field, Qt.Key.Key_Down)
    assert read_out[-1] == window.palette_.list.currentIndex().data(Qt.ItemDataRole.AccessibleTextRole)
