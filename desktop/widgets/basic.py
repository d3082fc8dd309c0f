"""Cards, headings, badges, banners: words first, a tone beside them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from desktop.theme.tokens import SIGNS, Tone
from desktop.widgets.announce import announce


def label(text: str, name: str = "", *, wrap: bool = False) -> QLabel:
    """Text that can be selected and copied. `name`: how the style sheet knows it (title, section, secondary, figure)."""
    made = QLabel(text)
    made.setObjectName(name)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setWordWrap(wrap)
    made.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return made


class Card(QFrame):
    """A panel with an optional heading; add to `body`."""

    def __init__(self, heading: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(16, 12, 16, 12)
        self.body.setSpacing(8)
        if heading:
            self.heading = label(heading, "section")
            self.body.addWidget(self.heading)
            self.setAccessibleName(heading)


class Badge(QLabel):
    """A state as sign, word and colour."""

    def __init__(self, text: str = "", tone: Tone = Tone.PLAIN, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("badge")
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Maximum)
        self.say(text, tone)

    def say(self, text: str, tone: Tone) -> None:
        self.setText(f"{SIGNS[tone]} {text}".strip())
        self.setAccessibleName(text)
        set_tone(self, tone)


class Banner(QFrame):
    """A sentence across the page, with at most one thing to do about it. A screen reader says it once it is seen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("banner")
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 12, 8)
        self._sign, self._text = label("", "tone"), label("", wrap=True)
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._button = QPushButton()
        # Of a dialog it is never what Enter does.
        self._button.setAutoDefault(False)
        self._run: Callable[[], None] | None = None
        self._tone = Tone.PLAIN
        self._button.clicked.connect(self._clicked)
        for widget in (self._sign, self._text, self._button):
            row.addWidget(widget)
        self.hide()

    @property
    def text(self) -> str:
        return self._text.text()

    @property
    def button(self) -> QPushButton:
        return self._button

    def say(self, text: str, tone: Tone, action: str = "", run: Callable[[], None] | None = None) -> None:
        """Show it, until `hide`. `action`: the button's words; `run`: what it does."""
        other = self.isVisible() and text != self.text
        self._tone = tone
        self._text.setText(text)
        self._sign.setText(SIGNS[tone])
        self._sign.setVisible(bool(SIGNS[tone]))
        self._button.setText(action)
        self._button.setVisible(bool(action))
        self._run = run
        self.setAccessibleName(text)
        for widget in (self, self._sign):
            set_tone(widget, tone)
        self.show()
        if other:
            announce(self, text, tone)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not event.spontaneous():
            announce(self, self.text, self._tone)

    def _clicked(self) -> None:
        if self._run is not None:
            self._run()


class Empty(QWidget):
    """What a page says while there is nothing on it: why, and the one next thing to do."""

    def __init__(self, text: str, action: str = "", run: Callable[[], None] | None = None) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.addStretch(1)
        said = label(text, "secondary", wrap=True)
        said.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column.addWidget(said)
        if action and run is not None:
            button = primary(action)
            button.clicked.connect(run)
            column.addWidget(button, alignment=Qt.AlignmentFlag.AlignCenter)
        column.addStretch(2)


def button(text: str, run: Callable[[], object]) -> QPushButton:
    """A button that does this."""
    made = QPushButton(text)
    made.clicked.connect(lambda _=False: run())
    return made


def primary(text: str) -> QPushButton:
    """The one button of a page that goes on."""
    made = QPushButton(text)
    made.setObjectName("primary")
    return made


def set_tone(widget: QWidget, tone: Tone) -> None:
    """Colour a widget by the style sheet's word for it."""
    widget.setProperty("tone", tone.value)
    widget.style().unpolish(widget)
    widget.style().polish(widget)
