"""By what people are recognised, and what nobody should learn of them: named by the plan, or proposed by the names of columns.

Proposed as quasi-identifiers are columns whose values stay (kept, altered or learned) and that speak of what others know of a person -
birth, sex, place, marital status, education, occupation, race - then dates and categories of 2 values to a fifth of the records;
at most six. Proposed as sensitive are columns that speak of health, belief, conviction, income or money that is owned or owed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np

from connectors.names import TableName
from connectors.schema import Table
from engine.assessment.features import Drawn
from engine.assessment.view import Carries, FeatureKind, present
from engine.profiling.naming import entity_of
from engine.profiling.taxonomy import Group
from engine.propose_technical import technical

QUASI = 6
SENSITIVE = 3
_SEEN = frozenset({"race", "ethnicity", "disability"})
"""Sensitive, and known to whoever meets the person."""
_UNSEEN = frozenset({"salary", "credit_card_type", "credit_card_expiry", "title", "latitude", "longitude", "geo_point"})
"""Quasi-identifiers by their group that few would know, or that say less than a column beside them."""
_MONEY = re.compile(r"(?i)income|salar|wage|balance|debt|credit_?limit|revenue|earning|expens|loan|payout")


def recognised_by(
    table: Table, drawn: Sequence[Drawn], named: Mapping[TableName, Sequence[str]], people: bool
) -> tuple[int, ...]:
    """The places of features that others know of a person. `people`: the rows are somebody's, so that they may be proposed."""
    own = _own(table, drawn)
    if table.name in named:
        return tuple(own[name] for name in named[table.name] if name in own)
    if not people:
        return ()
    seen = {name: place for name, place in own.items() if drawn[place].feature.carries is not Carries.REPLACED}
    ranked = [(rank, place) for name, place in seen.items() if (rank := _rank(table, name, drawn[place])) is not None]
    return tuple(sorted(place for _, place in sorted(ranked)[:QUASI]))


def hidden(
    table: Table, drawn: Sequence[Drawn], named: Mapping[TableName, Sequence[str]], people: bool
) -> tuple[int, ...]:
    """The places of features that nobody should learn of a person."""
    own = _own(table, drawn)
    if table.name in named:
        return tuple(own[name] for name in named[table.name] if name in own)
    if not people:
        return ()
    found = [
        place
        for name, place in own.items()
        if drawn[place].feature.carries is not Carries.REPLACED and _is_sensitive(table, name)
    ]
    return tuple(found[:SENSITIVE])


def _own(table: Table, drawn: Sequence[Drawn]) -> dict[str, int]:
    return {
        each.feature.column: place
        for place, each in enumerate(drawn)
        if each.feature.own and each.feature.column is not None and each.feature.table == table.name
    }


def _rank(table: Table, name: str, drawn: Drawn) -> int | None:
    """How likely others know it: 0 the most; None where it is no such thing."""
    if _is_sensitive(table, name) or technical(table.name, table.column(name), people=True) is not None:
        return None
    entity = entity_of(table.name, name, table.column(name).kind, people=True)
    if entity is not None and entity.name not in _UNSEEN and (entity.group is Group.QUASI or entity.name in _SEEN):
        return 0
    # The target's: what is told of it may be released, and must not say how many values the source has.
    values = drawn.values[1]
    if drawn.feature.kind is FeatureKind.NUMBER or entity is not None or not len(values):
        return None
    different = len(np.unique(values[present(values)]))
    return 1 if 2 <= different <= max(2, len(values) // 5) else None


def _is_sensitive(table: Table, name: str) -> bool:
    entity = entity_of(table.name, name, table.column(name).kind, people=True)
    if entity is not None and entity.group is Group.SENSITIVE and entity.name not in _SEEN:
        return True
    return (entity is not None and entity.name == "salary") or _MONEY.search(name) is not None
