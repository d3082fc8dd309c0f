"""Entities become codes and entities again: moments in order, values in range, and every fact with where it is from."""

from __future__ import annotations

import datetime as dt
import json
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.arrow import carrier
from connectors.names import TableName
from connectors.schema import Check, Column, ForeignKey, Kind, Schema, Table
from engine.plan import Plan, Rule, TablePlan, Treatment
from engine.privacy.budget import Budget, PrivacyUnit
from engine.privacy.entities import Entities, EntityRows
from engine.privacy.events import Unprotected
from engine.privacy.ledger import MemoryLedger
from engine.privacy.private import PrivateEntities
from engine.privacy.spec import How, Learn, PrivacySpec, Provenance
from engine.privacy.spending import Spending
from engine.synthesis.build import build, measured
from engine.synthesis.codebook import Codebook, ColumnBook, decode, encode
from engine.synthesis.domains.timeline import After, Siblings
from engine.synthesis.handle import Place
from engine.synthesis.structure import Goes, Link, Owned, Structure

PERSON, ORDER, SHOP = TableName("person"), TableName("order", "Sales"), TableName("shop")
OWNER = ForeignKey("owner", ("person",), PERSON, ("id",))
TO_SHOP = ForeignKey("shop", ("shop",), SHOP, ("id",))
STRUCTURE = Structure(
    PrivacyUnit(PERSON, ("id",)),
    (Owned(PERSON, None, None), Owned(ORDER, OWNER, 0, (Link(TO_SHOP, Goes.PUBLIC),), order="ordered_at")),
    (SHOP,),
)
PERSONS = Table(
    PERSON,
    (
        Column("joined", "date", Kind.DATE, nullable=False),
        Column("age", "integer", Kind.INTEGER, nullable=False),
        Column("plan", "text", Kind.TEXT),
        Column("gain", "numeric(9,2)", Kind.DECIMAL, precision=9, scale=2),
        Column("active", "boolean", Kind.BOOLEAN, nullable=False),
        Column("city", "text", Kind.TEXT, length=20),
        Column("extra", "jsonb", Kind.JSON),
    ),
    checks=(Check("age", "(age >= 17) AND (age <= 90)"), Check("plan", "plan = ANY (ARRAY['S'::text, 'M'::text])")),
)
ORDERS = Table(
    ORDER,
    (
        Column("ordered_at", "timestamp", Kind.TIMESTAMP, nullable=False),
        Column("shipped_at", "timestamp", Kind.TIMESTAMP),
        Column("shop", "integer", Kind.INTEGER, nullable=False),
    ),
    checks=(Check("later", "shipped_at >= ordered_at"),),
)
SCHEMA = Schema("postgresql", "public", (PERSONS, ORDERS))
KEYS = {SHOP: pa.table({"id": pa.array([3, 5, 8], pa.int64())})}
DAY = 86_400_000_000


def plan_of(epsilon: float, entities: int | None, learn: dict[str, Learn] | None = None) -> Plan:
    tables = {}
    for table in (PERSONS, ORDERS):
        rules = tuple(Rule((c.name,), None, learn=(learn or {}).get(c.name, Learn(How.PAID))) for c in table.columns)
        tables[table.name] = TablePlan(Treatment.SYNTHESIZE, rules)
    spec = PrivacySpec("people", PERSON, epsilon, 1e-6, entities=entities)
    return Plan("test", "key", tables, privacy=spec)


def _document(at: int) -> str | None:
    """One of four, with different paths."""
    parts = ('{"size": {"width": 3}, "new": true}', '{"size": {"width": 4}}', '{"tags": ["a"], "new": false}', None)
    return parts[at]


