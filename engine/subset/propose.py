"""Propose [subset] for a plan: the roots that a person asks for, lookup tables whole, and every foreign key as it is followed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import tomlkit

from connectors.database import Database
from connectors.names import TableName
from connectors.schema import Schema
from engine.check_declared import conditions
from engine.check_subset import subset as subset_problems
from engine.check_view import View
from engine.plan import READ, Plan
from engine.plan_toml_write import write_plan
from engine.problems import PlanError, Problem, Severity, errors
from engine.subset.declared import declared, expression_keys
from engine.subset.edges import EffectiveEdge, effective_edges, means
from engine.subset.lookups import Lookup, lookups
from engine.subset.sizes import size_text
from engine.subset.spec import Edge, Scope, Subset
from engine.subset.toml_write import roots_text
from engine.subset.trial import condition_issues
from engine.subset.words import data_of
from engine.toml_text import before_tables, inline_text

_HEAD = """\
# The rows that are asked for. What they refer to comes with them, always; what they own does too, unless an edge says otherwise."""
_EDGES = """\
# Every foreign key as it is followed now. To change one, take away its # and say: follow = "owned" (roots and what they own bring
# their children), "all" (every selected row brings them) or "none"; limit = 10 children of each parent; where = "..." for some of
# them; missing = "null" to empty the key rather than to bring the parent."""


@dataclass(frozen=True, slots=True)
class Proposal:
    plan: Plan
    text: str
    """The plan's file as it is to be."""
    lookups: tuple[Lookup, ...]
    edges: tuple[EffectiveEdge, ...]
    renewed: bool
    """The plan had a subset: only its roots, size and seed are other now."""


def propose_subset(plan: Plan, text: str, source: Database, subset: Subset) -> Proposal:
    """`subset`: its roots, size and seed; `text`: the plan's file. Raises PlanError where they do not fit the source."""
    schema = declared(plan, source.describe())
    renewed = plan.subset is not None
    if plan.subset is not None:
        subset = replace(plan.subset, roots=subset.roots, size=subset.size, seed=subset.seed)
    _refuse(replace(plan, subset=subset), schema, source)
    tables = [name for name, of in plan.tables.items() if of.treatment in READ]
    edges = effective_edges(schema, subset, tables, expressions=expression_keys(plan, schema))
    if renewed:
        said = replace(plan, subset=subset)
        return Proposal(said, _with_edges(write_plan(said, previous_text=text), said, edges), (), edges, renewed)
    found = _lookups(schema, source, tables, subset, edges)
    said = replace(plan, subset=replace(subset, whole=tuple(lookup.table for lookup in found)))
    return Proposal(said, before_tables(text, _section(subset, found, schema, edges)), found, edges, renewed)


def _refuse(plan: Plan, schema: Schema, source: Database) -> None:
    view = View(plan, schema)
    problems = [*errors(subset_problems(view)), *conditions(view)]
    if not problems:
        problems = [
            Problem(issue.code, Severity.ERROR, issue.message, issue.remedy, issue.table)
            for issue in condition_issues(plan, schema, source)
        ]
    if problems:
        raise PlanError(problems)


def _lookups(
    schema: Schema, source: Database, tables: Sequence[TableName], subset: Subset, edges: Sequence[EffectiveEdge]
) -> tuple[Lookup, ...]:
    apart = {root.table for root in subset.roots} | {edge.child for edge in edges if edge.scope is not Scope.NONE}
    with source.snapshot() as snapshot:
        rows = {name: size.rows for name, size in snapshot.sizes([n for n in tables if n in schema.by_name]).items()}
    return lookups(schema, rows, apart)


def _section(subset: Subset, found: Sequence[Lookup], schema: Schema, edges: Sequence[EffectiveEdge]) -> str:
    lines = [_HEAD, "[subset]", f"seed = {subset.seed}", f"roots = {roots_text(subset.roots)}"]
    lines += [f"size = {inline_text(size_text(subset.size))}"] if subset.size is not None else []
    lines += ["", "# Lookup tables: every row.", *_list("whole", _whole_lines(found))] if found else []
    lines += ["", _EDGES, *_list("edges", _edge_lines(edges))] if edges else []
    return "\n".join(lines)


def _with_edges(text: str, plan: Plan, edges: Sequence[EffectiveEdge]) -> str:
    """The text with the edges as they are followed now, where no person has said anything of them."""
    document = tomlkit.parse(text)
    section: Any = document["subset"]
    if "edges" not in section or (plan.subset is not None and plan.subset.edges) or not edges:
        return text
    section["edges"] = tomlkit.parse("\n".join(_list("edges", _edge_lines(edges))))["edges"]
    return tomlkit.dumps(document)


def _list(word: str, lines: Sequence[tuple[str, str]]) -> Iterator[str]:
    """A list of one element a line, each with its comment behind it."""
    width = max(len(element) for element, _ in lines)
    yield f"{word} = ["
    yield from (f"    {element.ljust(width)}   # {comment}" for element, comment in lines)
    yield "]"


def _whole_lines(found: Sequence[Lookup]) -> list[tuple[str, str]]:
    return [
        (f"{inline_text(str(each.table))},", f"{each.rows:,} rows, used by {_listed(each.used_by)}") for each in found
    ]


def _listed(names: Sequence[TableName]) -> str:
    return ", ".join(map(str, names[:3])) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _edge_lines(edges: Sequence[EffectiveEdge]) -> list[tuple[str, str]]:
    return [(f"# {inline_text(_named(edge, edges) | {'follow': edge.scope.value})},", _words(edge)) for edge in edges]


def _named(edge: EffectiveEdge, edges: Collection[EffectiveEdge]) -> dict[str, object]:
    """The edge as a plan names it: by its columns, where they leave no doubt."""
    by_columns = Edge(edge.child, edge.key.columns)
    alone = [other for other in edges if other.child == edge.child and means(by_columns, other.key)] == [edge]
    return data_of(by_columns if alone else Edge(edge.child, key=edge.key.name))


def _words(edge: EffectiveEdge) -> str:
    if edge.scope is Scope.NONE:
        return f"{edge.parent} comes with its {edge.child}, and brings none"
    return f"{edge.parent} brings its {edge.child}"
