"""A language that nobody speaks, to see whether the window has room for those that people do: long words, or right to left."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import Qt, QTranslator
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QTabBar, QToolButton, QWidget

LONGER = 1.4
"""How much longer German or Finnish is than English, of whole sentences; short words grow more (W3C: Text size in translation)."""


class _Long(QTranslator):
    """Every text with accents, and as much longer as translations are."""

    def translate(self, context: str, text: str, disambiguation: str | None = None, n: int = -1) -> str:
        if not text:
            return text
        more = max(4, round(len(text) * (LONGER - 1)))
        return f"[{text}{' ~' * (more // 2)}]"

    def isEmpty(self) -> bool:
        return False


class _Arabic(_Long):
    """Arabic letters before every text, so that it runs from right to left."""

    def translate(self, context: str, text: str, disambiguation: str | None = None, n: int = -1) -> str:
        return f"نص طويل {text}" if text else text


@contextmanager
def spoken(right_to_left: bool) -> Iterator[None]:
    """Windows made inside speak the pseudo-locale."""
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    translator = _Arabic() if right_to_left else _Long()
    application.installTranslator(translator)
    before = application.layoutDirection()
    if right_to_left:
        application.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    try:
        yield
    finally:
        application.removeTranslator(translator)
        application.setLayoutDirection(before)


def clipped(widget: QWidget) -> list[str]:
    """Every text that is shown and has less room than it needs, unless its tool tip has it all."""
    found = []
    for each in widget.findChildren(QWidget):
        if not isinstance(each, QLabel | QPushButton | QToolButton) or not each.isVisible() or not each.text():
            continue
        if isinstance(each.parentWidget(), QTabBar):
            continue
        if isinstance(each, QLabel) and each.wordWrap():
            short = each.height() < each.heightForWidth(each.width()) - 1
        else:
            hint = each.sizeHint() if not isinstance(each, QLabel) else each.minimumSizeHint()
            short = each.width() < hint.width() - 1 or each.height() < hint.height() - 1
        parent = each.parentWidget()
        told = each.toolTip() or (parent.toolTip() if isinstance(parent, QPushButton) else "")
        if short and not told:
            found.append(
                f"{type(each).__name__} {each.text()!r}: {each.size().toTuple()} of {each.sizeHint().toTuple()}"
            )
    return found
