"""Unique values of copies that are no numbers: masked under a key of each copy, and drawn again where two would be equal.

Only hashes of them are compared, all copies at once; what the run writes beside them, and what is in the target, passes by in batches.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from connectors.schema import Kind
from engine.canonical import canonical, canonical_text
from engine.copies.narrow import narrowed, under, with_steps
from engine.copies.renewal import Renewed, masker_of
from engine.keys import MaskingKey
from engine.masking.base import Subject
from engine.masking.pseudonym import Pseudonym
from engine.pipeline import Pipeline, Step
from engine.plan import Rule
from engine.problems import PlanError, Problem, Severity

MOST_VALUES = 20_000_000
"""Hashes that are compared at once."""
ATTEMPTS = 30
Hashes = npt.NDArray[np.uint64]
KeyOf = Callable[[int, int], MaskingKey]
"""The key of a copy, for the first or a later attempt."""


@dataclass(frozen=True)
class Drawing:
    """How one renewed column gets its values."""

    renewed: Renewed
    pipeline: Pipeline
    """The rules of this column alone."""
    firsts: pa.RecordBatch
    """What they read of the first row of each value."""
    key_of: KeyOf
    again: dict[int, dict[int, int]] = field(default_factory=dict)

    @property
    def subject(self) -> Subject:
        return self.pipeline.subjects[self.renewed.table, self.renewed.column]

    def values(self, copy: int) -> pa.Array:
        """The value of each code in one copy."""
        values = self._masked(self.firsts, copy, 0)
        attempts = self.again.get(copy, {})
        for attempt in sorted(set(attempts.values())):
            codes = pa.array([code for code, number in attempts.items() if number == attempt], pa.int64())
            drawn = self._masked(self.firsts.take(codes), copy, attempt)
            mask = np.zeros(len(values), bool)
            mask[codes.to_numpy()] = True
            values = pc.replace_with_mask(values, pa.array(mask), drawn.take(pc.array_sort_indices(codes)))
        return values

    def _masked(self, rows: pa.RecordBatch, copy: int, attempt: int) -> pa.Array:
        name = self.renewed.table
        masked = under(self.pipeline, name, self.key_of(copy, attempt)).mask(name, rows)
        return masked.column(masked.schema.get_field_index(self.renewed.column))


def rules_of(pipeline: Pipeline, renewed: Renewed) -> Pipeline:
    """The rules that give this column its values; a kept one is masked by `pseudonym` in copies."""
    name, column = renewed.table, renewed.column
    if masker_of(pipeline, name, column) is not None:
        return narrowed(pipeline, name, (column,))
    step = Step(
        rule=Rule((column,), Pseudonym()),
        masker=Pseudonym(),
        subjects=(pipeline.subjects[name, column],),
        key=MaskingKey("", b"\0" * 32).domain(pipeline.domains[name, column]),
        keys=MaskingKey("", b"\0" * 32),
        locale=pipeline.plan.locale,
    )
    return with_steps(pipeline, {name: (step,)})


def settle(drawing: Drawing, copies: int, taken: Callable[[], Iterator[pa.Array]], hashing: MaskingKey) -> None:
    """Draw again until every copy's values are distinct from all others', and from those `taken`. Raises PlanError."""
    renewed = drawing.renewed
    if copies * renewed.values > MOST_VALUES:
        raise PlanError([_too_many(renewed, copies)])
    if drawing.subject.column.kind is Kind.UUID:
        return
    found = np.stack([_hashes(drawing.values(copy), drawing.subject, hashing) for copy in range(copies)])
    for attempt in range(1, ATTEMPTS + 1):
        clashing = _repeated(found) | _among(found, (_hashes(part, drawing.subject, hashing) for part in taken()))
        if not clashing.any():
            return
        for copy in np.flatnonzero(clashing.any(axis=1)).tolist():
            drawing.again.setdefault(copy, {}).update(dict.fromkeys(np.flatnonzero(clashing[copy]).tolist(), attempt))
            found[copy] = _hashes(drawing.values(copy), drawing.subject, hashing)
    raise PlanError([_too_few(renewed)])


def _hashes(values: pa.Array, subject: Subject, key: MaskingKey) -> Hashes:
    """Equal where the database takes the values for equal."""
    plain = canonical(values)
    if pa.types.is_string(plain.type):
        plain = canonical_text(plain, subject.column.folds)
    hashed: Hashes = key.domain("lookalike copies").cmac(plain.drop_null() if plain.null_count else plain)[:, 0]
    return hashed


def _repeated(found: Hashes) -> npt.NDArray[np.bool_]:
    """All but the first of equal ones."""
    _, first = np.unique(found.reshape(-1), return_index=True)
    repeated = np.ones(found.size, bool)
    repeated[first] = False
    return repeated.reshape(found.shape)


def _among(found: Hashes, taken: Iterator[Hashes]) -> npt.NDArray[np.bool_]:
    known = np.unique(found)
    met = np.zeros(len(known), bool)
    for hashes in taken:
        met |= np.isin(known, hashes)
    return np.isin(found, known[met])


def _too_many(renewed: Renewed, copies: int) -> Problem:
    reason = f"{copies:,} copies of {renewed.values:,} values are more than can be held apart ({MOST_VALUES:,})."
    return Problem(
        "copies-too-many-values", Severity.ERROR, reason, "Make fewer copies.", renewed.table, renewed.column
    )


def _too_few(renewed: Renewed) -> Problem:
    reason = "The mask of this unique column has too few values for so many copies: some stay equal, however often they are drawn."
    remedy = (
        'Make fewer copies, mask it by `token`, or write follow = "none" for the edge that brings this table\'s rows.'
    )
    return Problem("copies-too-few-values", Severity.ERROR, reason, remedy, renewed.table, renewed.column)
