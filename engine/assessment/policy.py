"""Policies of an assessment: TOML files of bounds on risks, guarantees, validity and quality, each with its source and meaning.

policy = 1
name = "ours"
title = "What we ask of a test database"
sources = ["..."]
caution = "What passing it does not mean."

[[lines]]
attack = "classes"                  # or metric = "KSComplement", family = "validity", guarantee = "epsilon"; `*`: anything
measure = "prosecutor maximum"      # of its figures; without it: every one
scope = "entity"                    # only of a table, entity, key (a way along foreign keys) or target; else of anything
on = "masked"                       # only of rows that are people's own; "synthetic": of made-up ones; without it: of any
most = 0.09                         # or least = 0.9, holds = true (a question of yes and no), alarm = false
end = "high"                        # the end of the interval that is meant; without it the worse end of a risk
invalid = "pass"                    # an attack no better than guessing may pass; without it: it counts as not measured
required = true                     # without it the policy passes where nothing of this was measured
every = true                        # one scope that was not measured is too many; without it the others decide, and it is said
source = "EMA Policy 0070"
meaning = "Of eleven people who look alike one is meant."
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from math import isfinite
from pathlib import Path as File
from re import escape, fullmatch, search
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from engine.assessment.result import ALL
from engine.toml_places import Path, places
from engine.toml_values import Values, meant

POLICIES = ("ema", "hipaa-expert", "internal-test", "strict")
"""Those that come with the product."""
POLICY_VERSION = 1
SUBJECTS = ("attack", "metric", "family", "guarantee")
BOUNDS = ("most", "least", "holds", "alarm")
SCOPES = ("table", "entity", "key", "target")
ON = ("masked", "synthetic", "any")
ENDS = ("low", "value", "high")
INVALID = ("not measured", "pass")
FAMILIES = ("validity", "fidelity", "utility", "diversity", "bias")
GUARANTEE = ("epsilon", "delta")
_TOP = ("policy", "name", "title", "sources", "caution", "lines")
_LINE = (*SUBJECTS, "measure", "scope", "on", *BOUNDS, "end", "invalid", "required", "every", "source", "meaning")


class PolicyError(Exception):
    """A policy that cannot be followed: every mistake one sentence with its line."""


@dataclass(frozen=True, slots=True)
class Line:
    """One bound."""

    subject: str
    """`attack`, `metric`, `family` or `guarantee`..."""
    name: str
    """... and which of them."""
    bound: str
    """`most`, `least`, `holds` or `alarm`."""
    limit: float = 0.0
    measure: str = "*"
    scope: str | None = None
    on: str = "any"
    end: str = "value"
    invalid: str = "not measured"
    required: bool = False
    every: bool = False
    source: str = ""
    meaning: str = ""

    @property
    def asked(self) -> str:
        """`attack classes, prosecutor maximum: at most 0.09`."""
        which = f", {self.measure}" if self.measure != "*" else ""
        said = {"holds": "holds", "alarm": "no alarm"}.get(self.bound, f"at {self.bound} {self.limit:g}")
        return f"{self.subject} {self.name}{which}: {said}"

    def speaks_of(self, name: str, measure: str) -> bool:
        return like(name, self.name) and (measure == ALL or like(measure, self.measure))


@dataclass(frozen=True, slots=True)
class Policy:
    name: str
    title: str
    lines: tuple[Line, ...]
    sources: tuple[str, ...] = ()
    caution: str = ""
    """What passing it does not mean."""


def like(text: str, pattern: str) -> bool:
    """Is it this text? `*` stands for any characters."""
    return fullmatch(".*".join(map(escape, pattern.split("*"))), text) is not None


def read_policy(said: str | File, folder: File | None = None) -> Policy:
    """The policy of a name that comes with the product, or of a file (relative to `folder`). Raises PolicyError."""
    if str(said) in POLICIES:
        return parse_policy(files("engine.assessment.policies").joinpath(f"{said}.toml").read_text("utf-8"), str(said))
    path = File(said) if folder is None else folder / said
    try:
        return parse_policy(path.read_text("utf-8"), str(said))
    except OSError as error:
        reason = f"it is none of {', '.join(POLICIES)}, and no file ({error.strerror})"
        raise PolicyError(f"There is no policy {said}: {reason}.") from None
    except UnicodeDecodeError:
        raise PolicyError(f"The policy {said} is not UTF-8 text.") from None


def parse_policy(text: str, said: str) -> Policy:
    """The policy of a TOML text; `said` names it in errors."""
    try:
        data = tomllib.loads(text)
        document = tomlkit.parse(text)
    except (tomllib.TOMLDecodeError, TOMLKitError) as error:
        at = search(r"line (\d+)", str(error))
        line = at.group(1) if at else len(text.splitlines())
        raise PolicyError(f"The policy {said}, line {line}: this is not TOML.") from None
    reader = _Reader(places(document))
    policy = reader.policy(data)
    if reader.problems:
        found = sorted(reader.problems, key=lambda problem: problem.line or 0)
        where = (f"line {problem.line}: " if problem.line else "" for problem in found)
        told = (f"{line}{problem.reason} {problem.remedy}" for line, problem in zip(where, found, strict=True))
        raise PolicyError("\n".join(f"The policy {said}, {sentence}" for sentence in told))
    return policy


class _Reader(Values):
    """Turns parsed TOML into a Policy and keeps what is wrong with it in `problems`."""

    def policy(self, data: Mapping[str, Any]) -> Policy:
        self.known(data, _TOP, ())
        if data.get("policy") != POLICY_VERSION:
            reason = f"This version of Lookalike reads policies of version {POLICY_VERSION}."
            self._wrong(("policy",), reason, f"Write policy = {POLICY_VERSION}.")
        sections = self.sections(data, "lines", ())
        if not sections and not self.problems:
            self._wrong((), "It has no lines.", "Write [[lines]] sections.")
        return Policy(
            self.string(data, "name", (), required=True) or "",
            self.string(data, "title", (), required=True) or "",
            tuple(line for section, path in sections if (line := self._line(section, path)) is not None),
            self.strings(data, "sources", ()),
            (self.string(data, "caution", ()) or "").strip(),
        )

    def _line(self, data: Mapping[str, Any], path: Path) -> Line | None:
        self.known(data, _LINE, path)
        subject, bound = self._only(data, SUBJECTS, path), self._only(data, BOUNDS, path)
        said: dict[str, Any] = {
            "scope": self._word(data, "scope", SCOPES, path),
            "on": self._word(data, "on", ON, path) or "any",
            "end": self._word(data, "end", ENDS, path),
            "invalid": self._word(data, "invalid", INVALID, path) or INVALID[0],
            "required": self.boolean(data, "required", path),
            "every": self.boolean(data, "every", path),
            "source": self.string(data, "source", path, required=True) or "",
            "meaning": self.string(data, "meaning", path, required=True) or "",
            "measure": self.string(data, "measure", path) or "*",
        }
        if subject is None or bound is None:
            return None  # each of them is a problem by now
        name, limit = self.string(data, subject, path) or "", self._limit(data, bound, path)
        self._fits(subject, name, bound, path)
        said["end"] = said["end"] or (_worse(bound) if subject == "attack" else "value")
        return Line(subject, name, bound, limit, **said)

    def _fits(self, subject: str, name: str, bound: str, path: Path) -> None:
        """Can that be asked of this?"""
        known = {"guarantee": GUARANTEE, "family": FAMILIES}.get(subject)
        if known is not None and name not in known:
            self._wrong((*path, subject), f"{subject} cannot be {name!r}.{meant(name, known)}", _one_of(known))
        if bound == "holds" and subject not in ("metric", "family"):
            self._wrong((*path, bound), f"holds is asked of a metric or a family, and of no {subject}.", "Write most.")
        if bound != "most" and subject == "guarantee":
            self._wrong((*path, bound), f"Of a guarantee most is asked, and not {bound}.", "Write most.")
        if bound not in ("holds", "alarm") and subject == "family":
            self._wrong((*path, bound), "The figures of a family have no common bound.", "Name a metric.")

    def _limit(self, data: Mapping[str, Any], bound: str, path: Path) -> float:
        value = data[bound]
        if bound in ("holds", "alarm"):
            if value is not (bound == "holds"):
                wanted = "true" if bound == "holds" else "false"
                self._wrong((*path, bound), f"{bound} can only be {wanted}.", f"Write {bound} = {wanted}.")
            return 0.0
        if isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value):
            return float(value)
        self.wrong_type((*path, bound), "a number")
        return 0.0

    def _only(self, data: Mapping[str, Any], words: tuple[str, ...], path: Path) -> str | None:
        """The one of these words that is said."""
        found = [word for word in words if word in data]
        if len(found) == 1:
            return found[0]
        reason = f"It says {' and '.join(found)}." if found else f"It says none of {', '.join(words)}."
        self._wrong(path, reason, f"Write one of {', '.join(words)}.")
        return None

    def _word(self, data: Mapping[str, Any], key: str, words: tuple[str, ...], path: Path) -> str | None:
        text = self.string(data, key, path)
        if text is not None and text not in words:
            self._wrong((*path, key), f"{key} cannot be {text!r}.{meant(text, words)}", _one_of(words))
        return text

    def _wrong(self, path: Path, reason: str, remedy: str) -> None:
        self.problem("policy", path, reason, remedy)


def _worse(bound: str) -> str:
    return {"most": "high", "least": "low"}.get(bound, "value")


def _one_of(words: Iterable[str]) -> str:
    return f"Write one of {', '.join(words)}."
