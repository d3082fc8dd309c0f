"""An editor of TOML: line numbers, colours from the tokens, lines that are wrong marked. Colours what is seen, not what there is."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from PySide6.QtCore import QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QTextCharFormat,
    QTextCursor,
    QTextFormat,
    QTextLayout,
)
from PySide6.QtWidgets import QPlainTextEdit, QTextEdit, QWidget

from desktop.theme.look import MONOSPACED, look
from engine.text_splices import difference

AT_ONCE = 60_000
"""Letters put in or taken out between two turns of the event loop."""
TYPED = 600
"""Milliseconds after the last letter before the text is read."""
_TOKENS = re.compile(
    r"""(?P<comment>\#.*)|(?P<string>"(?:\\.|[^"\\])*"?|'[^']*'?)|(?P<heading>^\s*\[\[?[^#]*\]\]?)|(?P<number>\b\d[\w.:+-]*\b)"""
    r"""|(?P<word>\b(?:true|false|mask|keep|undecided|learn|new)\b)""",
    re.VERBOSE,
)


class TomlEditor(QPlainTextEdit):
    """Steps back and forth are those of the whole plan: `undo_asked`, `redo_asked`."""

    typed = Signal()
    """A person has changed the text and paused."""
    filled = Signal()
    """A long text is all there."""
    undo_asked = Signal()
    redo_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setUndoRedoEnabled(False)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setTabChangesFocus(True)
        self._wrong: frozenset[int] = frozenset()
        self._filling = False
        self._wanted = self._rest = ""
        """The text that was asked for last, and what is still to be put in of it."""
        self._at = self._out = 0
        """Where, and how much is to be taken out there before, as Qt counts letters."""
        self._turn = QTimer(self, singleShot=True, interval=0)
        self._turn.timeout.connect(self._more)
        self._formats: dict[str, QTextCharFormat] = {}
        self.numbers = _Numbers(self)
        self._paused = QTimer(self, singleShot=True, interval=TYPED)
        self._paused.timeout.connect(self.typed)
        self.textChanged.connect(self._text_changed)
        self.updateRequest.connect(self._scrolled)
        self.cursorPositionChanged.connect(self._mark)
        look().changed.connect(self._dress)
        self._dress()

    def _dress(self) -> None:
        font = QFont()
        font.setFamilies(list(MONOSPACED))
        font.setStyleHint(QFont.StyleHint.Monospace)
        font.setPointSize(self.font().pointSize())
        self.setFont(font)
        tokens = look().tokens
        colours = {"comment": tokens.secondary, "string": tokens.good, "heading": tokens.accent, "number": tokens.caution,
                   "word": tokens.accent}  # fmt: skip
        self._formats = {name: _format(colour, bold=name == "heading") for name, colour in colours.items()}
        self.setViewportMargins(self.numbers.wanted, 0, 0, 0)
        self._colour()
        self._mark()

    # the text

    def show_text(self, text: str) -> None:
        """Another text; what is the same stays where it is, with the cursor."""
        # What is there now, not what was still to come of an earlier text.
        before, self._wanted = self.toPlainText(), text
        for splice in difference(before, text):
            self._filling = True
            self._at, self._out, self._rest = _units(before[: splice.at]), _units(splice.out), splice.put
            self._more()

    @property
    def whole(self) -> str:
        return self._wanted if self._filling else self.toPlainText()

    @property
    def is_filling(self) -> bool:
        return self._filling

    def _more(self) -> None:
        """Take out, then put in, a part in each turn of the event loop."""
        cursor, out, part = QTextCursor(self.document()), min(self._out, AT_ONCE), self._rest[:AT_ONCE]
        self._out -= out
        cursor.setPosition(self._at)
        cursor.setPosition(self._at + out, QTextCursor.MoveMode.KeepAnchor)
        if self._out:
            cursor.removeSelectedText()
        else:
            cursor.insertText(part)
            self._rest = self._rest[AT_ONCE:]
            self._at += _units(part)
        if self._out or self._rest:
            self._turn.start()
        else:
            self._turn.stop()
            self._filling = False
            self.filled.emit()

    def _text_changed(self) -> None:
        self._colour()
        if not self._filling:
            self._paused.start()

    def settle(self) -> None:
        """Read what was typed now."""
        if self._paused.isActive():
            self._paused.stop()
            self.typed.emit()

    @property
    def is_typing(self) -> bool:
        return self._paused.isActive()

    @property
    def line(self) -> int:
        return self.textCursor().blockNumber() + 1

    def go_to(self, line: int) -> None:
        block = self.document().findBlockByNumber(line - 1)
        if block.isValid():
            self.setTextCursor(QTextCursor(block))
            self.centerCursor()
            self._colour()

    def mark_wrong(self, lines: Iterable[int]) -> None:
        self._wrong = frozenset(lines)
        self._mark()
        self.numbers.update()

    @property
    def wrong(self) -> frozenset[int]:
        """Lines with a problem."""
        return self._wrong

    def keyPressEvent(self, event: Any) -> None:
        if event.matches(QKeySequence.StandardKey.Undo):
            self.undo_asked.emit()
        elif event.matches(QKeySequence.StandardKey.Redo):
            self.redo_asked.emit()
        else:
            super().keyPressEvent(event)

    # what is seen

    def _mark(self) -> None:
        """The line of the cursor, and lines that are wrong."""
        tokens, marks = look().tokens, []
        for line, colour in [
            (self.line, tokens.selection),
            *((line, tokens.bad_soft) for line in sorted(self._wrong)[:200]),
        ]:
            block = self.document().findBlockByNumber(line - 1)
            if block.isValid():
                mark = QTextEdit.ExtraSelection()
                mark.format.setBackground(QColor(colour))
                mark.format.setProperty(QTextFormat.Property.FullWidthSelection, True)
                mark.cursor = QTextCursor(block)
                marks.append(mark)
        self.setExtraSelections(marks)

    def _colour(self) -> None:
        block = self.firstVisibleBlock()
        bottom = self.viewport().height()
        top = self.blockBoundingGeometry(block).translated(self.contentOffset()).top()
        while block.isValid() and top <= bottom:
            block.layout().setFormats(self._ranges(block.text()))
            top += self.blockBoundingRect(block).height()
            block = block.next()

    def _ranges(self, text: str) -> list[QTextLayout.FormatRange]:
        found = []
        for match in _TOKENS.finditer(text):
            each = QTextLayout.FormatRange()
            each.start, each.length = match.start(), match.end() - match.start()
            each.format = self._formats[match.lastgroup or "string"]
            found.append(each)
        return found

    def _scrolled(self, area: QRect, moved: int) -> None:
        if moved:
            self._colour()
            self.numbers.scroll(0, moved)
        else:
            self.numbers.update(0, area.y(), self.numbers.width(), area.height())
        self.setViewportMargins(self.numbers.wanted, 0, 0, 0)

    def resizeEvent(self, event: Any) -> None:
        super().resizeEvent(event)
        inside = self.contentsRect()
        self.numbers.setGeometry(QRect(inside.left(), inside.top(), self.numbers.wanted, inside.height()))
        self._colour()

    def paint_numbers(self, event: QPaintEvent) -> None:
        """In the margin: each line's number, and the sign of an error before it."""
        tokens, painter = look().tokens, QPainter(self.numbers)
        painter.fillRect(event.rect(), QColor(tokens.background))
        painter.setFont(self.font())
        block, height = self.firstVisibleBlock(), self.fontMetrics().height()
        top = self.blockBoundingGeometry(block).translated(self.contentOffset()).top()
        while block.isValid() and top <= event.rect().bottom():
            line = block.blockNumber() + 1
            painter.setPen(QColor(tokens.bad if line in self._wrong else tokens.secondary))
            said = f"✕ {line}" if line in self._wrong else str(line)
            painter.drawText(
                0, round(top), self.numbers.width() - self.numbers.gap, height, Qt.AlignmentFlag.AlignRight, said
            )
            top += self.blockBoundingRect(block).height()
            block = block.next()
        painter.end()


class _Numbers(QWidget):
    """The margin of an editor."""

    def __init__(self, editor: TomlEditor) -> None:
        super().__init__(editor)
        self._editor = editor
        self.setAccessibleName("")

    @property
    def gap(self) -> int:
        return self._editor.fontMetrics().averageCharWidth()

    @property
    def wanted(self) -> int:
        digits = max(3, len(str(self._editor.blockCount()))) + 2
        return self._editor.fontMetrics().horizontalAdvance("9") * digits + 2 * self.gap

    def sizeHint(self) -> QSize:
        return QSize(self.wanted, 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        self._editor.paint_numbers(event)


def _units(text: str) -> int:
    """Its letters as Qt counts them: one beyond the first 65,536 is two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _format(colour: str, *, bold: bool) -> QTextCharFormat:
    made = QTextCharFormat()
    made.setForeground(QColor(colour))
    if bold:
        made.setFontWeight(QFont.Weight.DemiBold)
    return made
