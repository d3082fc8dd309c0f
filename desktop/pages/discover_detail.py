"""One column in full: what it looks like and why, what happens to it, its values once somebody asks to see them, and the decision."""

from __future__ import annotations

from math import isnan
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QScrollArea, QVBoxLayout, QWidget

from desktop.calls import Asked
from desktop.desk import Desk
from desktop.models.hub import TONES, Detail, Line, Proposal, Sort, State
from desktop.pages.discover_samples import Samples
from desktop.pages.discover_words import cell_words, decision_words, keeps_words, share_words
from desktop.widgets.basic import Badge, Card, label, primary
from desktop.widgets.flow import Flow
from desktop.words import tr


class DetailPanel(Card):
    """Of the column that the keyboard is on."""

    accepted = Signal()
    kept = Signal(str)
    """With this reason."""
    changed = Signal()
    """Another mask is to be chosen."""
    undone = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.desk = desk
        self.line: Line | None = None
        self.detail: Detail | None = None
        self.proposal: Proposal | None = None
        self._asked: list[Asked] = []
        self.setAccessibleName(tr("The chosen column"))
        self.title, self.state = label("", "section", wrap=True), Badge()
        self.what = label("", "secondary", wrap=True)
        self.found, self.mask_title, self.mask_words = (
            label("", wrap=True),
            label("", "section", wrap=True),
            label("", wrap=True),
        )
        self.samples = Samples(desk)
        self._build()

    def _build(self) -> None:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        for widget in (self.what, self.found, self.mask_title, self.mask_words, self.samples):
            column.addWidget(widget)
        column.addStretch(1)
        area = QScrollArea()
        area.setWidget(inside)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setAccessibleName(tr("What was found in the column"))
        # The layout has to know first how high the values are.
        self.samples.shown.connect(lambda: QTimer.singleShot(0, area, lambda: area.ensureWidgetVisible(self.samples)))
        inside.setObjectName("inside")
        area.setStyleSheet("QScrollArea, QWidget#inside { background: transparent; }")
        self.body.addWidget(self.title)
        self.body.addWidget(self.state)
        self.body.addWidget(area, 1)
        self.body.addLayout(self._reason_row())
        self.body.addLayout(self._buttons())

    def _reason_row(self) -> QHBoxLayout:
        self.reason, self.keep_now = QLineEdit(), QPushButton(tr("Keep"))
        self.reason.setPlaceholderText(tr("Why may it stay as it is?"))
        self.reason.setAccessibleName(tr("The reason for which the column is kept"))
        self.reason.textChanged.connect(lambda text: self.keep_now.setEnabled(bool(text.strip())))
        self.reason.returnPressed.connect(self._keep)
        self.keep_now.clicked.connect(self._keep)
        row = QHBoxLayout()
        row.addWidget(self.reason, 1)
        row.addWidget(self.keep_now)
        self._ask_reason(False)
        return row

    def _buttons(self) -> Flow:
        self.accept, self.keep = primary(tr("Accept")), QPushButton(tr("Keep, with reason…"))
        self.change, self.undo = QPushButton(tr("Change…")), QPushButton(tr("Undo"))
        self.accept.clicked.connect(self.accepted)
        self.keep.clicked.connect(self.ask_reason)
        self.change.clicked.connect(self.changed)
        self.undo.clicked.connect(self.undone)
        self.desk.undo.canUndoChanged.connect(self.undo.setEnabled)
        self.undo.setEnabled(self.desk.undo.canUndo())
        row = Flow()
        for widget in (self.accept, self.keep, self.change, self.undo):
            row.addWidget(widget)
        return row

    # The column

    def show_line(self, line: Line | None) -> None:
        """Another column, or the same one decided otherwise: its values are hidden again."""
        if line == self.line:
            return
        for asked in self._asked:
            asked.cancel()
        self._asked = []
        same = line is not None and self.line is not None and _place(line) == _place(self.line)
        self.line, self.detail, self.proposal = line, None, None
        self.samples.show_column(line.table if line else "", line.column if line else "", line is not None)
        if not same:
            self._ask_reason(False)
        self._say()
        if line is not None:
            self._ask(line)

    def _ask(self, line: Line) -> None:
        place: dict[str, Any] = {"table": line.table, "column": line.column}
        self._asked.append(
            self.desk.calls.ask("hub.detail", owner=self, done=self._detailed, failed=lambda _: None, **place)
        )
        if line.state is State.UNDECIDED:
            self._asked.append(
                self.desk.calls.ask("hub.proposal", owner=self, done=self._proposed, failed=self._unproposed, **place)
            )

    def _detailed(self, detail: Detail) -> None:
        self.detail = detail
        self._say()

    def _proposed(self, proposal: Proposal) -> None:
        self.proposal = proposal
        self._say()

    def _unproposed(self, fault: object) -> None:
        self._proposed(Proposal(blocked=str(fault)))

    def _say(self) -> None:
        line, detail = self.line, self.detail
        for widget in (self.state, self.found, self.mask_title, self.mask_words):
            widget.setVisible(line is not None)
        self.accept.setEnabled(line is not None and self.proposal is not None and bool(self.proposal.mask))
        self.keep.setEnabled(line is not None)
        self.change.setEnabled(line is not None)
        if line is None:
            self.title.setText(tr("No column chosen"))
            self.what.setText(tr("Choose a column to see what was found in it."))
            return
        self.title.setText(f"{line.table}.{line.column}")
        self.state.say(decision_words(line)[:60], TONES[line.state])
        self.what.setText("\n".join(_what(line, detail)))
        self.found.setText("\n".join(_found(detail)) if detail is not None else "")
        title, words = self._mask(line)
        self.mask_title.setText(title)
        self.mask_words.setText(words)
        self.mask_words.setVisible(bool(words))

    def _mask(self, line: Line) -> tuple[str, str]:
        if line.state is State.UNDECIDED:
            return _proposed_words(self.proposal)
        detail = self.detail
        if detail is None:
            return "", ""
        if not detail.mask:
            return decision_words(line), ""
        words = [keeps_words(detail.keeps)]
        if len(detail.columns) > 1:
            words.append(tr("Masked together: {columns}.", columns=", ".join(detail.columns)))
        if detail.reason:
            words.append(tr("Because: {reason}", reason=_ended(detail.reason)))
        return tr("Mask: {title}", title=detail.mask_title), "\n".join(filter(None, words))

    # The reason

    def ask_reason(self) -> None:
        """Open the field; nothing is kept without a reason."""
        self._ask_reason(True)
        self.reason.setFocus()

    def _ask_reason(self, asked: bool) -> None:
        self.reason.clear()
        self.keep_now.setEnabled(False)
        self.reason.setVisible(asked)
        self.keep_now.setVisible(asked)

    def _keep(self) -> None:
        if self.reason.text().strip():
            self.kept.emit(self.reason.text().strip())
            self._ask_reason(False)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.reason.isVisible():
            self._ask_reason(False)
            self.keep.setFocus()
        else:
            super().keyPressEvent(event)


