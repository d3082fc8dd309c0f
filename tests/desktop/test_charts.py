"""Charts draw whatever they are given, say all of it in words, keep their labels apart, and are read by pointer and keys."""

from __future__ import annotations

from itertools import combinations, pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from desktop.models.charts import Gauge, Heat, Lineage, Node, Pairs, Span, Spans, percent, shown_labels, ticks

NAMES = st.text(min_size=0, max_size=120) | st.sampled_from(
    ["العمر في السنوات", "<b>order</b>", "select", "x" * 100, "😀", "a\nb"]
)
SHARES = st.floats(0, 1, allow_nan=False)
QUICK = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@st.composite
def pairs(draw) -> Pairs:  # type: ignore[no-untyped-def]
    size = draw(st.integers(0, 12))
    row = st.lists(SHARES, min_size=size, max_size=size).map(tuple)
    labels = tuple(draw(st.lists(NAMES, min_size=size, max_size=size)))
    return Pairs(draw(NAMES), "", labels, draw(st.none() | row), draw(row), draw(st.booleans()))


@st.composite
def heats(draw) -> Heat:  # type: ignore[no-untyped-def]
    size = draw(st.integers(1, 12))
    row = st.lists(SHARES, min_size=size, max_size=size).map(tuple)
    matrix = st.lists(row, min_size=size, max_size=size).map(tuple)
    names = tuple(draw(st.lists(NAMES, min_size=size, max_size=size)))
    return Heat("t", names, draw(st.none() | matrix), draw(matrix))


@st.composite
def spans(draw) -> Spans:  # type: ignore[no-untyped-def]
    number = st.floats(-1e12, 1e12, allow_nan=False) | SHARES
    some = st.none() | number
    row = st.builds(
        Span, NAMES, NAMES, number, some, some, some, some, some, st.booleans(), st.sampled_from(["alarm", "open", "calm", "good"])
    )  # fmt: skip
    return Spans(draw(NAMES), tuple(draw(st.lists(row, max_size=15))), draw(st.booleans()))


GAUGES = st.builds(
    Gauge, NAMES, st.none() | st.floats(0, 1e6), st.floats(1e-12, 0.1), st.none() | st.floats(0.1, 1e6),
    st.just(((1.0, "strong"), (4.0, "moderate"), (10.0, "weak"))),
)  # fmt: skip


