"""What imports torch is looked at by a process of its own, which is gone afterwards: the models' options, and what a budget leaves.

The order comes on standard input as a pickle of ours, the answer goes to standard output likewise: parent and child, one account.
"""

from __future__ import annotations

import os
import pickle
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from connectors.schema import Schema
from desktop.backend.child_process import answer_of
from desktop.backend.plan_desk import trouble
from desktop.models.synthesis import Budget, Gauge, Model, Option, Rung, Spent
from engine.catalog import open_catalog
from engine.check_privacy import privacy
from engine.check_view import View
from engine.commands.status import UsageError
from engine.jobs.control import Control
from engine.option_docs import option_docs
from engine.plan import Plan
from engine.privacy.anchor import Anchors
from engine.problems import PlanError, Severity
from engine.synthesis import GENERATORS, generator_class
from engine.synthesis.estimate import Estimate, estimate
from engine.synthesis.gauge import Band
from engine.synthesis.packages import packages_problem


@dataclass(frozen=True, slots=True)
class ModelsOrder:
    """Every model with its options."""

    def answer(self) -> tuple[Model, ...]:
        return tuple(_model(name) for name in GENERATORS)


@dataclass(frozen=True, slots=True)
class BudgetOrder:
    """What stands in the way of this plan's promise, what its budget leaves, and what is spent of its population."""

    plan: Plan = field(repr=False)
    schema: Schema = field(repr=False)
    catalog: str
    anchored: Mapping[str, Anchors] = field(repr=False)

    def answer(self) -> Budget:
        problems = [*privacy(View(self.plan, self.schema))]
        if packages_problem() is not None:
            return Budget(tuple(map(trouble, problems)))
        gauge = None
        if not any(problem.severity is Severity.ERROR for problem in problems if problem.code != "privacy-few"):
            try:
                gauge = _gauge(estimate(self.plan, self.schema))
            except PlanError as error:
                problems += error.problems
        return Budget(tuple(map(trouble, problems)), gauge, self._spent())

    def _spent(self) -> Spent | None:
        from engine.privacy.accounts import populations

        spec = self.plan.privacy
        if spec is None:
            return None
        cap = spec.epsilon if spec.cap is None else spec.cap
        if not cap > 0:
            return None
        found = [
            each
            for each in populations(open_catalog(Path(self.catalog)), self.anchored)
            if each.name == spec.population
        ]
        if not found:
            return Spent(0.0, cap, 0)
        return Spent(found[0].epsilon, cap, len(found[0].releases), found[0].fault or "")


def apart(order: ModelsOrder | BudgetOrder, control: Control) -> Any:
    """The order's answer. Raises UsageError where the process ends without one, Cancelled."""
    status, said = answer_of("desktop.backend.synthesis_process", pickle.dumps(order), control)
    if status:
        raise UsageError("The process that looks at the budget ended without a word; please try again.")
    return pickle.loads(said)


def main() -> None:
    answers = os.fdopen(os.dup(1), "wb")
    # Libraries that print must not print into the answer.
    os.dup2(2, 1)
    order: ModelsOrder | BudgetOrder = pickle.load(sys.stdin.buffer)
    answers.write(pickle.dumps(order.answer()))
    answers.close()
    # Torch's threads need no farewell.
    os._exit(0)


def _model(name: str) -> Model:
    kind = generator_class(name)
    described, about = kind.model_json_schema().get("properties", {}), option_docs(kind)
    options = tuple(
        Option(option, _kind(described.get(option, {})), _default(each.get_default()), about[option])
        for option, each in kind.model_fields.items()
    )
    return Model(name, kind.summary, options)


def _kind(described: Mapping[str, Any]) -> str:
    """`whole number, 1 or more`."""
    words = {
        "integer": "whole number",
        "number": "number",
        "boolean": "true or false",
        "string": "text",
        "array": "list",
    }
    branch = next((each for each in described.get("anyOf", ()) if each.get("type") != "null"), described)
    said = words.get(branch.get("type", ""), "value")
    ends = {
        "minimum": "{:g} or more",
        "exclusiveMinimum": "above {:g}",
        "maximum": "up to {:g}",
        "exclusiveMaximum": "below {:g}",
    }
    limits = [text.format(branch[word]) for word, text in ends.items() if word in branch]
    return ", ".join([said, *limits])


def _default(value: Any) -> str:
    return "by the noise" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _gauge(found: Estimate) -> Gauge:
    at, known = found.gauges[0], found.spec.entities is not None
    noise = "all" if at.noise >= 10 else f"{at.noise:.2%}"
    return Gauge(
        found.spec.epsilon,
        at.band.value if known or at.band is Band.EXACT else "",
        noise,
        tuple(Rung(epsilon, band.value) for epsilon, band in found.ladder),
        found.epsilon,
        found.model,
        tuple((part.what, part.share) for part in found.parts),
        found.sentences(),
        () if known else tuple((each.entities, each.band.value) for each in found.gauges),
    )


if __name__ == "__main__":
    main()
