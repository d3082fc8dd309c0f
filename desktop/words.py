"""Words on the screen: each goes through Qt's translation once, with its values put in afterwards."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

CONTEXT = "lookalike"


def tr(text: str, /, **values: object) -> str:
    """The text in the language of the window. `values` fill its {braces}; they are never translated."""
    said = QCoreApplication.translate(CONTEXT, text)
    return said.format(**values) if values else said
