"""Which entities are learned from, where a plan takes some rows only: each by its own row, or the guarantee is void."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.names import TableName
from engine.check_view import View, error
from engine.plan import Treatment
from engine.privacy.spec import PrivacySpec
from engine.problems import Problem
from engine.subset.coupling import by_own_row
from engine.subset.spec import Roots, Subset

_OWN = "Say which by a condition on the columns of its own row (where), or by keys."


def chosen_entities(view: View, spec: PrivacySpec) -> Iterator[Problem]:
    """Problems of [subset] and [clone] beside synthesised tables."""
    if view.plan.clone is not None and _made(view, view.plan.clone.table):
        reason = "[clone] copies rows of this table, and its rows are synthetic."
        remedy = "Take [clone] out: `generate` makes as many entities as you want."
        yield error("clone-synthesised", reason, remedy, view.plan.clone.table)
    if (subset := view.plan.subset) is not None:
        for roots in subset.roots:
            if _made(view, roots.table):
                yield from _roots(view, spec, roots)
        yield from _coupled(view, subset)
        yield from _left_out(view, subset)


def _made(view: View, table: TableName) -> bool:
    return view.treatment(table) is Treatment.SYNTHESIZE


def _roots(view: View, spec: PrivacySpec, roots: Roots) -> Iterator[Problem]:
    table = view.schema.by_name.get(roots.table)
    if roots.table != spec.unit:
        reason = f"Entities are chosen by rows of this table, and an entity is a row of {spec.unit}."
        yield error("subset-couples", reason, f"Choose rows of {spec.unit}. {_OWN}", roots.table)
    elif roots.percent is not None or roots.rows is not None:
        word = "percent" if roots.percent is not None else "rows"
        reason = f"With {word}, whether an entity is in depends on how many others there are, and the guarantee would not hold."
        yield error("subset-couples", reason, _OWN, roots.table)
    elif roots.where is not None and table is not None:
        columns = [column.name for column in table.columns]
        if not by_own_row(roots.where, view.schema.dialect, roots.table, columns):
            reason = "Its condition reads more than the columns of the row itself, or calls a function that might."
            yield error("subset-couples", reason, _OWN, roots.table)


def _coupled(view: View, subset: Subset) -> Iterator[Problem]:
    """What chooses rows of entities by other rows."""
    if subset.size is not None and (of := [roots.table for roots in subset.roots if _made(view, roots.table)]):
        reason = "With a size, whether an entity is in depends on the room that others take, and the guarantee would not hold."
        yield error("subset-couples", reason, f"Take size out. {_OWN}", of[0])
    for words, tables in (
        ("a coverage goal", [goal.table for goal in subset.coverage]),
        ("[[subset.edges]]", [edge.table for edge in subset.edges]),
        ("whole", list(subset.whole)),
    ):
        for name in (table for table in tables if _made(view, table)):
            reason = f"{words[:1].upper()}{words[1:]} chooses rows of this table, and rows of an entity are in or out with it."
            yield error("subset-couples", reason, "Take it out; [privacy.bounds] limits rows.", name)


def _left_out(view: View, subset: Subset) -> Iterator[Problem]:
    """Masked tables that synthetic rows refer to and that the subset may leave without a row."""
    taken = {*subset.whole, *(roots.table for roots in subset.roots)}
    for table in view.tables(Treatment.SYNTHESIZE):
        for key in table.foreign_keys:
            outside = view.treatment(key.parent) in (Treatment.MASK, Treatment.COPY)
            if outside and key.parent not in taken:
                reason = (
                    f"Its synthetic rows refer to {key.parent}, of which the subset takes only what other rows bring."
                )
                column = key.columns[0] if key.columns else None
                yield error("subset-outside", reason, f"Name {key.parent} in whole or in roots.", table.name, column)
