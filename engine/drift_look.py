"""A look at the source for what its schema does not say: is there anything to look at?"""

from __future__ import annotations

from connectors.database import Database
from connectors.names import TableName
from connectors.schema import Schema
from engine.drift import Present, drift
from engine.lock import Lock
from engine.masking.path_masker import PathMasker
from engine.plan import AS_IS, Plan, Treatment
from engine.synthesis.ownership import reaching


def look_again(plan: Plan, schema: Schema, lock: Lock | None, source: Database) -> Present:
    """What a sample shows: of the documents that the plan reads, and of tables that are not as they were."""
    if lock is None:
        return Present()
    # What is seen in tables of the protected would come into a proposal outside every budget.
    made = {name for name, table in plan.tables.items() if table.treatment is Treatment.SYNTHESIZE}
    made |= reaching({table.name: {key.parent for key in table.foreign_keys} for table in schema.tables}, made)
    changed = {found.table for found in drift(lock, schema, plan) if found.table in schema.by_name} - made
    documents = {
        (table, column)
        for table, columns in lock.json_paths.items()
        for column in columns
        if table not in changed and _reads(plan, schema, table, column)
    }
    if not changed and not documents:
        return Present()
    # Half a second of imports, which most checks and runs do without.
    from engine.drift_sample import seen_again

    return seen_again(plan, schema, lock, source, changed, documents)


def _reads(plan: Plan, schema: Schema, table: TableName, column: str) -> bool:
    """Does anything of these documents come into the target?"""
    decided = plan.tables.get(table)
    if decided is None or table not in schema.by_name or column not in {c.name for c in schema.table(table).stored}:
        return False
    rule = decided.rule(column)
    if decided.treatment is not Treatment.MASK or rule is None or rule.masker is None:
        return decided.treatment in AS_IS
    return isinstance(rule.masker, PathMasker) or rule.masker.name == "keep"
