"""One decision for columns that refer to each other."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from connectors.names import TableName
from connectors.schema import Kind, Schema
from engine.masking import make_masker
from engine.masking.base import Subject
from engine.plan import Rule
from engine.profiling.finding import Finding
from engine.profiling.naming import tokens
from engine.profiling.taxonomy import TAXONOMY, Group
from engine.propose_column import UNSURE, fitting, whole
from engine.propose_reasons import why_words
from engine.propose_technical import technical

_SURROGATE = frozenset({"id", "uuid", "guid", "key", "pk", "oid", "rowguid", "uid"})
_NAMES = frozenset({"full_name", "first_name", "middle_name", "last_name", "street_address", "photo", "signature"})
"""Direct identifiers that are no number or address of a person: a key of them is a code for all we know."""


def key_rule(
    schema: Schema, subjects: Sequence[Subject], findings: Sequence[Finding | None], people: Collection[TableName]
) -> Rule:
    """The rule of a family of keys. The domain goes by its default name and need not be said."""
    columns = [subject.column for subject in subjects]
    reasons = [technical(subject.table, subject.column, subject.table in people) for subject in subjects]
    if all(reasons) and all(finding is None or finding.probability < UNSURE for finding in findings):
        return Rule((), make_masker("keep", {}), reasons[0])
    personal = next((found for found in findings if found is not None and _of_person(found)), None)
    mask = TAXONOMY[personal.entity].mask if personal is not None and personal.entity is not None else None
    surrogate = all(c.kind in (Kind.INTEGER, Kind.UUID, Kind.BINARY) or whole(c) for c in columns)
    named = any(tokens(c.name)[-1:] and tokens(c.name)[-1] in _SURROGATE for c in columns)
    if not (personal or surrogate or (named and all(c.kind is Kind.TEXT for c in columns))):
        return Rule((), None, "a natural key: a code without meaning, or something of a person?")
    why = why_words(personal, personal.entity or "") if personal is not None else "a key without meaning"
    for name in (mask, "pseudonym") if mask else ("pseudonym",):
        masker = fitting(name, {}, *subjects)
        if masker is not None and masker.bijective_on(subjects[0]):
            return Rule((), masker, why)
    return Rule((), None, f"{why}, and no mask fits all columns that refer to each other")


def _of_person(finding: Finding) -> bool:
    """Is it a number or an address that stands for one person?"""
    entity = finding.entity
    return entity is not None and entity not in _NAMES and TAXONOMY[entity].group is Group.DIRECT
