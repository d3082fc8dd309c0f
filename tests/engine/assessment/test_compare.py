"""What is laid side by side is the same people: whole, rightly matched, with a control where there is one."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from connectors import open_database
from engine.assessment.compare import compare
from engine.assessment.comparison import Comparison
from engine.assessment.encode import kind_of
from engine.assessment.spec import AssessSpec
from engine.assessment.view import NOBODY, Carries, FeatureKind, Made, View
from engine.jobs.control import Cancelled, Control
from engine.keys import MaskingKey
from engine.plan import Plan, Treatment
from engine.plan_toml import read_plan
from engine.privacy.holdout import entity_tags, held_out
from engine.subset.spec import Copies, Roots, Subset
from tests.engine.assessment import finished
from tests.engine.assessment.finished import LINE, LOOSE, ORDER, PERSON, THING, ask, build, compared, finish, plan
from tests.shoppers import shop, shop_plan

ENTITY = "person with Order, line"


@pytest.fixture(scope="module")
def masked(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    folder = tmp_path_factory.mktemp("masked")
    source = build(folder / "source.db", 300)
    return source, finish(folder, plan(), source)


def values(view: View, name: str, side: str = "known") -> np.ndarray:
    frame = getattr(view, side)
    return frame.columns[view.place(name)]


def owned(view: View, name: str) -> np.ndarray:
    """What each known record's own target row has."""
    assert view.match is not None
    return values(view, name, "target")[view.match]


def test_everybody_meets_his_own_row_and_orders_of_sources_keys_are_kept(masked: tuple[str, str]) -> None:
    view = compared(plan(), *masked).view(ENTITY)
    assert view.match is not None
    assert sorted(view.match) == list(range(300))
    # `number` is 7 times the key, which is kept, while the key itself is a pseudonym.
    assert values(view, "number").tolist() == [7 * n for n in range(1, 301)]
    assert owned(view, "number").tolist() == [7 * n for n in range(1, 301)]
    assert (view.known.rows, view.of_known, view.target.rows, view.of_target) == (300, 300, 300, 300)
    assert view.control is None


def test_an_entity_has_the_figures_that_sql_counts(masked: tuple[str, str]) -> None:
    view = compared(plan(), *masked).view(ENTITY)
    rows = ask(
        masked[0],
        'select count(distinct o.id), count(l.place), sum(l.qty), count(distinct l.thing) from person p left join "Order" o'
        ' on o.person = p.id left join line l on l."order" = o.id group by p.id order by p.id',
    )
    totals = ask(
        masked[0],
        "select p.id, sum(total), min(total), julianday(max(placed)) - 2440587.5, (julianday(max(placed)) - julianday(min(placed)))"
        ' / (count(*) - 1) from person p left join "Order" o on o.person = p.id group by p.id order by p.id',
    )
    expected = {
        "Order count": [row[0] for row in rows], "line count": [row[1] for row in rows],
        "line.qty sum": [row[2] for row in rows], "line.thing distinct": [row[3] for row in rows],
        "Order.total sum": [row[1] for row in totals], "Order.total min": [row[2] for row in totals],
        "Order.placed last": [row[3] for row in totals], "Order.placed gap": [row[4] for row in totals],
    }  # fmt: skip
    for name, column in expected.items():
        wanted = np.array([np.nan if value is None else value for value in column], float)
        np.testing.assert_allclose(values(view, name), wanted, atol=1e-6, err_msg=name)
        np.testing.assert_allclose(owned(view, name), wanted, atol=1e-6, err_msg=name)
    often = view.features[view.place("Order.state most frequent")]
    assert often.kind is FeatureKind.CATEGORY
    assert often.labels is not None
    codes = values(view, "Order.state most frequent")
    assert (codes == NOBODY).tolist() == [n % 4 == 0 for n in range(1, 301)]
    # A third order is one of 75 in 450, and whoever has one has two that are less rare.
    shares = [np.nan if n % 4 == 0 else -np.log((225, 150, 75)[n % 4 - 1] / 450) for n in range(1, 301)]
    np.testing.assert_allclose(values(view, "Order.state rarest"), shares)


def test_columns_carry_what_the_plan_leaves_of_them_and_made_up_ones_are_no_features(masked: tuple[str, str]) -> None:
    found = compared(plan(), *masked)
    carried = {column: found.carries[PERSON, column] for column in ("id", "name", "email", "born", "city", "boss")}
    assert carried == {
        "id": Carries.REPLACED, "name": Carries.REPLACED, "email": Carries.REPLACED, "born": Carries.ALTERED,
        "city": Carries.KEPT, "boss": Carries.REPLACED,
    }  # fmt: skip
    names = [feature.name for feature in found.view("person").features]
    assert names == ["born", "number", "city", "favourite"]
    assert found.made[THING] is Made.COPIED
    assert {view.scope for view in found.views} == {"person", "Order", "line", ENTITY}
    assert any(each.startswith("loose: not attacked") for each in found.left)
    assert [found.view("person").features[place].name for place in found.view("person").quasi] == [
        "born",
        "city",
        "favourite",
    ]


