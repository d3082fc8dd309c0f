"""Read [subset], [[foreign_keys]] and [clone] of a plan: every mistake with its line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from enum import StrEnum
from math import isfinite
from typing import Any, TypeVar

from connectors.names import TableName
from engine.subset.sizes import parse_size
from engine.subset.spec import Copies, Coverage, DeclaredKey, Edge, Key, Missing, Roots, Scope, Subset
from engine.subset.words import CLONE, COVERAGE, EDGE, FOREIGN_KEY, ROOTS, SUBSET
from engine.toml_places import Path
from engine.toml_values import Values, meant

_Word = TypeVar("_Word", bound=StrEnum)


class SelectionReader:
    """Turns the sections of a plan that say which rows into their dataclasses."""

    def __init__(self, values: Values) -> None:
        self.values = values

    def subset(self, data: Mapping[str, Any]) -> Subset | None:
        if "subset" not in data:
            return None
        path: Path = ("subset",)
        section = self.values.mapping(data, "subset", ())
        self.values.known(section, SUBSET, path)
        roots = tuple(self._each(section, "roots", path, self._roots))
        edges = tuple(self._each(section, "edges", path, self._edge))
        coverage = tuple(self._each(section, "coverage", path, self._coverage))
        self._said_once([(edge.table, edge.columns, edge.key) for edge in edges], (*path, "edges"), "foreign key")
        self._said_once([(each.table, each.columns) for each in coverage], (*path, "coverage"), "goal")
        return Subset(
            roots=roots,
            size=self._size(section, path),
            seed=self.values.whole(section, "seed", path, least=0) or 0,
            whole=self._tables(section, "whole", path),
            edges=edges,
            coverage=coverage,
        )

    def foreign_keys(self, data: Mapping[str, Any]) -> tuple[DeclaredKey, ...]:
        keys = tuple(self._each(data, "foreign_keys", (), self._foreign_key))
        self._said_once(keys, ("foreign_keys",), "foreign key")
        return keys

    def clone(self, data: Mapping[str, Any]) -> Copies | None:
        if "clone" not in data:
            return None
        path: Path = ("clone",)
        section = self.values.mapping(data, "clone", ())
        self.values.known(section, CLONE, path)
        table = self._table(section, "table", path)
        keys, where = self._keys(section, path), self._condition(section, path)
        if not keys and where is None:
            remedy = 'Write keys = [[17]], or where = "..." in the source\'s SQL.'
            self.values.problem("plan-missing-key", path, "It is not said which rows are copied.", remedy)
        copies = self.values.whole(section, "copies", path)
        if "copies" not in section:
            self.values.problem("plan-missing-key", path, "copies is missing.", "Write copies = 100.")
        original = self.values.boolean(section, "original", path, default=True)
        return Copies(table, copies or 1, where, keys, original) if table is not None else None

    def _each(self, data: Mapping[str, Any], key: str, path: Path, read: Any) -> Iterator[Any]:
        for section, place in self.values.sections(data, key, path):
            found = read(section, place)
            self.values.table = None
            if found is not None:
                yield found

    def _roots(self, data: Mapping[str, Any], path: Path) -> Roots | None:
        self.values.known(data, ROOTS, path)
        table = self.values.table = self._table(data, "table", path)
        roots = {
            "where": self._condition(data, path),
            "percent": self._percent(data, path),
            "rows": self.values.whole(data, "rows", path),
            "keys": self._keys(data, path),
            "keys_file": self._text(data, "keys_file", path),
        }
        return Roots(table, **roots) if table is not None else None  # type: ignore[arg-type]

    def _edge(self, data: Mapping[str, Any], path: Path) -> Edge | None:
        self.values.known(data, EDGE, path)
        table = self.values.table = self._table(data, "table", path)
        columns, key = self.values.strings(data, "columns", path), self._text(data, "key", path)
        if not columns and key is None:
            remedy = 'Write columns = ["..."] of the child, or key = "its name".'
            self.values.problem("plan-edge", path, "This edge names no foreign key.", remedy)
        edge = {
            "follow": self._word(data, "follow", path, Scope),
            "limit": self.values.whole(data, "limit", path),
            "where": self._condition(data, path),
            "missing": self._word(data, "missing", path, Missing) or Missing.BRING,
        }
        return Edge(table, columns, key, **edge) if table is not None else None  # type: ignore[arg-type]

    def _coverage(self, data: Mapping[str, Any], path: Path) -> Coverage | None:
        self.values.known(data, COVERAGE, path)
        table = self.values.table = self._table(data, "table", path)
        columns = self._columns(data, "columns", path)
        times, pairs = self.values.whole(data, "times", path), self.values.boolean(data, "pairs", path)
        if pairs and len(columns) == 1:
            self.values.problem(
                "plan-coverage", path, "Pairs need two columns.", "Name another column, or take pairs out."
            )
        return Coverage(table, columns, times or 1, pairs) if table is not None else None

    def _foreign_key(self, data: Mapping[str, Any], path: Path) -> DeclaredKey | None:
        self.values.known(data, FOREIGN_KEY, path)
        table = self.values.table = self._table(data, "table", path)
        parent, parent_columns = self._table(data, "parent", path), self._columns(data, "parent_columns", path)
        columns = self.values.strings(data, "columns", path)
        expressions = self.values.strings(data, "expressions", path)
        if bool(columns) == bool(expressions):
            reason = (
                "A key has columns or expressions, not both."
                if columns
                else "This key names neither columns nor expressions."
            )
            self.values.problem("plan-foreign-key", path, reason, 'Write columns = ["..."], or expressions = ["..."].')
        elif parent_columns and len(columns or expressions) != len(parent_columns):
            reason = f"It has {len(columns or expressions)} parts here and {len(parent_columns)} in the parent."
            self.values.problem("plan-foreign-key", path, reason, "Write one parent column for each part.")
        where = self._condition(data, path)
        if table is None or parent is None:
            return None
        return DeclaredKey(table, parent, parent_columns, columns, expressions, where)

    # Their values.

    def _table(self, data: Mapping[str, Any], key: str, path: Path) -> TableName | None:
        text = self.values.string(data, key, path, required=True)
        return self.values.table_name(text, (*path, key)) if text is not None else None

    def _tables(self, data: Mapping[str, Any], key: str, path: Path) -> tuple[TableName, ...]:
        names = [self.values.table_name(text, (*path, key)) for text in self.values.strings(data, key, path)]
        found = [name for name in names if name is not None]
        self._said_once(found, (*path, key), "table")
        return tuple(found)

    def _columns(self, data: Mapping[str, Any], key: str, path: Path) -> tuple[str, ...]:
        columns = self.values.strings(data, key, path)
        if not data.get(key, []):
            self.values.problem("plan-missing-key", path, f"{key} is missing.", f'Write {key} = ["..."].')
        self._said_once(columns, (*path, key), "column")
        return columns

    def _text(self, data: Mapping[str, Any], key: str, path: Path) -> str | None:
        """None where nothing is said; a text that says nothing is a mistake."""
        text = self.values.string(data, key, path)
        if text is not None and not text.strip():
            self.values.problem("plan-type", (*path, key), f"{key} is empty.", "Write it, or take it out.")
        return text

    def _condition(self, data: Mapping[str, Any], path: Path) -> str | None:
        return self._text(data, "where", path)

    def _percent(self, data: Mapping[str, Any], path: Path) -> float | None:
        value = data.get("percent")
        if value is None:
            return None
        if isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value) and 0 < value <= 100:
            return float(value)
        self.values.wrong_type((*path, "percent"), "a number above 0 and up to 100")
        return None

    def _size(self, data: Mapping[str, Any], path: Path) -> int | None:
        value = data.get("size")
        if value is None:
            return None
        try:
            size = parse_size(value) if isinstance(value, str) else value
        except ValueError:
            size = 0
        if isinstance(size, int) and not isinstance(size, bool) and size > 0:
            return size
        self.values.wrong_type((*path, "size"), 'a size such as "5 GB", "500 MB", "1.5 GiB", or a number of bytes')
        return None

    def _keys(self, data: Mapping[str, Any], path: Path) -> tuple[Key, ...]:
        """Keys of one value may be written without brackets of their own."""
        listed = data.get("keys", [])
        if not isinstance(listed, list):
            self.values.wrong_type((*path, "keys"), "a list of keys such as [[17], [18]]")
            return ()
        keys = [tuple(map(_value_text, key if isinstance(key, list) else [key])) for key in listed]
        if any(None in key or not key for key in keys):
            self.values.wrong_type((*path, "keys"), "a list of keys, each a list of numbers, texts or dates")
        elif len({len(key) for key in keys}) > 1:
            self.values.wrong_type((*path, "keys"), "a list of keys with equally many values")
        else:
            return tuple(dict.fromkeys(keys))  # type: ignore[arg-type]
        return ()

    def _word(self, data: Mapping[str, Any], key: str, path: Path, words: type[_Word]) -> _Word | None:
        text = self.values.string(data, key, path)
        known = tuple(word.value for word in words)
        if text is None or text in known:
            return words(text) if text is not None else None
        reason = f"{key} cannot be {text!r}.{meant(text, known)}"
        self.values.problem("plan-type", (*path, key), reason, f"Write one of {', '.join(known)}.")
        return None

    def _said_once(self, things: Any, path: Path, noun: str) -> None:
        seen = set()
        for number, thing in enumerate(things):
            if thing in seen:
                self.values.problem(
                    "plan-duplicate", (*path, number), f"This {noun} is named twice.", "Leave one of them."
                )
            seen.add(thing)


def _value_text(value: object) -> str | None:
    """A value of a key as a database reads it from a text; None for what no key holds."""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, datetime):
        return value.isoformat(" ")
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value) if isinstance(value, str | int | float) else None
