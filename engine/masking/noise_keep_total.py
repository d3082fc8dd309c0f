"""Numbers with noise whose sum stays."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pydantic import Field

from connectors.schema import Column, Kind
from engine.canonical import EXACT
from engine.masking.base import Context, FirstPass, Masker, MaskError, Properties, Subject
from engine.masking.rows import found_before, group_words, keyless, row_words, starts
from engine.masking.units import NUMBERS, decimals, from_units, unit_range, units_of, with_room
from engine.prf import Words, to_range
from engine.problems import Problem

Int64s = npt.NDArray[np.int64]
_MOST = 1 << 45
"""Units that a number is moved by at most, so that the sum over a batch fits 64 bits."""
_MILLION = 1_000_000


class NoiseKeepTotal(Masker):
    """Each number moved by a keyed amount of its row, so that the sum of the column, or of each group of `within`, stays exactly.

    A first pass adds the noise up; some rows, drawn by the key, then give it back, each in proportion to its size. Those move by a
    few percent more than `relative`, in a group of a few rows by much more. Integers and decimals keep their total to the last digit,
    floating-point numbers but for rounding. Sign and scale stay, and 0 stays 0. Groups in which fewer than `min_count` numbers can
    move would give them away: they keep one total together. A run that is resumed under a second moment of the source keeps the
    total of the first, but for rows changed since.
    """

    name = "noise_keep_total"
    title = "Number with noise that leaves the total as it is"
    properties = Properties(deterministic=False)
    kinds = NUMBERS
    EXAMPLES: ClassVar[tuple[dict[str, object], ...]] = ({}, {"relative": 0.5, "within": ["k"]})

    relative: float = Field(default=0.1, ge=0.000001, le=1)
    """Most that a number moves before the total is mended, as a part of itself: 0.1 is up to 10 %."""
    within: tuple[str, ...] = ()
    """Columns of the row that name its group, each with a total of its own; source values."""
    min_count: int = Field(default=3, ge=2)
    """Numbers other than 0 that a group has at least to keep a total of its own."""
    scale: int = Field(default=2, ge=0, le=12)
    """Digits after the point of the noise, where the column has no scale of its own (numeric, float)."""

    def check(self, subject: Subject) -> Iterator[Problem]:
        yield from super().check(subject)
        yield from keyless(self, subject)

    def reads_columns(self, subject: Subject) -> tuple[str, ...]:
        return (*self.within, *subject.row_key)

    def expected_overlap(self, subject: Subject, distinct_source: int, distinct_target: int) -> float | None:
        """A moved number is often another row's: numbers are dense."""
        return float(distinct_target)

    def prepare(self, subjects: tuple[Subject, ...]) -> FirstPass:
        return _Balance(self, subjects[0])

    def mask_column(self, values: pa.Array, context: Context) -> pa.Array:
        found = found_before(context, self.name)
        words = row_words(context, self.name, len(values))
        steps, _ = self.noise(values, context.subject, words)
        if len(found):
            rows, mended = found.column("row").to_numpy(), found.column("mended").to_numpy()
            place = np.minimum(np.searchsorted(rows, words[:, 1]), len(rows) - 1)
            steps = steps + np.where(rows[place] == words[:, 1], mended[place], 0)
        return _moved(values, steps, self.scale_of(context.subject.column), context.subject)

    def noise(self, values: pa.Array, subject: Subject, words: Words) -> tuple[Int64s, Int64s]:
        """The units that each number is moved by, and how many more it can be moved either way without changing its sign."""
        sign, size, room = _sizes(values, subject, self.scale_of(subject.column))
        parts = round(self.relative * _MILLION)
        span = np.maximum(size // _MILLION * parts + size % _MILLION * parts // _MILLION, 1)
        down = np.minimum(np.minimum(span, size), _MOST)
        up = np.where(size > 0, np.minimum(span, room), 0)
        step = to_range(words[:, 0], np.maximum(down + up, 1).astype(np.uint64)).astype(np.int64) - down
        step = np.where(size > 0, step + (step >= 0), 0)  # never by nothing
        return sign * step, np.maximum(np.minimum(size + step, room - step), 0)

    def scale_of(self, column: Column) -> int:
        """Digits after the point in which this column's noise is given."""
        if column.kind is Kind.INTEGER:
            return 0
        own = column.kind is Kind.DECIMAL and column.precision is not None
        return (column.scale or 0) if own else self.scale


def _sizes(values: pa.Array, subject: Subject, scale: int) -> tuple[Int64s, Int64s, Int64s]:
    """Sign, units without it, and how many may be added before the column is full; both no more than noise can use."""
    column = subject.column
    if column.kind is Kind.FLOAT or pa.types.is_string(values.type):
        numbers = _numbers(values, subject)
        if column.kind is Kind.FLOAT and (np.abs(numbers) >= 2.0**53 / 10.0**scale).any():
            reason = f"A number is too large for noise of {scale} digits after the point."
            raise MaskError(subject, "noise-size", reason, "Choose number_noise, which keeps no total.")
        size = np.floor(np.minimum(np.abs(numbers), 2.0 * _MOST) * 10.0**scale)
        size = np.minimum(size, 2.0 * _MOST).astype(np.int64)
        return np.sign(numbers).astype(np.int64), size, np.full(len(size), _MOST, np.int64)
    units = with_room(units_of(values))
    # Units of 64 bits are below 2^62 here, so a column that takes more than 2^63 has all the room that noise can use.
    least, most = (
        np.array(bound if units.dtype == object else max(-(1 << 63) + 1, min(bound, (1 << 63) - 1)), units.dtype)
        for bound in unit_range(column)
    )
    sizes = np.abs(units)
    room = np.where(units < 0, -least, most) - sizes
    return (
        np.sign(units).astype(np.int64),
        np.minimum(sizes, 2 * _MOST).astype(np.int64),
        np.clip(room, 0, _MOST).astype(np.int64),
    )


def _numbers(values: pa.Array, subject: Subject) -> npt.NDArray[np.float64]:
    """The numbers of a column without a scale; 0 for what is none."""
    if pa.types.is_string(values.type):
        numbers = np.array([float(number or 0) for number in decimals(values, subject)], np.float64)
    else:
        numbers = values.fill_null(0.0).to_numpy(zero_copy_only=False)
    return np.where(np.isfinite(numbers), numbers, 0.0)


def _moved(values: pa.Array, steps: Int64s, scale: int, subject: Subject) -> pa.Array:
    if pa.types.is_floating(values.type):
        numbers = values.fill_null(0.0).to_numpy(zero_copy_only=False)
        return pa.array(
            numbers + steps / 10.0**scale, values.type, mask=values.is_null().to_numpy(zero_copy_only=False)
        )
    if not pa.types.is_string(values.type):
        units = units_of(values)
        near = units.dtype == object or int(np.abs(steps).max(initial=0)) + int(np.abs(units).max(initial=0)) >= 1 << 62
        return from_units((units.astype(object) if near else units) + steps, values)
    # Decimals without a precision travel as text, and no kernel computes with them.
    numbers = decimals(values, subject)
    texts = [
        text if number is None or not step else f"{EXACT.add(number, Decimal(step).scaleb(-scale, EXACT)):f}"
        for text, number, step in zip(values.to_pylist(), numbers, steps.tolist(), strict=True)
    ]
    return pa.array(texts, values.type)


class _Balance(FirstPass):
    """The noise of each group added up, and a sample of rows that can give it back."""

    def __init__(self, masker: NoiseKeepTotal, subject: Subject) -> None:
        self._masker, self._subject = masker, subject
        self._groups: Words = np.empty(0, np.uint64)
        self._sums: npt.NDArray[np.object_] = np.empty(0, object)
        self._counts: Int64s = np.empty(0, np.int64)
        self._sample = np.empty(0, _SAMPLED)
        self._below = 1 << 64

    def observe(self, batch: pa.RecordBatch, context: Context) -> None:
        values = batch.column(0)
        words = row_words(context, self._masker.name, len(values))
        groups = group_words(context, self._masker.within, self._masker.name, len(values))
        steps, left = self._masker.noise(values, self._subject, words)
        moved = steps != 0
        self._add(groups[moved], steps[moved])
        new = np.empty(int(moved.sum()), _SAMPLED)
        new["group"], new["row"], new["left"] = groups[moved], words[moved, 1], left[moved]
        self._draw(new)

    def _add(self, groups: Words, steps: Int64s) -> None:
        found, of_row = np.unique(groups, return_inverse=True)
        sums, counts = np.zeros(len(found), np.int64), np.bincount(of_row, minlength=len(found))
        np.add.at(sums, of_row, steps)
        known = np.union1d(self._groups, found)
        merged, times = np.zeros(len(known), object), np.zeros(len(known), np.int64)
        for groups_, sums_, counts_ in ((self._groups, self._sums, self._counts), (found, sums.astype(object), counts)):
            place = np.searchsorted(known, groups_)
            merged[place] += sums_
            times[place] += counts_
        self._groups, self._sums, self._counts = known, merged, times
        if len(known) > MOST_GROUPS:
            raise MaskError(
                self._subject,
                "noise-groups",
                f"There are more than {MOST_GROUPS:,} groups to keep a total of.",
                "Leave columns out of `within`.",
            )

    def _draw(self, new: npt.NDArray[np.void]) -> None:
        """Keep a keyed sample of all rows, and of each group a few and the largest, however many groups there are."""
        pool = np.concatenate([self._sample, new])
        by_size = np.lexsort((pool["row"], -pool["left"], pool["group"]))
        largest = by_size[starts(pool["group"][by_size])]
        by_row = np.lexsort((pool["row"], pool["group"]))
        first = starts(pool["group"][by_row])
        rank = np.arange(len(pool)) - np.repeat(first, np.diff(np.append(first, len(pool))))
        always = np.zeros(len(pool), bool)
        always[largest] = True
        always[by_row[rank < _EACH]] = True
        keep = always | (pool["row"] <= np.uint64(self._below - 1))
        while keep.sum() > max(_SAMPLE, 2 * always.sum()):
            self._below //= 2
            keep = always | (pool["row"] <= np.uint64(self._below - 1))
        self._sample = pool[keep]

    def found(self) -> pa.Table:
        sample = self._sample
        if not len(sample):
            return pa.table({"row": pa.array([], pa.uint64()), "mended": pa.array([], pa.int64())})
        pooled = self._pooled()
        order = np.lexsort((sample["row"], pooled[np.searchsorted(self._groups, sample["group"])]))
        of_row = pooled[np.searchsorted(self._groups, sample["group"][order])]
        mended = np.zeros(len(order), np.int64)
        for group in np.unique(pooled):
            rows = slice(*np.searchsorted(of_row, [group, group + 1]))
            excess = int(self._sums[pooled == group].sum())
            mended[rows] = self._shares(-excess, sample["left"][order][rows])
        by_row = np.argsort(sample["row"][order])
        return pa.table({"row": sample["row"][order][by_row], "mended": mended[by_row]})

    def _pooled(self) -> Int64s:
        """The number of each group; 0 for small ones, and for the largest where these have too few rows together."""
        few = self._masker.min_count
        small = self._counts < few
        if 0 < self._counts[small].sum() < few:
            small[np.argmax(self._counts)] = True
        if small.all() and self._counts.sum() < 2:
            raise self._refusal("Only one of its numbers can move, and it would give the total away.")
        return np.where(small, 0, np.arange(1, len(small) + 1))

    def _shares(self, total: int, left: Int64s) -> Int64s:
        """`total` cut into whole parts in proportion to `left`, none of them greater than its own."""
        upto = np.cumsum(left.astype(object))
        if abs(total) > upto[-1]:
            raise self._refusal("Its numbers have no room to take the noise back.")
        if not total:
            return np.zeros(len(left), np.int64)
        parts = upto * abs(total) // upto[-1]
        shares: Int64s = (np.diff(parts, prepend=0) * (1 if total > 0 else -1)).astype(np.int64)
        return shares

    def _refusal(self, reason: str) -> MaskError:
        return MaskError(self._subject, "noise-total", reason, "Choose number_noise, which keeps no total.")


_SAMPLED = np.dtype([("group", np.uint64), ("row", np.uint64), ("left", np.int64)])
_SAMPLE = 1 << 17
"""Rows that give the noise back: of n rows the noise is about sqrt(n) times that of one, so each of these moves little more."""
_EACH = 4
"""Rows of each group that are among them whatever the number of groups."""
MOST_GROUPS = 20_000
