"""What an attack is: a frozen model whose fields are its options, and a function from a comparison to risks.

A new attack is one file with one subclass of `Attack` or `ViewAttack` and one line in `engine.risk.ATTACKS`; the contract tests in
`tests/contract/test_attacks.py` pick it up from there.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from engine.assessment.comparison import Comparison
from engine.assessment.context import Context
from engine.assessment.result import Risk
from engine.assessment.view import Made, View


class Attack(BaseModel, ABC):
    """Base of every attack. Fields are its options."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: ClassVar[str]
    title: ClassVar[str]
    """A few words for an officer: "Single somebody out by a rare combination"."""
    source: ClassVar[str]
    """The paper or section it follows."""
    remedy: ClassVar[str] = ""
    """What helps where it raises an alarm, for the person who changes the plan."""

    @abstractmethod
    def scopes(self, comparison: Comparison) -> tuple[str, ...]:
        """What it is tried on, one at a time: each is measured, stored and taken up again by itself."""

    @abstractmethod
    def measure(self, comparison: Comparison, scope: str, context: Context) -> tuple[Risk, ...]:
        """The risks found on one scope; `not_measured` with its reason where there is nothing to say. Raises Cancelled."""


class ViewAttack(Attack):
    """An attack on records: a table's rows, or entities."""

    made: ClassVar[frozenset[Made]] = frozenset(Made)
    """The kinds of target that it can be tried on; others are left out without a word."""

    def scopes(self, comparison: Comparison) -> tuple[str, ...]:
        return tuple(view.scope for view in comparison.views if view.made in self.made)

    def measure(self, comparison: Comparison, scope: str, context: Context) -> tuple[Risk, ...]:
        return self.attack(comparison.view(scope), context)

    @abstractmethod
    def attack(self, view: View, context: Context) -> tuple[Risk, ...]:
        """As `measure`."""
