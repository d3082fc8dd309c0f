"""What a metric is: a frozen model whose fields are its options, and a function from a comparison to figures.

A new family of metrics is one file with one subclass of `Metric` and one line in `engine.quality.METRICS`; the contract tests in
`tests/contract/test_metrics.py` pick it up from there.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from engine.assessment.comparison import Comparison
from engine.assessment.context import Context
from engine.assessment.result import Family, Quality


class Metric(BaseModel, ABC):
    """Base of every family of metrics. Fields are its options."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: ClassVar[str]
    title: ClassVar[str]
    """A few words for a tester: "Joins: children per parent"."""
    source: ClassVar[str]
    """The paper, library or standard whose definition it follows."""
    family: ClassVar[Family] = "fidelity"
    """Of its figures."""

    @abstractmethod
    def scopes(self, comparison: Comparison) -> tuple[str, ...]:
        """What it is asked of, one at a time: each is measured, stored and taken up again by itself."""

    @abstractmethod
    def measure(self, comparison: Comparison, scope: str, context: Context) -> tuple[Quality, ...]:
        """The figures of one scope; `unknown` with its reason where there is nothing to say. Raises Cancelled."""
