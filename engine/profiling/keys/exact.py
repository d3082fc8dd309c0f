"""What a sample has made likely, counted: rows without a parent, by the database itself where that is cheap enough."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from sqlglot import exp

from connectors.database import Snapshot
from connectors.errors import DatabaseError, Lost
from connectors.schema import ForeignKey
from engine.condition_text import SQLGLOT
from engine.profiling.keys.candidate import Candidate
from engine.profiling.keys.material import Clock, Material
from engine.profiling.keys.values import tuples

MOST_ROWS = 2_000_000
"""Rows of child and parent together, above which nobody waits for a count."""


def counted(material: Material, snapshot: Snapshot, candidate: Candidate, clock: Clock) -> Candidate:
    """With its rows without a parent, if all rows were read already, or the count is cheap and there is time."""
    known = _from_rows(material, candidate)
    if known is not None:
        return known
    rows = material.sizes.get(candidate.table)
    if rows is None or rows + candidate.parent.rows > MOST_ROWS or clock.left <= 0:
        return candidate
    key = ForeignKey(
        "inferred", candidate.columns, candidate.parent.name, candidate.parent.columns, validated=False, enforced=False,
        virtual=True, where=refers(material, candidate),
    )  # fmt: skip
    try:
        with clock.asking():
            orphans = snapshot.orphans(candidate.table, key)
    except Lost:
        raise
    except DatabaseError:
        return candidate
    return _with(candidate, orphans, max(rows, candidate.rows))


def refers(material: Material, candidate: Candidate) -> str | None:
    """The condition of the rows that are counted."""
    if not candidate.zero:
        return candidate.where
    unequal = exp.NEQ(this=exp.column(candidate.columns[0], quoted=True), expression=exp.Literal.number(0))
    return unequal.sql(SQLGLOT.get(material.schema.dialect, material.schema.dialect))


def _from_rows(material: Material, candidate: Candidate) -> Candidate | None:
    columns = material.sampled(candidate.table, candidate.columns)
    if candidate.where is not None or columns is None or candidate.parent.codes is None:
        return None
    if not all(each.whole for each in columns):
        return None
    if len(columns) == 1:
        codes = columns[0].rows[columns[0].present]
        codes = codes[codes != 0] if candidate.zero else codes
    else:
        mixed, present = tuples(columns)
        codes = mixed[present]
    return _with(candidate, int((~np.isin(codes, candidate.parent.codes)).sum()), len(columns[0].rows))


def _with(candidate: Candidate, orphans: int, rows: int) -> Candidate:
    """A share of orphans counts like that share of the values looked for."""
    share = min(1.0, orphans / rows) if rows else 0.0
    looked = candidate.features.looked
    found = min(candidate.features.found, round(looked * (1 - share)))
    if orphans and found == looked:
        found = max(0, looked - 1)
    return replace(candidate, features=replace(candidate.features, found=found), orphans=orphans, rows=rows)
