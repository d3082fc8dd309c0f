"""A question before something that cannot be taken back: what happens stands on the buttons, and Enter does what is safe."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QPushButton, QWidget

from desktop.words import tr


def question(parent: QWidget, text: str, about: str = "") -> QMessageBox:
    """Without buttons yet. `open` shows it; it is gone once it is answered."""
    box = QMessageBox(parent)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setWindowTitle("Lookalike")
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(text)
    # The second line guesses whether it is rich text; it never holds a name.
    box.setInformativeText(about)
    return box


def ask_before(
    parent: QWidget, text: str, about: str, action: str, run: Callable[[], None], stay: str = ""
) -> tuple[QMessageBox, QPushButton]:
    """Asks; the question and the button that goes on. Enter and Esc leave everything as it is."""
    box = question(parent, text, about)
    go = box.addButton(action, QMessageBox.ButtonRole.DestructiveRole)
    go.setObjectName("danger")
    safe = box.addButton(stay or tr("Cancel"), QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(safe)
    box.setEscapeButton(safe)
    go.clicked.connect(run)
    box.open()
    return box, go
