"""What a decision about columns means for a plan's text: where it is written, and what gives way to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from connectors.names import TableName, parse_table_name
from engine.plan_document import Document, Edit
from engine.toml_scan import Keys
from engine.toml_text import inline_text, key_text


def spelt(document: Document, table: TableName) -> str:
    """The key of a table as the text has it, whatever way it is quoted there; our own spelling where it has none."""
    keys = [head[1] for head in document.heads if head[:1] == ("tables",) and len(head) > 1]
    said = str(table)
    return said if said in keys else next((key for key in dict.fromkeys(keys) if _is(key, table)), said)


def column_path(document: Document, table: TableName, column: str) -> Keys:
    """Where the decision of a column stands: at its own line, or in a rule of several columns."""
    path = ("tables", spelt(document, table))
    number = _listed(document, path, column)
    return (*path, "columns", column) if number is None else (*path, "rules", str(number))


def rule_edits(
    document: Document, table: TableName, columns: tuple[str, ...], data: Mapping[str, Any] | None
) -> Iterator[Edit]:
    """Give these columns one decision. Where they are a whole rule of several, it stays one; a column that is taken out of such a rule
    leaves the rest of it as it is. `data` of None: nothing is said of them any more."""
    path = ("tables", spelt(document, table))
    number = _listed(document, path, columns[0])
    rule = _rules(document, path)[number] if number is not None else None
    if rule is not None and number is not None and set(columns) == set(rule["columns"]) and data is not None:
        kept = {key: value for key, value in rule.items() if key in ("columns", "roles")}
        yield Edit((*path, "rules", str(number)), _lines({**kept, **data}))
        return
    yield from _taken_out(document, path, columns)
    if data is not None:
        yield from new_section(document, path)
    for column in columns:
        yield Edit((*path, "columns", column), inline_text(data) if data is not None else None)


def new_section(document: Document, path: Keys) -> Iterator[Edit]:
    """A table that the plan does not name yet needs its treatment first."""
    if not document.sections(path) and document.entry(path) is None and not document.dotted(path):
        yield Edit(path, 'treatment = "mask"\n')


def as_written(document: Document, edits: Iterable[Edit]) -> Iterator[Edit]:
    """Edits with tables spelt as the text does; what is said of one column takes it out of a rule of several."""
    for edit in edits:
        path = edit.path
        if path[:1] == ("tables",) and len(path) > 1:
            table = _name(path[1])
            path = ("tables", spelt(document, table) if table is not None else path[1], *path[2:])
            if len(path) == 4 and path[2] == "columns" and edit.value is not None:
                yield from _taken_out(document, path[:2], (path[3],))
                yield from new_section(document, path[:2])
        yield Edit(path, edit.value)


def _taken_out(document: Document, path: Keys, columns: tuple[str, ...]) -> Iterator[Edit]:
    rules = _rules(document, path)
    for number in range(len(rules) - 1, -1, -1):
        names = list(rules[number].get("columns", ()))
        left = [place for place, name in enumerate(names) if name not in columns]
        if len(left) == len(names):
            continue
        here = (*path, "rules", str(number))
        if not left:
            yield Edit(here, None)
            continue
        yield Edit((*here, "columns"), inline_text([names[place] for place in left]))
        if roles := rules[number].get("roles"):
            yield Edit((*here, "roles"), inline_text([roles[place] for place in left if place < len(roles)]))


def _listed(document: Document, path: Keys, column: str) -> int | None:
    found = (number for number, rule in enumerate(_rules(document, path)) if column in rule.get("columns", ()))
    return next(found, None)


def _rules(document: Document, path: Keys) -> list[dict[str, Any]]:
    found = document.data((*path, "rules"))
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _lines(data: Mapping[str, Any]) -> str:
    return "".join(f"{key_text(key)} = {inline_text(value)}\n" for key, value in data.items())


def _is(key: str, table: TableName) -> bool:
    return _name(key) == table


def _name(key: str) -> TableName | None:
    try:
        return parse_table_name(key)
    except ValueError:
        return None
