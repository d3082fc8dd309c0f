"""The diagram: boxes that never overlap, keys that end on their columns, and a file that has every table in it."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QFont
from PySide6.QtTest import QTest

from desktop.backend.diagram import drawing
from desktop.backend.diagram_layout import Spacing, layout
from desktop.backend.schema_plan import Planned
from desktop.backend.shelf import shelved
from desktop.models.diagram import HEAD, LINE, WIDTH, heights, route
from desktop.settings import Scheme
from desktop.theme.look import look
from tests.desktop import schemas
from tests.desktop.conftest import until

SPACING = Spacing(10.0, 4.0, 1.0)


@settings(max_examples=80)
@given(st.data())
def test_boxes_never_overlap_and_are_placed_the_same_way_each_time(data):
    """Any graph: cycles, self references, parts, tables alone."""
    tall = data.draw(st.lists(st.floats(2, 30), max_size=40))
    place = st.integers(0, max(0, len(tall) - 1))
    edges = data.draw(st.lists(st.tuples(place, place), max_size=80)) if tall else []
    found = layout(tall, edges, SPACING)
    assert (found == layout(tall, edges, SPACING)).all()
    for one in range(len(tall)):
        for other in range(one):
            (x, y), (left, top) = found[one], found[other]
            apart = abs(x - left) >= SPACING.width or y >= top + tall[other] or top >= y + tall[one]
            assert apart, f"{one} and {other} overlap"


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=30))
def test_without_cycles_a_parent_stands_before_its_child(pairs):
    edges = [(min(pair), max(pair)) for pair in pairs if pair[0] != pair[1]]
    found = layout([3.0] * 13, edges, SPACING)
    assert all(found[parent][0] < found[child][0] for parent, child in edges)


def drawn(title: str | None = None, hops: int = 2, shelf=None):  # type: ignore[no-untyped-def]
    shelf = shelf or schemas.shop()
    return drawing(shelf, Planned(shelf.schema), "shop", title, hops)


def test_a_neighbourhood_is_what_so_many_keys_join():
    assert set(drawn("customer", 1).titles) == {"customer", "employee", "orders"}
    assert set(drawn("customer", 2).titles) == {"customer", "employee", "orders", "order_line"}
    assert set(drawn("customer", 3).titles) == {"customer", "employee", "orders", "order_line", "product"}
    assert set(drawn("log", 5).titles) == {"log"}
    assert len(drawn()) == 8


def test_keys_end_on_their_columns():
    made = drawn()
    titles, places = list(made.titles), made.places
    routes = route(made, places, np.arange(len(made.children)))
    for key in range(len(made.children)):
        child, parent = int(made.children[key]), int(made.parents[key])
        line = int(made.first[child]) + int(made.child_lines[key])
        assert made.lines[line] in {"manager", "boss", "customer", "last_line", "order_id", "product"}
        assert routes.start[key, 1] == pytest.approx(
            places[child, 1] + HEAD + LINE * (made.child_lines[key] + 0.5), abs=1e-3
        )
        assert routes.start[key, 0] - places[child, 0] in (0, pytest.approx(WIDTH))
        assert made.lines[int(made.first[parent]) + int(made.parent_lines[key])] == "id"
    own = titles.index("employee")
    loop = int(np.flatnonzero((made.children == own) & (made.parents == own))[0])
    assert routes.out[loop] == routes.into[loop] == 1


def test_a_large_box_lists_keys_first_and_counts_the_rest():
    wide = schemas.table("wide", (*(f"c{n}" for n in range(300)), "id"), parent="wide")
    made = drawn(shelf=schemas.of(wide))
    assert list(made.lines)[:2] == ["id", "parent"]
    assert int(made.more[0]) == 302 - 12
    assert made.heights[0] == pytest.approx(heights(np.array([12]), np.array([290]))[0])


@pytest.fixture
def view(qtbot):  # type: ignore[no-untyped-def]
    from desktop.widgets.diagram_view import DiagramView

    look().put_on(Scheme.LIGHT, 0)
    made = DiagramView()
    qtbot.addWidget(made)
    made.resize(900, 700)
    made.show()
    qtbot.waitExposed(made)
    return made


def test_arrows_go_to_neighbours_and_enter_opens_one(view):
    view.show_drawing(drawn("orders", 1))
    view.full()
    opened: list[str] = []
    view.opened.connect(opened.append)
    assert "orders" in view.accessibleName()
    # Parents stand before their children.
    QTest.keyClick(view, Qt.Key.Key_Left)
    assert "customer" in view.accessibleName()
    assert "keys refer to it" in view.accessibleName()
    QTest.keyClick(view, Qt.Key.Key_Right)
    QTest.keyClick(view, Qt.Key.Key_Return)
    assert opened[0] in {"orders", "order_line"}


def test_keys_and_wheel_zoom(view):
    view.show_drawing(drawn())
    view.full()
    QTest.keyClick(view, Qt.Key.Key_Plus)
    assert view.transform().m11() > 1
    QTest.keyClick(view, Qt.Key.Key_Minus)
    QTest.keyClick(view, Qt.Key.Key_Minus)
    assert view.transform().m11() < 1
    QTest.keyClick(view, Qt.Key.Key_0)
    seen = view.mapToScene(view.viewport().rect()).boundingRect()
    assert seen.contains(view.whole())


def test_a_dragged_box_takes_its_own_keys_along_and_no_others(view):
    view.show_drawing(drawn())
    view.full()
    until(lambda: len(view.boxes) == 8)
    titles = list(view.drawing.titles)
    place = titles.index("product")
    view.go("product")
    view.centerOn(view.boxes[place])
    before, others = view.keys.routed, view.keys._ends.copy()
    moved: list[bool] = []
    view.dragged.connect(lambda: moved.append(True))
    at = view.mapFromScene(view.boxes[place].sceneBoundingRect().center())
    QTest.mousePress(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    QTest.mouseMove(view.viewport(), at + QPoint(20, 10))
    QTest.mouseMove(view.viewport(), at + QPoint(60, 40))
    QTest.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, pos=at + QPoint(60, 40))
    assert moved == [True]
    assert list(view.places) == ["product"]
    touching = (view.drawing.children == place) | (view.drawing.parents == place)
    assert (view.keys._ends[~touching] == others[~touching]).all()
    assert (view.keys._ends[touching] != others[touching]).any()
    assert (view.keys.routed - before) % touching.sum() == 0
    again = view.places
    view.show_drawing(drawn(), again)
    assert view.box_rect(place).left() / view.em == pytest.approx(again["product"][0], abs=0.01)


def test_from_afar_all_boxes_are_drawn_as_one_and_can_still_be_chosen(view):
    view.show_drawing(drawn(shelf=shelved(schemas.many(300, 8))))
    view.fit()
    assert not view.crowd.isVisible()
    until(lambda: len(view.boxes) == 300)
    at = view.mapFromScene(view.box_rect(17).center())
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert list(view.drawing.titles)[view.current] == view.boxes[17].name
    view.full()
    assert view.crowd.isVisible()


@pytest.mark.parametrize("direction", [Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft])
@pytest.mark.parametrize("scheme", [Scheme.LIGHT, Scheme.DARK])
def test_long_names_are_cut_with_an_ellipsis_and_told_in_full(view, scheme, direction):
    look().put_on(scheme, 0)
    view.setLayoutDirection(direction)
    view.show_drawing(drawn(schemas.LONG, 1))
    view.full()
    view.grab()
    assert schemas.LONG in view.accessibleName()
    box = view.boxes[0]
    font = QFont(view.font())
    font.setPixelSize(12)
    assert box.boundingRect().width() < 30 * view.em
    look().put_on(Scheme.LIGHT, 0)


def _saved(view, path):  # type: ignore[no-untyped-def]
    from desktop.widgets.diagram_export import export

    ended: list[str] = []
    export(view, path, ended.append, ended.append)
    until(lambda: bool(ended))
    assert ended == [str(path)]
    return path.read_bytes()


def test_an_svg_has_every_table_and_column_whatever_the_screen_shows(view, tmp_path):
    view.show_drawing(drawn(shelf=shelved(schemas.many(250, 8))))
    view.full()
    svg = _saved(view, tmp_path / "whole.svg")
    texts = [element.text or "" for element in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]
    assert set(view.drawing.titles) <= set(texts)
    assert sum(text == "column_0" for text in texts) == 250
    assert not list(tmp_path.glob("*.part"))


def test_a_pdf_has_the_whole_picture_on_one_page(view, tmp_path):
    view.show_drawing(drawn(shelf=shelved(schemas.many(250, 8))))
    pdf = _saved(view, tmp_path / "whole.pdf")
    boxes = re.findall(rb"/MediaBox\s*\[\s*0\s+0\s+([\d.]+)\s+([\d.]+)", pdf)
    assert len(boxes) == 1
    width, height = (float(side) for side in boxes[0])
    whole = view.whole()
    assert width / height == pytest.approx(whole.width() / whole.height(), rel=0.01)
    assert max(width, height) <= 14_400


def test_a_folder_that_cannot_be_written_is_said_and_nothing_is_left(view, tmp_path):
    from desktop.widgets.diagram_export import export

    view.show_drawing(drawn())
    ended: list[str] = []
    export(view, tmp_path / "missing" / "a.svg", lambda _: None, ended.append)
    until(lambda: bool(ended))
    assert "No such file" in ended[0]


def test_a_diagram_of_nothing_is_empty_and_stands_keys(view):
    view.show_drawing(drawn(shelf=schemas.of()))
    view.fit()
    for key in (Qt.Key.Key_Left, Qt.Key.Key_Return, Qt.Key.Key_0, Qt.Key.Key_Plus):
        QTest.keyClick(view, key)
    assert view.accessibleName() == "Diagram"