@st.composite
def lineages(draw) -> Lineage:  # type: ignore[no-untyped-def]
    names = draw(st.lists(NAMES.filter(bool), unique=True, max_size=8))
    treatment = st.sampled_from(["mask", "", "copy"])
    nodes = tuple(
        Node(name, draw(treatment), place % 3, place // 3, draw(st.booleans())) for place, name in enumerate(names)
    )
    edges = (
        tuple(draw(st.lists(st.tuples(st.sampled_from(names), st.sampled_from(names)), max_size=10))) if names else ()
    )
    return Lineage(nodes, edges)


DRAWINGS = pairs() | heats() | spans() | GAUGES | lineages()


def painted(drawing, width: int = 520, *, turned: bool = False):  # type: ignore[no-untyped-def]
    """The chart after it was drawn, and its picture."""
    from PySide6.QtCore import Qt
    from PySide6.QtGui import QImage

    from desktop.widgets.charts_frame import chart_of

    chart = chart_of(drawing, "a chart")
    if turned:
        chart.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    chart.resize(width, round(chart.tall(width)))
    chart.resize(width, round(chart.tall(width)))
    image = QImage(chart.size(), QImage.Format.Format_ARGB32)
    image.fill(0)
    chart.render(image)
    return chart, image


@QUICK
@given(drawing=DRAWINGS, width=st.integers(120, 1400), turned=st.booleans())
def test_every_drawing_is_painted_at_every_width_and_its_labels_stand_apart_within_it(qapp, drawing, width, turned):
    chart, _ = painted(drawing, width, turned=turned)
    width = chart.width()  # no chart is narrower than its figures need
    for label in chart.labels:
        assert label.area.left() >= -1
        assert label.area.right() <= width + 1
    for one, other in combinations([label for label in chart.labels if label.text], 2):
        common = one.area.intersected(other.area)
        assert common.width() <= 1.5 or common.height() <= chart.line * 0.25, (one, other)


@QUICK
@given(drawing=DRAWINGS)
def test_words_and_table_are_said_of_every_drawing(qapp, drawing):
    from desktop.widgets.charts_words import as_table, told

    assert told(drawing)
    grid = as_table(drawing)
    assert all(len(row) == len(grid.headings) for row in grid.cells)


@QUICK
@given(drawing=pairs())
def test_the_words_of_bars_hold_every_number(qapp, drawing):
    from desktop.widgets.charts_words import told

    said = told(drawing)
    for share in (*drawing.target, *(drawing.source or ())):
        assert percent(share) in said


@given(st.lists(st.tuples(st.floats(0, 1000), st.floats(1, 200)), max_size=20), st.floats(0, 10))
def test_labels_that_are_shown_beside_each_other_do_not_overlap(found, gap):
    places = sorted((left, left + wide) for left, wide in found)
    shown = shown_labels(places, gap)
    assert bool(shown) == bool(places)
    for one, other in pairwise(shown):
        assert places[one][1] + gap <= places[other][0]


@given(st.floats(-1e9, 1e9), st.floats(1e-6, 1e9), st.integers(2, 8))
def test_an_axis_has_round_numbers_within_its_ends(low, width, most):
    found = ticks(low, low + width, most)
    assert len(found) <= most + 1
    assert all(low <= each <= low + width for each in found)


def two_alike() -> list[tuple[object, object]]:
    heat = ((1.0, 0.2), (0.2, 1.0)), ((1.0, 0.9), (0.9, 1.0))
    return [
        (Pairs("t", "", ("a", "b"), (0.5, 0.5), (0.5, 0.5)), Pairs("t", "", ("a", "b"), (0.5, 0.5), (0.4, 0.6))),
        (Pairs("t", "", ("1", "2"), None, (0.5, 0.5), True), Pairs("t", "", ("1", "2"), None, (0.6, 0.4), True)),
        (Heat("t", ("a", "b"), None, heat[0]), Heat("t", ("a", "b"), None, heat[1])),
        (Spans("t", (Span("a", value=0.2),)), Spans("t", (Span("a", value=0.2, limit=0.1),))),
        (Gauge("p", 1.0, 1e-6, 8.0), Gauge("p", 1.0, 1e-6, 4.0)),
        (Lineage((Node("a", "mask", 0, 0),)), Lineage((Node("a", "copy", 0, 0),))),
    ]


@pytest.mark.parametrize(("one", "other"), two_alike())
def test_other_data_are_another_picture_and_the_same_data_the_same(qapp, one, other):
    assert painted(one)[1] == painted(one)[1]
    assert painted(one)[1] != painted(other)[1]


def test_the_target_is_told_from_the_source_without_colour(qapp):
    """In grey, a bar of the target has lines and one of the source has none."""
    from PySide6.QtGui import QImage

    chart, image = painted(Pairs("t", "", ("a",), (0.5,), (0.5,)))
    grey = image.convertToFormat(QImage.Format.Format_Grayscale8)
    source, target = chart._source[0], chart._target[0]
    shades = [
        {grey.pixel(x, round(bar.center().y())) for x in range(round(bar.left()) + 4, round(bar.right()) - 4)}
        for bar in (source, target)
    ]
    assert len(shades[0]) == 1
    assert len(shades[1]) > 2


def test_pointer_and_keys_say_the_values(qapp, qtbot):
    from PySide6.QtCore import QPoint, Qt

    from desktop.widgets.charts_frame import chart_of

    chart = chart_of(Pairs("sex", "", ("f", "m", "x"), (0.5, 0.4, 0.1), (0.6, 0.4, 0.0)), "sex")
    qtbot.addWidget(chart)
    chart.resize(400, 200)
    chart.show()
    qtbot.waitExposed(chart)
    middle = chart.marks[1].area.center().toPoint()
    qtbot.mouseMove(chart, QPoint(5, 5))
    qtbot.mouseMove(chart, middle)
    qtbot.waitUntil(lambda: chart.said == "m: source 40 %, target 40 %")
    chart.setFocus()
    qtbot.keyClick(chart, Qt.Key.Key_Down)
    assert chart.said == "x: source 10 %, target 0 %"
    assert chart.said in chart.accessibleDescription()
    qtbot.keyClick(chart, Qt.Key.Key_Home)
    assert chart.said == "f: source 50 %, target 60 %"
    qtbot.keyClick(chart, Qt.Key.Key_Escape)
    assert chart.said == ""
    assert chart.accessibleDescription().startswith("f: source 50 %")


def test_arrows_follow_the_direction_of_the_page(qapp, qtbot):
    from PySide6.QtCore import Qt

    chart, _ = painted(Lineage((Node("a", "mask", 0, 0), Node("b", "mask", 1, 0)), (("b", "a"),)), turned=True)
    qtbot.addWidget(chart)
    qtbot.keyClick(chart, Qt.Key.Key_Left)
    qtbot.keyClick(chart, Qt.Key.Key_Left)
    assert chart.said == "b: mask; refers to a"
    qtbot.keyClick(chart, Qt.Key.Key_Right)
    assert chart.said == "a: mask"


def test_a_card_shows_the_same_numbers_as_a_table(qapp, qtbot):
    from PySide6.QtCore import Qt

    from desktop.widgets.charts_frame import ChartCard, pair_signs

    card = ChartCard(Pairs("sex", "", ("f", "m"), (0.5, 0.5), (0.6, 0.4)), "sex", "", pair_signs(True))
    qtbot.addWidget(card)
    card.show()
    qtbot.mouseClick(card.toggle, Qt.MouseButton.LeftButton)
    assert card.grid is not None
    assert card.grid.isVisible()
    assert not card.chart.isVisible()
    card.grid.selectAll()
    assert card.grid.copied() == "f\t50 %\t60 %\t+10.0\nm\t50 %\t40 %\t-10.0"
    qtbot.mouseClick(card.toggle, Qt.MouseButton.LeftButton)
    assert card.chart.isVisible()


def test_a_budget_without_bound_is_never_a_number(qapp):
    from desktop.widgets.charts_words import told

    assert told(Gauge("p", None, 1e-6, 8.0)) == "Spent without bound: data was read without noise. Cap: 8."
    _, image = painted(Gauge("p", None, 1e-6, 8.0))
    assert image != painted(Gauge("p", 8.0, 1e-6, 8.0))[1]


def test_a_chart_is_repainted_when_the_look_changes(qapp):
    from desktop.settings import Scheme
    from desktop.theme.look import look

    drawing = Pairs("t", "", ("a",), (0.5,), (0.5,))
    look().put_on(Scheme.LIGHT, 0)
    light = painted(drawing)[1]
    look().put_on(Scheme.DARK, 0)
    dark = painted(drawing)[1]
    look().put_on(Scheme.LIGHT, 4)
    large = painted(drawing)[0].tall(520)
    look().put_on(Scheme.LIGHT, 0)
    assert light != dark
    assert large > painted(drawing)[0].tall(520)
