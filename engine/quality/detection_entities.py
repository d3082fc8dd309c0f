"""Detection of entities (C2ST-Agg): can a classifier tell whole entities, or rows with their ancestors, from the source's?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np

from connectors.names import TableName
from engine.assessment.comparison import Comparison, Entity, Side
from engine.assessment.context import Context
from engine.assessment.result import Quality, unknown
from engine.assessment.view import Places
from engine.quality.ancestry import Line, held_out, owning
from engine.quality.base import Metric
from engine.quality.classifier import Records, detected, matrix_of
from engine.quality.columns import compared, table_of
from engine.quality.detection import detected_view
from engine.quality.families import of_owners

AGGREGATED, JOINED = "C2ST-Agg", "C2ST"


class DetectionEntities(Metric):
    """The AUC of gradient boosting on entities, with counts, sums and times of what they own; and on rows beside all their ancestors.

    The latter sees what the former may not: children of the wrong parents. Of each entity one row is taken, by chance.
    """

    name: ClassVar[str] = "detection_entities"
    title: ClassVar[str] = "C2ST-Agg: can a classifier tell whole entities from real ones?"
    source: ClassVar[str] = "Hudovernik et al. 2024 (SyntheRela, arXiv 2410.03411): C2ST-Agg"

    def scopes(self, comparison: Comparison) -> tuple[str, ...]:
        return tuple(view.scope for view in comparison.views if view.entity)

    def measure(self, comparison: Comparison, scope: str, context: Context) -> tuple[Quality, ...]:
        view, rng = comparison.view(scope), context.rng(self.name, scope)
        found = [detected_view(AGGREGATED, comparison, view, rng, context)]
        for entity in comparison.entities:
            if entity.scope == scope:
                found += [_joined(comparison, scope, line, rng, context) for line in _lines(comparison, entity)]
        return tuple(found)


def _lines(comparison: Comparison, entity: Entity) -> Iterator[Line]:
    """From each owned table up to the root."""
    for owns in entity.tables[1:]:
        for line in owning(comparison, owns.table):
            if line.top == entity.root and all(hop in comparison.keys for hop in line.hops):
                yield line


def _joined(comparison: Comparison, scope: str, line: Line, rng: np.random.Generator, context: Context) -> Quality:
    """The figure of a table's rows, each beside its ancestors up to the root."""
    measure = f"{line.bottom} beside {', '.join(str(key.parent) for _, key in line.hops)}"
    tables = [line.bottom, *(key.parent for _, key in line.hops)]
    columns = [(table, column) for table in tables for column in compared(comparison, table_of(comparison, str(table)))]
    if len({table for table, _ in columns}) < 2:
        return unknown(
            JOINED, scope, "fidelity", "fewer than two of these tables have columns that can be compared", measure
        )
    sides = [comparison.known, comparison.target]
    control = held_out(comparison, line)
    if control is not None and all(column.control is not None for _, column in columns):
        sides.append(control)
    shown = of_owners(comparison, line, sides, rng)
    places = [_upwards(side, line, each.rows) for side, each in zip(sides, shown, strict=True)]
    taken = [
        [values[place[table]] for values, place in zip(column.sides, places, strict=False)] for table, column in columns
    ]
    found = [Records(matrix, each.twins) for matrix, each in zip(matrix_of(taken), shown, strict=True)]
    categories = [column.category for _, column in columns]
    named = [f"{table}.{column.name}" for table, column in columns]
    return detected(JOINED, scope, found, categories, named, rng, context, measure)


def _upwards(side: Side, line: Line, rows: Places) -> dict[TableName, Places]:
    """By table on the way these rows and their ancestors."""
    found = {line.bottom: rows}
    for child, key in line.hops:
        found[key.parent] = side.parents[child, key.name][found[child]]
    return found
