"""One connection: its form, its test, and what can be done with it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from desktop.models.addresses import Address
from desktop.models.connections import ConnectionView, Role
from desktop.widgets.basic import Banner, label, primary
from desktop.widgets.connection_form import ConnectionForm
from desktop.widgets.connection_steps import StepsView
from desktop.widgets.role_badge import RoleBadge
from desktop.words import tr


class ConnectionPanel(QWidget):
    """Shows and edits; the page does the asking."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.form, self.steps, self.said = ConnectionForm(), StepsView(), Banner()
        self.settled = True
        """Nothing in the form is unsaved."""
        self.editing = False
        """A new connection is being written."""
        self._title, self._badge = label("", "section"), RoleBadge()
        self.save, self.test = primary(tr("Save")), QPushButton(tr("Test"))
        self.duplicate, self.remove = QPushButton(tr("Duplicate")), QPushButton(tr("Remove…"))
        self.remove.setObjectName("danger")
        self._lay_out()
        self.form.changed.connect(self._edited)

    def show_connection(self, view: ConnectionView) -> None:
        self.form.show_connection(view)
        self._title.setText(view.name)
        self._badge.say(view.role)
        self._begin(new=False)

    def show_new(self, address: Address, name: str, role: Role, password_of: str | None = None) -> None:
        self.form.show_new(address, name, role, password_of)
        self._title.setText(tr("A new connection"))
        self._begin(new=True)
        self.settled = not name

    def start(self, steps: Sequence[str]) -> None:
        """A test begins."""
        self.steps.start(steps)
        self.test.setText(tr("Cancel the test"))

    def stop(self, sentence: str) -> None:
        """It is over; `sentence`: why the rest was not tried."""
        self.test.setText(tr("Test"))
        if sentence:
            self.steps.stop(sentence)

    def _begin(self, *, new: bool) -> None:
        self.settled, self.editing = True, new
        self._badge.setVisible(not new)
        self.duplicate.setVisible(not new)
        self.remove.setVisible(not new)
        self.said.hide()
        self.steps.clear()
        self._scroll.verticalScrollBar().setValue(0)

    def _edited(self) -> None:
        self.settled = False
        self.said.hide()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        head = QHBoxLayout()
        head.addWidget(self._title, 1)
        head.addWidget(self._badge)
        column.addLayout(head)
        column.addWidget(self.said)
        inside = QWidget()
        inner = QVBoxLayout(inside)
        inner.setContentsMargins(0, 0, 0, 0)
        for widget in (self.form, self.steps):
            inner.addWidget(widget)
        inner.addStretch(1)
        self._scroll = QScrollArea()
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setWidgetResizable(True)
        self._scroll.setWidget(inside)
        # What a test says as it goes stays in sight.
        bar = self._scroll.verticalScrollBar()
        bar.rangeChanged.connect(lambda _, most: bar.setValue(most) if self.steps.isVisible() else None)
        # The card shows through.
        for ground in (inside, self._scroll.viewport()):
            ground.setAutoFillBackground(False)
        column.addWidget(self._scroll, 1)
        row = QHBoxLayout()
        for button in (self.save, self.test, self.duplicate, self.remove):
            row.addWidget(button)
        row.insertStretch(2, 1)
        column.addLayout(row)
