"""What the window says on its own: a few lines above its lower edge, never over a page and never with the focus."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QToolButton, QVBoxLayout, QWidget

from desktop.desk import Notice
from desktop.models.shell import Board, Shown
from desktop.widgets.basic import Banner
from desktop.words import tr

PASSES = 12_000
"""Milliseconds after which a notice that asks for nothing goes."""


@dataclass
class _Line:
    banner: Banner
    close: QToolButton
    timer: QTimer
    notice: Notice = field(default_factory=lambda: Notice(""))


class Notices(QWidget):
    """Notices, the oldest above. Esc on one, or its cross, takes it away; `dismiss` takes all."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.board = Board()
        self._lines: dict[int, _Line] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(24, 0, 24, 8)
        self._column.setSpacing(6)
        self.setAccessibleName(tr("Notices"))
        self.hide()

    def say(self, notice: Notice) -> None:
        """Show it, or count it where it is shown already."""
        self.board = self.board.said(notice.text, notice.tone)
        for id in [id for id in self._lines if self.board.by(id) is None]:
            self._remove(id)
        for each in self.board.shown:
            if (each.text, each.tone) == (notice.text, notice.tone):
                self._show(each, notice)
        self.show()

    def take_back(self, text: str) -> None:
        """It does not hold any more."""
        for each in self.board.shown:
            if each.text == text:
                self.close_one(each.id)

    def dismiss(self) -> None:
        """Take all away."""
        for id in list(self._lines):
            self.close_one(id)

    def close_one(self, id: int) -> None:
        self.board = self.board.without(id)
        if id in self._lines:
            self._remove(id)
        self.setVisible(bool(self._lines))

    @property
    def texts(self) -> list[str]:
        return [line.banner.text for line in self._lines.values()]

    def _show(self, shown: Shown, notice: Notice) -> None:
        line = self._lines.get(shown.id) or self._line(shown)
        line.notice = notice
        text = shown.text if shown.times == 1 else tr("{text} ({times} times)", text=shown.text, times=shown.times)
        line.banner.say(text, shown.tone, notice.action, self._acting(shown.id, notice.run))
        line.close.setAccessibleName(tr("Dismiss: {text}", text=shown.text))
        if shown.passing and not notice.action:
            line.timer.start(PASSES)

    def _line(self, shown: Shown) -> _Line:
        banner = Banner(self)
        cross = QToolButton()
        cross.setText("✕")
        cross.setToolTip(tr("Dismiss"))
        cross.clicked.connect(lambda: self.close_one(shown.id))
        layout = banner.layout()
        assert layout is not None
        layout.setContentsMargins(12, 4, 6, 4)
        layout.addWidget(cross)
        timer = QTimer(banner)
        timer.setSingleShot(True)
        timer.timeout.connect(lambda: self._pass(shown.id))
        line = self._lines[shown.id] = _Line(banner, cross, timer)
        self._column.addWidget(banner)
        return line

    def _acting(self, id: int, run: Callable[[], None] | None) -> Callable[[], None]:
        def act() -> None:
            self.close_one(id)
            if run is not None:
                run()

        return act

    def _pass(self, id: int) -> None:
        """Let it go, unless somebody is on it."""
        line = self._lines.get(id)
        if line is None:
            return
        if line.banner.underMouse() or line.close.hasFocus() or line.banner.button.hasFocus():
            line.timer.start(PASSES)
        else:
            self.close_one(id)

    def _remove(self, id: int) -> None:
        line = self._lines.pop(id)
        line.timer.stop()
        self._column.removeWidget(line.banner)
        line.banner.hide()
        line.banner.deleteLater()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            for id, line in list(self._lines.items()):
                if line.close.hasFocus() or line.banner.button.hasFocus():
                    self.close_one(id)
                    return
        super().keyPressEvent(event)
