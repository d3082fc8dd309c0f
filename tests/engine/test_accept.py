from __future__ import annotations

from dataclasses import replace

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.arrow import field
from connectors.database import Form
from connectors.names import TableName
from connectors.schema import Check, Column, Kind, Schema, Table, Unique
from engine.accept import accept
from engine.check import check
from engine.keys import MaskingKey
from engine.lock import make_lock
from engine.pipeline import Pipeline, compile_plan
from engine.plan import Plan, TablePlan
from engine.problems import errors
from engine.propose import propose
from tests.engine.tables import column, integer, plan, refers, schema, schemas, table

KEY = MaskingKey("test", bytes(range(32)))


def mask_of(made: Plan, name: str, column_: str = "c") -> str | None:
    found = made.tables[TableName(name)].rule(column_)
    return found.masker.name if found is not None and found.masker is not None else None


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(schemas(), st.booleans())
def test_an_accepted_proposal_always_passes_the_check_and_keeps_nothing_more(
    described: Schema, from_nothing: bool
) -> None:
    before = Plan("t", "k", {}) if from_nothing else propose(described)
    made = accept(before, described)
    assert errors(check(made, described)) == ()
    compile_plan(made, described, KEY)
    kept = {
        (t, r)
        for t, rs in made.tables.items()
        for r in [x.columns for x in rs.rules if x.masker and x.masker.name == "keep"]
    }
    assert kept == {(t, r.columns) for t, r in before.rules() if r.masker and r.masker.name == "keep"}
    assert all(
        r.accepted for t, r in made.rules() if not (before.tables.get(t) or TablePlan("mask")).rule(r.columns[0])
    )  # type: ignore[arg-type]


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(schemas(), st.data())
def test_masked_children_refer_to_masked_parents(described: Schema, data: st.DataObject) -> None:
    pipeline = compile_plan(accept(propose(described), described), described, KEY)
    for child in described.tables:
        for key in child.foreign_keys:
            parent = described.table(key.parent)
            keys = data.draw(st.lists(_values(parent.column("id")), min_size=1, max_size=5, unique=True))
            above = pipeline.mask(parent.name, _batch(pipeline, parent, "id", keys))["id"].to_pylist()
            below = pipeline.mask(child.name, _batch(pipeline, child, key.columns[0], keys))[key.columns[0]].to_pylist()
            assert len(set(above)) == len(keys)
            assert below == above or below == [None] * len(keys)


def _values(column_: Column) -> st.SearchStrategy[object]:
    return st.binary(min_size=16, max_size=16) if column_.kind is Kind.UUID else st.integers(1, 2**31 - 1)


def _batch(pipeline: Pipeline, of: Table, name: str, values: list[object]) -> pa.RecordBatch:
    fields = [field(c, Form.ARROW, "postgresql") for c in of.columns]
    arrays = [pa.array(values, f.type) if f.name == name else pa.nulls(len(values), f.type) for f in fields]
    derived = [pa.field(each.alias, pa.int64()) for each in pipeline.reading(of.name, wire=False)[1]]
    return pa.RecordBatch.from_arrays(
        [*arrays, *(pa.nulls(len(values), pa.int64()) for _ in derived)], schema=pa.schema([*fields, *derived])
    )


def one(kind: Kind = Kind.TEXT, *checks: str, unique: bool = False, **facts: object) -> Schema:
    uniques = (Unique("u", ("c",)),) if unique else ()
    conditions = tuple(Check(f"k{n}", text, ("c",)) for n, text in enumerate(checks))
    return schema(table("t", integer("id"), column("c", kind, **facts), uniques=uniques, checks=conditions))


@pytest.mark.parametrize(
    ("described", "mask"),
    [
        (one(length=40), "token"),
        (one(length=8), "redact"),
        (one(length=8, unique=True), "pseudonym"),
        (one(Kind.INTEGER), "pseudonym"),
        (one(Kind.BOOLEAN, nullable=False), "category"),
        (one(Kind.DATE, nullable=False, unique=True), "pseudonym"),
        (one(Kind.TIME, nullable=False), "constant"),
        (one(Kind.XML), "null"),
        (one(Kind.ARRAY, nullable=False), "constant"),
        (one(Kind.OTHER, native="tsvector"), "null"),
        (one(Kind.OTHER, native="int4range", nullable=False), "constant"),
        (one(Kind.TEXT, "(c = ANY (ARRAY['a'::text, 'b'::text]))", nullable=False), "category"),
        (one(Kind.INTEGER, "((c >= 1) AND (c <= 5))", nullable=False), "category"),
        (one(Kind.TEXT, "(mystery(c))"), "null"),
        (one(Kind.INTEGER, "(c > 0)"), "pseudonym"),
        (one(Kind.DATE, "(c > '2000-01-01'::date)", "(c < '2020-01-01'::date)"), "null"),
    ],
)
def test_the_safest_mask_that_is_proven_to_fit(described: Schema, mask: str) -> None:
    made = accept(Plan("t", "k", {}), described)
    assert mask_of(made, "t") == mask
    assert errors(check(made, described)) == ()


