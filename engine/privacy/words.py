"""What `spec.py` holds in the words of a plan's TOML, and the same as plain data: for the plan's text and its fingerprint."""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import Any

from engine.privacy.spec import How, Learn, PrivacySpec

WORDS = (
    "population", "unit", "epsilon", "delta", "cap", "discarded", "entities", "model", "generate", "holdout", "where", "conditions",
    "balance", "apart",
)  # fmt: skip
"""What [privacy] says in one line each."""
PRIVACY = (*WORDS, "options", "bounds", "owners")
OWNER = ("table", "columns")
DOMAIN = {
    How.KEY: (),
    How.SCHEMA: ("bins",),
    How.RANGE: ("low", "high", "step", "attested", "bins"),
    How.VALUES: ("values", "attested"),
    How.PAID: ("bins",),
}
"""What may stand beside each way to learn a column."""


def words_of(spec: PrivacySpec) -> dict[str, Any]:
    """What it says in one line each beyond what leaving it out would say, in the order in which one reads it."""
    default = {field.name: field.default for field in fields(spec)}
    said = {word: getattr(spec, word) for word in WORDS}
    said = {word: value for word, value in said.items() if default[word] is MISSING or value != default[word]}
    said["unit"] = str(spec.unit)
    if isinstance(said.get("generate"), int):
        said["generate"] = f"{spec.generate} entities"
    return {word: list(value) if isinstance(value, tuple) else value for word, value in said.items()}


def bounds_of(spec: PrivacySpec) -> dict[str, int]:
    return {str(table): most for table, most in spec.bounds.items()}


def owners_of(spec: PrivacySpec) -> list[dict[str, Any]]:
    return [{"table": str(owner.table), "columns": list(owner.columns)} for owner in spec.owners]


def learn_data(learn: Learn) -> dict[str, Any]:
    """One column's decision without its column."""
    if learn.how is How.KEY:
        return {"new": "key"}
    said = {word: getattr(learn, word) for word in DOMAIN[learn.how]}
    data = {word: list(value) if isinstance(value, tuple) else value for word, value in said.items()}
    return {"learn": learn.how.value} | {word: value for word, value in data.items() if value not in (None, [])}


def privacy_said(spec: PrivacySpec) -> dict[str, Any]:
    """All that decides what is learned, what is promised and what is written."""
    owners = sorted([str(owner.table), *sorted(owner.columns)] for owner in spec.owners)
    rest = {"options": dict(spec.options), "bounds": bounds_of(spec), "owners": owners}
    return words_of(spec) | {"conditions": sorted(spec.conditions)} | rest
