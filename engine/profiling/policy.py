"""Policies: data files that say what becomes of a finding. What a policy does not speak of is proposed as without one."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from connectors.schema import Kind
from engine.masking import make_masker, registry
from engine.profiling.taxonomy import DATES, TAXONOMY, Group

POLICIES = ("gdpr", "hipaa-safe-harbor", "pci", "strict")
"""Those that come with the product."""
POLICY_VERSION = 1
USUAL = "usual"
"""The mask that the taxonomy names for the entity."""
YEARS_AGO = "years_ago"
"""`{ years_ago = 90 }` as an option: the first day of that year, or the year itself in a column of numbers."""
_SELECTORS = ("entities", "groups", "gdpr", "hipaa", "pci")


class PolicyError(Exception):
    """A policy that cannot be followed; `str()` is one sentence."""


@dataclass(frozen=True, slots=True)
class Decision:
    """One thing that can be done with a column: exactly one of `mask`, `keep` and `ask` is said."""

    mask: str | None = None
    """A mask's name, or `usual`."""
    options: Mapping[str, Any] | None = None
    keep: str | None = None
    """Why it may stay as it is."""
    ask: str | None = None
    """What a person has to decide."""

    def options_for(self, kind: Kind, today: date) -> dict[str, Any]:
        return {word: _resolved(value, kind, today) for word, value in (self.options or {}).items()}


class PolicyRule(BaseModel):
    """For which findings, and what is done: the first decision that fits the column is taken."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    meaning: str = Field(min_length=1)
    entities: frozenset[str] = frozenset()
    groups: frozenset[Group] = frozenset()
    gdpr: frozenset[str] = frozenset()
    hipaa: frozenset[str] = frozenset()
    pci: frozenset[str] = frozenset()
    kinds: frozenset[Kind] = frozenset()
    """Only on columns of these types; empty: on all."""
    dates_of_people: bool = False
    """Dates in the row of a person that are none of the dates in the taxonomy: an admission, an order."""
    decide: tuple[Decision, ...] = Field(min_length=1)

    @field_validator("decide", mode="before")
    @classmethod
    def _decisions(cls, said: Any) -> tuple[Decision, ...]:
        if not isinstance(said, list | tuple) or not all(isinstance(each, dict) for each in said):
            raise ValueError('must be a list: [{ mask = "usual" }, { ask = "..." }]')
        return tuple(map(_decision, said))

    @field_validator("entities")
    @classmethod
    def _known(cls, entities: frozenset[str]) -> frozenset[str]:
        if unknown := sorted(entities - TAXONOMY.keys()):
            raise ValueError(f"names what is no entity: {', '.join(unknown)}")
        return entities

    @model_validator(mode="after")
    def _selects(self) -> PolicyRule:
        if not self.dates_of_people and not any(getattr(self, word) for word in _SELECTORS):
            raise ValueError("selects nothing: name entities, groups, gdpr, hipaa, pci or dates_of_people")
        return self

    def speaks_of(self, entity: str | None, kind: Kind, of_person: bool) -> bool:
        """Of a column of this kind that holds `entity`; `of_person`: in the row of a person."""
        if self.kinds and kind not in self.kinds:
            return False
        if entity is None:
            return self.dates_of_people and of_person and kind in DATES
        return self.selects(entity)

    def selects(self, entity: str) -> bool:
        """By any of its words."""
        known = TAXONOMY[entity]
        return (
            entity in self.entities
            or known.group in self.groups
            or known.gdpr in self.gdpr
            or known.hipaa in self.hipaa
            or known.pci in self.pci
        )


class Policy(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    policy: int
    name: str = Field(min_length=1)
    title: str = Field(min_length=1)
    sources: tuple[str, ...] = Field(min_length=1)
    caution: str = ""
    """What the policy does not promise."""
    least: float = Field(default=0.5, gt=0, le=1)
    """From this probability on a column is taken for what it most likely holds."""
    rules: tuple[PolicyRule, ...] = Field(min_length=1)

    @field_validator("policy")
    @classmethod
    def _version(cls, version: int) -> int:
        if version != POLICY_VERSION:
            raise ValueError(f"is {version}, and this version of Lookalike reads policies of version {POLICY_VERSION}")
        return version

    def rule(self, entity: str | None, kind: Kind, *, of_person: bool = False) -> PolicyRule | None:
        """The first rule that speaks of such a column."""
        return next((rule for rule in self.rules if rule.speaks_of(entity, kind, of_person)), None)


def read_policy(said: str, folder: Path | None = None) -> Policy:
    """The policy of a name that comes with the product, or of a file (relative to `folder`). Raises PolicyError."""
    if said in POLICIES:
        return parse_policy(files("engine.profiling.policies").joinpath(f"{said}.toml").read_text("utf-8"), said)
    path = Path(said) if folder is None else folder / said
    try:
        return parse_policy(path.read_text("utf-8"), said)
    except OSError as error:
        known = ", ".join(POLICIES)
        raise PolicyError(f"there is no policy {said}: it is none of {known}, and no file ({error.strerror})") from None
    except UnicodeDecodeError:
        raise PolicyError(f"the policy {said} is not UTF-8 text") from None


def parse_policy(text: str, said: str) -> Policy:
    """The policy of a TOML text; `said` names it in errors."""
    try:
        return Policy(**tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(f"the policy {said} is not TOML: {error}") from None
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False, include_context=False)
        raise PolicyError(f"the policy {said} cannot be followed: {'; '.join(map(_sentence, found))}") from None


def _sentence(error: Any) -> str:
    place = ".".join(str(part + 1) if isinstance(part, int) else part for part in error["loc"])
    words = "is no word of a policy" if error["type"] == "extra_forbidden" else error["msg"]
    return f"{place} {words.removeprefix('Value error, ')}"


def _decision(said: Mapping[str, Any]) -> Decision:
    words = [word for word in ("mask", "keep", "ask") if word in said]
    if len(words) != 1 or not isinstance(said[words[0]], str) or not said[words[0]].strip():
        raise ValueError("each decision says one of mask, keep and ask, with a text")
    options = {word: value for word, value in said.items() if word != words[0]}
    decision = Decision(**{words[0]: said[words[0]]}, options=options)
    if decision.mask is None or decision.mask == USUAL:
        if options:
            raise ValueError(f"{words[0]} takes no further word: {', '.join(options)}")
    else:
        _try(decision)
    return decision


def _try(decision: Decision) -> None:
    """Is there such a mask, and does it take these options?"""
    mask = decision.mask or ""
    if mask not in registry() or mask == "keep":
        raise ValueError(f"there is no mask {mask!r} for a policy (to keep a column, write keep with the reason)")
    try:
        make_masker(mask, decision.options_for(Kind.DATE, date(2000, 1, 1)))
    except ValidationError as error:
        told = "; ".join(str(each["msg"]) for each in error.errors(include_url=False, include_input=False))
        raise ValueError(f"the options of {mask}: {told}") from None


def _resolved(value: Any, kind: Kind, today: date) -> Any:
    if not isinstance(value, dict) or value.keys() != {YEARS_AGO}:
        return value
    year = today.year - int(value[YEARS_AGO])
    return f"{year:04}-01-01" if kind in DATES else year
