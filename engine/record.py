"""What a run measures while it reads, and what `verify` compares a target with: counts, checksums, keyed sketches. No value."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connectors.database import Form
from connectors.names import TableName
from connectors.schema import Column, ForeignKey, Kind, Table, Unique
from engine.checksums import Canon, Checksum, canon_of, checksum, hashes, repeats
from engine.domains import integer_bits
from engine.keys import DomainKey, MaskingKey
from engine.masking.base import Properties
from engine.masking.dates import means_never, outside_calendar
from engine.pipeline import Pipeline
from engine.plan import Rule
from engine.sketches import CAPACITY, EVERYTHING, Sketch, SketchBuilder
from engine.traces import folded, whole_names

TRACED = frozenset(
    """
    phone full_name company street pseudonym fpe credit_card iban national_id licence_plate vin imei ip mac regex_template
""".split()
)
"""Techniques, beside those whose outputs are never the source's, for values by which one person or thing is found again."""


NAMED = 1 << 14
"""Rows of each batch whose first and last names are put together: some of many are enough to find the others' copies."""


@dataclass(frozen=True, slots=True)
class Watched:
    """One column that is measured: kept ones by a checksum, masked ones by sketches."""

    column: Column
    canon: Canon
    kept: bool
    shortest: int = 1
    """Texts of fewer signs are no evidence of a leak."""
    traced: bool = False
    """Its values are also looked for in other columns of the target."""
    given: str | None = None
    """Of last names: the column of first names, for whole names are looked for."""


@dataclass(frozen=True, slots=True, eq=False)
class Masked:
    """What is known of a masked column's source values, and of the rows that masking left as they were."""

    source: Sketch
    unchanged: Sketch
    """The distinct values that were masked to themselves."""
    values: int = 0
    unchanged_rows: int = 0
    traces: Sketch = field(default_factory=Sketch)
    """Of source values as `engine.traces` spells them, of all or some; empty where they tell of no one person."""


@dataclass(frozen=True, slots=True, eq=False)
class Measures:
    """Of the rows of one chunk, or of a whole table."""

    rows: int = 0
    kept: Mapping[str, Checksum] = field(default_factory=dict)
    masked: Mapping[str, Masked] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class TableRecord:
    """One table of a run."""

    name: TableName
    target: TableName
    wire: bool
    """Kept columns were read as the database's own bytes: verify reads the target so too."""
    measures: Measures
    canons: Mapping[str, Canon]
    foreign_keys: tuple[ForeignKey, ...] = ()
    """Of the source's table."""
    uniques: tuple[Unique, ...] = ()
    """Of the source's table: those that hold for all rows by their columns alone."""
    orphans: tuple[int, ...] = ()
    """Of each of these keys, in the source's snapshot."""
    chunks: int = 0
    unreadable: Mapping[str, int] = field(default_factory=dict)
    """Column -> values that its type cannot hold, and that were read as empty in this attempt."""
    seconds: float = 0.0
    shortest: Mapping[str, int] = field(default_factory=dict)
    """Masked column -> signs of the shortest texts that were compared, where not all were."""
    widths: Mapping[str, int] = field(default_factory=dict)
    """Integer column -> bits that its masker was told of: the target's own column may be wider, in another engine it often is."""


def shortest_told(watched_: tuple[Watched, ...]) -> dict[str, int]:
    """The columns of which not all texts are compared."""
    return {column.column.name: column.shortest for column in watched_ if column.shortest > 1}


def widths(pipeline: Pipeline, table: Table) -> dict[str, int]:
    """The bits of each integer column as its masker is told of them."""
    told = {column.name: integer_bits(pipeline.subjects[table.name, column.name].column) for column in table.stored}
    return {name: bits for name, bits in told.items() if bits is not None and table.column(name).kind is Kind.INTEGER}


def plain_uniques(table: Table) -> tuple[Unique, ...]:
    """The unique keys that any database can count: over columns, for all rows."""
    return tuple(unique for unique in table.uniques if not unique.expression and not unique.where)


def record_key(key: MaskingKey) -> DomainKey:
    """The key of checksums and sketches: independent of every domain, so it says nothing of a masked value."""
    return key.domain("lookalike record")


def watched(pipeline: Pipeline, table: Table, *, wire: bool) -> tuple[Watched, ...]:
    """The columns to measure. A masker that keeps by design (noise, free text) or reads nothing has nothing to compare."""
    columns, _ = pipeline.reading(table.name, wire=wire)
    masked = set(pipeline.masked_columns(table.name))
    found = []
    for asked in columns:
        column = table.column(asked.name)
        canon = Canon.WIRE if asked.form is Form.WIRE else canon_of(column)
        if asked.name not in masked:
            found.append(Watched(column, canon, kept=True))
        elif (promised := _comparable(pipeline, table, asked.name)) is not None:
            rule = pipeline.rule_of(table.name, asked.name)
            given = _given(pipeline, table, masked) if _technique(rule) == "last_name" else None
            found.append(Watched(column, canon, False, promised.shortest_told, is_traced(rule), given))
    return tuple(found)


