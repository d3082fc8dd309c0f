"""What all boxes and keys of a diagram share: fonts, pens and how near the view is, made once for each look."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPen

from desktop.models.diagram import WIDTH
from desktop.theme.tokens import Tokens, Tone

READABLE = 9.0
"""Pixels on the screen that a line of text needs."""
NAMED = 30.0
"""Pixels of a box that shows its name."""


class Style:
    def __init__(self, em: float, font: QFont, tokens: Tokens, direction: Qt.LayoutDirection) -> None:
        self.em = em
        """Height of a line of text, in the scene's pixels."""
        self.tokens, self.direction = tokens, direction
        self.detail = 1.0
        """Pixels of the screen for one of the scene, now."""
        self.text = cache(lambda share, bold: _text(font, max(1, round(em * share * 0.72)), bold))
        """A font of this share of the usual size, and its lengths."""
        self.sized = cache(lambda pixels: _text(font, pixels, True))
        self.edge = cache(self._edge)
        self.fill = cache(lambda tone: QColor(tokens.panel if tone is Tone.PLAIN else tokens.soft(tone)))
        self.colour = cache(QColor)

    @property
    def crowded(self) -> bool:
        """Are boxes too small for a name?"""
        return self.em * WIDTH * self.detail < NAMED

    @property
    def readable(self) -> bool:
        """Can every line of a box be read?"""
        return self.em * self.detail >= READABLE

    def _edge(self, strong: bool, reached: bool, cosmetic: bool) -> QPen:
        """Around a box: of the current table, of one that the subset reaches, of another."""
        tokens = self.tokens
        pen = QPen(QColor(tokens.focus if strong else tokens.accent if reached else tokens.secondary))
        pen.setCosmetic(cosmetic)
        pen.setWidthF((2.4 if strong else 1.6 if reached else 0.8) * (1 if cosmetic else self.em / 16))
        return pen


def _text(font: QFont, pixels: int, bold: bool) -> tuple[QFont, QFontMetricsF]:
    made = QFont(font)
    made.setPixelSize(pixels)
    made.setBold(bold)
    return made, QFontMetricsF(made)
