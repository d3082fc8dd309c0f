"""A form made of field descriptions: one row for each option of a mask, with its help and what is wrong with it beside it."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QLineEdit,
    QPlainTextEdit,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from desktop.models.rule import Field, FieldKind
from desktop.theme.tokens import Tone
from desktop.widgets.basic import label, set_tone
from desktop.words import tr
from engine.toml_text import inline_text

LINES = 3
"""Of a list, before it scrolls."""
WHOLE = 2**31 - 1


class FieldInput(QWidget):
    """One field: what it says as TOML, nothing where it says what holds anyway."""

    changed = Signal()

    def __init__(self, field: Field, toml: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.field = field
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        self.name = label(field.name + (" *" if field.required else ""))
        self.editor, self._read = _editor(self, toml or field.default)
        self.name.setBuddy(self.editor)
        self.editor.setAccessibleName(field.name)
        self.editor.setAccessibleDescription(field.help)
        self.help = label(field.help.replace("`", ""), "secondary", wrap=True)
        self.error = label("", "tone", wrap=True)
        set_tone(self.error, Tone.BAD)
        self.error.hide()
        if field.kind is not FieldKind.SWITCH:
            column.addWidget(self.name)
        else:
            self.name.hide()
        for widget in (self.editor, self.error, self.help):
            column.addWidget(widget)
        self.help.setVisible(bool(field.help))

    @property
    def toml(self) -> str:
        """Empty where the default holds."""
        said = self._read()
        return "" if _same(said, self.field.default) else said

    def say(self, error: str) -> None:
        """What is wrong with it; nothing for an empty text."""
        self.error.setText(f"✕ {error}" if error else "")
        self.error.setVisible(bool(error))


class Form(QWidget):
    """All fields of a mask. `changed` comes when a person has finished with one of them."""

    changed = Signal()

    def __init__(self, fields: Iterable[Field], options: Mapping[str, str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        self.inputs = {field.name: FieldInput(field, options.get(field.name, "")) for field in fields}
        for each in self.inputs.values():
            column.addWidget(each)
            each.changed.connect(self.changed)

    @property
    def options(self) -> dict[str, str]:
        """Option -> TOML, of those that say something."""
        return {name: each.toml for name, each in self.inputs.items() if each.toml}

    def say(self, errors: Mapping[str, str]) -> None:
        """Show what is wrong beside each field."""
        for name, each in self.inputs.items():
            each.say(errors.get(name, ""))


Editor = tuple[QWidget, Callable[[], str]]


def _editor(row: FieldInput, toml: str) -> Editor:
    """The widget of a field, and how its value is read as TOML."""
    field = row.field
    if field.kind is FieldKind.SWITCH:
        return _switch(row, toml)
    if field.kind is FieldKind.CHOICE:
        return _choice(row, toml)
    if field.kind in (FieldKind.WHOLE, FieldKind.NUMBER) and field.default:
        return _spin(row, toml)
    if field.kind in (FieldKind.TEXTS, FieldKind.NUMBERS, FieldKind.TOML):
        return _lines(row, toml)
    return _line(row, toml)


def _switch(row: FieldInput, toml: str) -> Editor:
    box = QCheckBox(row.field.name)
    box.setChecked(toml == "true")
    box.toggled.connect(lambda _: row.changed.emit())
    return box, lambda: "true" if box.isChecked() else "false"


def _choice(row: FieldInput, toml: str) -> Editor:
    box = QComboBox()
    if not row.field.default:
        box.addItem(tr("Choose one"), "")
    for choice in row.field.choices:
        box.addItem(choice, inline_text(choice))
    box.setCurrentIndex(max(0, box.findData(toml)))
    box.activated.connect(lambda _: row.changed.emit())
    return box, lambda: str(box.currentData())


def _spin(row: FieldInput, toml: str) -> Editor:
    field = row.field
    whole = field.kind is FieldKind.WHOLE
    box: QSpinBox | QDoubleSpinBox = QSpinBox() if whole else QDoubleSpinBox()
    box.setKeyboardTracking(False)
    if isinstance(box, QSpinBox):
        box.setRange(int(_or(field.least, -WHOLE)), int(_or(field.most, WHOLE)))
        box.setValue(int(_value(toml)))
    else:
        box.setDecimals(6)
        box.setRange(_or(field.least, -1e12), _or(field.most, 1e12))
        box.setSingleStep(0.1)
        box.setValue(float(_value(toml)))
    box.valueChanged.connect(lambda _: row.changed.emit())
    return box, lambda: f"{box.value():.6f}".rstrip("0").rstrip(".") if not whole else str(box.value())


def _line(row: FieldInput, toml: str) -> Editor:
    """A text or a number on a line; empty where nothing is said."""
    number = row.field.kind in (FieldKind.WHOLE, FieldKind.NUMBER)
    value = _value(toml)
    box = QLineEdit(_shown(value))
    box.setPlaceholderText(tr("required") if row.field.required else tr("default"))
    # A right-to-left text begins where its own letters begin, whatever the window's direction.
    box.editingFinished.connect(row.changed)
    stands = row.field.default

    def read() -> str:
        text = box.text()
        if number:
            return text.strip()
        return inline_text(text) if text or stands else ""

    return box, read


def _lines(row: FieldInput, toml: str) -> Editor:
    """A list, one element on each line; or anything else as the plan writes it."""
    kind = row.field.kind
    box = _Lines()
    example = '"text", 12, { key = value }'
    box.setPlaceholderText(example if kind is FieldKind.TOML else tr("one on each line"))
    value = _value(toml)
    box.setPlainText(toml if kind is FieldKind.TOML else "\n".join(map(_shown, value or [])))
    box.left.connect(row.changed)

    def read() -> str:
        text = box.toPlainText()
        items = [line.strip() for line in text.splitlines() if line.strip()]
        if kind is FieldKind.TOML:
            return " ".join(items)
        if not items and not row.field.default:
            return ""
        return f"[{', '.join(items)}]" if kind is FieldKind.NUMBERS else inline_text(items)

    return box, read


class _Lines(QPlainTextEdit):
    """A few lines of plain text; Tab goes on to the next field."""

    left = Signal()
    """A person has changed it and gone on."""

    def __init__(self) -> None:
        super().__init__()
        self.setTabChangesFocus(True)
        self.setFixedHeight(round(self.fontMetrics().lineSpacing() * (LINES + 1)))
        self._before = ""

    def focusInEvent(self, event: Any) -> None:
        self._before = self.toPlainText()
        super().focusInEvent(event)

    def focusOutEvent(self, event: Any) -> None:
        super().focusOutEvent(event)
        if self.toPlainText() != self._before and event.reason() is not Qt.FocusReason.PopupFocusReason:
            self.left.emit()


def _value(toml: str) -> Any:
    """Nothing for an empty text, and for what is no TOML."""
    try:
        return tomllib.loads(f"x = {toml}")["x"] if toml else None
    except tomllib.TOMLDecodeError:
        return None


def _shown(value: Any) -> str:
    return "" if value is None else str(value)


def _or(bound: float | None, other: float) -> float:
    return other if bound is None else bound


def _same(said: str, default: str) -> bool:
    return said == default or (bool(said) and _value(said) is not None and _value(said) == _value(default))
