"""Ask SDMetrics for its figures of one exchanged file. Runs in an environment of its own, which has SDMetrics and nothing of ours.

    PYTHON sdmetrics_peer.py FILE

FILE is JSON as `sdmetrics_check` writes it; the figures go to standard output as JSON, by `metric|table|measure`.
"""

from __future__ import annotations

import json
import sys
import warnings
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import sdmetrics
from sdmetrics.column_pairs import ReferentialIntegrity
from sdmetrics.multi_table import CardinalityShapeSimilarity
from sdmetrics.reports.single_table import QualityReport
from sdmetrics.single_column import (
    BoundaryAdherence,
    CategoryAdherence,
    CategoryCoverage,
    KeyUniqueness,
    KSComplement,
    MissingValueSimilarity,
    RangeCoverage,
    TVComplement,
)

NUMBERS = (KSComplement, RangeCoverage, BoundaryAdherence, MissingValueSimilarity)
CATEGORIES = (TVComplement, CategoryCoverage, CategoryAdherence, MissingValueSimilarity)

Figures = dict[str, float | None]


def main() -> None:
    warnings.filterwarnings("ignore")
    told = json.loads(Path(sys.argv[1]).read_text())
    found: Figures = {}
    sides = {side: {name: frame(table, side) for name, table in told["tables"].items()} for side in ("known", "target")}
    for name, table in told["tables"].items():
        kinds = {column: each["kind"] for column, each in table["columns"].items() if each["kind"] != "id"}
        if kinds:
            found |= of_table(name, kinds, sides["known"][name], sides["target"][name])
        for key in table["keys"]:
            found[f"KeyUniqueness|{name}|{key}"] = KeyUniqueness.compute(
                sides["known"][name][key], sides["target"][name][key]
            )
    for relation in told["relations"]:
        found |= of_relation(relation, sides)
    json.dump({"version": sdmetrics.__version__, "figures": {k: finite(v) for k, v in found.items()}}, sys.stdout)


def frame(table: dict[str, Any], side: str) -> pd.DataFrame:
    columns = {}
    for name, each in table["columns"].items():
        if each["kind"] == "datetime":
            columns[name] = pd.to_datetime(pd.Series(each[side], dtype="object"), format="ISO8601")
        elif each["kind"] == "numerical":
            columns[name] = pd.Series(each[side], dtype="float64")
        else:
            columns[name] = pd.Series(each[side], dtype="object")
    return pd.DataFrame(columns)


def of_table(name: str, kinds: dict[str, str], known: pd.DataFrame, target: pd.DataFrame) -> Figures:
    found: Figures = {}
    for column, kind in kinds.items():
        for metric in NUMBERS if kind in ("numerical", "datetime") else CATEGORIES:
            found[f"{metric.__name__}|{name}|{column}"] = metric.compute(known[column], target[column])
    metadata = {"columns": {column: {"sdtype": kind} for column, kind in kinds.items()}}
    scores, _ = reported(known[list(kinds)], target[list(kinds)], metadata)
    found[f"ColumnShapes|{name}|"] = scores["Column Shapes"]
    found[f"ColumnPairTrends|{name}|"] = scores["Column Pair Trends"]
    scores, pairs = reported(known[list(kinds)], target[list(kinds)], metadata, threshold=0)
    found[f"ColumnPairTrends|{name}|all pairs"] = scores["Column Pair Trends"]
    for one, other in combinations(kinds, 2):
        each = pairs.loc[(one, other)]
        found[f"{each['Metric']}|{name}|{one} x {other}"] = each["Score"]
    return found


def reported(
    known: pd.DataFrame, target: pd.DataFrame, metadata: dict[str, Any], threshold: float | None = None
) -> tuple[dict[str, float], pd.DataFrame]:
    """The quality report's properties and pairs, over every row: by itself it would draw 50,000 anew in each run."""
    report = QualityReport()
    report.num_rows_subsample = None
    if threshold is not None:
        report.real_correlation_threshold = report.real_association_threshold = threshold
    report.generate(known, target, metadata, verbose=False)
    pairs = report.get_details("Column Pair Trends").set_index(["Column 1", "Column 2"])
    return dict(report.get_properties().set_index("Property")["Score"]), pairs


def of_relation(relation: dict[str, str], sides: dict[str, dict[str, pd.DataFrame]]) -> Figures:
    parent, child, key = relation["parent"], relation["child"], relation["name"]
    columns = relation["parent_column"], relation["child_column"]
    pairs = [(sides[side][parent][columns[0]], sides[side][child][columns[1]]) for side in ("known", "target")]
    metadata = {
        "tables": {table: {"columns": {c: {"sdtype": "id"} for c in frame}} for table, frame in sides["known"].items()},
        "relationships": [
            {
                "parent_table_name": parent,
                "child_table_name": child,
                "parent_primary_key": columns[0],
                "child_foreign_key": columns[1],
            }
        ],
    }
    return {
        f"ReferentialIntegrity|{child}|{key}": ReferentialIntegrity.compute(*pairs),
        f"CardinalityShapeSimilarity|{child}|{key}": CardinalityShapeSimilarity.compute(
            sides["known"], sides["target"], metadata
        ),
    }


def finite(value: float | None) -> float | None:
    return float(value) if value is not None and np.isfinite(value) else None


if __name__ == "__main__":
    main()
