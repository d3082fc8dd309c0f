"""Ask mostlyai-qa for its accuracies of one exchanged file. Runs in an environment of its own.

    PYTHON mostly_peer.py FILE

FILE is JSON as `sdmetrics_check` writes it. Standard output is JSON: of each table the bins in which mostlyai-qa put every row of
either side, and its accuracy of every column, pair and triple by `one|other|third`.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import sys
import types
import warnings
from importlib.metadata import version
from itertools import combinations
from pathlib import Path
from typing import Any

import pandas as pd

BINS = 10
TRIPLES = 60


def accuracies() -> Any:
    """Its module of accuracies alone: the package as a whole wants PyTorch for what is not asked here."""
    found = importlib.util.find_spec("mostlyai")
    assert found is not None
    assert found.submodule_search_locations is not None
    package = types.ModuleType("mostlyai.qa")
    package.__path__ = [str(Path(place) / "qa") for place in found.submodule_search_locations]
    sys.modules["mostlyai.qa"] = package
    return importlib.import_module("mostlyai.qa._accuracy")


def main() -> None:
    warnings.filterwarnings("ignore")
    qa, told = accuracies(), json.loads(Path(sys.argv[1]).read_text())
    found = {}
    for name, table in told["tables"].items():
        kinds = {column: each["kind"] for column, each in table["columns"].items() if each["kind"] != "id"}
        known, bins = qa.bin_data(frame(table, kinds, "known"), BINS)
        target, _ = qa.bin_data(frame(table, kinds, "target"), bins)
        groups = [group for way in (1, 2) for group in combinations(kinds, way)]
        groups += list(combinations(kinds, 3))[:TRIPLES]
        found[name] = {
            "accuracies": {
                "|".join(g): float(qa.calculate_accuracy(known[list(g)], target[list(g)])[0]) for g in groups
            },
            "bins": {column: codes(known[column], target[column]) for column in kinds},
        }
    json.dump({"version": version("mostlyai-qa"), "tables": found}, sys.stdout)


def frame(table: dict[str, Any], kinds: dict[str, str], side: str) -> pd.DataFrame:
    made = {}
    for column, kind in kinds.items():
        values = table["columns"][column][side]
        if kind == "datetime":
            made[column] = pd.to_datetime(pd.Series(values, dtype="object"), format="ISO8601")
        elif kind == "numerical":
            made[column] = pd.Series(values, dtype="float64")
        else:
            made[column] = pd.Series([None if value is None else str(value) for value in values], dtype="object")
    return pd.DataFrame(made)


def codes(known: Any, target: Any) -> tuple[list[int], list[int]]:
    """One numbering of both sides' bins."""
    places = {label: place for place, label in enumerate(dict.fromkeys([*known, *target]))}
    return [places[label] for label in known], [places[label] for label in target]


if __name__ == "__main__":
    main()
