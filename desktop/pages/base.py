"""What a page is: a widget over the desk, with a title, a topic of the help, and actions that the palette finds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.desk import Desk
from desktop.widgets.basic import Banner, label
from desktop.words import tr


class Page(QWidget):
    """A heading line, a banner for what stands in the way, and below it `body`, which a page fills."""

    name: ClassVar[str]
    """In the registry and in `desk.go`."""
    title: ClassVar[str]
    """English; shown through `tr`."""
    help: ClassVar[str]
    """A topic of the offline help: a file of `desktop/help`."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.desk = desk
        self.setObjectName("page")
        self.setAccessibleName(tr(self.title))
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 16, 24, 16)
        column.setSpacing(12)
        self.title_row = QWidget()
        self.heading = QHBoxLayout(self.title_row)
        self.heading.setContentsMargins(0, 0, 0, 0)
        self.heading.setSpacing(12)
        """Badges and buttons of the whole page go here, after its title."""
        self.heading.addWidget(label(tr(self.title), "title"))
        column.addWidget(self.title_row)
        self.banner = Banner()
        column.addWidget(self.banner)
        self.body = QVBoxLayout()
        self.body.setSpacing(12)
        column.addLayout(self.body, 1)
        self.offered: list[QAction] = []

    def entered(self, **where: Any) -> None:
        """The page is shown now; `where` says what on it somebody asked for."""

    def leave(self) -> None:
        """The window closes: what is half typed becomes a change of the plan now."""

    @property
    def parts(self) -> Sequence[QWidget]:
        """What is dressed in a turn of its own when the colours change; together, all of the page."""
        return (self,)

    @property
    def topic(self) -> str:
        """Of the help, on what the page shows now."""
        return self.help

    def offer(self, text: str, run: Callable[[], None], shortcut: str = "", *, enabled: bool = True) -> QAction:
        """An action of this page, found by the palette and by its keys while the page is shown."""
        action = QAction(text, self)
        action.setEnabled(enabled)
        if shortcut:
            # To Qt the Enter beside the digits is another key.
            action.setShortcuts(
                [QKeySequence(keys) for keys in dict.fromkeys((shortcut, shortcut.replace("Return", "Enter")))]
            )
        action.triggered.connect(lambda _=False: run())
        self.addAction(action)
        self.offered.append(action)
        return action

    def said(self) -> Sequence[QAction]:
        """What the palette offers while this page is shown."""
        return self.offered
