"""The figures of a report, computed while both sides are in memory: plain data that any page can be drawn from.

Those of both sides name values of real data (categories, ends of ranges): they are cell values, kept only sealed, and written only
into a report that a person asks for. Those for release are of synthesised rows alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from connectors.names import TableName
from connectors.schema import ForeignKey
from engine.assessment.comparison import Comparison, Side
from engine.assessment.view import Carries, Made, View
from engine.report.heat import HeatMap, heat_map
from engine.report.lineage import Lineage, lineage_of
from engine.report.shares import Distribution, distribution

MOST_DISTRIBUTIONS = 48
MOST_HEAT_MAPS = 8
MOST_CARDINALITIES = 24
MOST_CHILDREN = 10
"""Parents with so many children or more share a bar."""


@dataclass(frozen=True, slots=True)
class Cardinality:
    """How many parents have no, one, two... children: as shares of the parents."""

    child: str
    key: str
    parent: str
    labels: tuple[str, ...]
    source: tuple[float, ...] | None
    target: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Figures:
    releasable: bool = False
    """Of the target's synthesised rows alone."""
    distributions: tuple[Distribution, ...] = ()
    """Those that are least alike come first."""
    heat_maps: tuple[HeatMap, ...] = ()
    cardinalities: tuple[Cardinality, ...] = ()
    lineage: Lineage = field(default_factory=Lineage)
    undrawn: Mapping[str, int] = field(default_factory=dict)
    """How many distributions, heat maps and cardinalities there was no room for."""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def figures_of(comparison: Comparison, *, releasable: bool = False) -> Figures:
    """Every figure there is room for. `releasable`: of synthesised rows alone, and nothing of the source."""
    found: dict[str, list[Any]] = {
        "distributions": sorted(_distributions(comparison, releasable), key=lambda drawn: -(drawn.distance or 0.0)),
        "heat_maps": list(_heat_maps(comparison, releasable)),
        "cardinalities": list(_cardinalities(comparison, releasable)),
    }
    room = dict(zip(found, (MOST_DISTRIBUTIONS, MOST_HEAT_MAPS, MOST_CARDINALITIES), strict=True))
    undrawn = {name: len(each) - room[name] for name, each in found.items() if len(each) > room[name]}
    drawn = {name: tuple(each[: room[name]]) for name, each in found.items()}
    return Figures(releasable, **drawn, lineage=lineage_of(comparison), undrawn=undrawn)


def figures_read(said: Mapping[str, Any]) -> Figures:
    """What `Figures.to_json` has said, also by way of JSON. Raises KeyError, TypeError for anything else."""
    return Figures(
        said["releasable"],
        tuple(Distribution.read(each) for each in said["distributions"]),
        tuple(HeatMap.read(each) for each in said["heat_maps"]),
        tuple(_cardinality_read(each) for each in said["cardinalities"]),
        Lineage.read(said["lineage"]),
        said["undrawn"],
    )


def _views(comparison: Comparison, releasable: bool) -> Iterator[View]:
    for view in comparison.views:
        if view.target.rows and (view.made is Made.SYNTHETIC if releasable else view.known.rows):
            yield view


def _distributions(comparison: Comparison, releasable: bool) -> Iterator[Distribution]:
    """Of every column whose values mean something on both sides."""
    for view in _views(comparison, releasable):
        if view.entity:
            continue
        for place, feature in enumerate(view.features):
            if feature.own and feature.column is not None and feature.carries is not Carries.REPLACED:
                source = None if releasable else view.known.columns[place]
                yield distribution(str(view.table), feature, source, view.target.columns[place])


def _heat_maps(comparison: Comparison, releasable: bool) -> Iterator[HeatMap]:
    for view in _views(comparison, releasable):
        shown = heat_map(view, releasable=releasable)
        if shown is not None:
            yield shown


def _cardinalities(comparison: Comparison, releasable: bool) -> Iterator[Cardinality]:
    for child, key in comparison.keys:
        if releasable and not all(comparison.made.get(name) is Made.SYNTHETIC for name in (child, key.parent)):
            continue
        if not _all_children(comparison, child, key, releasable):
            continue
        target = _children(comparison.target, child, key)
        source = None if releasable else _children(comparison.known, child, key)
        if target is not None and (source is not None or releasable):
            labels = (*map(str, range(MOST_CHILDREN)), f"{MOST_CHILDREN} or more")
            yield _trimmed(Cardinality(str(child), key.name, str(key.parent), labels, source, target))


def _all_children(comparison: Comparison, child: TableName, key: ForeignKey, releasable: bool) -> bool:
    """Has every parent that was read its children: are they its own, or was all of their table read?"""
    if any((owns.table, owns.key) == (child, key) for entity in comparison.entities for owns in entity.tables):
        return True
    sides = (comparison.target,) if releasable else (comparison.target, comparison.known)
    return all(side.tables[child].num_rows >= side.whole.get(child, 0) for side in sides if child in side.tables)


def _children(side: Side, child: TableName, key: ForeignKey) -> tuple[float, ...] | None:
    parent = side.tables.get(key.parent)
    if parent is None or not parent.num_rows:
        return None
    places = side.parents[child, key.name]
    counts = np.bincount(places[places >= 0], minlength=parent.num_rows)
    bars = np.bincount(np.minimum(counts, MOST_CHILDREN), minlength=MOST_CHILDREN + 1)
    return tuple((bars / parent.num_rows).tolist())


def _trimmed(drawn: Cardinality) -> Cardinality:
    """Without the bars at its end that are empty on both sides."""
    both = np.maximum(drawn.target, drawn.source if drawn.source is not None else 0.0)
    end = int(np.flatnonzero(both)[-1]) + 1
    source = drawn.source[:end] if drawn.source is not None else None
    return replace(drawn, labels=drawn.labels[:end], source=source, target=drawn.target[:end])


def _cardinality_read(said: Mapping[str, Any]) -> Cardinality:
    source = tuple(said["source"]) if said["source"] is not None else None
    return Cardinality(**{**said, "labels": tuple(said["labels"]), "source": source, "target": tuple(said["target"])})
