"""How a table is called, in one place: parsed and printed here for plans, the command line, JSON, events and reports."""

from __future__ import annotations

import re
from dataclasses import dataclass

_PLAIN = re.compile(r"[^\W\d][\w$#@]*\Z")
_PART = re.compile(r'\s*(?:"((?:[^"]|"")*)"|([^".\s][^".]*?))\s*(\.|\Z)')


@dataclass(frozen=True, slots=True)
class TableName:
    """One table. `schema` is None in the dialect's default schema, so that the default schemas of two databases agree."""

    name: str
    schema: str | None = None

    def __str__(self) -> str:
        return ".".join(_quote(part) for part in (self.schema, self.name) if part is not None)

    def __lt__(self, other: TableName) -> bool:
        return (self.schema or "", self.name) < (other.schema or "", other.name)


def parse_table_name(text: str) -> TableName:
    """`table`, `schema.table`, each part double-quoted where it holds a dot, a quote or a space. Raises ValueError."""
    parts: list[str] = []
    position = 0
    while True:
        match = _PART.match(text, position)
        if match is None or len(parts) == 2:
            raise ValueError(f"not a table name: {text!r} (write table, schema.table, or quote a part as in SQL)")
        quoted, plain, separator = match.groups()
        parts.append(quoted.replace('""', '"') if quoted is not None else plain)
        position = match.end()
        if separator != ".":
            break
    return TableName(parts[-1], parts[0] if len(parts) == 2 else None)


def _quote(part: str) -> str:
    # Mixed case and reserved words stay bare: these names are ours, only a dot, a quote or a space would be ambiguous.
    return part if _PLAIN.match(part) else '"' + part.replace('"', '""') + '"'
