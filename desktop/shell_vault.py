"""The vault on the screen: what keeps the secrets, and the one question that it ever asks."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from desktop.desk import Desk
from desktop.faults import Fault
from desktop.models.vault import Keeps, VaultState
from desktop.theme.tokens import Tone
from desktop.widgets.basic import Banner, label
from desktop.widgets.elided_button import ElidedButton
from desktop.words import tr

LEAST = 8
"""Letters of a new passphrase."""


class VaultButton(ElidedButton):
    """Says where secrets are and whether they can be read; opens the vault where they cannot."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.desk = desk
        self.setObjectName("entry")
        self.setFlat(True)
        self.clicked.connect(lambda: self.desk.locked.emit(None))
        self.setText(tr("Secrets: …"))
        self.refresh()

    def refresh(self) -> None:
        """Ask again how it stands."""
        self.desk.calls.ask("vault.state", owner=self, done=self.show_state, failed=lambda _: None)

    def show_state(self, state: VaultState) -> None:
        if state.keeps is Keeps.KEYRING:
            text = tr("✓ Secrets: OS keyring")
        elif state.open:
            text = tr("✓ Secrets: vault file, unlocked")
        elif state.exists:
            text = tr("! Secrets: vault file, locked")
        else:
            text = tr("! Secrets: no vault yet")
        self.setText(text)
        self.setToolTip(text)
        self.setAccessibleName(text)
        self.setEnabled(not state.open)


class Vault:
    """Answers `desk.locked`: one dialog at a time, and everything that waited for it is done once it is open."""

    def __init__(self, desk: Desk, window: QWidget, button: VaultButton, again: Callable[[], None]) -> None:
        """`again`: shows the page once more, for whoever unlocks after all."""
        self.desk, self._window, self._button, self._again = desk, window, button, again
        self.dialog: PassphraseDialog | None = None
        self._waiting: list[Callable[[], None]] = []
        desk.locked.connect(self._asked)
        desk.calls.restarted.connect(button.refresh)

    def _asked(self, retry: Callable[[], None] | None) -> None:
        if retry is not None:
            self._waiting.append(retry)
        if self.dialog is None:
            self.desk.calls.ask("vault.state", owner=self._window, done=self._open)

    def _open(self, state: VaultState) -> None:
        if self.dialog is not None:
            return
        if state.open:
            self._opened(state)
            return
        self.dialog = PassphraseDialog(self.desk, new=not state.exists, parent=self._window)
        self.dialog.unlocked = self._opened
        self.dialog.rejected.connect(self._left)
        self.dialog.finished.connect(self._closed)
        self.dialog.open()

    def _left(self) -> None:
        """Nobody wants to: what waited is not done later, when nobody thinks of it any more."""
        if self._waiting:
            self.desk.say(_locked(), Tone.CAUTION, tr("Unlock…"), lambda: self.desk.locked.emit(self._again))
        self._waiting.clear()

    def _opened(self, state: VaultState) -> None:
        self.desk.unsaid.emit(_locked())
        self._button.show_state(state)
        waiting, self._waiting = self._waiting, []
        for retry in waiting:
            retry()

    def _closed(self) -> None:
        if self.dialog is not None:
            self.dialog.deleteLater()
        self.dialog = None


def _locked() -> str:
    return tr("The vault is locked: what needs its keys or passwords is not shown and not done.")


class PassphraseDialog(QDialog):
    """Asks for the passphrase: of a new vault twice, of one that is there once. Stays until it is right or nobody wants to."""

    def __init__(self, desk: Desk, *, new: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.desk, self._new = desk, new
        self.unlocked: Callable[[VaultState], None] = lambda _: None
        self.setWindowTitle(tr("A new vault") if new else tr("Unlock the vault"))
        column = QVBoxLayout(self)
        column.setSpacing(12)
        column.addWidget(label(self._why(), wrap=True))
        self.banner = Banner()
        column.addWidget(self.banner)
        form = QFormLayout()
        self.word, self.again = _secret(tr("Passphrase")), _secret(tr("The passphrase once more"))
        form.addRow(tr("&Passphrase"), self.word)
        if new:
            form.addRow(tr("Once &more"), self.again)
        column.addLayout(form)
        if new:
            column.addWidget(
                label(tr("Nobody can recover it: without it the masking keys and passwords in it are lost."), wrap=True)
            )
        self.buttons = QDialogButtonBox()
        self.go = self.buttons.addButton(
            tr("Make the vault") if new else tr("Unlock"), QDialogButtonBox.ButtonRole.AcceptRole
        )
        self.go.setObjectName("primary")
        self.buttons.addButton(tr("Cancel"), QDialogButtonBox.ButtonRole.RejectRole)
        self.buttons.accepted.connect(self._send)
        self.buttons.rejected.connect(self.reject)
        column.addWidget(self.buttons)
        # Only now: a button knows its dialog when it is in it.
        self.go.setDefault(True)
        self.setMinimumWidth(60 * self.fontMetrics().averageCharWidth())
        self.word.setFocus()

    def _why(self) -> str:
        if self._new:
            return tr(
                "Passwords and masking keys are kept in an encrypted file of this workspace, since this machine has no keyring. "
                "Choose a passphrase for it."
            )
        return tr(
            "Passwords and masking keys of this workspace are in its vault file. The passphrase opens it for this window."
        )

    def _send(self) -> None:
        word, again = self.word.text(), self.again.text()
        if not word:
            self.banner.say(tr("Type the passphrase first."), Tone.CAUTION)
            return
        if self._new and len(word) < LEAST:
            self.banner.say(tr("Take {least} letters or more: a short one is soon guessed.", least=LEAST), Tone.CAUTION)
            return
        if self._new and word != again:
            self.banner.say(tr("The two are not the same. Type it once more."), Tone.CAUTION)
            self.again.setText("")
            self.again.setFocus()
            return
        self.go.setEnabled(False)
        self.banner.say(tr("Opening…"), Tone.PLAIN)
        self._forget()
        self.desk.calls.ask("vault.unlock", owner=self, done=self._done, failed=self._failed, passphrase=word)

    def _forget(self) -> None:
        for field in (self.word, self.again):
            field.setText("")

    def _done(self, state: VaultState) -> None:
        self.accept()
        self.unlocked(state)

    def _failed(self, fault: Fault) -> None:
        self.go.setEnabled(True)
        self.banner.say(fault.sentence, Tone.BAD)
        self.word.setFocus(Qt.FocusReason.OtherFocusReason)


def _secret(name: str) -> QLineEdit:
    made = QLineEdit()
    made.setEchoMode(QLineEdit.EchoMode.Password)
    made.setAccessibleName(name)
    return made