def _given(pipeline: Pipeline, table: Table, masked: set[str]) -> str | None:
    """The table's column of first names."""
    names = (column.name for column in table.stored if column.name in masked)
    return next((name for name in names if _technique(pipeline.rule_of(table.name, name)) == "first_name"), None)


def _technique(rule: Rule | None) -> str | None:
    return rule.masker.name if rule is not None and rule.masker is not None else None


def is_traced(rule: Rule | None) -> bool:
    """Do values under this rule tell of one person or thing, wherever they stand?"""
    if rule is None or rule.masker is None:
        return False
    return rule.masker.properties.overlap == "none" or rule.masker.name in TRACED


def _comparable(pipeline: Pipeline, table: Table, column: str) -> Properties | None:
    rule = pipeline.rule_of(table.name, column)
    properties = rule.masker.properties if rule is not None and rule.masker is not None else None
    compared = properties is not None and properties.reads_value and properties.overlap != "kept"
    return properties if compared else None


class Measuring:
    """Adds batches up. One per chunk while reading; one per table adds the chunks up."""

    def __init__(self, key: DomainKey, columns: tuple[Watched, ...], limits: Mapping[str, int] | None = None) -> None:
        self._key, self._columns = key, columns
        self._rows = 0
        self._kept = {watched.column.name: Checksum() for watched in columns if watched.kept}
        names = [watched.column.name for watched in columns if not watched.kept]
        limits = limits or {}
        self._source = {name: SketchBuilder(CAPACITY, limits.get(name, EVERYTHING)) for name in names}
        self._unchanged = {name: SketchBuilder(CAPACITY, limits.get(name, EVERYTHING)) for name in names}
        self._traces = {name: SketchBuilder() for name in names}
        self._counts = {name: np.zeros(2, np.int64) for name in names}

    @property
    def limits(self) -> dict[str, int]:
        """How far each sketch has been sampled down: a chunk that starts there keeps no hash that the table would drop."""
        return {name: builder.limit for name, builder in self._source.items()}

    @property
    def rows(self) -> int:
        return self._rows

    def observe(self, source: pa.RecordBatch, masked: pa.RecordBatch | None = None) -> None:
        """Measure a batch as it was read; with the masked one, also what stayed the same."""
        self._rows += source.num_rows
        for watched_ in self._columns:
            name = watched_.column.name
            values = source.column(source.schema.get_field_index(name))
            if watched_.kept:
                self._kept[name] += checksum(self._key, values, watched_.canon)
            else:
                self._sketch(watched_, values, masked)
                if watched_.given in source.schema.names:
                    self._trace_names(watched_, source.column(watched_.given), values)

    def _sketch(self, watched_: Watched, values: pa.Array, masked: pa.RecordBatch | None) -> None:
        name = watched_.column.name
        told = telling(values, watched_.shortest)
        hashed = _hashed(self._key, told, watched_.canon)
        self._source[name].add(hashed)
        self._counts[name][0] += len(values) - values.null_count
        if watched_.traced:
            self._trace(name, told, hashed)
        if masked is not None:
            equal = _equal(values, masked.column(masked.schema.get_field_index(name)))
            if pc.any(equal).as_py():
                same = values.filter(equal)
                self._counts[name][1] += len(same)
                self._unchanged[name].add(distinct_hashes(self._key, same, watched_.canon, watched_.shortest))

    def _trace(self, name: str, told: pa.Array, hashed: Any) -> None:
        """Of a column of many values those alone that its sketch keeps: spelling and hashing all of them again would cost a tenth."""
        limit = self._source[name].limit
        if limit < EVERYTHING and len(hashed) == len(told):
            told = told.filter(pa.array(hashed <= np.uint64(limit)))
        self._traces[name].add(trace_hashes(self._key, folded(told)))

    def _trace_names(self, watched_: Watched, first: pa.Array, last: pa.Array) -> None:
        for names in whole_names(first.slice(0, NAMED), last.slice(0, NAMED)):
            self._traces[watched_.column.name].add(trace_hashes(self._key, folded(pc.unique(names))))

    def merge(self, measures: Measures) -> None:
        self._rows += measures.rows
        for name, part in measures.kept.items():
            self._kept[name] += part
        for name, masked in measures.masked.items():
            self._source[name].merge(masked.source)
            self._unchanged[name].merge(masked.unchanged)
            self._traces[name].merge(masked.traces)
            self._counts[name] += (masked.values, masked.unchanged_rows)

    def measures(self) -> Measures:
        masked = {
            name: Masked(
                self._source[name].sketch(),
                self._unchanged[name].sketch(),
                int(counts[0]),
                int(counts[1]),
                self._traces[name].sketch(),
            )
            for name, counts in self._counts.items()
        }
        return Measures(self._rows, dict(self._kept), masked)


