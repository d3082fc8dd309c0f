"""What discovery found, as tables for people and as data for scripts. Never a cell value: evidence is in counts and shares."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from connectors.names import TableName
from engine.plan import Plan
from engine.plan_toml_write import rule_data
from engine.printing import BAD, FAINT, GOOD, WARN, plural, table
from engine.profiling.finding import Finding, Findings, NotExamined, PathFinding, QuasiSet
from engine.profiling.keys.inferred import InferredKey
from engine.profiling.percent import percent
from engine.profiling.taxonomy import TAXONOMY

EVIDENCE = 3
"""Half sentences a column on the screen; --json has all."""


def shown(findings: Findings, every: bool, decided: Plan | None = None) -> Iterator[RenderableType]:
    """Personal columns table by table (`every`: all columns), then keys, quasi-identifiers, and what was not looked at.

    `decided`: what a policy makes of it.
    """
    headings: tuple[str, ...] = ("column", "what", "probability", "evidence", "looked at", "share")
    headings += (f"by {decided.policy}",) if decided is not None else ()
    for name, of_table in groupby(findings.columns, lambda finding: finding.table):
        rows = [row for finding in of_table if every or _worth(finding) for row in _rows(finding, decided)]
        if rows:
            yield table(headings, rows, title=str(name))
    yield from _keys(findings.keys)
    yield from _quasi(findings.quasi)
    yield from _missed(findings.not_examined)
    yield from _summary(findings)


def _worth(finding: Finding) -> bool:
    return finding.entity is not None or bool(finding.inside) or any(path.entity for path in finding.paths)


def _rows(finding: Finding, decided: Plan | None) -> Iterator[tuple[object, ...]]:
    """The column, and a line for each path of its documents at which something personal stands."""
    what = words_of(finding.entity) if finding.entity else "nothing personal"
    looked = f"{finding.rows:,} ({finding.distinct:,} different)" if finding.rows else "no value"
    yield (
        finding.column, what, percent(finding.probability), evidence_words(finding), looked,
        percent(finding.share) if finding.share is not None else None,
        *((_decision(decided, finding),) if decided is not None else ()),
    )  # fmt: skip
    for path in finding.paths:
        if path.entity is not None:
            yield *_path_row(path), *((None,) if decided is not None else ())


def _decision(decided: Plan, finding: Finding) -> Text:
    rule = decided.tables[finding.table].rule(finding.column)
    masker = rule.masker if rule is not None else None
    return Text(masker.name) if masker is not None else Text("undecided", style=WARN)


def _path_row(path: PathFinding) -> tuple[object, ...]:
    said = "; ".join(path.evidence[:EVIDENCE])
    looked = plural(path.documents, "document")
    return f"  {path.path}", words_of(path.entity or ""), percent(path.probability), said, looked, None


def evidence_words(finding: Finding) -> str:
    """The strongest half sentences, what speaks most against them, and what occurs within longer texts."""
    against = [f"but {words}" for words in finding.against[:1]]
    inside = [f"{words_of(entity)} in {percent(share)} of the texts" for entity, share in finding.inside[:EVIDENCE]]
    return "; ".join([*finding.evidence[:EVIDENCE], *against, *inside])


def words_of(entity: str) -> str:
    return TAXONOMY[entity].words


def _keys(keys: Iterable[InferredKey]) -> Iterator[RenderableType]:
    rows = [
        (
            f"{key.table} ({', '.join(key.columns)})",
            f"{key.parent} ({', '.join(key.parent_columns)})",
            percent(key.probability),
            "; ".join(key.evidence[:EVIDENCE]),
        )
        for key in sorted(keys, key=lambda key: -key.probability)
    ]
    if rows:
        headings = ("from", "to", "probability", "evidence")
        yield table(headings, rows, title="Foreign keys that the database does not declare")


def _quasi(sets: Iterable[QuasiSet]) -> Iterator[RenderableType]:
    rows = [
        (
            each.table,
            ", ".join(each.columns),
            f"{percent(each.unique)} ({percent(each.low)} to {percent(each.high)})",
            f"{percent(each.below)} of {each.rows:,}",
        )
        for each in sets
    ]
    if rows:
        headings = ("table", "columns together", "rows alone with their values", "rows in groups of fewer than k")
        yield table(headings, rows, title="Columns that single people out together")


def _missed(missed: Iterable[NotExamined]) -> Iterator[RenderableType]:
    rows = [
        (place_of(each), each.reason, Text("needs a decision", style=WARN) if each.blocking else None)
        for each in sorted(missed, key=lambda each: not each.blocking)
    ]
    if rows:
        yield table(("not examined", "because", ""), rows)


def place_of(missed: NotExamined) -> str:
    return str(missed.table) if missed.column is None else f"{missed.table}.{missed.column}"


def _summary(findings: Findings) -> Iterator[RenderableType]:
    personal = list(findings.personal())
    tables = {finding.table for finding in findings.columns}
    said = (
        f"{plural(len(findings.columns), 'column')} of {plural(len(tables), 'table')}: {len(personal):,} personal, in "
        f"{plural(len({finding.table for finding in personal}), 'table')}. {findings.seconds:.1f} seconds."
    )
    yield Text(said, style="" if personal else GOOD)
    blocking = [each for each in findings.not_examined if each.blocking]
    if blocking:
        yield Text(f"A decision is needed on what was not examined: {', '.join(map(place_of, blocking))}.", style=BAD)
    if findings.not_examined:
        yield Text("Nothing is said of what was not examined, and no finding there means nothing.", style=FAINT)


# For scripts.


def findings_data(findings: Findings, decided: Plan | None = None) -> dict[str, Any]:
    """Everything that was found, and what a policy makes of it."""
    return {
        "columns": [_column(finding) | _decided(finding, decided) for finding in findings.columns],
        "not_examined": [
            {"table": str(m.table), "column": m.column, "code": m.code, "reason": m.reason, "blocking": m.blocking}
            for m in findings.not_examined
        ],
        "keys": [_key(key) for key in findings.keys],
        "quasi_identifiers": [
            {
                "table": str(each.table), "columns": list(each.columns), "rows": each.rows, "unique": _round(each.unique),
                "low": _round(each.low), "high": _round(each.high), "k": each.k, "below_k": _round(each.below),
            }
            for each in findings.quasi
        ],
        "seconds": round(findings.seconds, 3),
    }  # fmt: skip


def _column(finding: Finding) -> dict[str, Any]:
    return {
        "table": str(finding.table),
        "column": finding.column,
        **_what(finding.entity),
        "probability": _round(finding.probability),
        "evidence": list(finding.evidence),
        "against": list(finding.against),
        "rows": finding.rows,
        "distinct": finding.distinct,
        "share": _round(finding.share),
        "types": _shares(finding.types, "probability"),
        "inside": _shares(finding.inside, "share"),
        "paths": [
            {
                "path": path.path,
                **_what(path.entity),
                "probability": _round(path.probability),
                "evidence": list(path.evidence),
                "documents": path.documents,
            }
            for path in finding.paths
        ],
    }


def _decided(finding: Finding, decided: Plan | None) -> dict[str, Any]:
    rule = decided.tables[finding.table].rule(finding.column) if decided is not None else None
    return {"decision": rule_data(rule) | {"reason": rule.reason}} if rule is not None else {}


def _what(entity: str | None) -> Mapping[str, Any]:
    """The entity with its place in the laws and its usual mask."""
    if entity is None:
        return {"entity": None, "group": None, "categories": {"gdpr": None, "hipaa": None, "pci": None}, "mask": None}
    known = TAXONOMY[entity]
    categories = {"gdpr": known.gdpr, "hipaa": known.hipaa, "pci": known.pci}
    return {"entity": entity, "group": known.group.value, "categories": categories, "mask": known.mask}


def _shares(found: Iterable[tuple[str, float]], word: str) -> list[dict[str, Any]]:
    return [{"entity": entity, word: _round(share)} for entity, share in found]


def _key(key: InferredKey) -> dict[str, Any]:
    return {
        "table": str(key.table),
        "columns": list(key.columns),
        "parent": str(key.parent),
        "parent_columns": list(key.parent_columns),
        "probability": _round(key.probability),
        "evidence": list(key.evidence),
        "where": key.where,
        "orphans": key.orphans,
    }


def _round(share: float | None) -> float | None:
    return None if share is None else round(share, 4)


def of_tables(findings: Findings, names: Iterable[TableName]) -> Findings:
    """What was found in these tables alone."""
    wanted = frozenset(names)
    return Findings(
        tuple(each for each in findings.columns if each.table in wanted),
        tuple(each for each in findings.not_examined if each.table in wanted),
        tuple(each for each in findings.keys if wanted & {each.table, each.parent}),
        tuple(each for each in findings.quasi if each.table in wanted),
        findings.seconds,
    )