def test_where_no_mask_is_proven_to_fit_the_column_stays_open_and_says_why() -> None:
    described = one(Kind.TEXT, "(mystery(c))", nullable=False)
    made = accept(Plan("t", "k", {}), described)
    assert mask_of(made, "t") is None
    (found,) = errors(check(made, described))
    assert found.place == "t.c"
    assert "k0 is not proven" in found.reason


def test_a_trial_on_masked_rows_stands_in_for_a_proof() -> None:
    described = one(Kind.TEXT, "(mystery(c))", nullable=False)
    assert mask_of(accept(Plan("t", "k", {}), described, trial=lambda _: lambda *_: True), "t") == "token"


def test_dates_bound_by_a_condition_follow_the_rows_own_key() -> None:
    stay = schema(table("t", integer("id"), column("a", Kind.DATE, nullable=False), column("b", Kind.DATE, nullable=False),
                        checks=(Check("k", "(b >= a)", ("a", "b")),)))  # fmt: skip
    made = accept(Plan("t", "k", {}), stay)
    assert (mask_of(made, "t", "a"), mask_of(made, "t", "b")) == ("date_shift", "date_shift")
    assert errors(check(made, stay)) == ()


def test_dates_in_a_unique_key_follow_its_other_part_where_a_condition_binds_them() -> None:
    flights = schema(table("flight", integer("id"), column("number", nullable=False, length=6),
                           column("leaves", Kind.TIMESTAMPTZ, nullable=False), column("lands", Kind.TIMESTAMPTZ),
                           uniques=(Unique("u", ("number", "leaves")),),
                           checks=(Check("k", "(lands > leaves)", ("leaves", "lands")),)))  # fmt: skip
    made = accept(Plan("t", "k", {}), flights, trial=lambda _: lambda *_: None)
    rules = [made.tables[TableName("flight")].rule(name) for name in ("leaves", "lands")]
    assert [(rule.masker.name, rule.by) for rule in rules if rule and rule.masker] == [("date_shift", "number")] * 2
    assert errors(check(made, flights)) == ()


@pytest.mark.parametrize(
    ("part", "checks", "mask"),
    [
        (column("c", Kind.BOOLEAN, nullable=False), (), "category"),
        (column("c", nullable=False), ("((c)::text = ANY (ARRAY['a'::text, 'b'::text]))",), "category"),
        (integer("c", nullable=False), ("((c >= 1) AND (c <= 5))",), "within"),
        (column("c", Kind.TIME, nullable=False), (), "pseudonym"),
        (column("c", Kind.FLOAT, nullable=False), (), "pseudonym"),
    ],
)
def test_any_type_can_be_a_part_of_a_key_and_stays_where_conditions_hold_it(
    part: Column, checks: tuple[str, ...], mask: str
) -> None:
    conditions = tuple(Check(f"k{n}", text, ("c",)) for n, text in enumerate(checks))
    described = schema(table("t", integer("id"), part, key=("id", "c"), checks=conditions))
    made = accept(Plan("t", "k", {}), described)
    assert mask_of(made, "t") == mask
    assert errors(check(made, described)) == ()


@pytest.mark.parametrize(
    ("described", "mask"),
    [
        (one(Kind.TEXT, r"(c ~ '^\d{5}(-\d{4})?$'::text)", nullable=False), "regex_template"),
        (one(Kind.TEXT, r"(c ~ '^[a-z]+x*$'::text)", nullable=False), "regex_template"),
        (
            one(Kind.DATE, "((c >= '1930-01-01'::date) AND (c <= (now() - '18 years'::interval)))", nullable=False),
            "constant",
        ),
    ],
)
def test_patterns_and_the_present_moment_are_understood(described: Schema, mask: str) -> None:
    made = accept(Plan("t", "k", {}), described)
    assert mask_of(made, "t") == mask
    assert errors(check(made, described)) == ()


def test_nobody_refers_to_themselves_after_masking_either() -> None:
    follows = schema(table("person", integer("id")),
                     table("follow", integer("id"), integer("a", nullable=False), integer("b", nullable=False),
                           foreign_keys=(refers("a", "person"), refers("b", "person")),
                           checks=(Check("k", "(a <> b)", ("a", "b")),)))  # fmt: skip
    made = accept(Plan("t", "k", {}), follows)
    assert (mask_of(made, "follow", "a"), mask_of(made, "person", "id")) == ("pseudonym", "pseudonym")
    assert errors(check(made, follows)) == ()


def test_partition_keys_stay_in_their_partitions() -> None:
    bounds = ("((c >= '2020-01-01'::date) AND (c < '2021-01-01'::date))",)
    ranged = one(Kind.DATE, nullable=False)
    ranged = replace(ranged, tables=(replace(ranged.tables[0], partition_key="RANGE (c)", partition_bounds=bounds),))
    assert mask_of(accept(Plan("t", "k", {}), ranged), "t") == "within"
    listed = one(Kind.TEXT, nullable=False)
    labels = ("((c IS NOT NULL) AND (c = 'a'::text))", "((c IS NOT NULL) AND (c = ANY (ARRAY['b'::text, 'x'::text])))")
    listed = replace(listed, tables=(replace(listed.tables[0], partition_key="LIST (c)", partition_bounds=labels),))
    assert mask_of(accept(Plan("t", "k", {}), listed), "t") == "category"