def distinct_hashes(key: DomainKey, values: pa.Array, canon: Canon, shortest: int = 1) -> Any:
    """One 64-bit lane of the keyed hash of each value that can say something of a person."""
    return _hashed(key, telling(values, shortest), canon)


def telling(values: pa.Array, shortest: int = 1) -> pa.Array:
    """The values that can say something of a person, each once where they repeat: blanks and zeros cannot, and maskers leave them as
    they are."""
    nothing = _telling_nothing(values, shortest)
    if nothing is not None and pc.any(nothing).as_py():
        values = values.filter(pc.invert(nothing))
    if values.null_count:
        values = values.drop_null()
    return pc.unique(values) if repeats(values) else values


def _hashed(key: DomainKey, values: pa.Array, canon: Canon) -> Any:
    if not _is_date(values.type):
        return hashes(key, values, canon)[:, 0]
    # Of the dates outside the calendar a checksum makes one, but each is somebody's own.
    outside = outside_calendar(values)
    far = values.filter(outside).cast(pa.int32() if pa.types.is_date(values.type) else pa.int64()).cast(pa.string())
    inside = hashes(key, values.filter(pc.invert(outside)), canon)
    return np.concatenate([inside, hashes(key, far, Canon.TEXT)])[:, 0]


def trace_hashes(key: DomainKey, spelt: pa.Array) -> Any:
    """One 64-bit lane of the keyed hash of each value in the spelling of `engine.traces`."""
    return hashes(key, spelt, Canon.TEXT)[:, 0]


def _is_date(type_: pa.DataType) -> bool:
    return bool(pa.types.is_date32(type_) or type_ == pa.timestamp("us", getattr(type_, "tz", None)))


def _telling_nothing(values: pa.Array, shortest: int) -> pa.Array | None:
    """Which values are blanks, zeros, dates that mean "never", or too short to tell; None where the type has none."""
    type_ = values.type
    if pa.types.is_string(type_) or pa.types.is_large_string(type_):
        short = pc.equal(pc.binary_length(values), 0) if shortest <= 1 else pc.less(pc.utf8_length(values), shortest)
        return pc.or_(short, pc.utf8_is_space(values))
    if pa.types.is_decimal(type_):
        return pc.equal(values, pa.scalar(Decimal(0), type_))
    if pa.types.is_integer(type_) or pa.types.is_floating(type_):
        return pc.equal(values, pa.scalar(0, type_))
    return means_never(values) if _is_date(type_) else None


def _equal(values: pa.Array, masked: pa.Array) -> pa.Array:
    if pa.types.is_union(values.type):
        # No kernel compares unions; only SQLite's per-value columns come as one.
        pairs = zip(values.to_pylist(), masked.to_pylist(), strict=True)
        return pa.array([left is not None and left == right for left, right in pairs], pa.bool_())
    if values.type != masked.type:
        masked = masked.cast(values.type)
    return pc.fill_null(pc.equal(values, masked), False)


def to_bytes(measures: Measures) -> bytes:
    """Measures as bytes to be sealed."""
    arrays: dict[str, Any] = {}
    masked = {}
    for place, (name, column) in enumerate(measures.masked.items()):
        arrays[f"source{place}"], arrays[f"unchanged{place}"] = column.source.hashes, column.unchanged.hashes
        arrays[f"traces{place}"] = column.traces.hashes
        limits = [column.source.limit, column.unchanged.limit, column.traces.limit]
        masked[name] = [limits[0], limits[1], column.values, column.unchanged_rows, limits[2]]
    kept = {name: [part.values, part.nulls, part.high, part.low] for name, part in measures.kept.items()}
    head = json.dumps({"rows": measures.rows, "kept": kept, "masked": masked}).encode()
    buffer = io.BytesIO()
    np.savez(buffer, head=np.frombuffer(head, np.uint8), **arrays)
    return buffer.getvalue()


def from_bytes(content: bytes) -> Measures:
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        head = json.loads(arrays["head"].tobytes())
        masked = {}
        for place, (name, (limit, unchanged_limit, values, rows, *later)) in enumerate(head["masked"].items()):
            source = Sketch(arrays[f"source{place}"], limit)
            # Records of earlier versions have no traces.
            traces = Sketch(arrays[f"traces{place}"], later[0]) if later else Sketch()
            masked[name] = Masked(source, Sketch(arrays[f"unchanged{place}"], unchanged_limit), values, rows, traces)
    kept = {name: Checksum(*parts) for name, parts in head["kept"].items()}
    return Measures(head["rows"], kept, masked)


def without_sketches(measures: Measures) -> Measures:
    """The counts alone: the sketches of hundreds of tables would not stay small in memory."""
    masked = {
        name: replace(of, source=Sketch(), unchanged=Sketch(), traces=Sketch()) for name, of in measures.masked.items()
    }
    return replace(measures, masked=masked)