def people(count: int, seed: int = 1) -> Entities:
    """Persons who order again and again, the later the longer they have been there."""
    rng = np.random.default_rng(seed)
    joined = rng.integers(15_000, 18_000, count)
    counts = rng.integers(0, 6, count)
    parent = np.repeat(np.arange(count), counts)
    gaps = rng.integers(0, 40 * DAY // 1_000_000, len(parent)) * 1_000_000
    ordered = np.empty(len(parent), np.int64)
    for row, owner in enumerate(parent):
        first = row == 0 or parent[row - 1] != owner
        ordered[row] = (joined[owner] * DAY if first else ordered[row - 1]) + gaps[row]
    shipped = ordered + rng.integers(0, 9, len(parent)) * DAY
    gain = np.where(rng.random(count) < 0.9, 0, rng.integers(1, 99_999, count)) * 100
    root = {
        "joined": pa.array(joined.astype(np.int32)).cast(pa.date32()),
        "age": pa.array(rng.integers(17, 91, count)),
        "plan": pa.array(rng.choice(["S", "M"], count)),
        "gain": pa.array(gain / 100).cast(pa.decimal128(9, 2)),
        "active": pa.array(rng.random(count) < 0.3),
        "city": pa.array(rng.choice(["Bonn", "Ulm", "Jena"], count, p=[0.6, 0.3, 0.1]), mask=rng.random(count) < 0.2),
        "extra": pa.array([_document(at) for at in rng.integers(0, 4, count)], pa.string()),
    }
    child = {
        "ordered_at": pa.array(ordered).cast(pa.timestamp("us")),
        "shipped_at": pa.array(shipped, mask=rng.random(len(parent)) < 0.3).cast(pa.timestamp("us")),
        "shop": pa.array(rng.choice([3, 5, 8], len(parent))),
    }
    places = np.arange(count)
    return Entities(
        STRUCTURE, (EntityRows(pa.table(root), places, places), EntityRows(pa.table(child), parent, parent))
    )


def built(
    entities: Entities, epsilon: float = math.inf, learn: dict[str, Learn] | None = None, declared: int | None = None
) -> tuple[Codebook, PrivateEntities]:
    private = PrivateEntities(entities, declared, Spending(Budget(epsilon, 1e-6), MemoryLedger()))
    return build(private, plan_of(epsilon, declared, learn), SCHEMA, STRUCTURE, KEYS), private


def column(codebook: Codebook, node: int, name: str) -> ColumnBook:
    return next(each for each in codebook.nodes[node].columns if each.name == name)


def moments(table: pa.Table, name: str) -> np.ndarray:
    values = table.column(name).combine_chunks()
    return values.cast(pa.int64()).to_numpy(zero_copy_only=False).astype(np.float64)


def test_siblings_that_are_decoded_stand_in_order_and_ships_follow_orders() -> None:
    entities = people(500)
    codebook, _ = built(entities)
    forest = encode(codebook, entities)
    # Codes as bad as a bad model's: every column on its own.
    rng = np.random.default_rng(7)
    for rows in forest.rows:
        rows.codes[:] = rng.permuted(rows.codes, axis=0)
    orders = decode(codebook, forest, rng)[1]
    ordered, shipped, parent = moments(orders, "ordered_at"), moments(orders, "shipped_at"), forest.rows[1].parent
    same = parent[1:] == parent[:-1]
    assert (np.diff(ordered)[same] >= 0).all()
    assert not (shipped < ordered).any()
    assert not np.isnan(ordered).any()


def test_gaps_between_siblings_are_those_of_the_source() -> None:
    entities = people(2000)
    codebook, _ = built(entities)
    orders = decode(codebook, encode(codebook, entities), np.random.default_rng(1))[1]
    parent = entities.tables[1].parent
    same = parent[1:] == parent[:-1]
    before, after = (np.diff(moments(t, "ordered_at"))[same] / DAY for t in (entities.tables[1].columns, orders))
    assert np.quantile(after, [0.1, 0.5, 0.9]) == pytest.approx(np.quantile(before, [0.1, 0.5, 0.9]), rel=0.1, abs=0.6)
    first = np.flatnonzero(np.append(True, ~same))
    starts = [moments(t, "ordered_at")[first] / DAY for t in (entities.tables[1].columns, orders)]
    assert np.quantile(starts[1], [0.1, 0.5, 0.9]) == pytest.approx(np.quantile(starts[0], [0.1, 0.5, 0.9]), abs=120)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_values_of_a_code_have_that_code_again_save_within_one_day(seed: int) -> None:
    entities = people(120, seed)
    codebook, _ = built(entities)
    forest = encode(codebook, entities)
    tables = decode(codebook, forest, np.random.default_rng(seed))
    rows = tuple(EntityRows(t, old.parent, old.entity) for t, old in zip(tables, entities.tables, strict=True))
    again = encode(codebook, Entities(STRUCTURE, rows))
    for node, old, new in zip(codebook.tree.nodes, forest.rows, again.rows, strict=True):
        for at, code in enumerate(node.columns):
            differ = (old.codes[:, at] != new.codes[:, at]).mean() if len(old.codes) else 0.0
            # A gap within a day ends with the day.
            assert differ == 0 or code.name.endswith(".time") or (code.name.endswith(".gap") and differ < 0.05)


def test_what_is_decoded_is_the_same_under_the_same_seed() -> None:
    entities = people(200)
    codebook, _ = built(entities)
    forest = encode(codebook, entities)
    first, second = (decode(codebook, forest, np.random.default_rng(5)) for _ in range(2))
    assert all(a.equals(b) for a, b in zip(first, second, strict=True))


def test_decoded_columns_have_their_carriers_and_the_source_share_of_null() -> None:
    entities = people(800)
    codebook, _ = built(entities)
    for table, rows, schema in zip(
        decode(codebook, encode(codebook, entities), np.random.default_rng(1)),
        entities.tables,
        (PERSONS, ORDERS),
        strict=True,
    ):
        assert table.column_names == [c.name for c in schema.columns]
        for each in schema.columns:
            assert table.column(each.name).type == carrier(each)
            assert table.column(each.name).null_count == rows.columns.column(each.name).null_count


def test_limits_of_a_check_are_a_free_domain_and_hold() -> None:
    codebook, private = built(people(300), 1.0, declared=300)
    age = column(codebook, 0, "age")
    assert (age.provenance, age.coding.parts[0].size) == (Provenance.DDL, 74)
    assert not any("bins of 3" in event.what for event in private.events)
    odd = people(3)
    odd.tables[0].columns.set_column(1, "age", pa.array([-5, 17, 10**9]))
    drawn = decode(codebook, encode(codebook, odd), np.random.default_rng(1))[0].column("age").to_pylist()
    assert all(17 <= value <= 90 for value in drawn)


def test_labels_booleans_and_public_keys_are_free() -> None:
    codebook, _ = built(people(300), 1.0, declared=300)
    for node, name, values in ((0, "plan", ("S", "M")), (0, "active", (False, True)), (1, "shop", (3, 5, 8))):
        found = column(codebook, node, name)
        assert found.provenance is Provenance.DDL
        assert found.coding.kind == "categories"
        assert found.coding.values == values


def test_provenance_and_sentences_say_who_answers_for_a_range() -> None:
    learn = {
        "gain": Learn(How.RANGE, 0, 99_999, attested="J. Officer"),
        "city": Learn(How.VALUES, values=("Bonn",), attested="J. Officer"),
    }
    codebook, _ = built(people(300), 1.0, learn, 300)
    assert column(codebook, 0, "gain").provenance is Provenance.OFFICER
    assert codebook.attested == (
        "person.gain lies in 0 to 99999 (attested by J. Officer)",
        "person.city is one of 1 values (attested by J. Officer)",
    )
    assert column(built(people(300))[0], 0, "city").provenance is Provenance.DP_EVENT


def test_a_single_value_that_most_rows_have_comes_out_as_itself() -> None:
    entities = people(3000)
    codebook, _ = built(entities, 8.0, declared=3000)
    assert 0.0 in column(codebook, 0, "gain").coding.spikes  # type: ignore[union-attr]
    gains = decode(codebook, encode(codebook, entities), np.random.default_rng(1))[0].column("gain").to_pylist()
    share = sum(value == 0 for value in gains if value is not None) / len(gains)
    assert share == pytest.approx(0.9, abs=0.05)


def test_a_value_of_one_person_is_in_no_codebook_at_a_finite_epsilon() -> None:
    entities = people(2000)
    cities = entities.tables[0].columns.column("city").to_pylist()
    cities[5] = "Xanadu"
    table = entities.tables[0].columns.set_column(5, "city", pa.array(cities))
    rows = (EntityRows(table, entities.tables[0].parent, entities.tables[0].entity), entities.tables[1])
    codebook, _ = built(Entities(STRUCTURE, rows), 4.0, declared=2000)
    assert "Xanadu" not in codebook.model_dump_json()
    assert "Bonn" in codebook.model_dump_json()


def test_a_codebook_is_itself_again_from_its_data() -> None:
    codebook, _ = built(people(300), 4.0, declared=300)
    assert Codebook.from_data(codebook.to_data()) == codebook


def test_moments_are_measured_from_moments_without_paying() -> None:
    codebook, _ = built(people(300), 1.0, declared=300)
    ordered, shipped = column(codebook, 1, "ordered_at").coding, column(codebook, 1, "shipped_at").coding
    assert isinstance(ordered, Siblings)
    assert (ordered.origin, ordered.start.kind) == ("joined", "gaps")
    assert isinstance(shipped, After)
    assert shipped.references[0] == (False, "ordered_at")
    assert {column(codebook, 1, name).provenance for name in ("ordered_at", "shipped_at")} == {Provenance.DDL}


def test_without_a_promise_all_is_exact_and_unprotected() -> None:
    entities = people(400)
    codebook, private = built(entities)
    assert codebook.population == 400
    assert codebook.nodes[1].most == entities.counts(1).max()
    assert all(isinstance(event, Unprotected) for event in private.events)
    forest = measured(private.encoded(codebook), codebook)
    shares = forest.measured.marginals[Place(0, 1)]
    codes = encode(codebook, entities).rows[0].codes[:, 1]
    assert shares == pytest.approx(np.maximum(np.bincount(codes, minlength=74), 0) / 400, abs=1e-9)
    assert forest.measured.counts[1].sum() == pytest.approx(1)


@pytest.mark.parametrize("epsilon", [0.5, 4.0, math.inf])
def test_every_code_column_and_number_of_children_has_shares(epsilon: float) -> None:
    codebook, private = built(people(400), epsilon, declared=400)
    forest = measured(private.encoded(codebook), codebook)
    for at, node in enumerate(codebook.tree.nodes):
        for place, code in enumerate(node.columns):
            shares = forest.measured.marginals[Place(at, place)]
            assert shares.shape == (code.size,)
            assert shares.sum() == pytest.approx(1)
            assert (shares >= 0).all()
    assert forest.measured.counts[1].shape == (codebook.nodes[1].most + 1,)


def test_an_empty_table_has_a_codebook_and_gives_rows_all_the_same() -> None:
    codebook, _ = built(people(1).take(np.arange(0)), 2.0, declared=50)
    some: Any = people(20)
    tables = decode(codebook, encode(codebook, some), np.random.default_rng(1))
    assert tables[0].num_rows == 20
    assert tables[0].column("city").null_count <= 20


def test_dates_are_whole_days_after_their_parents() -> None:
    entities = people(300)
    codebook, _ = built(entities)
    joined = decode(codebook, encode(codebook, entities), np.random.default_rng(1))[0].column("joined")
    assert joined.type == pa.date32()
    assert dt.date(2011, 1, 1) <= min(joined.to_pylist())


def test_json_documents_are_learned_by_their_paths_and_put_together_again() -> None:
    entities = people(3000)
    codebook, private = built(entities, 8.0, declared=3000)
    extra = column(codebook, 0, "extra").coding
    assert set(extra.paths) == {("size", "width"), ("new",)}  # type: ignore[union-attr]
    assert not any("\x00" in event.what for event in private.events)
    values = decode(codebook, encode(codebook, entities), np.random.default_rng(1))[0].column("extra").to_pylist()
    source = entities.tables[0].columns.column("extra").to_pylist()
    again = {'{"tags": ["a"], "new": false}': '{"new": false}'}
    assert [None if value is None else json.loads(value) for value in values] == [
        None if value is None else json.loads(again.get(value, value)) for value in source
    ]


def test_texts_that_are_dates_are_learned_as_moments_and_written_as_texts() -> None:
    table = Table(PERSON, (Column("join_date", "TEXT", Kind.TEXT), Column("note_date", "TEXT", Kind.TEXT)))
    days = pa.array(np.random.default_rng(1).integers(15_000, 18_000, 900).astype(np.int32)).cast(pa.date32())
    root = pa.table({"join_date": days.cast(pa.string()), "note_date": pa.array(["soon", "later"] * 450)})
    structure = Structure(STRUCTURE.unit, (Owned(PERSON, None, None),), ())
    entities = Entities(structure, (EntityRows(root, np.arange(900), np.arange(900)),))
    private = PrivateEntities(entities, 900, Spending(Budget(8.0, 1e-6), MemoryLedger()))
    rules = tuple(Rule((each.name,), None, learn=Learn(How.PAID)) for each in table.columns)
    plan = replace(plan_of(8.0, 900), tables={PERSON: TablePlan(Treatment.SYNTHESIZE, rules)})
    codebook = build(private, plan, Schema("sqlite", "main", (table,)), structure, {})
    assert column(codebook, 0, "note_date").coding.kind == "categories"
    found = decode(codebook, encode(codebook, entities), np.random.default_rng(1))[0].column("join_date")
    assert found.type == pa.string()
    drawn, real = (sorted(dt.date.fromisoformat(text) for text in each.to_pylist()) for each in (found, root.column(0)))
    assert abs(drawn[450] - real[450]) < dt.timedelta(days=200)


def test_a_key_of_two_columns_to_a_public_table_is_one_code() -> None:
    key = ForeignKey("shelf", ("hall", "shelf"), SHOP, ("hall", "no"))
    columns = (Column("hall", "int", Kind.INTEGER, nullable=False), Column("shelf", "text", Kind.TEXT, nullable=False))
    structure = Structure(STRUCTURE.unit, (Owned(PERSON, None, None, (Link(key, Goes.PUBLIC),)),), (SHOP,))
    root = pa.table({"hall": pa.array([1, 2, 1]), "shelf": ["a", "a", "b"]})
    entities = Entities(structure, (EntityRows(root, np.arange(3), np.arange(3)),))
    private = PrivateEntities(entities, 3, Spending(Budget(1.0, 1e-6), MemoryLedger()))
    rules = tuple(Rule((each.name,), None, learn=Learn(How.KEY)) for each in columns)
    plan = replace(plan_of(1.0, 3), tables={PERSON: TablePlan(Treatment.SYNTHESIZE, rules)})
    public = {SHOP: pa.table({"no": ["a", "b", "a"], "hall": pa.array([1, 1, 2])})}
    codebook = build(private, plan, Schema("mysql", "shop", (Table(PERSON, columns),)), structure, public)
    assert [code.size for code in codebook.tree.nodes[0].columns] == [3]
    assert private.events == ()
    assert decode(codebook, encode(codebook, entities), np.random.default_rng(1))[0].equals(root)
