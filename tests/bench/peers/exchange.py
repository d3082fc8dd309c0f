"""What the bench and a peer hand each other, as files in one folder. Runs in the peer's environment: nothing of ours is imported."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path

import pandas as pd


@dataclass(frozen=True)
class Question:
    folder: Path
    train: pd.DataFrame
    epsilon: float | None
    """None: without differential privacy."""
    delta: float
    seed: int
    ranges: dict[str, tuple[float, float]]
    values: dict[str, list[str]]
    """With `ranges` the declared domain of all columns, which costs nothing."""

    def answer(self, rows: pd.DataFrame) -> None:
        """Write synthetic rows; whole numbers where those learned from are whole."""
        rows = rows[list(self.train.columns)].copy()
        for column in self.train.select_dtypes("integer"):
            rows[column] = pd.to_numeric(rows[column]).round().astype("int64")
        rows.to_csv(self.folder / "made.csv", index=False)


def asked() -> Question:
    """The folder is the one argument of the process."""
    folder = Path(sys.argv[1])
    train = pd.read_csv(folder / "train.csv", keep_default_na=False)
    return Question(folder, train, **json.loads((folder / "question.json").read_text()))
