"""What the values of a plan's TOML must be: each that is something else becomes a Problem with its line."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from connectors.names import TableName, parse_table_name
from engine.problems import Problem, Severity
from engine.toml_places import Path, Place


class Values:
    """Reads values out of parsed TOML, and keeps what is wrong with them in `problems`."""

    def __init__(self, where: Mapping[Path, Place]) -> None:
        self.where = where
        self.problems: list[Problem] = []
        self.table: TableName | None = None
        """The table that is being read, for the problems."""

    def known(self, data: Mapping[str, Any], keys: tuple[str, ...], path: Path, column: str | None = None) -> None:
        for key in data:
            if key not in keys:
                reason = f"Unknown key {key!r}.{meant(key, keys)}"
                where = (*path, key) if (*path, key) in self.where else path
                self.problem("plan-unknown-key", where, reason, "Correct it or take it out.", column)

    def string(
        self, data: Mapping[str, Any], key: str, path: Path, column: str | None = None, *, required: bool = False
    ) -> str | None:
        value = data.get(key)
        if isinstance(value, str):
            return value
        if key in data:
            self.wrong_type((*path, key), "a text", column)
        elif required:
            self.problem("plan-missing-key", path, f"{key} is missing.", f'Write {key} = "...".', column)
        return None

    def strings(self, data: Mapping[str, Any], key: str, path: Path, column: str | None = None) -> tuple[str, ...]:
        value = data.get(key, [])
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return tuple(value)
        self.wrong_type((*path, key), "a list of texts", column)
        return ()

    def boolean(
        self, data: Mapping[str, Any], key: str, path: Path, column: str | None = None, *, default: bool = False
    ) -> bool:
        value = data.get(key, default)
        if isinstance(value, bool):
            return value
        self.wrong_type((*path, key), "true or false", column)
        return default

    def whole(self, data: Mapping[str, Any], key: str, path: Path, *, least: int = 1) -> int | None:
        """A whole number; None where nothing is said."""
        value = data.get(key)
        if value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= least):
            return value
        self.wrong_type((*path, key), f"a whole number from {least} on")
        return None

    def mapping(self, data: Mapping[str, Any], key: str, path: Path) -> Mapping[str, Any]:
        value = data.get(key, {})
        if isinstance(value, dict):
            return value
        self.wrong_type((*path, key), "a section")
        return {}

    def sections(self, data: Mapping[str, Any], key: str, path: Path) -> list[tuple[Mapping[str, Any], Path]]:
        """Each element of a list of tables with its place, written inline or as [[sections]]."""
        value = data.get(key, [])
        if isinstance(value, list) and all(isinstance(item, dict) for item in value):
            return [(item, (*path, key, number)) for number, item in enumerate(value)]
        self.wrong_type(
            (*path, key), f"a list of tables: [{{ ... }}] or [[{'.'.join(map(str, (*path, key)))}]] sections"
        )
        return []

    def table_name(self, text: str, path: Path) -> TableName | None:
        try:
            return parse_table_name(text)
        except ValueError:
            self.problem("plan-table-name", path, f"{text!r} is not a table name.", "Write table or schema.table.")
            return None

    def texts(self, data: Mapping[str, Any], path: Path) -> dict[str, str]:
        return {key: text for key in data if (text := self.string(data, key, path)) is not None}

    def wrong_type(self, path: Path, wanted: str, column: str | None = None) -> None:
        self.problem("plan-type", path, f"{path[-1]} must be {wanted}.", "Correct the value.", column)

    def problem(self, code: str, path: Path, reason: str, remedy: str, column: str | None = None) -> None:
        places = (self.where.get(path[:end]) for end in range(len(path), -1, -1))
        line = next((place.line for place in places if place is not None), None)
        self.problems.append(Problem(code, Severity.ERROR, reason, remedy, self.table, column, line))


def meant(word: str, known: tuple[str, ...]) -> str:
    close = get_close_matches(word, known, n=1)
    return f" Did you mean {close[0]!r}?" if close else ""
