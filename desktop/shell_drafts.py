"""After a crash: plans whose last edits were never saved, to take up or to drop."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from desktop.desk import Desk
from desktop.models.plan import Draft
from desktop.theme.tokens import SIGNS, Tone
from desktop.widgets.announce import announce
from desktop.widgets.basic import label, set_tone
from desktop.words import tr

MOST = 3
"""Drafts that are offered at once; the next time there are others."""


class Drafts(QWidget):
    """Offers each draft once, when the window begins."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.desk = desk
        self.rows: dict[str, DraftRow] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(24, 8, 24, 0)
        self._column.setSpacing(6)
        self.hide()
        desk.plan.changed.connect(self._opened)

    def _opened(self) -> None:
        """Once its plan is open, what to do about it stands there."""
        state = self.desk.plan.state
        if state is not None:
            self._gone(state.path)

    def look(self) -> None:
        """Ask for what was left behind."""
        self.desk.calls.ask("plan.drafts", owner=self, done=self._offer, failed=lambda _: None)

    def _offer(self, drafts: tuple[Draft, ...]) -> None:
        open_ = self.desk.project.plan if self.desk.project is not None else None
        for draft in [each for each in drafts if each.path != open_][:MOST]:
            row = self.rows[draft.path] = DraftRow(draft)
            row.restore.clicked.connect(lambda _=False, path=draft.path: self._restore(path))
            row.discard.clicked.connect(lambda _=False, path=draft.path: self._discard(path))
            self._column.addWidget(row)
            announce(row, row.accessibleName(), Tone.CAUTION)
        self.setVisible(bool(self.rows))

    def _restore(self, path: str) -> None:
        """Open the plan: its draft comes with it."""
        known = next((each for each in self.desk.settings.recent if each.plan == path), None)
        self._gone(path)
        if known is not None:
            self.desk.open_project(known)
            self.desk.go("plan")
        else:
            self.desk.go("home", plan=path)

    def _discard(self, path: str) -> None:
        self.desk.calls.ask("plan.discard", owner=self, done=lambda _: self._gone(path), path=path)

    def _gone(self, path: str) -> None:
        row = self.rows.pop(path, None)
        if row is not None:
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
        self.setVisible(bool(self.rows))


class DraftRow(QFrame):
    """One plan, and the two things to do about it."""

    def __init__(self, draft: Draft) -> None:
        super().__init__()
        self.setObjectName("banner")
        name, when = Path(draft.path).stem, draft.when.replace("T", " ")
        text = tr("{name} has changes of {when} that were not saved.", name=name, when=when)
        self.setAccessibleName(text)
        sign, said = label(SIGNS[Tone.CAUTION], "tone"), label(text, wrap=True)
        said.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.restore, self.discard = QPushButton(tr("Restore")), QPushButton(tr("Discard"))
        self.restore.setAccessibleName(tr("Restore unsaved changes of {name}", name=name))
        self.discard.setAccessibleName(tr("Discard unsaved changes of {name}", name=name))
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 12, 8)
        for widget in (sign, said, self.restore, self.discard):
            row.addWidget(widget)
        for toned in (self, sign):
            set_tone(toned, Tone.CAUTION)
