"""Tables, plans and random schemas for the tests of plan, check and pipeline."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

from connectors.names import TableName
from connectors.schema import Check, Column, ForeignKey, Kind, Schema, Table, Unique
from engine.masking import make_masker
from engine.plan import Plan, Rule, TablePlan, Treatment
from engine.profiling.discover import Looked, judged
from engine.profiling.facts import Sample
from engine.profiling.finding import Findings
from engine.profiling.sampling import TableSample

NATIVE = {Kind.INTEGER: "integer", Kind.TEXT: "character varying", Kind.TIMESTAMPTZ: "timestamp with time zone"}


def column(name: str, kind: Kind = Kind.TEXT, **facts: Any) -> Column:
    if kind is Kind.INTEGER:
        facts.setdefault("precision", 32)
    return Column(name, facts.pop("native", NATIVE.get(kind, kind.value)), kind, **facts)


def integer(name: str, **facts: Any) -> Column:
    return column(name, Kind.INTEGER, **facts)


def primary(*columns: str) -> Unique:
    return Unique("pk", columns, primary=True)


def refers(
    column_: str | tuple[str, ...], parent: str, parent_column: str | tuple[str, ...] = "id", **facts: Any
) -> ForeignKey:
    columns = (column_,) if isinstance(column_, str) else column_
    parents = (parent_column,) if isinstance(parent_column, str) else parent_column
    return ForeignKey(f"fk_{'_'.join(columns)}", columns, TableName(parent), parents, **facts)


def table(name: str, *columns: Column, key: str | tuple[str, ...] | None = "id", **facts: Any) -> Table:
    names = () if key is None else (key,) if isinstance(key, str) else key
    uniques = ((primary(*names),) if names else ()) + tuple(facts.pop("uniques", ()))
    fixed = tuple(
        c if c.name not in names else Column(**{f: getattr(c, f) for f in c.__slots__} | {"nullable": False})
        for c in columns
    )
    return Table(TableName(name), fixed, uniques, **facts)


def schema(*tables: Table, dialect: str = "postgresql", **facts: Any) -> Schema:
    return Schema(dialect, "public", tables, **facts)


def rule(name: str, mask: str | None, options: Mapping[str, Any] | None = None, **facts: Any) -> Rule:
    reason = facts.pop("reason", "because" if mask in (None, "keep") else None)
    return Rule((name,), make_masker(mask, options or {}) if mask else None, reason, **facts)


def plan(tables: Mapping[str, Mapping[str, str | Rule | None] | TablePlan], **facts: Any) -> Plan:
    """`{"customer": {"id": "pseudonym", "name": "keep"}}` as a plan."""
    made = {
        TableName(name): decided
        if isinstance(decided, TablePlan)
        else TablePlan(Treatment.MASK, tuple(r if isinstance(r, Rule) else rule(c, r) for c, r in decided.items()))
        for name, decided in tables.items()
    }
    return Plan(facts.pop("name", "test"), facts.pop("key", "test"), made, **facts)


# Random schemas: any kind of column, keys of several columns, references of any shape, conditions.

NAMES = st.sampled_from(
    ["id", "email", "First Name", "ort", "birth_date", "status", "Notizen", "x", "ü", "amount", "select", "last_update"]
)
NUMBERS = (Kind.INTEGER, Kind.DECIMAL)
KINDS = st.sampled_from([*Kind, Kind.INTEGER, Kind.TEXT, Kind.TEXT])


@st.composite
def columns(draw: st.DrawFn) -> Column:
    kind = draw(KINDS)
    facts: dict[str, Any] = {"nullable": draw(st.booleans())}
    if kind is Kind.TEXT:
        facts["length"] = draw(st.sampled_from([None, 1, 5, 20, 200]))
    if kind is Kind.INTEGER:
        facts["precision"] = draw(st.sampled_from([8, 16, 32, 64]))
    if kind is Kind.DECIMAL:
        facts |= {"precision": 10, "scale": draw(st.sampled_from([0, 2]))}
    if kind is Kind.ENUM:
        facts["enum"] = ("new", "old")
    if kind is Kind.BIT:
        facts["length"] = 3
    native = "inet" if kind is Kind.OTHER else NATIVE.get(kind, kind.value)
    return Column(draw(NAMES), native, kind, **facts)


@st.composite
def tables(draw: st.DrawFn, name: str, parents: tuple[Table, ...]) -> Table:
    own = draw(st.lists(columns(), max_size=6, unique_by=lambda c: c.name))
    own = [c for c in own if c.name != "id"]
    identifier = draw(st.sampled_from([integer("id", nullable=False), column("id", Kind.UUID, nullable=False)]))
    keys = []
    for parent in parents:
        if draw(st.booleans()):
            there = parent.column("id")
            child = Column(
                f"{parent.name.name}_id", there.native, there.kind, draw(st.booleans()), precision=there.precision
            )
            own.append(child)
            keys.append(refers(child.name, parent.name.name))
    joined = {key.columns[0] for key in keys}
    # What a key must not be, no permutation can promise: nothing safe exists for `fk <> 7`.
    conditions = [
        (c.name, draw(st.sampled_from(['0 <= "{}"', '"{}" >= 1', '"{}" <> 7', '"{}" > 3'])))
        for c in own
        if c.kind in NUMBERS
    ]
    checks = tuple(
        Check(f"c{n}", f"({text.format(of)})", (of,))
        for n, (of, text) in enumerate(conditions)
        if draw(st.booleans()) and (of not in joined or text[0] == "0" or text.endswith("1"))
    )
    return table(name, identifier, *own, foreign_keys=tuple(keys), checks=checks)


@st.composite
def schemas(draw: st.DrawFn) -> Schema:
    made: tuple[Table, ...] = ()
    for name in draw(st.lists(st.sampled_from(["customer", "order", "t3", "Lieferung"]), min_size=1, unique=True)):
        made += (draw(tables(name, made)),)
    return schema(*made)


def findings(described: Schema, samples: Mapping[TableName, pa.RecordBatch]) -> Findings:
    """What discovery makes of these rows."""
    tables = {
        name: TableSample({c: Sample(batch.column(c)) for c in batch.schema.names}) for name, batch in samples.items()
    }
    return Findings(*judged(Looked(described, tables)))
