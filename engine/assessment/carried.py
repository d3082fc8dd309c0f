"""What a target's column has of the source's, read off what the plan does to it."""

from __future__ import annotations

from collections.abc import Mapping

from connectors.names import TableName
from connectors.schema import Schema, Table
from engine.assessment.view import Carries, Made
from engine.masking.base import Masker
from engine.plan import AS_IS, Plan, Treatment
from engine.privacy.spec import How

EXCEPTIONS: Mapping[str, Carries] = {
    # One to one, and yet near the value: within the bounds of a band.
    "within": Carries.ALTERED,
    # Their values are of some other making, whatever may pass by design: texts, documents, pictures, lists of a person's.
    **dict.fromkeys(
        ("blob", "elements", "external", "free_text", "image", "json_path", "lookup", "provider", "xml_path"),
        Carries.REPLACED,
    ),
    # Signs of the same shape: neither near the value nor of its domain.
    **dict.fromkeys(("redact", "regex_template"), Carries.REPLACED),
}
"""Techniques that their properties do not tell."""


def carries_of(plan: Plan, schema: Schema) -> dict[tuple[TableName, str], Carries]:
    """Of every column of these tables."""
    return {
        (table.name, column.name): _column(plan, table, column.name)
        for table in schema.tables
        for column in table.columns
    }


def made_of(plan: Plan, table: TableName) -> Made:
    """What the target's rows of a table are."""
    treatment = plan.tables[table].treatment
    if treatment is Treatment.SYNTHESIZE:
        return Made.SYNTHETIC
    return Made.COPIED if treatment in AS_IS else Made.MASKED


def masked_to(masker: Masker) -> Carries:
    """What a technique leaves of a value: all of it, something near it, or nothing."""
    told = masker.properties
    if masker.name in EXCEPTIONS:
        return EXCEPTIONS[masker.name]
    if masker.name == "keep":
        return Carries.KEPT
    if not told.reads_value or told.overlap in ("none", "list") or told.bijective:
        return Carries.REPLACED
    return Carries.ALTERED


def _column(plan: Plan, table: Table, name: str) -> Carries:
    decided = plan.tables[table.name]
    if decided.treatment in AS_IS:
        return Carries.KEPT
    rule = decided.rule(name)
    if decided.treatment is Treatment.SYNTHESIZE:
        if rule is not None and rule.learn is not None and rule.learn.how is not How.KEY:
            return Carries.LEARNED
        # The key to a public table is a category that is learned.
        return Carries.LEARNED if _to_public(plan, table, name) else Carries.REPLACED
    if rule is None or rule.masker is None:
        # A generated column: the target's database makes it of others.
        return Carries.REPLACED
    return masked_to(rule.masker)


def _to_public(plan: Plan, table: Table, name: str) -> bool:
    parents = (key.parent for key in table.foreign_keys if name in key.columns)
    return any(parent in plan.tables and plan.tables[parent].treatment is Treatment.PUBLIC for parent in parents)
