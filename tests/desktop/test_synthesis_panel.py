"""Synthesis on the Plan page: fields, the budget as the engine reckons it, classes of tables, and nothing said stronger than it is."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from desktop.models.plan import Trouble
from desktop.models.synthesis import (
    Class,
    Rung,
    Said,
    Spent,
    SynthesisForm,
    beside,
    elsewhere,
    field_edit,
    mistake,
    model_edits,
    option_edits,
    owner_edit,
    public_edits,
)
from desktop.pages.plan_synthesis import SynthesisPanel
from desktop.widgets.budget_gauge import LadderBar
from engine.plan import Treatment
from engine.plan_document import edited
from engine.plan_toml import read_plan
from tests.desktop.conftest import until
from tests.desktop.panels import PLAN, opened, shown, sqlite_shop, text_of

DECIDED = PLAN.replace('{ undecided = "what is it?" }', '{ mask = "redact" }')
PRIVACY = DECIDED + '\n[privacy]\npopulation = "people"\nunit = "Customer"\nepsilon = 1.0\ndelta = 1e-6\n'
PATIENCE = 90.0
"""Seconds: what imports torch is a process of its own, on a machine that may be busy."""


# Fields and the plan that they write, without a window.


@pytest.mark.parametrize(
    ("name", "text", "wrong"),
    [
        ("epsilon", "a lot", True), ("epsilon", "nan", True), ("epsilon", "", True), ("epsilon", "0", False),
        ("epsilon", "inf", False),
        ("delta", "1e-6", False), ("delta", "", True), ("entities", "", False), ("entities", "0", True), ("entities", "6,400", False),
        ("entities", "-5", True), ("unit", " ", True), ("cap", "", False), ("cap", "ten", True),
    ],
)  # fmt: skip
def test_what_the_plan_could_not_even_say_is_refused_at_the_field(name, text, wrong):
    assert bool(mistake(name, text)) is wrong


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("epsilon", "2.5", 2.5), ("epsilon", "inf", math.inf), ("epsilon", "-1", -1.0), ("epsilon", "1e308", 1e308),
        ("delta", "1e-9", 1e-9),
        ("entities", "6,400", 6400), ("entities", "", None), ("cap", "8", 8.0), ("cap", "", None),
        ("population", 'a "b" \\', 'a "b" \\'),
        ("generate", "0.5", 0.5), ("generate", "200 entities", 200), ("generate", "", 1.0),
        ("model", "gan", "gan"), ("model", "auto", "auto"),
    ],
)  # fmt: skip
def test_a_field_is_what_the_plan_says(name, text, said):
    spec = read_plan(edited(PRIVACY, [field_edit(name, text)])[0]).privacy
    assert spec is not None
    assert getattr(spec, name) == said


def test_another_model_takes_the_options_of_the_one_before_out():
    text, _ = edited(PRIVACY, [field_edit("model", "gan"), *option_edits(Said(), "steps", "500")])
    assert read_plan(text).privacy.options == {"steps": 500}
    text, _ = edited(text, model_edits(Said(model="gan", options=(("steps", "500"),)), "vae"))
    assert (read_plan(text).privacy.model, read_plan(text).privacy.options) == ("vae", {})


def test_public_tables_and_owners_are_written_with_their_reason_and_columns():
    text, _ = edited(
        PRIVACY, [*public_edits("Country", 'a list, signed by "J."'), owner_edit(Said(), "Line", ["InvoiceId"])]
    )
    plan = read_plan(text)
    country = next(each for name, each in plan.tables.items() if str(name) == "Country")
    assert (country.treatment, country.reason) == (Treatment.PUBLIC, 'a list, signed by "J."')
    assert [(str(owner.table), owner.columns) for owner in plan.privacy.owners] == [("Line", ("InvoiceId",))]


def test_an_error_stands_beside_its_field_before_a_warning_and_the_rest_elsewhere():
    weak = Trouble("privacy-weak", False, "weak.", "")
    zero = Trouble("privacy-epsilon", True, "zero.", "")
    of_table = Trouble("no-owner", True, "no path.", "", "Log")
    other = Trouble("privacy-where", True, "where.", "")
    assert beside([weak, zero, of_table]) == {"epsilon": zero}
    assert elsewhere([weak, zero, of_table, other]) == [other]


def test_what_is_spent_is_never_said_smaller_than_it_is():
    assert Spent(0.0, 2.0, 0).in_words(1.0).startswith("Nothing is spent")
    assert "comes to at most 3.5, and its cap is 3" in Spent(1.5, 3.0, 2).in_words(2.0)
    assert "No guarantee is left" in Spent(math.inf, 3.0, 1).in_words(1.0)
    assert Spent(math.inf, 3.0, 1).share == 1.0
    assert "not as it was written" in Spent(0.0, 3.0, 1, "an entry is gone").in_words(1.0)


def test_the_mark_of_the_ladder_stands_where_the_epsilon_is(qapp):
    bar = LadderBar()
    rungs = tuple(Rung(step, "clear") for step in (0.5, 1.0, 2.0, 4.0, 8.0))
    places = []
    for epsilon in (-1.0, 0.25, 0.5, 1.0, 3.0, 8.0, 1e9, math.inf):
        bar.show_ladder(rungs, epsilon)
        places.append(bar.place())
    assert places == sorted(places)
    assert places[2:6] == [0.5, 1.5, 3.0, 4.5]
    assert "epsilon 8: good" in bar.accessibleDescription()


# On the window.


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("synthesis")


@pytest.fixture(scope="module")
def desk(qapp, home):
    made = opened(home, sqlite_shop(home / "shop.db"), DECIDED)
    yield made
    made.close()


@pytest.fixture(scope="module")
def shared(desk):
    made = SynthesisPanel(desk)
    shown(made)
    until(lambda: made._form is not None)
    yield made
    made.close()


@pytest.fixture
def panel(shared):
    """Over a plan that synthesises nothing."""
    while shared.desk.undo.canUndo():
        shared.desk.undo.undo()
        until(lambda: shared.desk.calls.waiting == 0)
    shared.refresh()
    until(lambda: shared._form is not None and not shared._form.on and shared.desk.calls.waiting == 0)
    return shared


@pytest.fixture
def begun(panel, qtbot):
    """Over a plan whose customers are to be synthetic."""
    begin(panel, qtbot)
    return panel


def begin(panel: SynthesisPanel, qtbot) -> None:
    panel.banner.hide()
    for name, text in (("unit", "Customer"), ("epsilon", "2"), ("delta", "1e-6"), ("entities", "6400")):
        write(panel, qtbot, name, text)
    QTest.mouseClick(panel.begin, Qt.MouseButton.LeftButton)
    until(lambda: panel._form.on, PATIENCE)


def write(panel: SynthesisPanel, qtbot, name: str, text: str) -> None:
    field = panel.fields.fields[name]
    field = field.lineEdit() if name == "unit" else field
    field.clear()
    qtbot.keyClicks(field, text)
    qtbot.keyClick(field, Qt.Key.Key_Return)


def said_of(panel: SynthesisPanel, name: str) -> str:
    return panel.fields.mistakes[name].text()


def classes(panel: SynthesisPanel) -> dict[str, str]:
    return {table.table: table.of for table in panel._form.tables}


def test_a_plan_without_synthesis_offers_the_tables_of_people_first(panel):
    assert not panel._form.on
    assert panel.fields.unit.names.stringList()[0] == "Customer"
    assert "up to 1 is strong" in panel.budget.state.text()
    assert not panel.tables.isVisible()


def test_nothing_is_begun_with_a_budget_or_a_unit_that_cannot_be(panel, qtbot):
    for name, text, words in (
        ("epsilon", "0", "greater than 0"), ("epsilon", "-2", "greater than 0"), ("delta", "2", "between 0 and 1"),
        ("unit", "Log", "no primary key"), ("unit", "Nowhere", "no such table"),
    ):  # fmt: skip
        write(panel, qtbot, "unit", "Customer")
        write(panel, qtbot, "epsilon", "2")
        write(panel, qtbot, "delta", "1e-6")
        write(panel, qtbot, name, text)
        panel.banner.hide()
        QTest.mouseClick(panel.begin, Qt.MouseButton.LeftButton)
        until(panel.banner.isVisible)
        assert words in panel.banner.text
        assert not panel.desk.plan.state.synthesises
    write(panel, qtbot, "epsilon", "plenty")
    QTest.mouseClick(panel.begin, Qt.MouseButton.LeftButton)
    assert said_of(panel, "epsilon").startswith("✕ Write a number")


def test_it_is_begun_with_all_that_the_people_own_and_can_be_taken_back(panel, qtbot):
    begin(panel, qtbot)
    assert classes(panel)["Customer"] is Class.UNIT
    assert classes(panel)["Invoice"] is classes(panel)["Line"] is Class.OWNED
    assert "one entity took part" in panel.promise.text()
    assert panel.promise.text().startswith("Nothing is promised before a model has learned.")
    panel.desk.undo.undo()
    until(lambda: not panel._form.on)
    panel.desk.undo.redo()
    until(lambda: panel._form.on)


def test_the_budget_is_said_as_the_engine_reckons_it(begun):
    until(begun.budget.band.isVisible, PATIENCE)
    assert begun.budget.band.text() == "! thin"
    assert "At epsilon 2 and 6,400 entities training will learn the common patterns only" in begun.budget.words.text()
    assert "Nothing is spent of this population" in begun.budget.spent_words.text()
    assert "epsilon 4: good" in begun.budget.ladder.accessibleDescription()


def test_a_budget_that_promises_nothing_is_said_beside_its_field(begun, qtbot):
    for name, text, words in (
        ("epsilon", "0", "greater than 0"), ("epsilon", "50", "promises each person little"), ("epsilon", "2", ""),
        ("delta", "0.01", "above 1/(10 x 6,400 entities)"), ("delta", "1e-6", ""),
        ("cap", "1", "below this plan's epsilon"), ("cap", "", ""),
    ):  # fmt: skip
        write(begun, qtbot, name, text)
        until(
            lambda name=name, words=words: words in said_of(begun, name) and bool(words) == bool(said_of(begun, name)),
            PATIENCE,
        )


def test_a_public_table_needs_a_reason(begun, qtbot):
    rows = [table.table for table in begun._form.tables]
    begun.tables.grid.selectRow(rows.index("Line"))
    QTest.mouseClick(begun.tables.make_public, Qt.MouseButton.LeftButton)
    assert "write why" in begun.tables.mistake.text()
    qtbot.keyClicks(begun.tables.reason, "J. Officer: a list")
    QTest.mouseClick(begun.tables.make_public, Qt.MouseButton.LeftButton)
    until(lambda: classes(begun).get("Line") is Class.PUBLIC)
    line = next(table for table in begun._form.tables if table.table == "Line")
    assert "refers to Invoice, whose rows are synthetic" in line.trouble
    begun.desk.undo.undo()
    until(lambda: classes(begun).get("Line") is Class.OWNED)


def test_options_are_those_of_the_model_that_is_chosen(begun, qtbot):
    until(lambda: begun._models is not None, PATIENCE)
    begun.tabs.setCurrentWidget(begun.options)
    place = begun.fields.model.findData("vae")
    begun.fields.model.setCurrentIndex(place)
    begun.fields.model.activated.emit(place)
    until(lambda: begun._form.said.model == "vae" and begun.options.grid.isVisible())
    grid = begun.options.grid.source.grid
    names = [grid.text(row, 0) for row in range(grid.rows)]
    begun.options.grid.selectRow(names.index("latent"))
    qtbot.keyClicks(begun.options.value, "99999")
    qtbot.keyClick(begun.options.value, Qt.Key.Key_Return)
    until(lambda: "latent" in begun.budget.troubles.text(), PATIENCE)
    begun.options.value.setText("not TOML [")
    QTest.mouseClick(begun.options.set, Qt.MouseButton.LeftButton)
    until(begun.options.mistake.isVisible)
    assert "latent = 99999" in text_of(begun.desk)


def test_without_the_packages_it_says_what_to_install_and_the_rest_works(panel):
    missing = (
        "Synthesis needs packages that are not installed: torch. Install them: pip install 'lookalike[synthesis]'."
    )
    panel._show(SynthesisForm(False, Said(), missing=missing))
    assert panel.banner.text == missing
    assert not panel.begin.isEnabled()
    assert panel.fields.unit.isEnabled()
