"""One random subset through the main line, by the command line, held against the closure that the tests work out themselves."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator

from connectors.names import TableName
from tests.fuzz.building import build, q
from tests.fuzz.judging import Outcome
from tests.oracle import reader
from tests.subsets.closure import expected, rows_of
from tests.subsets.requests import Edge, Request
from tests.walk.line import Answer, Desk


def subset(request: Request, source: str, target: str, desk: Desk) -> Outcome:
    """Build the source, run and verify a plan that copies the requested rows, and compare what came out row by row."""
    build(request.declared, source, request.rows)
    desk.plan_path.write_text(plan_text(request))
    checked = desk.lookalike("check", str(desk.plan_path), "--source", source, "--target", target)
    if checked.status == 3:
        problems = [problem for problem in checked.json["problems"] if problem["severity"] == "error"]
        return Outcome(refused=tuple(sorted({problem["code"] for problem in problems})))
    if checked.status:
        return _failed("check", checked)
    ran = desk.run(source, target)
    if ran.status:
        return _failed("run", ran)
    verified = desk.verify(source, target)
    if verified.status:
        return _failed("verify", verified)
    return Outcome(tuple(_orphans(request, source, target)) + tuple(_differences(request, source, target)))


def _failed(verb: str, answer: Answer) -> Outcome:
    return Outcome((f"{verb} ended with {answer.status}: {(answer.err or answer.out)[-1500:]}",))


def _orphans(request: Request, source_url: str, target_url: str) -> Iterator[str]:
    source, target = reader(source_url), reader(target_url)
    for name in target.tables():
        for key in target.keys(name):
            if target.orphans(name, key):
                yield f"{name}.{key[1]}: orphans in the target"
        if len(source.keys(name)) != len(target.keys(name)):
            yield f"{name}: other foreign keys than in the source"


def _differences(request: Request, source_url: str, target_url: str) -> Iterator[str]:
    source, target = reader(source_url), reader(target_url)
    wanted = expected(request, source)
    limited = any(edge.limit is not None for edge in request.edges)
    for table in request.shape.tables:
        there = Counter(rows_of(target, table))
        more, less = there - wanted[table.name], wanted[table.name] - there
        if more:
            yield f"{table.name}: {more.total()} of {there.total()} rows should not be there"
        if less and not limited:
            yield f"{table.name}: {less.total()} of {wanted[table.name].total()} rows are missing"


def plan_text(request: Request) -> str:
    """The plan that copies every table as it is, and of it the rows that are requested."""
    lines = ["version = 1", 'name = "subset"', 'key = "subset"', "", "[subset]", f"seed = {request.seed}"]
    roots = [
        "{ table = " + _table(name) + (f", where = {json.dumps(where, ensure_ascii=False)}" if where else "") + " }"
        for name, where in request.conditions()
    ]
    lines += [f"roots = [{', '.join(roots)}]", f"whole = [{', '.join(_table(name) for name in request.whole)}]", ""]
    for edge in request.edges:
        lines += [*(_edge(edge) if not edge.expression else ()), *(_declared(request, edge) if edge.virtual else ())]
    for table in request.shape.tables:
        lines += [f"[tables.{_table(table.name)}]", 'treatment = "copy"', 'reason = "made up by a test"', ""]
    return "\n".join(lines)


def _table(name: str) -> str:
    return json.dumps(str(TableName(name)), ensure_ascii=False)


def _texts(names: tuple[str, ...]) -> str:
    return json.dumps(list(names), ensure_ascii=False)


def _edge(edge: Edge) -> Iterator[str]:
    yield "[[subset.edges]]"
    yield f"table = {_table(edge.table)}"
    yield f"columns = {_texts(edge.link.columns)}"
    if edge.follow is not None:
        yield f'follow = "{edge.follow}"'
    if edge.limit is not None:
        yield f"limit = {edge.limit}"
    yield f'missing = "{edge.missing}"'
    yield ""


def _declared(request: Request, edge: Edge) -> Iterator[str]:
    yield "[[foreign_keys]]"
    yield f"table = {_table(edge.table)}"
    if edge.expression:
        yield f"expressions = {_texts(tuple(q(request.shape, name) for name in edge.link.columns))}"
    else:
        yield f"columns = {_texts(edge.link.columns)}"
    yield f"parent = {_table(edge.link.parent)}"
    yield f"parent_columns = {_texts(edge.link.parent_columns)}"
    if edge.discriminator is not None:
        condition = q(request.shape, edge.discriminator) + " is not null"
        yield f"where = {json.dumps(condition, ensure_ascii=False)}"
    yield ""