def test_places_of_parents_are_those_of_the_keys_on_both_sides(masked: tuple[str, str]) -> None:
    found = compared(plan(), *masked)
    for side in (found.known, found.target):
        orders, people = side.tables[ORDER], side.tables[PERSON]
        [places] = [places for (child, _), places in side.parents.items() if child == ORDER]
        parents = people.column("id").to_numpy()
        asked = orders.column("person").to_numpy()
        assert (places == NOBODY).sum() == 1
        there = places != NOBODY
        assert (parents[places[there]] == asked[there]).all()
    assert len(found.keys) == 5


def test_texts_that_are_moments_are_times_and_a_table_without_a_key_matches_nothing(masked: tuple[str, str]) -> None:
    found = compared(plan(), *masked)
    loose = found.known.tables[LOOSE]
    assert [kind_of(type_) for type_ in loose.schema.types] == [FeatureKind.CATEGORY, FeatureKind.TIME]
    assert loose.num_rows == 50
    assert any(sentence.startswith("loose: which target row is whose") for sentence in found.left)
    assert "person: notes not compared: documents and bytes." in found.left
    assert "void was not examined: the plan empties it." in found.left


def test_a_sample_has_whole_entities_and_every_known_ones_own_row_among_decoys(masked: tuple[str, str]) -> None:
    spec = AssessSpec(entities=25)
    found = compared(plan(), *masked, spec=spec)
    view = found.view(ENTITY)
    assert 8 <= view.known.rows <= 50
    assert view.known.rows * 2 < view.target.rows < 220
    assert (view.of_known, view.of_target) == (300, 300)
    numbers = values(view, "number")
    assert (owned(view, "number") == numbers).all()
    assert (values(view, "Order count") == (numbers / 7) % 4).all()
    assert (owned(view, "Order count") == (numbers / 7) % 4).all()
    assert found.known.whole[PERSON] == 300
    assert found.known.tables[THING].num_rows == 9
    again = compared(plan(), *masked, spec=spec)
    assert again.known.tables[PERSON].equals(found.known.tables[PERSON])
    other = compared(plan(), *masked, spec=replace(spec, seed=1))
    assert not other.known.tables[PERSON].equals(found.known.tables[PERSON])
    assert any(sentence.startswith(f"{ENTITY}: a sample") for sentence in found.left)
    # Who somebody's boss is cannot be told in a sample, and how often a thing is liked cannot be counted.
    assert {child for child, _ in found.keys} == {ORDER, LINE}
    assert any("person.person_fk" in sentence and "not followed" in sentence for sentence in found.left)


def test_who_is_outside_a_subset_is_the_control(tmp_path: Path) -> None:
    source = build(tmp_path / "source.db", 300)
    subset = Subset(roots=(Roots(PERSON, where="id <= 120"),))
    taken = replace(plan(), subset=subset)
    target = finish(tmp_path, taken, source)
    view = compared(taken, source, target).view(ENTITY)
    there = {int(number) for (number,) in ask(target, "select number from person")}
    assert set(values(view, "number").tolist()) == there
    assert view.control is not None
    assert {int(number) for number in values(view, "number", "control")} == {7 * n for n in range(1, 301)} - there
    assert (owned(view, "number") == values(view, "number")).all()
    assert (values(view, "Order count", "control") == (values(view, "number", "control") / 7) % 4).all()


def test_too_few_outside_are_no_control(tmp_path: Path) -> None:
    source = build(tmp_path / "source.db", 60)
    taken = replace(plan(), subset=Subset(roots=(Roots(PERSON, where="id <= 30"),)))
    found = compared(taken, source, finish(tmp_path, taken, source))
    assert found.control is None
    assert found.view("person").known.rows < 60
    assert any("too few for a control" in sentence for sentence in found.left)


def test_a_target_under_another_key_is_not_matched_and_it_is_said(masked: tuple[str, str]) -> None:
    found = compared(plan(), *masked, key=MaskingKey("club", b"d" * 32))
    view = found.view(ENTITY)
    assert view.match is None
    assert view.known.rows == 300
    assert any(sentence.startswith("person: which target row is whose is not known") for sentence in found.left)


def test_copies_under_keys_of_their_own_are_nobodys_and_break_nothing(tmp_path: Path) -> None:
    source = build(tmp_path / "source.db", 40)
    copied = Copies(PERSON, copies=3, where="id <= 8", original=False)
    taken = replace(plan(), clone=copied)
    view = compared(taken, source, finish(tmp_path, taken, source)).view(ENTITY)
    assert view.match is None
    assert view.target.rows >= 24


