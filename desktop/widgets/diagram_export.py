"""A diagram as SVG or PDF: all of it, whatever the screen shows, in slices between which the window lives on."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter

import numpy as np
from PySide6.QtCore import QMarginsF, QObject, QRectF, QSize, QSizeF, QTimer, Signal
from PySide6.QtGui import QColor, QPageSize, QPainter, QPdfWriter
from PySide6.QtSvg import QSvgGenerator

from desktop.widgets.diagram_view import DiagramView
from desktop.words import tr

SLICE = 0.03
"""Seconds of painting between two looks at the event loop."""
LONGEST = 14_000.0
"""Points of a page's side: readers of PDF refuse more than 14,400."""
KEYS_AT_ONCE = 100


class Export(QObject):
    """Writes one file; it appears under its name once it is complete."""

    finished = Signal(str)
    """The file."""
    failed = Signal(str)
    """A sentence."""

    def __init__(self, view: DiagramView, path: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._view, self.path, self._part = view, path, path.with_name(path.name + ".part")
        self._drawing = view.drawing
        self._area = view.whole()
        self._painter = QPainter()
        self._device: QSvgGenerator | QPdfWriter | None = None
        self._steps: Iterator[None] = iter(())

    def start(self) -> None:
        """Begin; `finished` or `failed` follows."""
        try:
            self._part.touch()
        except OSError as error:
            self._fail(f"{self.path}: {error.strerror}.")
            return
        device = self._device = self._svg() if self.path.suffix.lower() == ".svg" else self._pdf()
        if not self._painter.begin(device):
            self._fail(tr("{path} cannot be written.", path=self.path))
            return
        scale = self._painter.viewport().width() / self._area.width() if isinstance(device, QPdfWriter) else 1.0
        self._painter.scale(scale, scale)
        self._painter.translate(-self._area.topLeft())
        self._painter.fillRect(self._area, QColor(self._view.backgroundBrush().color()))
        self._steps = self._paint()
        QTimer.singleShot(0, self, self._go_on)

    def _svg(self) -> QSvgGenerator:
        made = QSvgGenerator()
        made.setFileName(str(self._part))
        made.setTitle(self._view.accessibleName())
        made.setSize(QSize(round(self._area.width()), round(self._area.height())))
        made.setViewBox(QRectF(0, 0, self._area.width(), self._area.height()))
        return made

    def _pdf(self) -> QPdfWriter:
        made = QPdfWriter(str(self._part))
        made.setTitle(self._view.accessibleName())
        points = min(1.0, LONGEST / max(self._area.width(), self._area.height())) * 0.75
        size = QSizeF(self._area.width() * points, self._area.height() * points)
        made.setPageSize(QPageSize(size, QPageSize.Unit.Point, "", QPageSize.SizeMatchPolicy.ExactMatch))
        made.setPageMargins(QMarginsF(0, 0, 0, 0))
        return made

    def _paint(self) -> Iterator[None]:
        """Keys, then boxes upon them."""
        keys = self._view.keys
        if keys is not None:
            for first in range(0, len(keys.drawing.children), KEYS_AT_ONCE):
                keys.draw(self._painter, np.arange(first, min(first + KEYS_AT_ONCE, len(keys.drawing.children))))
                yield
        assert self._drawing is not None
        while len(self._view.boxes) < len(self._drawing):
            yield
        for box in self._view.boxes:
            self._painter.save()
            self._painter.translate(box.pos())
            box.draw(self._painter)
            self._painter.restore()
            yield

    def _go_on(self) -> None:
        if self._view.drawing is not self._drawing:
            self._fail(tr("The diagram was changed while it was being saved. Save it again."))
            return
        until = perf_counter() + SLICE
        for _ in self._steps:
            if perf_counter() > until:
                QTimer.singleShot(0, self, self._go_on)
                return
        self._end()

    def _end(self) -> None:
        self._painter.end()
        self._device = None
        try:
            os.replace(self._part, self.path)
        except OSError as error:
            self._fail(f"{self.path}: {error.strerror}.")
            return
        self.finished.emit(str(self.path))

    def _fail(self, sentence: str) -> None:
        if self._painter.isActive():
            self._painter.end()
        self._device = None
        self._part.unlink(missing_ok=True)
        self.failed.emit(sentence)


def export(view: DiagramView, path: Path, done: Callable[[str], None], failed: Callable[[str], None]) -> Export:
    """Save a diagram; `.svg` by its name, else PDF."""
    made = Export(view, path, view)
    made.finished.connect(done)
    made.failed.connect(failed)
    for ended in (made.finished, made.failed):
        ended.connect(lambda _: made.deleteLater())
    made.start()
    return made
