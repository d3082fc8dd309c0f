"""Try every attack and ask every metric, one scope after the other; each answer is kept as soon as it is there."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field

from connectors.database import Audit
from engine import quality, risk
from engine.assessment.comparison import Comparison
from engine.assessment.context import Context
from engine.assessment.result import ALL, Quality, Risk, not_measured, unknown
from engine.assessment.spec import AssessSpec
from engine.assessment.store import AssessmentFolder, Found
from engine.jobs.control import Cancelled, Control, PauseEnded, Progress
from engine.quality.base import Metric
from engine.risk.base import Attack

LEAST_SECONDS = 3.0
"""Of any one measurement, however many there are: with less its samples would say nothing."""
MOST_SHARES = 3.0
"""A measurement may take so many times its even share, for most need far less."""


@dataclass(frozen=True, slots=True)
class Part:
    """One attack or metric on one scope."""

    kind: str
    measure: Attack | Metric
    scope: str

    @property
    def name(self) -> str:
        return self.measure.name

    def missing(self, because: str) -> Found:
        """That nothing of it was measured, and why."""
        if isinstance(self.measure, Metric):
            return (unknown(self.name, self.scope, self.measure.family, because, ALL),)
        return (not_measured(self.name, self.scope, because, ALL),)


@dataclass(frozen=True)
class Measuring:
    comparison: Comparison
    spec: AssessSpec
    folder: AssessmentFolder
    control: Control
    progress: Callable[[Progress], None]
    audit: Audit | None = None
    began: float = field(default_factory=time.monotonic)

    def everything(self) -> tuple[tuple[Risk, ...], tuple[Quality, ...]]:
        """All risks and all figures of quality, in the order of the registries. Raises Cancelled."""
        parts = list(parts_of(self.comparison, self.spec.skip))
        risks: list[Risk] = []
        figures: list[Quality] = []
        for place, part in enumerate(parts):
            self.control.check()
            note = f"{part.name} {part.scope}"
            self.progress(
                Progress("assess", total_rows=place, total_estimated=len(parts), unit="measurement", note=note)
            )
            for found in self._found(part, len(parts) - place):
                if isinstance(found, Risk):
                    risks.append(found)
                else:
                    figures.append(found)
        return tuple(risks), tuple(figures)

    def _found(self, part: Part, left: int) -> Found:
        """What it finds; what an earlier attempt has found is not sought again."""
        found = self.folder.found(part.kind, part.name, part.scope)
        if found is None:
            try:
                found = part.measure.measure(self.comparison, part.scope, self._context(left))
            except (Cancelled, PauseEnded):
                raise
            except Exception as error:  # noqa: BLE001 (one measurement's mistake must not lose all others; it is said to be ours)
                found = part.missing(_ours(error))
            self.folder.keep(part.kind, part.name, part.scope, found)
        return found

    def _context(self, left: int) -> Context:
        """With its share of the time that is left."""
        remaining = max(0.0, self.spec.seconds - (time.monotonic() - self.began))
        seconds = max(LEAST_SECONDS, min(remaining, MOST_SHARES * remaining / left))
        return Context(self.spec.seed, seconds, self.control, self.audit, self.spec.queries)


def parts_of(comparison: Comparison, skip: Collection[str] = ()) -> Iterator[Part]:
    """Every attack and metric of the registries on each of its scopes, but for those that are to be left out."""
    for name in risk.registry():
        if name not in skip:
            attack = risk.attack_class(name)()
            yield from (Part("attack", attack, scope) for scope in attack.scopes(comparison))
    for name in quality.registry():
        if name not in skip:
            metric = quality.metric_class(name)()
            yield from (Part("metric", metric, scope) for scope in metric.scopes(comparison))


def nothing_measured(because: str) -> tuple[tuple[Risk, ...], tuple[Quality, ...]]:
    """The same for a target that must not be measured: why, for every attack and every metric."""
    risks = tuple(not_measured(name, "target", because, ALL) for name in risk.registry())
    families = ((name, quality.metric_class(name).family) for name in quality.registry())
    return risks, tuple(unknown(name, "target", family, because, ALL) for name, family in families)


def _ours(error: Exception) -> str:
    """What a mistake of ours may say: its message could quote a cell."""
    return f"the measurement ended with a mistake of ours ({type(error).__name__}); please report it"
