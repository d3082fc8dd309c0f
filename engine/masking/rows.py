"""What maskers that look beyond a value share: the words of a row's own key, of its person, and of the group it belongs to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from engine.canonical import canonical
from engine.keys import DomainKey
from engine.masking.base import Context, Masker, MaskError, Subject
from engine.masking.columns import person_words
from engine.prf import Words
from engine.problems import Problem


def tuple_words(columns: Sequence[pa.Array], key: DomainKey, label: str, rows: int) -> Words:
    """A pseudo-random (n, 2) of the values of several columns together; NULL is another value than any."""
    words = np.zeros((rows, 2), np.uint64)
    for place, values in enumerate(columns):
        known = values.is_valid().to_numpy(zero_copy_only=False)
        words ^= key.cmac(canonical(values), f"{label}/{place}") * known[:, None].astype(np.uint64)
    return words


def group_words(context: Context, within: Sequence[str], label: str, rows: int) -> Words:
    """One word for each row's group; the same for all where there are no groups."""
    return tuple_words([context.row[name] for name in within], context.key, f"{label}/group", rows)[:, 0]


def row_words(context: Context, label: str, rows: int) -> Words:
    """A pseudo-random (n, 2) of each row by its key, and so another one for every row of the table. Raises MaskError where a part of
    the key is NULL: several rows may then be alike."""
    if any(context.row[name].null_count for name in context.subject.row_key):
        reason = "A row has NULL in its primary key, so it cannot be told from others."
        raise MaskError(
            context.subject, "mask-no-row-key", reason, "Mend it in the source, or use a mask of the value alone."
        )
    return tuple_words([context.row[name] for name in context.subject.row_key], context.key, f"{label}/row", rows)


def row_or_person_words(context: Context, label: str, rows: int) -> Words:
    """The words of each row's person where the rule names one, else of the row."""
    own, person = row_words(context, label, rows), person_words(context, label)
    return own if person is None else np.where(np.any(person, axis=1, keepdims=True), person, own)


def keyless(masker: Masker, subject: Subject) -> Iterator[Problem]:
    """The problem of a table whose rows nothing tells apart."""
    if not subject.row_key:
        yield masker.problem(
            subject,
            "mask-no-row-key",
            f"{masker.name} gives each row its own value, and the table has no primary key or unique key without NULLs.",
            "Use a mask of the value alone: category, number_noise, token.",
        )


def starts(values: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """Where each run of equal values begins."""
    fresh = np.ones(len(values), bool)
    fresh[1:] = values[1:] != values[:-1]
    return np.flatnonzero(fresh)


def found_before(context: Context, masker: str) -> pa.Table:
    """What the first pass has found. Raises MaskError where there was none, as inside of documents."""
    if context.prepared is None:
        raise MaskError(
            context.subject,
            "mask-not-prepared",
            f"{masker} must see the whole column before it masks a row, and here it cannot.",
            "Put it on a column of its own, or choose another mask.",
        )
    return context.prepared
