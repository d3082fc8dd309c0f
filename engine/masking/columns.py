"""What the maskers of keys, numbers and dates share: work once per distinct value, NULL kept, the words of a value."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from engine.canonical import canonical, canonical_text
from engine.masking.base import Context
from engine.prf import Words

SAMPLE = 1024
"""Values that are looked at before a column is taken for one that repeats itself."""


def over_distinct(values: pa.Array, function: Callable[[pa.Array], pa.Array]) -> pa.Array:
    """Call `function`, which sees each value by itself and no NULL, on the distinct values, or on all where few repeat. NULL stays
    NULL."""
    if mostly_distinct(values):
        return _with_nulls(function(values.drop_null()), values)
    encoded = values.dictionary_encode()
    return function(encoded.dictionary).take(encoded.indices)


def mostly_distinct(values: pa.Array) -> bool:
    """Does so little repeat that finding what does costs more than it saves? Told by values all over the column."""
    if len(values) < SAMPLE:
        return True
    sample = values.take(pa.array(np.arange(SAMPLE) * (len(values) // SAMPLE))).drop_null()
    return len(sample) - len(pc.unique(sample)) < SAMPLE // 128


def _with_nulls(masked: pa.Array, values: pa.Array) -> pa.Array:
    """What became of the values that are not NULL, at their places again."""
    if not values.null_count:
        return masked
    valid: npt.NDArray[np.bool_] = values.is_valid().to_numpy(zero_copy_only=False)
    return masked.take(pa.array(np.cumsum(valid) - 1, mask=~valid))


def keep_null(masked: pa.Array, values: pa.Array) -> pa.Array:
    """`masked`, with NULL wherever `values` has it."""
    if not values.null_count:
        return masked
    return pc.if_else(values.is_valid(), masked, pa.scalar(None, masked.type))


def integers(values: pa.Array) -> npt.NDArray[np.int64]:
    """The 64-bit integers behind an integer, date, timestamp or duration array; 0 for NULL."""
    wide = values.cast(pa.int32()) if pa.types.is_date32(values.type) else values
    whole: npt.NDArray[np.int64] = wide.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False)
    return whole


def words_of(values: pa.Array, context: Context, label: str) -> Words:
    """A pseudo-random (n, 2) of each value, equal for all that the column's collation takes for equal."""
    return context.key.cmac(comparable(values, context), label)


def person_words(context: Context, label: str) -> Words | None:
    """A pseudo-random (n, 2) of each row's person, zeros where the row has none; None where the rule names no person."""
    if context.by is None:
        return None
    key = context.by_key if context.by_key is not None else context.key
    known: npt.NDArray[np.bool_] = context.by.is_valid().to_numpy(zero_copy_only=False)
    return key.cmac(canonical(context.by), label) * known[:, None].astype(np.uint64)


def words_by_person(values: pa.Array, context: Context, label: str) -> Words:
    """The words of each row's person; of its own value where the rule names no person or the row has none."""
    person = person_words(context, label)
    own = words_of(values, context, label)
    if person is None:
        return own
    return np.where(np.any(person, axis=1, keepdims=True), person, own)


def comparable(values: pa.Array, context: Context) -> pa.Array:
    """Canonical form under the column's own collation."""
    form = canonical(values)
    return canonical_text(form, context.subject.column.folds) if pa.types.is_string(form.type) else form
