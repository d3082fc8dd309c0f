"""Parents, children and grandchildren in memory, with foreign keys that can be dealt anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from connectors.names import TableName
from connectors.schema import ForeignKey, Schema
from engine.assessment.comparison import Comparison
from engine.assessment.context import Context
from engine.assessment.result import Quality
from engine.assessment.view import Carries, Made
from engine.quality.base import Metric
from tests.assessing import comparison_of, table_of, view_of

Rows = Mapping[str, pa.Table]
CHILD_KEY = ForeignKey("of_parent", ("parent_id",), TableName("parent"), ("id",))
GRANDCHILD_KEY = ForeignKey("of_child", ("child_id",), TableName("child"), ("id",))
CHILD, GRANDCHILD = "child(parent_id) -> parent", "grandchild(child_id) -> child(parent_id) -> parent"


def table(above: Sequence[int] | npt.NDArray[np.int64] | None, rows: int, refers: str, **columns: object) -> pa.Table:
    """Rows numbered from 0, whose parents are at these places."""
    key = {} if above is None else {refers: pa.array(np.asarray(above, np.int64))}
    return pa.table(
        {"id": pa.array(np.arange(rows)), **key, **{name: pa.array(each) for name, each in columns.items()}}
    )


def parents(rows: int, **columns: object) -> pa.Table:
    return table(None, rows, "", **columns)


def children(above: Sequence[int] | npt.NDArray[np.int64], **columns: object) -> pa.Table:
    return table(above, len(above), "parent_id", **columns)


def grandchildren(above: Sequence[int] | npt.NDArray[np.int64], **columns: object) -> pa.Table:
    return table(above, len(above), "child_id", **columns)


def dealt(rows: Rows, child: str, refers: str, seed: int = 5) -> Rows:
    """The same rows, each with another's parent."""
    table = rows[child]
    place = table.column_names.index(refers)
    mixed = np.random.default_rng(seed).permutation(table.column(refers).to_numpy())
    return {**rows, child: table.set_column(place, refers, pa.array(mixed))}


def compared(
    known: Rows,
    target: Rows,
    control: Rows | None = None,
    *,
    carries: Carries = Carries.LEARNED,
    root: str | None = "parent",
) -> Comparison:
    """Both sides, with the view of each table and of the entity (its root's own columns alone)."""
    keys = {"parent": [], "child": [CHILD_KEY], "grandchild": [GRANDCHILD_KEY]}
    schema = Schema("sqlite", "main", tuple(table_of(name, rows, ("id",), keys[name]) for name, rows in known.items()))
    made = Made.SYNTHETIC if carries is Carries.LEARNED else Made.MASKED
    told = comparison_of(schema, known, target, control, made=made, carries=carries, root=root)
    match = made is Made.MASKED
    views = []
    for name, rows in known.items():
        sides = [side[name] for side in (known, target, control) if side is not None]
        own = [side.select([each for each in side.column_names if not each.endswith("id")]) for side in sides]
        if own[0].column_names:
            matched = np.arange(rows.num_rows) if match else None
            views.append(view_of(*own, made=made, match=matched, carries=carries, table=TableName(name)))
    if root and views and len(told.entities[0].tables) > 1:
        views.append(replace(views[0], scope=told.entities[0].scope, entity=True))
    return replace(told, views=tuple(views))


def figures(metric: Metric, told: Comparison, seed: int = 0) -> dict[tuple[str, str, str], Quality]:
    """By metric, scope and measure."""
    found = [each for scope in metric.scopes(told) for each in metric.measure(told, scope, Context(seed))]
    return {(each.metric, each.scope, each.measure): each for each in found}
