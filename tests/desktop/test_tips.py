"""Tool tips say names to the letter, whatever Qt would take them for."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextDocumentFragment

from desktop.models.grid import Cell, ListGrid
from desktop.widgets.grid import GridModel
from desktop.widgets.tips import plain_tip

NAMES = ["<b>customer</b>", "a & b &lt; c", '"order"', "first\nsecond <i>", "عميل"]


@pytest.mark.parametrize("name", NAMES)
def test_a_tip_says_a_name_to_the_letter(qapp, name):
    assert QTextDocumentFragment.fromHtml(plain_tip(name)).toPlainText() == name


def test_a_table_shows_no_tip_as_markup(qapp):
    model = GridModel()
    model.show(ListGrid(("Table",), ((Cell("customer", tip="<b>customer</b>"),), ("plain",))))
    tip = model.data(model.index(0, 0), Qt.ItemDataRole.ToolTipRole)
    assert QTextDocumentFragment.fromHtml(tip).toPlainText() == "<b>customer</b>"
    assert model.data(model.index(1, 0), Qt.ItemDataRole.ToolTipRole) is None
