"""Say how much the build's own audit of a technique's training found, beside the epsilon that is claimed."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any, ClassVar

from engine.assessment.comparison import Comparison
from engine.assessment.context import Context
from engine.assessment.result import Fact, Rests, Risk, State, not_measured
from engine.privacy.guarantee import Guarantee, NoGuarantee
from engine.risk.base import Attack

SCOPE = "target"
CAUTION = "Measured on a toy database when this version was built, not on yours."


class Audit(Attack):
    """The lower bound of epsilon that canaries show. It is no risk between 0 and 1, and there is none.

    Alarm: the bound lies above the epsilon that was claimed for the audited training, so that the claim is wrong.
    """

    name: ClassVar[str] = "audit"
    title: ClassVar[str] = "Audit of the training's differential privacy (toy database)"
    source: ClassVar[str] = "Steinke, Nasr and Jagielski, Privacy Auditing with One Training Run, NeurIPS 2023"
    remedy: ClassVar[str] = (
        "The build does not keep its promise on a toy database: release nothing learned by it, and report it to us."
    )

    def scopes(self, comparison: Comparison) -> tuple[str, ...]:
        return (SCOPE,)

    def measure(self, comparison: Comparison, scope: str, context: Context) -> tuple[Risk, ...]:
        context.control.check()
        claimed = [each for each in comparison.guarantees if isinstance(each, Guarantee)]
        if not claimed:
            reasons = [each.reason for each in comparison.guarantees if isinstance(each, NoGuarantee)]
            why = f": {reasons[0]}" if reasons else ""
            return (not_measured(self.name, scope, f"No epsilon is claimed for this target{why}."),)
        if not comparison.models:
            return (not_measured(self.name, scope, "It is not known which technique learned the target's rows."),)
        return tuple(
            _audited(self.name, scope, guarantee, technique)
            for guarantee in claimed
            for technique in dict.fromkeys(comparison.models)
        )


@cache
def bounds() -> dict[str, Any]:
    """What was measured when this version was built."""
    found: dict[str, Any] = json.loads(files("engine.risk").joinpath("audit_bounds.json").read_text())
    return found


def _audited(attack: str, scope: str, guarantee: Guarantee, technique: str) -> Risk:
    measure, measured = f"{guarantee.population}, {technique}", bounds()
    if technique in measured["without_steps"]:
        because = f"{technique} learns from noisy counts, with no training steps to audit."
        return not_measured(attack, scope, because, measure)
    trained_as = measured["trained_as"].get(technique, technique)
    if trained_as not in measured["epsilon_at_least"]:
        return not_measured(attack, scope, f"{technique} was not audited when this version was built.", measure)
    bound = float(measured["epsilon_at_least"][trained_as])
    facts: dict[str, Fact] = {
        "epsilon claimed for the target": guarantee.epsilon,
        "delta claimed for the target": guarantee.delta,
        "epsilon at least, on the toy database": bound,
        "epsilon claimed for the toy database": float(measured["claimed_epsilon"]),
        "delta claimed for the toy database": float(measured["delta"]),
        "canaries": int(measured["canaries"]),
        "audited training": trained_as,
        "audited on": str(measured["date"]),
    }
    alarm = bound > float(measured["claimed_epsilon"])
    return Risk(attack, scope, measure, State.MEASURED, because=CAUTION, alarm=alarm, facts=facts, rests=Rests.DECLARED)
