"""What a measurement says: a number with its interval, or why there is none. Never a cell value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Literal

Fact = float | int | str | bool | None
Family = Literal["validity", "fidelity", "utility", "diversity", "bias"]


class State(StrEnum):
    MEASURED = "measured"
    INVALID = "invalid"
    """An attack that finds no more than guessing: its figure is no sign of safety, for the attack may be too weak."""
    NOT_MEASURED = "not measured"


class Rests(StrEnum):
    """What a figure was computed from. Only TARGET and DECLARED go into a releasable report."""

    SOURCE = "source"
    TARGET = "target"
    DECLARED = "declared"


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with the ends of its 95 % confidence interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Risk:
    """One figure of one attack on one scope."""

    attack: str
    scope: str
    """`Customer` (a table) or `Customer with Invoice, InvoiceLine` (an entity); `target` for the whole."""
    measure: str = ""
    """Which of the attack's figures: `univariate`, `auc`, `Country -> Income`... Unique with attack and scope."""
    state: State = State.MEASURED
    risk: Interval | None = None
    """0 nothing, 1 everybody; None where nothing was measured."""
    because: str = ""
    """Why nothing was measured or the figure is invalid: one sentence."""
    main: Interval | None = None
    """How often the attack succeeds on records that are in the making of the target."""
    control: Interval | None = None
    """... on records that had no part in it."""
    baseline: Interval | None = None
    """... by guessing without the target."""
    alarm: bool = False
    """The attack certainly finds people (its interval lies above what chance and the control explain)."""
    facts: Mapping[str, Fact] = field(default_factory=dict)
    """Further figures: attempts, k, the paper's own threshold."""
    rests: Rests = Rests.SOURCE
    uncontrolled: bool = False
    """It lacks the control without which it raises no alarm: that there is none says nothing."""

    def to_json(self) -> dict[str, Any]:
        """`value`, `low` and `high` as in `assess --json`, then everything else."""
        said = asdict(self)
        risk = said.pop("risk") or dict.fromkeys(("value", "low", "high"))
        return said | risk


@dataclass(frozen=True, slots=True)
class Quality:
    """One figure of one metric on one scope."""

    metric: str
    """As SDMetrics calls it where it means the same thing (`KSComplement`)."""
    scope: str
    """A table, `table.column`, a foreign key, an entity..."""
    family: Family
    measure: str = ""
    state: State = State.MEASURED
    value: float | None = None
    low: float | None = None
    high: float | None = None
    """Ends of a 95 % interval, where one is known."""
    ceiling: float | None = None
    """The same figure between source records and held-out ones: no generator can be asked for more."""
    floor: float | None = None
    """The same figure where nothing is learned (columns shuffled, labels permuted)."""
    better: Literal["higher", "lower"] = "higher"
    passed: bool | None = None
    """Validity: does it hold? None: it is no question of yes and no."""
    alarm: bool = False
    because: str = ""
    facts: Mapping[str, Fact] = field(default_factory=dict)
    rests: Rests = Rests.SOURCE

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


ALL = "*"
"""In place of a measure: none of an attack's or metric's figures is there."""


def not_measured(attack: str, scope: str, because: str, measure: str = "") -> Risk:
    return Risk(attack, scope, measure, State.NOT_MEASURED, because=because)


def unknown(metric: str, scope: str, family: Any, because: str, measure: str = "") -> Quality:
    return Quality(metric, scope, family, measure, State.NOT_MEASURED, because=because)
