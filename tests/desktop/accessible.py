"""What a screen reader is given: the tree of accessible objects, and what in it has no name."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtWidgets import QWidget

ROLE = QAccessible.Role
INTERACTIVE = {
    ROLE.Button, ROLE.ButtonMenu, ROLE.ButtonDropDown, ROLE.CheckBox, ROLE.RadioButton, ROLE.EditableText, ROLE.ComboBox,
    ROLE.SpinBox, ROLE.Slider, ROLE.List, ROLE.Table, ROLE.Tree, ROLE.PageTab, ROLE.PageTabList, ROLE.MenuItem, ROLE.Link,
    ROLE.ProgressBar, ROLE.Graphic, ROLE.Canvas, ROLE.Chart,
}  # fmt: skip
CELLS = {ROLE.Cell, ROLE.ColumnHeader, ROLE.RowHeader, ROLE.TreeItem, ROLE.ListItem, ROLE.Row}
"""Of which a table may have millions: the model's own test reads them."""


def nameless(widget: QWidget) -> list[str]:
    """Every visible thing that can be worked with and says nothing of itself, with the way to it."""
    found = []
    for way, each in _walk(QAccessible.queryAccessibleInterface(widget), ()):
        if each.role() in INTERACTIVE and not each.text(QAccessible.Text.Name).strip():
            made_of = _inner(each)
            if not made_of:
                found.append(" > ".join((*way, _word(each))))
    return found


def unreachable(widget: QWidget) -> list[str]:
    """Every visible and enabled thing for the mouse that Tab never comes to and that has no keys of its own."""
    from PySide6.QtCore import Qt
    from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QComboBox, QLineEdit, QScrollBar

    kinds = (QAbstractButton, QAbstractItemView, QComboBox, QLineEdit)
    found = []
    for each in widget.findChildren(QWidget):
        if not isinstance(each, kinds) or isinstance(each, QScrollBar) or not each.isVisible() or not each.isEnabled():
            continue
        inner = _part_of_another(each)
        if not inner and not (each.focusPolicy() & Qt.FocusPolicy.TabFocus) and each.focusProxy() is None:
            found.append(f"{type(each).__name__} {each.accessibleName() or each.objectName()}")
    return found


def _part_of_another(widget: QWidget) -> bool:
    """The line within a spin box, the list behind a combo box, the corner of a table: reached through what they belong to."""
    from PySide6.QtWidgets import (
        QAbstractItemView,
        QAbstractSpinBox,
        QComboBox,
        QHeaderView,
        QLineEdit,
        QTabBar,
        QTableView,
    )

    parent = widget.parentWidget()
    if isinstance(widget, QHeaderView):
        return True
    if isinstance(parent, QTableView) and not isinstance(widget, QAbstractItemView):
        return True
    while parent is not None:
        if isinstance(parent, QAbstractSpinBox | QComboBox | QLineEdit | QTabBar):
            return True
        parent = parent.parentWidget()
    return False


def _inner(each: QAccessibleInterface) -> bool:
    shown = each.object()
    return isinstance(shown, QWidget) and _part_of_another(shown)


def _walk(
    interface: QAccessibleInterface | None, way: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], QAccessibleInterface]]:
    if interface is None or not interface.isValid() or interface.state().invisible:
        return
    yield way, interface
    if interface.role() in CELLS:
        return
    # The children of a table are its cells; what is worked with there are the table and its current cell.
    if interface.role() in (ROLE.Table, ROLE.Tree, ROLE.List):
        return
    for place in range(interface.childCount()):
        yield from _walk(interface.child(place), (*way, _word(interface)))


def _word(interface: QAccessibleInterface) -> str:
    shown = interface.object()
    kind = type(shown).__name__ if shown is not None else interface.role().name
    return f"{kind} {interface.text(QAccessible.Text.Name)!r}"