def test_numbers_that_a_generated_column_computes_with_keep_their_size() -> None:
    """A pseudonym of 9 times a price would not fit the total."""
    total = column("total", Kind.DECIMAL, precision=10, scale=2, generated="(c * 9.99)")
    described = schema(table("t", integer("id"), integer("c"), total))
    assert mask_of(accept(Plan("t", "k", {}), described), "t") == "number_noise"
    alone = schema(table("t", integer("id"), integer("c")))
    assert mask_of(accept(Plan("t", "k", {}), alone), "t") == "pseudonym"


def test_each_dialect_has_its_own_way_to_write_a_point() -> None:
    for dialect, text in (("mariadb", "POINT(0 0)"), ("postgresql", "(0,0)")):
        place = table("t", integer("id"), column("c", Kind.OTHER, native="point", nullable=False))
        made = accept(Plan("t", "k", {}), schema(place, dialect=dialect)).tables[TableName("t")].rule("c")
        assert made is not None
        assert made.masker is not None
        assert getattr(made.masker, "value", None) == text


@pytest.mark.parametrize(
    ("dialect", "native", "fields", "value"),
    [
        ("sqlite", "", 0, ""),
        ("sqlite", "NUMERIC", 0, ""),
        ("postgresql", "pair", 2, "(,)"),
        ("postgresql", "one", 1, "()"),
    ],
)
def test_columns_of_any_type_and_of_composites_get_an_empty_value(
    dialect: str, native: str, fields: int, value: str
) -> None:
    """Where NULL is not allowed."""
    strange = table("t", integer("id"), column("c", Kind.OTHER, native=native, nullable=False, fields=fields))
    described = schema(strange, dialect=dialect)
    made = accept(Plan("t", "k", {}), described)
    rule = made.tables[TableName("t")].rule("c")
    assert rule is not None
    assert getattr(rule.masker, "value", None) == value
    assert errors(check(made, described)) == ()


def test_columns_that_are_new_since_the_lock_wait_for_a_person() -> None:
    old = schema(table("t", integer("id"), column("c")))
    new = schema(table("t", integer("id"), column("c"), column("added")), table("fresh", integer("id")))
    lock = make_lock(old, propose(old))
    made = accept(propose(new), new, lock=lock)
    assert (mask_of(made, "t"), mask_of(made, "t", "added")) == ("token", None)
    everything = accept(propose(new), new, lock=lock, accept_new=True)
    assert mask_of(everything, "t", "added") == "token"


def test_what_a_person_chose_for_a_key_holds_for_those_that_refer_to_it() -> None:
    described = schema(
        table("a", column("code", length=20), key="code"),
        table("b", integer("id"), column("a_code", length=20), foreign_keys=(refers("a_code", "a", "code"),)),
    )
    made = accept(plan({"a": {"code": "token"}}), described)
    assert mask_of(made, "b", "a_code") == "token"
    assert errors(check(made, described)) == ()


@pytest.mark.parametrize(
    ("kind", "native", "mask"),
    [
        (Kind.OTHER, "inet", "pseudonym"),
        (Kind.OTHER, "macaddr", "pseudonym"),
        (Kind.OTHER, "tstzrange", "pseudonym"),
        (Kind.ARRAY, "integer[]", "pseudonym"),
        (Kind.BIT, "bit varying", "pseudonym"),
        (Kind.JSON, "jsonb", "token"),
        (Kind.BOOLEAN, "boolean", "category"),
        (Kind.ENUM, "set('a','b')", "pseudonym"),
    ],
)
def test_keys_of_any_type_get_a_mask_that_keeps_them_distinct(kind: Kind, native: str, mask: str) -> None:
    element = "integer" if kind is Kind.ARRAY else None
    labels = ("a", "b") if kind is Kind.ENUM else ()
    key = column("c", kind, native=native, nullable=False, element=element, enum=labels)
    described = schema(
        table("t", key, key="c"),
        table("u", integer("id"), replace(key, name="r"), foreign_keys=(refers("r", "t", "c"),)),
    )
    made = accept(Plan("t", "k", {}), described)
    assert (mask_of(made, "t"), mask_of(made, "u", "r")) == (mask, mask)
    assert errors(check(made, described)) == ()


def test_a_unique_text_of_a_pattern_stays_in_it() -> None:
    described = one(Kind.TEXT, "(c ~ '^[A-Z]{2}-[0-9]{3}$'::text)", nullable=False, length=8, unique=True)
    made = accept(Plan("t", "k", {}), described)
    assert mask_of(made, "t") == "pseudonym"
    assert errors(check(made, described)) == ()


def test_keys_whose_order_a_condition_binds_stay_open_and_say_what_can_be_done() -> None:
    pairs = schema(table("t", integer("a"), integer("b"), key=("a", "b"), checks=(Check("k", "(a < b)", ("a", "b")),)))
    (first, _) = errors(check(accept(Plan("t", "k", {}), pairs), pairs))
    assert "keep both columns with a reason" in first.reason
