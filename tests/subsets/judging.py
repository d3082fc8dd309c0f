"""One random subset through the main line, by the command line, held against the closure that the tests work out themselves."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator

from connectors.names import TableName
from tests.fuzz.building import build, q
from tests.fuzz.judging import Outcome, failed, stopped_by_check
from tests.oracle import Reader, reader
from tests.subsets.closure import Place, Row, Rows, closure, condition, emptied, joined, number_of, read, roots, rows_of
from tests.subsets.limits import goals, limits
from tests.subsets.requests import TAG, Edge, Request
from tests.subsets.tangled import CAST
from tests.walk.line import Desk


def subset(request: Request, source: str, target: str, desk: Desk) -> Outcome:
    """Build the source, run and verify a plan that copies the requested rows, and compare what came out row by row."""
    build(request.declared, source, request.rows)
    desk.plan_path.write_text(plan_text(request))
    if (stopped := stopped_by_check(desk, source, target)) is not None:
        return stopped
    ran = desk.run(source, target)
    if ran.status:
        return failed("run", ran)
    verified = desk.verify(source, target)
    if verified.status:
        return failed("verify", verified)
    orphans = () if request.shape.dangling else tuple(_orphans(request, source, target))
    return Outcome((*orphans, *faults(request, reader(source), reader(target))))


def _orphans(request: Request, source_url: str, target_url: str) -> Iterator[str]:
    source, target = reader(source_url), reader(target_url)
    for name in target.tables():
        for key in target.keys(name):
            if target.orphans(name, key):
                yield f"{name}.{key[1]}: orphans in the target"
        if len(source.keys(name)) != len(target.keys(name)):
            yield f"{name}: other foreign keys than in the source"


def faults(request: Request, source: Reader, target: Reader) -> Iterator[str]:
    """What is wrong with the rows of the target."""
    rows = read(source, request)
    links, started = joined(request, rows, source), roots(request, rows, source)
    arrived = {table.name: rows_of(target, table) for table in request.shape.tables}
    there = {place for name, found in arrived.items() for place in _places(rows, name, found)}
    added = {place for goal in request.goals for place in there if place[0] == goal.table}
    closed = closure(request, rows, links, started, added, there)
    # Which children a limit chose cannot be told from those that are there for another reason: nothing less than what is sure, and
    # nothing more than what is possible. Without limits both are the same.
    least = closure(request, rows, links, started, added, there, sure=True)
    closed.selected = least.selected | (closed.selected & there)
    for name, found in arrived.items():
        wanted = Counter(emptied(request, rows, links, closed, place) for place in closed.selected if place[0] == name)
        more, less = Counter(found) - wanted, wanted - Counter(found)
        if more or less:
            yield f"{name}: of {wanted.total()} rows {less.total()} are missing, and {more.total()} should not be there"
    yield from limits(request, links, closed, least, started | added)
    yield from goals(request, rows, closed.selected)


def _places(rows: Rows, name: str, found: list[Row]) -> Iterator[Place]:
    """The rows of the source that these are. Of rows that nothing tells apart, as many as there are of them here."""
    numbers: dict[int, list[Place]] = defaultdict(list)
    for place in rows.places(name):
        numbers[number_of(rows, place)].append(place)
    at = rows.names[name].index(TAG)
    for row in found:
        equal = numbers[int(row[at].removeprefix("b").strip("'"))]
        if equal:
            yield equal.pop()


def plan_text(request: Request) -> str:
    """The plan that copies every table as it is, and of it the rows that are requested."""
    lines = ["version = 1", 'name = "subset"', 'key = "subset"', "", "[subset]", f"seed = {request.seed}"]
    roots = [
        "{ table = " + _table(name) + (f", where = {_text(where)}" if where else "") + " }"
        for name, where in request.roots
    ]
    lines += [f"roots = [{', '.join(roots)}]", f"whole = [{', '.join(_table(name) for name in request.whole)}]", ""]
    for edge in request.edges:
        lines += [
            *(_edge(request, edge) if _is_said(edge) else ()),
            *(_declared(request, edge) if edge.virtual else ()),
        ]
    for goal in request.goals:
        lines += ["[[subset.coverage]]", f"table = {_table(goal.table)}", f"columns = {_texts(goal.columns)}"]
        lines += [f"times = {goal.times}", f"pairs = {json.dumps(goal.pairs)}", ""]
    for table in request.shape.tables:
        lines += [f"[tables.{_table(table.name)}]", 'treatment = "copy"', 'reason = "made up by a test"', ""]
    return "\n".join(lines)


def _table(name: str) -> str:
    return _text(str(TableName(name)))


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _texts(names: tuple[str, ...]) -> str:
    return json.dumps(list(names), ensure_ascii=False)


def _is_said(edge: Edge) -> bool:
    return (edge.follow, edge.limit, edge.even, edge.missing) != (None, None, False, "bring")


def _edge(request: Request, edge: Edge) -> Iterator[str]:
    yield "[[subset.edges]]"
    yield f"table = {_table(edge.table)}"
    yield f"columns = {_texts(edge.link.columns)}"
    if edge.follow is not None:
        yield f'follow = "{edge.follow}"'
    if edge.limit is not None:
        yield f"limit = {edge.limit}"
    if edge.even:
        yield f"where = {_text(q(request.shape, TAG) + ' % 2 = 0')}"
    yield f'missing = "{edge.missing}"'
    yield ""


def _declared(request: Request, edge: Edge) -> Iterator[str]:
    yield "[[foreign_keys]]"
    yield f"table = {_table(edge.table)}"
    if edge.expression:
        said = CAST[request.shape.dialect] if edge.cast else "{}"
        yield f"expressions = {_texts(tuple(said.format(q(request.shape, name)) for name in edge.link.columns))}"
    else:
        yield f"columns = {_texts(edge.link.columns)}"
    yield f"parent = {_table(edge.link.parent)}"
    yield f"parent_columns = {_texts(edge.link.parent_columns)}"
    if (where := condition(request, edge)) is not None:
        yield f"where = {_text(where)}"
    yield ""
