"""The binding takes no reference from None, True or False: PySide6 6.12.0 does on Python 3.11, and the interpreter dies of it."""

from __future__ import annotations

import sys

import pytest
from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QGraphicsRectItem, QLabel

CALLS = 200
SOAK = 25_000

pytestmark = pytest.mark.skipif(sys.version_info >= (3, 12), reason="None is immortal there")


def _calls(label: QLabel, item: QGraphicsRectItem, owner: QObject) -> None:
    label.setText("x")
    label.repaint()
    item.setPos(1, 1)
    item.setX(2)
    owner.parent()
    owner.blockSignals(False)
    QTimer.singleShot(0, owner, lambda: None)


def test_references_to_none_stay_as_many_over_hundreds_of_calls(qtbot):
    label, item, owner = QLabel(), QGraphicsRectItem(), QObject()
    qtbot.addWidget(label)
    _calls(label, item, owner)
    before = [sys.getrefcount(each) for each in (None, True, False)]
    for _ in range(CALLS):
        _calls(label, item, owner)
    lost = [was - sys.getrefcount(each) for was, each in zip(before, (None, True, False), strict=True)]
    # One call that takes a reference would take two hundred.
    assert max(lost) < CALLS / 4, lost


def test_tens_of_thousands_of_calls_leave_the_interpreter_alive(qtbot):
    label, owner = QLabel(), QObject()
    qtbot.addWidget(label)
    before = sys.getrefcount(None)
    for turn in range(SOAK):
        label.setText(str(turn))
        owner.blockSignals(False)
    assert before - sys.getrefcount(None) < SOAK / 100
