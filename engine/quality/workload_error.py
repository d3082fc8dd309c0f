"""How far two answers to one query lie apart, between 0 (the same) and 1, group by group."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from engine.assessment.encode import numbers, spelt

Floats = npt.NDArray[np.float64]
Ids = npt.NDArray[np.int64]


class Role(StrEnum):
    """What a column of an answer is compared as."""

    KEY = "key"
    """It says which group the row is of."""
    SHARE = "share"
    """A count or a sum: it grows with the number of rows, so each group's part of the whole is compared."""
    MEAN = "mean"
    """A figure whose difference counts in the spread of the numbers that it is of; groups count by their `WEIGHT`."""
    VALUE = "value"
    """Any other figure: the difference as a part of the larger one."""
    WEIGHT = "weight"
    """Rows of the group. Not compared."""


def difference(
    roles: Sequence[Role],
    known: pa.Table,
    other: pa.Table,
    *,
    scale: float = 1.0,
    sizes: tuple[int, int] = (1, 1),
) -> float | None:
    """The mean over the columns that are no keys; a group that one side lacks counts as wrong. None: neither side says anything.

    Without figures the answers are lists: the part of rows that are not on both. `scale`: the spread that means are counted in.
    `sizes`: rows of the tables that were asked, for counts that no group shares out.
    """
    if not known.num_rows and not other.num_rows:
        return None
    if not known.num_rows or not other.num_rows:
        return 1.0
    ids, of_known = _aligned([at for at, role in enumerate(roles) if role is Role.KEY], known, other)
    sides = (ids[:of_known], ids[of_known:])
    groups = int(ids.max()) + 1
    figures = [at for at, role in enumerate(roles) if role not in (Role.KEY, Role.WEIGHT)]
    if not figures:
        return _apart(*(np.bincount(side, minlength=groups).astype(np.float64) for side in sides))
    there = [np.bincount(side, minlength=groups) > 0 for side in sides]
    weights = _weights(roles, (known, other), sides, groups)
    found = []
    for at in figures:
        mine, theirs = (
            _of_groups(table.column(at), side, groups) for table, side in zip((known, other), sides, strict=True)
        )
        if roles[at] is not Role.SHARE:
            errors = _scaled(mine, theirs, scale) if roles[at] is Role.MEAN else _relative(mine, theirs)
            found.append(_weighted(np.where(there[0] & there[1], errors, 1.0), weights))
        elif Role.KEY in roles:
            found.append(_apart(mine, theirs))
        else:
            found.append(_weighted(_relative(mine / max(1, sizes[0]), theirs / max(1, sizes[1])), weights))
    said = [error for error in found if error is not None]
    return float(np.mean(said)) if said else None


def _aligned(keys: Sequence[int], known: pa.Table, other: pa.Table) -> tuple[Ids, int]:
    """A number for every row of both: equal keys have equal ones."""
    ids = np.zeros(known.num_rows + other.num_rows, np.int64)
    for at in keys:
        texts = pa.concat_arrays([spelt(table.column(at)) for table in (known, other)])
        codes = pc.fill_null(texts.dictionary_encode().indices, -1).to_numpy(zero_copy_only=False).astype(np.int64) + 1
        _, ids = np.unique(ids * (int(codes.max()) + 1) + codes, return_inverse=True)
    return ids, known.num_rows


def _of_groups(column: pa.ChunkedArray, ids: Ids, groups: int) -> Floats:
    """Each group's figure, the sum where it has several rows; NaN where it has none."""
    values = numbers(column)
    there = ~np.isnan(values)
    sums = np.bincount(ids[there], values[there], minlength=groups)
    return np.where(np.bincount(ids[there], minlength=groups) > 0, sums, np.nan)


def _weights(roles: Sequence[Role], tables: tuple[pa.Table, pa.Table], sides: tuple[Ids, Ids], groups: int) -> Floats:
    """What each group counts: its part of the rows, the mean of both sides'; all the same where nobody says."""
    if Role.WEIGHT not in roles:
        return np.ones(groups)
    at = list(roles).index(Role.WEIGHT)
    parts = [
        np.nan_to_num(_of_groups(table.column(at), side, groups)) for table, side in zip(tables, sides, strict=True)
    ]
    return np.asarray(sum(part / max(part.sum(), 1.0) for part in parts) / 2)


def _weighted(errors: Floats, weights: Floats) -> float | None:
    asked = ~np.isnan(errors)
    total = weights[asked].sum()
    return float((errors[asked] * weights[asked]).sum() / total) if total > 0 else None


def _apart(known: Floats, other: Floats) -> float | None:
    """Half the sum of the differences between two sets of shares: the total variation distance."""
    known, other = np.nan_to_num(known), np.nan_to_num(other)
    of_known, of_other = np.abs(known).sum(), np.abs(other).sum()
    if not of_known or not of_other:
        return None if of_known == of_other else 1.0
    return float(min(1.0, np.abs(known / of_known - other / of_other).sum() / 2))


def _relative(known: Floats, other: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        errors = np.abs(known - other) / np.maximum(np.abs(known), np.abs(other))
    return _no_figure(np.where(known == other, 0.0, np.minimum(errors, 1.0)), known, other)


def _scaled(known: Floats, other: Floats, scale: float) -> Floats:
    return _no_figure(np.minimum(np.abs(known - other) / scale, 1.0), known, other)


def _no_figure(errors: Floats, known: Floats, other: Floats) -> Floats:
    """NULL against a number is wrong; NULL against NULL is left out."""
    missing, lacking = np.isnan(known), np.isnan(other)
    return np.where(missing & lacking, np.nan, np.where(missing | lacking, 1.0, errors))