def _place(line: Line) -> tuple[str, str]:
    return line.table, line.column


def _what(line: Line, detail: Detail | None) -> list[str]:
    said = cell_words(line, Sort.ENTITY)
    if not isnan(line.sure):
        said = tr("{what} · {sure} likely to be personal", what=said, sure=share_words(line.sure))
    laws = [" · ".join(detail.laws)] if detail is not None and detail.laws else []
    looked = (
        [tr("{rows:,} rows looked at, {distinct:,} different values", rows=detail.rows, distinct=detail.distinct)]
        if detail is not None and detail.rows
        else []
    )
    return [said, *laws, *looked]


def _found(detail: Detail) -> list[str]:
    """For and against, each with its sign; then what else it may be, and what was not looked at."""
    lines = [f"+ {each}" for each in detail.evidence]
    lines += [f"− {each}" for each in detail.against]
    lines += [f"· {each}" for each in (*detail.inside, *detail.paths, *detail.sets, *detail.keys)]
    if detail.others:
        kinds = ", ".join(f"{name} {share_words(share)}" for name, share in detail.others)
        lines.append(tr("May also be: {kinds}.", kinds=kinds))
    lines += [tr("Not examined: {reason}", reason=_ended(each)) for each in detail.missed]
    if detail.line.state is State.UNDECIDED and detail.reason:
        lines.append(tr("Undecided because: {reason}", reason=_ended(detail.reason)))
    return lines or [tr("Nothing was found that speaks for or against.")]


def _proposed_words(proposal: Proposal | None) -> tuple[str, str]:
    if proposal is None:
        return tr("Seeking a mask that fits…"), ""
    if not proposal.mask:
        return tr("No proposal"), proposal.blocked
    words = [keeps_words(proposal.keeps)]
    if proposal.family:
        words.append(tr("Accepted together with {columns}, which keys join to it.", columns=", ".join(proposal.family)))
    return tr("Proposed: {title}", title=proposal.mask_title), "\n".join(filter(None, words))


def _ended(sentence: str) -> str:
    return sentence if sentence.endswith((".", "?", "!")) else f"{sentence}."
