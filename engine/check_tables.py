"""Tables that are emptied, dropped or copied, and what hangs on them: foreign keys, views, triggers, copies of masked data."""

from __future__ import annotations

import re
from collections.abc import Iterator

from connectors.names import TableName
from connectors.schema import Column, Table, Trigger
from engine.check_keys import severed
from engine.check_view import View, error, warning
from engine.plan import AS_IS, READ, Treatment
from engine.problems import Problem
from engine.profiling.naming import entity_of
from engine.profiling.taxonomy import EntityType


def tables(view: View) -> Iterator[Problem]:
    for table in view.schema.tables:
        yield from _missing_parents(view, table)
        yield from _copied(view, table)
    yield from _dependents(view)
    yield from _derived(view)
    yield from _schemas(view)


def _missing_parents(view: View, table: Table) -> Iterator[Problem]:
    for key in table.foreign_keys:
        parent, own = view.treatment(key.parent), view.treatment(table.name)
        if key.parent == table.name or own in (None, Treatment.DROP):
            continue
        column = key.columns[0]
        if parent is Treatment.DROP and not key.virtual:
            reason = f"Its foreign key {key.name} needs {key.parent}, which is dropped."
            yield error(
                "needed-table", reason, f"Empty {key.parent} instead, or drop this table too.", table.name, column
            )
        elif (
            parent in (Treatment.EMPTY, Treatment.DROP)
            and view.has_rows(table.name)
            and not severed(view, table.name, key)
        ):
            reason = (
                f"Its rows refer to {key.parent}, which is {'emptied' if parent is Treatment.EMPTY else 'dropped'}."
            )
            nullable = all(table.column(name).nullable for name in key.columns)
            remedy = 'Mask this column with "null"' if nullable else "Empty this table too"
            remedy += ", take the key out of [[foreign_keys]]" if key.virtual else ""
            yield error("needed-table", reason, f"{remedy}, or keep the rows of {key.parent}.", table.name, column)


def _copied(view: View, table: Table) -> Iterator[Problem]:
    if view.treatment(table.name) in AS_IS:
        for column in (column for column in table.stored if _looks_personal(table, column)):
            reason = "The table is copied unmasked, and this column looks personal by its name."
            yield warning("copy-personal", reason, 'Write treatment = "mask".', table.name, column.name)
    elif view.treatment(table.name) is Treatment.MASK:
        for column in table.stored:
            found = _looks_personal(table, column)
            kept = view.decided(table.name, column.name) and view.masker(table.name, column.name) is None
            if found and found.mask and kept:
                reason = f"Kept, and by its name it looks like {found.words}."
                yield warning("keep-personal", reason, "Mask it, or accept this warning.", table.name, column.name)


def _looks_personal(table: Table, column: Column) -> EntityType | None:
    """What it holds by its name. A key of a person says nothing by itself."""
    found = entity_of(table.name, column.name, column.kind)
    return found if found is None or found.name != "person_id" else None


def _dependents(view: View) -> Iterator[Problem]:
    dropped = [table.name for table in view.tables(Treatment.DROP)]
    for name in dropped:
        for shown in view.schema.views:
            if _names(shown.definition, name):
                reason = f"The view {shown.name} reads this table, which is dropped."
                yield warning("view-needs-table", reason, "The view will be missing from the target.", name)
        for trigger in view.schema.triggers:
            if trigger.table != name and _names(trigger.definition, name):
                reason = f"The trigger {trigger.name} of {trigger.table} names this table, which is dropped."
                yield warning("trigger-needs-table", reason, "Drop the trigger in the target.", name)


def _names(definition: str, table: TableName) -> bool:
    return re.search(rf"(?<!\w){re.escape(table.name)}(?!\w)", definition) is not None


def _derived(view: View) -> Iterator[Problem]:
    """Copies of other columns that would carry their words past the masks."""
    for table in view.tables(Treatment.MASK):
        changed = any(view.masker(table.name, column.name) is not None for column in table.stored)
        for column in table.stored:
            kept = view.decided(table.name, column.name) and view.masker(table.name, column.name) is None
            if kept and changed and column.native.casefold() == "tsvector":
                reason = "A text-search vector holds the words of other columns, and those are masked."
                remedy = 'Mask it with "null" or "constant"; the application fills it again.'
                yield error("derived-kept", reason, remedy, table.name, column.name)
            for trigger in view.schema.triggers:
                if kept and changed and trigger.table == table.name and _fills(trigger, column.name):
                    reason = f"The trigger {trigger.name} fills this column, perhaps from columns that are masked."
                    yield warning("derived-kept-trigger", reason, "Mask it, or accept this.", table.name, column.name)


def _fills(trigger: Trigger, column: str) -> bool:
    return re.search(rf"(?i)\bNEW\.[\"`]?{re.escape(column)}[\"`]?\s*:?=", trigger.definition) is not None


def _schemas(view: View) -> Iterator[Problem]:
    known = {table.name.schema or view.schema.default_schema for table in view.schema.tables}
    for source in view.plan.target_schemas:
        if source not in known:
            reason = f"[target.schemas] names {source!r}, and the database has no such schema."
            yield error("target-schema", reason, f"Use one of {', '.join(sorted(known))}.")
    places: dict[tuple[str, str], TableName] = {}
    for table in view.tables(*READ, Treatment.SYNTHESIZE, Treatment.EMPTY):
        schema = table.name.schema or view.schema.default_schema
        place = (view.plan.target_schemas.get(schema, schema), table.name.name)
        other = places.setdefault(place, table.name)
        if other != table.name:
            reason = f"It would lie in the target where {other} lies."
            yield error("target-clash", reason, "Map the schemas apart in [target.schemas].", table.name)
