"""Read a plan again and again while it is edited: only the tables whose text has changed are read anew."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path

import tomlkit
from tomlkit.exceptions import TOMLKitError

from connectors.names import TableName
from engine.plan import Plan, TablePlan
from engine.plan_document import Document
from engine.plan_toml import Reader, read_plan
from engine.toml_places import Path as Keys
from engine.toml_places import Place, places
from engine.toml_scan import pieces


class PlanReading:
    """Says the same as `read_plan`, and remembers each table by its text."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._known: dict[str, dict[TableName, TablePlan]] = {}

    def read(self, document: Document) -> Plan:
        """The plan of a text that is TOML. Raises PlanError with all problems and their lines."""
        rest, tables = _groups(document)
        try:
            known = {text: self._known.get(text) or _tables(text) for text in tables}
            merged = {name: plan for text in tables for name, plan in known[text].items()}
            if len(merged) != len(tables):
                raise _Whole
            plan = _plan(rest, merged)
        except _Whole:
            plan, known = read_plan(document.text), {}
        self._known = known
        return replace(plan, folder=self._folder)


class _Whole(Exception):
    """What is wrong, or unusual, is said by reading all of it."""


def _groups(document: Document) -> tuple[str, list[str]]:
    """The text of what is no table, and of each table."""
    tables: dict[str, list[str]] = {}
    rest: list[str] = []
    for head, piece in zip(document.heads, document.pieces, strict=True):
        apart = tables.setdefault(head[1], []) if head[:1] == ("tables",) and len(head) > 1 else rest
        apart.append(piece.text)
    return "".join(rest), ["".join(texts) for texts in tables.values()]


def _read(text: str) -> tuple[Reader, dict[str, object]]:
    try:
        data = tomllib.loads(text)
        return Reader(_comments(text)), data
    except (tomllib.TOMLDecodeError, TOMLKitError):
        raise _Whole from None


def _comments(text: str) -> dict[Keys, Place]:
    """Of each entry. Without lines: those are told with a problem, by reading all of the plan; and to have tomlkit look for them takes
    ten times as long as everything else."""
    if "#" not in text:
        return {}
    cut = pieces(text)
    if any(piece.listed or "#" in piece.text[: piece.body] for piece in cut):
        return places(tomlkit.parse(text))
    return {
        (*piece.keys, *entry.keys): Place(0, _comment(piece.text[entry.value_end : entry.end]))
        for piece in cut
        for entry in piece.entries
    }


def _comment(behind: str) -> str | None:
    """Of what stands behind a value, as tomlkit says it."""
    return behind.strip().lstrip("# ").rstrip() or None


def _tables(text: str) -> dict[TableName, TablePlan]:
    reader, data = _read(text)
    read = reader.tables(reader.mapping(data, "tables", ()))
    if reader.problems:
        raise _Whole
    return read


def _plan(rest: str, tables: dict[TableName, TablePlan]) -> Plan:
    reader, data = _read(rest)
    if "tables" in data:
        raise _Whole
    plan = reader.plan(data)
    if reader.problems:
        raise _Whole
    return replace(plan, tables=tables)
