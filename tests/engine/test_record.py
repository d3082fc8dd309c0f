"""What a run measures: the same however the rows are cut, for every type that a column can have."""

from __future__ import annotations

from datetime import time
from decimal import Decimal
from uuid import UUID

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.arrow import carrier
from connectors.database import Chunk
from connectors.names import TableName
from connectors.schema import Column, ForeignKey, Kind, Unique
from engine.checksums import Canon, canon_of
from engine.keys import MaskingKey
from engine.record import Measures, Measuring, TableRecord, Watched, distinct_hashes, from_bytes, record_key, to_bytes
from engine.record_store import RecordStore
from engine.sealed import SealError
from engine.sketches import overlap
from engine.workspace import open_workspace

MASKING_KEY = MaskingKey("k", b"s" * 32)
KEY = record_key(MASKING_KEY)
COLUMNS = [
    *(Column(kind.value, kind.value, kind) for kind in Kind),
    Column("narrow", "numeric(3,2)", Kind.DECIMAL, precision=3, scale=2),
    Column("wide", "numeric(38,0)", Kind.DECIMAL, precision=38, scale=0),
    Column("unsigned", "bigint unsigned", Kind.INTEGER, precision=64, unsigned=True),
]


def _array(type_: pa.DataType, numbers: list[int | None]) -> pa.Array:
    if pa.types.is_boolean(type_):
        return pa.array([None if n is None else n % 2 == 0 for n in numbers], type_)
    if pa.types.is_fixed_size_binary(type_):
        return pa.array([None if n is None else n.to_bytes(16, "big") for n in numbers], type_)
    if pa.types.is_string(type_) or pa.types.is_binary(type_):
        return pa.array([None if n is None else str(n) for n in numbers], pa.string()).cast(type_)
    if pa.types.is_decimal(type_):
        return pa.array([None if n is None else Decimal(n) for n in numbers], type_)
    raw = pa.array(numbers, pa.int64())
    return raw.cast(pa.int32()).cast(type_) if pa.types.is_date32(type_) else raw.cast(type_)


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.name)
@pytest.mark.parametrize("kept", [True, False])
def test_chunks_add_up_to_the_table_for_every_type(column, kept) -> None:  # type: ignore[no-untyped-def]
    values = _array(carrier(column), [0, 1, 2, None, 2, 7, 9, 0])
    watched = (Watched(column, canon_of(column), kept),)

    def measured(*parts: pa.Array) -> Measures:
        whole = Measuring(KEY, watched)
        for part in parts:
            chunk = Measuring(KEY, watched, whole.limits)
            batch = pa.RecordBatch.from_arrays([part], [column.name])
            chunk.observe(batch, batch)
            whole.merge(from_bytes(to_bytes(chunk.measures())))
        return whole.measures()

    one, cut = measured(values), measured(values.slice(0, 3), values.slice(3))
    assert one.rows == cut.rows == 8
    if kept:
        assert one.kept == cut.kept
        assert one.kept[column.name].nulls == 1
    else:
        masked = one.masked[column.name]
        assert masked.source.hashes.tolist() == cut.masked[column.name].source.hashes.tolist()
        assert (masked.values, masked.unchanged_rows) == (7, 7)
        assert overlap(masked.source, masked.unchanged).found == masked.source.distinct > 0


@given(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=20), st.lists(st.integers(-5, 5), max_size=20))
def test_zeros_and_blanks_say_nothing_of_anybody(numbers, small) -> None:  # type: ignore[no-untyped-def]
    column = Column("n", "bigint", Kind.INTEGER, precision=64)
    measuring = Measuring(KEY, (Watched(column, canon_of(column), kept=False),))
    batch = pa.RecordBatch.from_arrays([pa.array([*numbers, *small], pa.int64())], ["n"])
    measuring.observe(batch, batch)
    assert measuring.measures().masked["n"].source.distinct == len({n for n in (*numbers, *small) if n})


def test_a_record_is_read_again_and_only_under_its_key_and_run(tmp_path) -> None:  # type: ignore[no-untyped-def]
    workspace = open_workspace(tmp_path)
    column = Column("n", "text", Kind.TEXT)
    measuring = Measuring(KEY, (Watched(column, canon_of(column), kept=True),))
    measuring.observe(pa.RecordBatch.from_pydict({"n": ["Anna", None]}))
    name = TableName('odd "name"', "hr")
    record = TableRecord(
        name, TableName("t"), True, measuring.measures(), {"n": canon_of(column)},
        (ForeignKey("fk", ("a", "b"), name, ("c", "d")),), (Unique("u", ("n",), nulls_distinct=False),), (3,), 2, seconds=0.5,
    )  # fmt: skip
    RecordStore(workspace.run("r1"), "r1", MASKING_KEY).save_table(record)
    found = RecordStore(workspace.run("r1"), "r1", MASKING_KEY).table(name)
    assert found is not None
    assert (found.foreign_keys, found.uniques, found.orphans) == (record.foreign_keys, record.uniques, (3,))
    assert found.measures.kept == record.measures.kept
    assert RecordStore(workspace.run("r1"), "r1", MASKING_KEY).table(TableName("other")) is None
    for run, key in (("r2", MASKING_KEY), ("r1", MaskingKey("k", b"x" * 32))):
        with pytest.raises(SealError):
            RecordStore(workspace.run("r1"), run, key).table(name)


@pytest.mark.parametrize(
    "bound",
    [
        (1, "a", 1.5, None, True),
        (b"\x00\xff", Decimal("1.50")),
        (np.datetime64("2024-01-02").item(), np.datetime64("2024-01-02T03:04:05.000006").item()),
        (np.timedelta64(5_000_001, "us").item(),),
        (UUID(int=7), time(1, 2, 3, 4)),
    ],
)
def test_chunk_bounds_of_any_key_type_survive_a_crash(tmp_path, bound) -> None:  # type: ignore[no-untyped-def]
    store = RecordStore(open_workspace(tmp_path).run("r1"), "r1", MASKING_KEY)
    chunks = [Chunk(TableName("t"), 0, None, bound), Chunk(TableName("t"), 1, bound, None)]
    assert store.chunks(TableName("t")) is None
    store.save_chunks(TableName("t"), chunks)
    assert store.chunks(TableName("t")) == chunks


def test_words_too_short_for_a_telephone_number_are_no_evidence_of_a_leak() -> None:
    """An extension of three digits becomes another of three, and often one that is there already."""
    told = distinct_hashes(KEY, pa.array(["12", "+1 202 555 0143", "x", None]), Canon.TEXT, shortest=7)
    assert list(told) == list(distinct_hashes(KEY, pa.array(["+1 202 555 0143"]), Canon.TEXT))
