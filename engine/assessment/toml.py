"""Read and write [assess] of a plan: every mistake with its line, and what a person wrote stays as it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import tomlkit

from connectors.names import TableName
from engine.assessment.spec import AssessSpec
from engine.toml_places import Path
from engine.toml_text import inline_text, key_text, renew
from engine.toml_values import Values

WORDS = ("after_run", "policy", "people", "entities", "seconds", "seed", "queries", "skip")
COLUMNS = ("quasi_identifiers", "sensitive")
_PATH: Path = ("assess",)


class AssessReader:
    def __init__(self, values: Values) -> None:
        self.values = values

    def assess(self, data: Mapping[str, Any]) -> AssessSpec | None:
        if "assess" not in data:
            return None
        section = self.values.mapping(data, "assess", ())
        self.values.known(section, (*WORDS, *COLUMNS), _PATH)
        default = AssessSpec()
        return AssessSpec(
            after_run=self.values.boolean(section, "after_run", _PATH),
            policy=self.values.string(section, "policy", _PATH),
            people=self._tables(section, "people"),
            entities=self.values.whole(section, "entities", _PATH) or default.entities,
            seconds=self._seconds(section, default.seconds),
            seed=self.values.whole(section, "seed", _PATH, least=0) or default.seed,
            queries=self.values.strings(section, "queries", _PATH),
            skip=self.values.strings(section, "skip", _PATH),
            quasi_identifiers=self._columns(section, "quasi_identifiers"),
            sensitive=self._columns(section, "sensitive"),
        )

    def _tables(self, data: Mapping[str, Any], key: str) -> tuple[TableName, ...]:
        named = (self.values.table_name(text, (*_PATH, key)) for text in self.values.strings(data, key, _PATH))
        return tuple(name for name in named if name is not None)

    def _seconds(self, data: Mapping[str, Any], default: float) -> float:
        value = data.get("seconds", default)
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < float("inf"):
            return float(value)
        self.values.wrong_type((*_PATH, "seconds"), "a number above 0")
        return default

    def _columns(self, data: Mapping[str, Any], key: str) -> dict[TableName, tuple[str, ...]]:
        path = (*_PATH, key)
        section = self.values.mapping(data, key, _PATH)
        read = {
            self.values.table_name(text, (*path, text)): self.values.strings(section, text, path) for text in section
        }
        return {table: columns for table, columns in read.items() if table is not None and columns}


def assess_text(spec: AssessSpec) -> str:
    """The section, then the columns that it names."""
    said = [_section("[assess]", _plain(spec))]
    for word in COLUMNS:
        if named := _columns(spec, word):
            said.append(_section(f"[assess.{word}]", named))
    return "\n".join(said)


def renew_assess(document: tomlkit.TOMLDocument, before: AssessSpec, now: AssessSpec | None) -> None:
    """Change what is said otherwise now, in the section that the document has."""
    if now is None:
        del document["assess"]
        return
    section: Any = document["assess"]
    renew(section, _plain(before), _plain(now))
    for word in COLUMNS:
        old, new = _columns(before, word), _columns(now, word)
        if new and word not in section:
            section.append(word, tomlkit.table())
        if old or new:
            renew(section[word], old, new)


def _plain(spec: AssessSpec) -> dict[str, Any]:
    """What it says in one line each beyond what leaving it out would say."""
    default = {field.name: field.default for field in fields(spec)}
    said = {word: getattr(spec, word) for word in WORDS if getattr(spec, word) != default[word]}
    if spec.people:
        said["people"] = tuple(map(str, spec.people))
    return {word: list(value) if isinstance(value, tuple) else value for word, value in said.items()}


def _columns(spec: AssessSpec, word: str) -> dict[str, Any]:
    return {str(table): list(columns) for table, columns in getattr(spec, word).items()}


def _section(heading: str, data: Mapping[str, Any]) -> str:
    return "\n".join([heading, *(f"{key_text(word)} = {inline_text(value)}" for word, value in data.items()), ""])
