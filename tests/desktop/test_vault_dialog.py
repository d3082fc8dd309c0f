"""The vault's one question: asked twice for a new one, once for one that is there, and what waited is done once it is open."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit

from desktop.desk import Desk
from desktop.shell_vault import PassphraseDialog
from desktop.window import Window
from engine.keystore import open_keystore
from engine.workspace import open_workspace
from tests.desktop.conftest import PASSPHRASE, until


@pytest.fixture
def locked(tmp_path) -> None:
    """A vault is there before the window."""
    open_keystore(open_workspace(tmp_path / "workspace").folder, lambda: PASSPHRASE).names()


@pytest.fixture
def window(qapp, tmp_path) -> Iterator[Window]:
    """A window whose vault is not open."""
    made = Window(Desk(tmp_path / "workspace"))
    made.resize(1366, 820)
    made.show()
    yield made
    made.close()
    made.desk.close()


def asked(window) -> PassphraseDialog:  # type: ignore[no-untyped-def]
    until(lambda: window.vault.dialog is not None)
    return window.vault.dialog


def said(dialog) -> str:  # type: ignore[no-untyped-def]
    return " ".join(each.text() for each in dialog.findChildren(QLabel))


def test_a_new_vault_is_asked_for_twice_and_says_that_nobody_can_recover_it(window):
    done = []
    until(lambda: "no vault yet" in window.navigation.vault.text())
    window.desk.locked.emit(lambda: done.append(1))
    window.desk.locked.emit(lambda: done.append(2))
    dialog = asked(window)
    assert "Nobody can recover it" in said(dialog)
    assert dialog.word.echoMode() is QLineEdit.EchoMode.Password
    QTest.keyClicks(dialog.word, "short")
    QTest.keyClick(dialog.word, Qt.Key.Key_Return)
    assert "8 letters or more" in dialog.banner.text
    dialog.word.setText(PASSPHRASE)
    QTest.keyClicks(dialog.again, "another one")
    QTest.mouseClick(dialog.go, Qt.MouseButton.LeftButton)
    assert "not the same" in dialog.banner.text
    assert done == []
    QTest.keyClicks(dialog.again, PASSPHRASE)
    QTest.keyClick(dialog.again, Qt.Key.Key_Return)
    # Sent, and kept nowhere in the window.
    assert dialog.word.text() == dialog.again.text() == ""
    assert not dialog.word.isUndoAvailable()
    until(lambda: done == [1, 2])
    assert window.vault.dialog is None
    assert "unlocked" in window.navigation.vault.text()
    assert not window.navigation.vault.isEnabled()


def test_a_wrong_passphrase_is_said_and_the_dialog_stays(locked, window):
    until(lambda: "locked" in window.navigation.vault.text())
    done = []
    window.desk.locked.emit(lambda: done.append(True))
    dialog = asked(window)
    assert not dialog.again.isVisible()
    QTest.keyClicks(dialog.word, "not this one")
    QTest.keyClick(dialog.word, Qt.Key.Key_Return)
    until(lambda: "wrong" in dialog.banner.text)
    assert dialog.isVisible()
    assert done == []
    assert dialog.word.hasFocus()
    QTest.keyClicks(dialog.word, PASSPHRASE)
    QTest.keyClick(dialog.word, Qt.Key.Key_Return)
    until(lambda: done == [True])


def test_who_does_not_want_to_goes_on_without_it(locked, window):
    done = []
    until(lambda: "locked" in window.navigation.vault.text())
    QTest.mouseClick(window.navigation.vault, Qt.MouseButton.LeftButton)
    window.desk.locked.emit(lambda: done.append(True))
    dialog = asked(window)
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    until(lambda: window.vault.dialog is None)
    # What waited is not done by a later unlocking.
    window.desk.locked.emit(None)
    dialog = asked(window)
    QTest.keyClicks(dialog.word, PASSPHRASE)
    QTest.keyClick(dialog.word, Qt.Key.Key_Return)
    until(lambda: "unlocked" in window.navigation.vault.text())
    assert done == []
