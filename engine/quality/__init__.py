"""Quality of a target: one family of metrics, one file.

`METRICS` is the index: the name in results and policies -> "module:Class", imported on use. Other distributions add theirs under the
entry-point group `lookalike.metrics`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.quality.base import Metric

METRICS: dict[str, str] = {
    "validity": "engine.quality.validity:Validity",
    "column_shapes": "engine.quality.column_shapes:ColumnShapes",
    "pair_trends": "engine.quality.pair_trends:PairTrends",
    "combinations": "engine.quality.combinations:Combinations",
    "coverage": "engine.quality.coverage:Coverage",
    "cardinality": "engine.quality.cardinality:Cardinality",
    "k_hop": "engine.quality.k_hop:KHop",
    "diversity": "engine.quality.diversity:Diversity",
    "bias": "engine.quality.bias:Bias",
    "workload": "engine.quality.workload:Workload",
    "prediction": "engine.quality.prediction:Prediction",
    "detection": "engine.quality.detection:Detection",
    "detection_entities": "engine.quality.detection_entities:DetectionEntities",
    "intervals": "engine.quality.intervals:Intervals",
}


@cache
def registry() -> Mapping[str, str]:
    """Every metric that is installed, our own first."""
    return METRICS | {
        entry.name: entry.value for entry in entry_points(group="lookalike.metrics") if entry.name not in METRICS
    }


def metric_class(name: str) -> type[Metric]:
    """The metric of that name. Raises KeyError."""
    module, _, attribute = registry()[name].partition(":")
    found: type[Metric] = getattr(import_module(module), attribute)
    return found