def test_a_dropped_table_and_one_that_the_target_lost_are_left_out(tmp_path: Path) -> None:
    source = build(tmp_path / "source.db", 30)
    taken = plan(loose=Treatment.DROP)
    target = finish(tmp_path, taken, source)
    ask(target, "drop table line")
    found = compared(taken, source, target)
    assert {table.name for table in found.schema.tables} == {PERSON, ORDER, THING}
    assert LOOSE not in found.known.tables
    assert "line was not examined: the target has no such table." in found.left
    assert [entity.scope for entity in found.entities] == ["person with Order"]


def test_values_that_do_not_fit_the_sources_type_are_empty_and_counted(tmp_path: Path) -> None:
    source = build(tmp_path / "source.db", 30)
    target = f"sqlite:///{tmp_path}/changed.db"
    for statement in finished.TABLES.replace('"number" integer', '"number" text').split(";\n"):
        ask(target, statement)
    _copy(source, target, "update person set number = 'many' where id in (select id from person limit 3)")
    found = compared(plan(), source, target)
    numbers = found.target.tables[PERSON].column("number")
    assert numbers.type == found.known.tables[PERSON].column("number").type
    assert numbers.null_count == 3
    assert any(sentence.startswith("person.number: 3 values") for sentence in found.left)


def _copy(source: str, target: str, *statements: str) -> None:
    with closing(sqlite3.connect(target.removeprefix("sqlite:///"))) as connection, connection:
        connection.execute("attach ? as s", (source.removeprefix("sqlite:///"),))
        for table in ("thing", "person", '"Order"', "line", "loose"):
            connection.execute(f"insert into main.{table} select * from s.{table}")
        for statement in statements:
            connection.execute(statement)


# Synthesised targets. Another shop's rows stand in for those of a model: nothing here asks how they were made.


@pytest.fixture(scope="module")
def shops(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str, Plan]:
    folder = tmp_path_factory.mktemp("shops")
    return shop(folder / "source.db", 900), shop(folder / "target.db", 250, seed=2), read_plan(shop_plan())


def test_held_out_people_are_the_control_by_the_coin_that_learning_tossed(shops: tuple[str, str, Plan]) -> None:
    source, target, made = shops
    found = compared(made, source, target, key=finished.KEY)
    view = found.view("customer with order, item")
    assert (view.made, view.match) == (Made.SYNTHETIC, None)
    assert view.control is not None
    assert view.known.rows + view.control.rows == 900
    assert found.control is not None
    customer = view.table
    for side, out in ((found.known, False), (found.control, True)):
        ids = side.tables[customer].column("id").combine_chunks()
        with open_database(source) as database:
            column = database.describe().table(customer).column("id")
        tags, _ = entity_tags(finished.KEY, [ids], [column])
        assert (held_out(tags, 0.15) == out).all()
    assert found.carries[customer, "age"] is Carries.LEARNED
    assert found.carries[customer, "country"] is Carries.LEARNED
    assert found.carries[customer, "name"] is Carries.REPLACED
    assert [feature.name for feature in found.view("customer").features] == ["age", "country", "joined"]


def test_a_subset_says_which_synthesised_people_there_are(shops: tuple[str, str, Plan]) -> None:
    source, target, made = shops
    customer = made.privacy.unit if made.privacy else PERSON
    entries = (Roots(customer, where="id <= 400"), Roots(customer, where="id between 300 and 500"))
    found = compared(replace(made, subset=Subset(roots=entries)), source, target, key=finished.KEY)
    ids = found.known.tables[customer].column("id").to_pylist()
    assert len(ids) == len(set(ids))
    assert max(ids) <= 500
    assert 400 <= len(ids) <= 460


@pytest.mark.parametrize("new_database", ["postgresql", "mariadb"], indirect=True)
def test_servers_give_the_same_people_as_a_file(
    tmp_path: Path, new_database: Callable[..., str], masked: tuple[str, str]
) -> None:
    """From a file into a server, where types differ: everybody is still matched, and no kept value differs."""
    target = finish(tmp_path, plan(), masked[0], new_database())
    here, there = compared(plan(), *masked), compared(plan(), masked[0], target)
    assert [view.scope for view in there.views] == [view.scope for view in here.views]
    for one, other in zip(here.views, there.views, strict=True):
        if other.match is None:
            continue
        assert (other.match != NOBODY).all()
        for feature in other.features:
            np.testing.assert_array_equal(values(one, feature.name), values(other, feature.name))
            if feature.own and feature.carries is Carries.KEPT:
                np.testing.assert_array_equal(owned(other, feature.name), values(other, feature.name))


def test_a_cancelled_comparison_stops(masked: tuple[str, str]) -> None:
    control = Control()
    control.cancel()
    with open_database(masked[0]) as ours, open_database(masked[1]) as theirs, pytest.raises(Cancelled):
        compare(plan(), ours, theirs, finished.KEY, spec=AssessSpec(), control=control, progress=lambda _: None)


def test_a_comparison_prints_no_value(masked: tuple[str, str]) -> None:
    found: Comparison = compared(plan(), *masked)
    assert "Name 1" not in repr(found.known) + repr(found.view("person").known)
    assert LINE in found.known.tables
