"""Values of any two columns of one shape are compared as numbers, and only equal ones are equal."""

from __future__ import annotations

import uuid
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

from connectors.names import TableName
from connectors.schema import Column, Kind, Match
from engine.profiling.keys.values import Read, Values, coded, tuples

T = TableName("t")
INTEGER = Column("i", "bigint", Kind.INTEGER, precision=64)
DECIMAL = Column("d", "numeric(12)", Kind.DECIMAL, precision=12, scale=0)
FREE = Column("n", "numeric", Kind.DECIMAL)
TEXT = Column("t", "text", Kind.TEXT)
CASELESS = Column("c", "varchar(9)", Kind.TEXT, folds=frozenset({Match.CASE}))
UUID = Column("u", "uuid", Kind.UUID)


def values(*columns: tuple[Column, pa.Array]) -> list[Values]:
    return coded([Read(T, column, array, whole=True) for column, array in columns])


@pytest.mark.parametrize(
    ("column", "array"),
    [
        (DECIMAL, pa.array([Decimal(7), None, Decimal(123456789012)], pa.decimal128(12, 0))),
        (FREE, pa.array(["7", None, "123456789012.00"])),
    ],
)
def test_whole_numbers_are_equal_whatever_their_type(column: Column, array: pa.Array) -> None:
    whole, other = values((INTEGER, pa.array([7, None, 123456789012])), (column, array))
    assert whole.distinct.tolist() == other.distinct.tolist() == [7, 123456789012]


def test_what_is_no_whole_number_is_left_out() -> None:
    (read,) = values((FREE, pa.array(["1.5", "NaN", "8", "Infinity", "9" * 30])))
    assert read.distinct.tolist() == [8]


def test_texts_are_equal_as_their_collation_says() -> None:
    plain, padded, caseless = values(
        (TEXT, pa.array(["Ab", "cd", ""])),
        (TEXT, pa.array(["Ab ", "CD", None])),
        (CASELESS, pa.array(["AB", "ab", "x" * 99])),
    )
    assert len(np.intersect1d(plain.distinct, padded.distinct)) == 1
    assert len(caseless.distinct) == 1
    assert not plain.present[2]
    assert not caseless.present[2]


def test_a_uuid_is_printed_as_a_question_takes_it() -> None:
    one = uuid.UUID(int=2**100 + 7)
    (read,) = values((UUID, pa.array([one.bytes, None], pa.binary(16))))
    assert read.texts.to_pylist() == [str(one)]


def test_the_parts_of_a_key_are_mixed_in_their_order() -> None:
    left, right = values((INTEGER, pa.array([1, 2, None])), (INTEGER, pa.array([2, 1, 5])))
    (one, present), (other, _) = tuples([left, right]), tuples([right, left])
    assert present.tolist() == [True, True, False]
    assert one[0] == other[1] != one[1]
