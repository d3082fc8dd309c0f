"""Golden vectors: what each masker gave when it was frozen. `python -m tests.contract.golden NAME...` writes those that are not there.

A vector that changes means that databases masked before no longer agree with those masked now: raise the masker's `version` then.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa

from engine.masking import masker_class
from engine.problems import errors
from tests.contract.columns import COLUMNS, example, masked, sample, subjects

FOLDER = Path(__file__).parent.parent / "engine" / "masking" / "golden"


def vectors(name: str) -> dict[str, Any]:
    """What the masker gives now, per example and column: the inputs are `columns.sample`."""
    found: dict[str, Any] = {}
    for number, options in enumerate(masker_class(name).EXAMPLES):  # type: ignore[attr-defined]
        masker = example(name, options)
        for label, column in COLUMNS.items():
            if accepts(masker, label):
                found[f"example {number}, {label}"] = [
                    printed(array) for array in masked(masker, sample(column, masker), column)
                ]
    return found


def accepts(masker: Any, label: str) -> bool:
    """Is the masker made for this column?"""
    found = [problem for subject in subjects(masker, COLUMNS[label]) for problem in masker.check(subject)]
    return not errors(found)


def printed(array: pa.Array) -> list[str | None]:
    """Values as JSON can say them."""
    return [
        None if value is None else value.hex() if isinstance(value, bytes) else str(value)
        for value in array.to_pylist()
    ]


def path(name: str) -> Path:
    return FOLDER / f"{name}.json"


def write(name: str) -> None:
    FOLDER.mkdir(exist_ok=True)
    path(name).write_text(json.dumps(vectors(name), indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    for wanted in sys.argv[1:]:
        write(wanted)
