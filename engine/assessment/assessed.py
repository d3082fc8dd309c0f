"""What an assessment found, for good: frozen, as canonical JSON, sealed by its hash. No cell value can be in it."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from typing import Any

import rfc8785

from engine.assessment.result import Interval, Quality, Rests, Risk, State
from engine.assessment.verdict import PolicyVerdict, verdict_read
from engine.privacy.guarantee import Guarantee, NoGuarantee
from engine.privacy.said import guarantee_read, guarantee_said

FORMAT = 1
NO_POLICY = "no policy"
"""The verdict where nobody said what is enough."""
_INTERVALS = ("main", "control", "baseline")


class SealBroken(ValueError):
    """A sealed file is not what it was; `str()` is one sentence."""


@dataclass(frozen=True, slots=True)
class TableAssessed:
    """One table: its rows, and how many of them were looked at. None: nobody counted."""

    treatment: str
    source: int | None = None
    target: int | None = None
    source_sampled: int | None = None
    target_sampled: int | None = None


@dataclass(frozen=True, slots=True)
class Spent:
    """What is spent of one population, as its ledger says."""

    population: str
    epsilon: float | None
    """Of all releases together, rounded up; None: data was read without noise, and no number is true."""
    delta: float
    cap: float | None = None


@dataclass(frozen=True, slots=True)
class Assessed:
    id: str
    run: str | None
    """The run that made the target; None where nobody knows one."""
    plan: str
    plan_fingerprint: str
    schema_fingerprint: str
    key: str | None
    """The masking key's public identifier."""
    source: str
    """Its address without a password."""
    target: str
    versions: Mapping[str, str]
    began: str
    """ISO 8601, UTC."""
    seconds: float
    seed: int
    tables: Mapping[str, TableAssessed] = field(default_factory=dict)
    guarantee: Guarantee | NoGuarantee = field(default_factory=NoGuarantee)
    """Of the target as a whole."""
    guarantees: tuple[Guarantee | NoGuarantee, ...] = ()
    """One for each population that was learned from."""
    budgets: tuple[Spent, ...] = ()
    models: tuple[str, ...] = ()
    """Techniques whose rows are in the target."""
    risks: tuple[Risk, ...] = ()
    quality: tuple[Quality, ...] = ()
    left: tuple[str, ...] = ()
    """What was not examined, and why: one sentence each."""
    policy: PolicyVerdict | None = None
    run_evidence: str | None = None
    """SHA-256 of the evidence of the run."""

    @property
    def verdict(self) -> str:
        return self.policy.overall.value if self.policy is not None else NO_POLICY

    def to_json(self) -> dict[str, Any]:
        """The shape of `assess --json`: `verdict`, `guarantees`, `risks`, `quality`, and everything else there is to know."""
        return {
            "format": FORMAT,
            **{name: getattr(self, name) for name in _PLAIN},
            "verdict": self.verdict,
            "versions": dict(self.versions),
            "tables": {name: asdict(table) for name, table in self.tables.items()},
            "guarantee": guarantee_said(self.guarantee),
            "guarantees": [guarantee_said(each) for each in self.guarantees],
            "budgets": [asdict(each) for each in self.budgets],
            "models": list(self.models),
            "risks": [risk.to_json() | {"verdict": self.verdict_of(risk)} for risk in self.risks],
            "quality": [each.to_json() | {"verdict": self.verdict_of(each)} for each in self.quality],
            "left": list(self.left),
            "policy": self.policy.to_json() if self.policy is not None else None,
        }

    def verdict_of(self, result: Risk | Quality) -> str:
        """The verdict of the policy's line that looked at it; where none did, whether it was measured."""
        name = result.attack if isinstance(result, Risk) else result.metric
        found = self.policy.of(name, result.scope, result.measure) if self.policy is not None else None
        return found.value if found is not None else result.state.value


_PLAIN = (
    "id", "run", "plan", "plan_fingerprint", "schema_fingerprint", "key", "source", "target", "began", "seconds", "seed",
    "run_evidence",
)  # fmt: skip


def dumps(assessed: Assessed) -> str:
    """Canonical JSON (RFC 8785): equal assessments, equal text. Raises ValueError for a figure that is no finite number."""
    return canonical(assessed.to_json())


def loads(text: str) -> Assessed:
    """An assessment as `dumps` has written it. Raises ValueError for anything else."""
    try:
        return read(json.loads(text))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("this is not an assessment") from error


def canonical(content: Mapping[str, Any]) -> str:
    """RFC 8785. Raises ValueError for what it cannot say: NaN, infinities, whole numbers beyond 2^53, texts that are no Unicode."""
    try:
        return rfc8785.dumps(dict(content)).decode()
    except rfc8785.CanonicalizationError as error:
        raise ValueError(f"no canonical JSON can be written: {error}") from None


def seal(content: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical JSON: it tells that something was changed; who wrote it says the audit chain that keeps it."""
    return sha256(canonical(content).encode()).hexdigest()


def sealed(content: Mapping[str, Any]) -> str:
    """The text of a sealed file: `{"content": {...}, "sha256": "..."}`."""
    return canonical({"content": content, "sha256": seal(content)})


def check_seal(text: str) -> dict[str, Any]:
    """The content of a sealed file. Raises SealBroken."""
    try:
        said = json.loads(text)
        content, digest = dict(said["content"]), str(said["sha256"])
        fits = hmac.compare_digest(seal(content).encode(), digest.encode())
    except (ValueError, KeyError, TypeError):
        raise SealBroken("This is no sealed file: it is damaged, or something else.") from None
    if not fits:
        raise SealBroken("The seal does not fit: the content was changed after it was sealed.")
    return content


def read(said: Mapping[str, Any]) -> Assessed:
    """What `Assessed.to_json` has said. Raises KeyError, TypeError, ValueError for anything else."""
    if said["format"] != FORMAT:
        raise ValueError(f"this version of Lookalike reads assessments of format {FORMAT}")
    return Assessed(
        **{name: said[name] for name in _PLAIN},
        versions=said["versions"],
        tables={name: TableAssessed(**table) for name, table in said["tables"].items()},
        guarantee=guarantee_read(said["guarantee"]),
        guarantees=tuple(map(guarantee_read, said["guarantees"])),
        budgets=tuple(Spent(**each) for each in said["budgets"]),
        models=tuple(said["models"]),
        risks=tuple(map(risk_read, said["risks"])),
        quality=tuple(map(quality_read, said["quality"])),
        left=tuple(said["left"]),
        policy=verdict_read(said["policy"]) if said["policy"] is not None else None,
    )


def risk_read(said: Mapping[str, Any]) -> Risk:
    """What `Risk.to_json` has said, with or without its verdict."""
    fields = {name: value for name, value in said.items() if name not in ("value", "low", "high", "verdict")}
    fields |= {name: Interval(**said[name]) if said[name] is not None else None for name in _INTERVALS}
    whole = Interval(said["value"], said["low"], said["high"]) if said["value"] is not None else None
    return Risk(**fields | {"state": State(said["state"]), "rests": Rests(said["rests"]), "risk": whole})


def quality_read(said: Mapping[str, Any]) -> Quality:
    """What `Quality.to_json` has said, with or without its verdict."""
    fields = {name: value for name, value in said.items() if name != "verdict"}
    return Quality(**fields | {"state": State(said["state"]), "rests": Rests(said["rests"])})
