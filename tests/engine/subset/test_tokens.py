"""Row ids as tokens and back."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.names import TableName
from connectors.rows import FROM, RowIds
from engine.keys import MaskingKey
from engine.subset.tokens import Sealed, Tokens, token_octets

KEY = MaskingKey("test", b"k" * 32)
NUMBERS = st.integers(-(2**63), 2**63 - 1)
TYPES = st.lists(st.sampled_from([pa.int64(), pa.binary()]), min_size=1, max_size=4)


@st.composite
def ids(draw: st.DrawFn) -> pa.Table:
    types = draw(TYPES)
    rows = draw(st.integers(0, 8))
    made = [
        draw(st.lists(NUMBERS if pa.types.is_int64(type_) else st.binary(max_size=40), min_size=rows, max_size=rows))
        for type_ in types
    ]
    return table(types, made)


def table(types: Sequence[pa.DataType], columns: Sequence[Sequence[object]]) -> pa.Table:
    arrays = [pa.array(values, type_) for values, type_ in zip(columns, types, strict=True)]
    return pa.Table.from_arrays(arrays, schema=RowIds(tuple(types), True).schema())


def tokens(rows: pa.Table, name: str = "t", *, values: bool = True, key: MaskingKey = KEY) -> Tokens:
    return Tokens(TableName(name), RowIds(tuple(rows.schema.types), values), key)


def octets(sealed: Sealed) -> list[bytes]:
    return [row.tobytes() for row in token_octets(sealed.tokens)]


@settings(max_examples=150)
@given(ids(), st.booleans())
def test_a_token_opens_to_its_id_again_and_two_are_equal_exactly_where_the_ids_are(
    rows: pa.Table, values: bool
) -> None:
    made = tokens(rows, values=values)
    sealed = made.seal(rows)
    assert made.open(sealed).equals(rows)
    plain = list(zip(*(column.to_pylist() for column in rows.columns), strict=True))
    found = octets(sealed)
    assert [a == b for a in found for b in found] == [a == b for a in plain for b in plain]


@settings(max_examples=50)
@given(ids())
def test_an_id_has_the_same_token_in_any_batch_and_another_under_another_table_or_key(rows: pa.Table) -> None:
    sealed = octets(tokens(rows).seal(rows))
    assert octets(tokens(rows).seal(rows.slice(1))) == sealed[1:]
    other = MaskingKey("test", b"l" * 32)
    assert not set(sealed) & set(octets(tokens(rows, "u").seal(rows)))
    assert not set(sealed) & set(octets(tokens(rows, key=other).seal(rows)))


def test_what_an_id_is_cut_into_tells_ids_apart() -> None:
    rows = table([pa.binary(), pa.binary()], [[b"ab", b"a", b"", b"abc"], [b"c", b"bc", b"abc", b""]])
    assert len(set(octets(tokens(rows).seal(rows)))) == 4


def test_places_stand_in_their_own_order() -> None:
    places = np.random.default_rng(1).integers(0, 2**48, 500)
    rows = pa.table({"id0": places})
    found = octets(tokens(rows, values=False).seal(rows))
    assert np.argsort(places).tolist() == sorted(range(500), key=found.__getitem__)


@pytest.mark.parametrize("types", [[pa.int64()], [pa.binary()], [pa.binary(), pa.int64()]])
def test_an_id_that_is_null_has_no_token(types: list[pa.DataType]) -> None:
    rows = table(types, [[None, 5 if pa.types.is_int64(type_) else b"5"] for type_ in types])
    sealed = tokens(rows).seal(rows)
    assert sealed.tokens.is_null().to_pylist() == [True, False]


def test_neither_a_token_nor_its_body_shows_anything_of_a_value() -> None:
    rows = table([pa.binary(), pa.int64()], [[b"Ada Lovelace of London"] * 2, [7, 8]])
    sealed = tokens(rows).seal(rows)
    assert sealed.bodies is not None
    first, second = sealed.bodies.to_pylist()
    assert b"Ada" not in first
    assert b"London" not in first
    assert not any(a == b for a, b in zip(_blocks(first), _blocks(second), strict=True))


def test_the_columns_of_a_pair_are_found_by_their_pattern() -> None:
    rows = pa.table({"to0": [1, 2], "from0": [3, 4]})
    made = Tokens(TableName("t"), RowIds((pa.int64(),), True), KEY)
    assert made.open(made.seal(rows, FROM), FROM).equals(rows.select(["from0"]))


def _blocks(body: bytes) -> list[bytes]:
    return [body[start : start + 16] for start in range(0, len(body), 16)]
