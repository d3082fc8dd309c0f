"""Who learns what of whom, and by which plan: what a ledger records beside the events."""

from __future__ import annotations

import getpass
import math
import os
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from engine.privacy.budget import Budget, Neighbours, PrivacyUnit
from engine.privacy.spec import PrivacySpec
from engine.synthesis.structure import Structure
from engine.versions import VERSION

_LIBRARIES = ("dp-accounting", "opacus", "opendp", "torch")
_RANDOMNESS = "the operating system's entropy, anew for each run; no seed"


@dataclass(frozen=True, slots=True)
class Release:
    """What is about to be learned, by whose plan: it stands in the ledger with the first event."""

    id: str
    """Of the run or the training: what is taken up again goes on under the same one."""
    population: str
    unit: PrivacyUnit
    planned: Budget
    plan: str
    """Its fingerprint."""
    key: str
    """The masking key's public identifier."""
    cap: float | None = None
    """None: the planned epsilon, and so one training."""
    bounds: tuple[tuple[str, int], ...] = ()
    """Child table -> rows of one parent at most, as declared."""
    classes: tuple[tuple[str, str], ...] = ()
    """Table -> root, owned or public."""
    source: str = ""
    """The identity of the database, hashed."""
    apart: str | None = None
    """Who answers for it that nobody of another population of this database is among these."""
    discarded: str | None = None
    """Who answers for it that what earlier releases learned without noise is destroyed."""
    actor: str = field(default_factory=lambda: _actor())

    @property
    def most(self) -> float:
        """The epsilon that everything may come to."""
        return self.planned.epsilon if self.cap is None else self.cap

    def record(self) -> dict[str, Any]:
        """All of it as JSON holds it, with what else an auditor asks."""
        return {
            "unit": {"table": str(self.unit.table), "key": list(self.unit.key)},
            "neighbours": Neighbours.ADD_OR_REMOVE_ONE.value,
            "planned": {"epsilon": finite(self.planned.epsilon), "delta": self.planned.delta},
            "cap": finite(self.most),
            "plan": self.plan,
            "key": self.key,
            "bounds": dict(self.bounds),
            "classes": dict(self.classes),
            "source": self.source,
            "apart": self.apart,
            "discarded": self.discarded,
            "actor": self.actor,
            "versions": _versions(),
            "randomness": _RANDOMNESS,
        }


def release_of(spec: PrivacySpec, structure: Structure, *, id: str, plan: str, key: str, source: str = "") -> Release:
    """The release that a plan asks for. `plan` is its fingerprint, `key` the masking key's public identifier, `source` a hash of the
    database's identity."""
    root, *children = structure.tables
    return Release(
        id,
        spec.population,
        structure.unit,
        Budget(spec.epsilon, spec.delta),
        plan,
        key,
        cap=spec.cap,
        bounds=tuple((str(child.table), child.most) for child in children if child.most is not None),
        classes=(
            (str(root.table), "root"),
            *((str(child.table), "owned") for child in children),
            *((str(table), "public") for table in structure.public),
        ),
        source=source,
        apart=spec.apart,
        discarded=spec.discarded,
    )


def finite(value: float) -> float | None:
    """JSON has no infinity."""
    return value if math.isfinite(value) else None


def _actor() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return f"user {os.getuid()}"


def _versions() -> dict[str, str]:
    found = {"lookalike": VERSION}
    for library in _LIBRARIES:
        try:
            found[library] = version(library)
        except PackageNotFoundError:
            continue
    return found
