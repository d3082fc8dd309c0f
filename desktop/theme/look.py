"""Puts a set of colours and a size of text on the whole application, at once and while it runs."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFont, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication, QWidget

from desktop.settings import Scheme
from desktop.theme.sheet import style_sheet
from desktop.theme.tokens import CONTRAST, DARK, LIGHT, Tokens

FONTS = ("Inter", "Segoe UI", "SF Pro Text", "Noto Sans", "DejaVu Sans")
MONOSPACED = ("JetBrains Mono", "Cascadia Mono", "SF Mono", "DejaVu Sans Mono", "monospace")
POINTS = 10


class Look(QObject):
    """The one place that knows which colours are on. Whoever paints by hand repaints at `changed`."""

    changed = Signal()

    def __init__(self, application: QApplication) -> None:
        super().__init__(application)
        self._application = application
        self._scheme, self._points = Scheme.SYSTEM, 0
        self.tokens = LIGHT
        self._sheet = ""
        self._parts: list[QWidget] = []
        self._waiting: list[QWidget] = []
        """Parts that wear the sheet before this one."""
        self._seen = False
        """Of these some are seen."""
        self._turn = QTimer(self, singleShot=True, interval=0)
        self._turn.timeout.connect(self._dress_next)
        application.setStyle("Fusion")
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._follow)

    def put_on(self, scheme: Scheme, points: int) -> None:
        """Colours and size of text, now."""
        self._scheme, self._points = scheme, points
        self.tokens = self._chosen()
        font = QFont()
        font.setFamilies(list(FONTS))
        font.setPointSize(max(6, POINTS + points))
        self._application.setFont(font)
        self._application.setPalette(palette(self.tokens))
        self._sheet = style_sheet(self.tokens, font.pointSize())
        self._waiting = sorted(self._parts, key=lambda part: not part.isVisible())
        self._seen = True
        self._dress_next()

    def dress(self, part: QWidget) -> None:
        """Put the style sheet on a part of the window with all that is in it, and keep it on when it changes: in a turn of the event
        loop of its own, first what is seen. No part stands within another.

        On parts, not on the window: to dress a thousand widgets anew takes a fifth of a second. Nor on the application: there each
        widget is dressed anew in every layout that it passes through while a page is made.
        """
        part.setStyleSheet(self._sheet)
        self._parts.append(part)
        part.destroyed.connect(partial(self._gone, part))

    def dress_now(self, part: QWidget) -> None:
        """It is about to be shown: do not wait for its turn."""
        if part in self._waiting:
            self._waiting.remove(part)
            around, font = part.parentWidget(), self._application.font()
            # What only holds parts, as tabs do, keeps the font that a sheet once gave it, and hands it on.
            if around is not None and around.font().pointSize() != font.pointSize():
                around.setFont(font)
            part.setStyleSheet(self._sheet)

    def _dress_next(self) -> None:
        """The next part; whoever measures by it is told when all that is seen wears the sheet, and when everything does."""
        if self._waiting:
            self.dress_now(self._waiting[0])
        if not self._waiting:
            self.changed.emit()
            return
        if self._seen and not self._waiting[0].isVisible():
            self._seen = False
            self.changed.emit()
        self._turn.start()

    def _gone(self, part: QWidget) -> None:
        self._parts.remove(part)
        if part in self._waiting:
            self._waiting.remove(part)

    def _chosen(self) -> Tokens:
        if self._scheme is Scheme.SYSTEM:
            return DARK if QGuiApplication.styleHints().colorScheme() is Qt.ColorScheme.Dark else LIGHT
        return {Scheme.LIGHT: LIGHT, Scheme.DARK: DARK, Scheme.CONTRAST: CONTRAST}[self._scheme]

    def _follow(self) -> None:
        if self._scheme is Scheme.SYSTEM:
            self.put_on(self._scheme, self._points)


def look() -> Look:
    """The application's look; made when it is first asked for."""
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    known = application.findChild(Look)
    return known if isinstance(known, Look) else Look(application)


def palette(tokens: Tokens) -> QPalette:
    """For every widget that the style sheet says nothing about."""
    made = QPalette()
    role = QPalette.ColorRole
    colours = {
        role.Window: tokens.background, role.WindowText: tokens.text, role.Base: tokens.panel, role.Text: tokens.text,
        role.AlternateBase: tokens.background, role.Button: tokens.panel, role.ButtonText: tokens.text,
        role.Highlight: tokens.selection, role.HighlightedText: tokens.text, role.ToolTipBase: tokens.panel,
        role.ToolTipText: tokens.text, role.PlaceholderText: tokens.secondary, role.Link: tokens.accent,
        role.BrightText: tokens.bad, role.Light: tokens.panel, role.Mid: tokens.line, role.Midlight: tokens.line,
        role.Dark: tokens.line, role.Shadow: tokens.line,
    }  # fmt: skip
    for each, colour in colours.items():
        made.setColor(each, QColor(colour))
    for each in (role.WindowText, role.Text, role.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, each, QColor(tokens.secondary))
    return made
