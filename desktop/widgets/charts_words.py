"""A chart in words and as a table, for who does not see it: the same numbers, each said once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import singledispatch

from desktop.models.charts import Drawing, Gauge, Heat, Lineage, Pairs, Span, Spans, figure, hundredth, percent
from desktop.models.grid import Cell, ListGrid
from desktop.words import tr


@singledispatch
def told(drawing: Drawing) -> str:
    """The whole in a few sentences; every number of a small chart is in it."""
    raise TypeError(type(drawing).__name__)


@singledispatch
def as_table(drawing: Drawing) -> ListGrid:
    """Its numbers as rows and columns."""
    raise TypeError(type(drawing).__name__)


def pair_said(pairs: Pairs, place: int) -> str:
    """What one pair of bars says."""
    label, there = pairs.labels[place], percent(pairs.target[place])
    if pairs.source is None:
        return tr("{label}: target {target}", label=label, target=there)
    return tr(
        "{label}: source {source}, target {target}", label=label, source=percent(pairs.source[place]), target=there
    )


@told.register
def _(pairs: Pairs) -> str:
    head = f"{pairs.about}. " if pairs.about else ""
    return head + "; ".join(pair_said(pairs, place) for place in range(len(pairs.labels))) + "."


@as_table.register
def _(pairs: Pairs) -> ListGrid:
    if pairs.source is None:
        rows = ((label, percent(share)) for label, share in zip(pairs.labels, pairs.target, strict=True))
        return ListGrid((tr("Value"), tr("Target")), tuple(rows))
    cells = (
        (label, percent(source), percent(target), _signed(target - source))
        for label, source, target in zip(pairs.labels, pairs.source, pairs.target, strict=True)
    )
    return ListGrid((tr("Value"), tr("Source"), tr("Target"), tr("Difference")), tuple(cells))


def _signed(difference: float) -> str:
    return f"{100 * difference:+.1f}"


def cell_said(heat: Heat, row: int, column: int) -> str:
    """What one pair of columns says."""
    pair = tr("{one} with {other}", one=heat.names[row], other=heat.names[column])
    there = f"{heat.target[row][column]:.2f}"
    if heat.source is None:
        return tr("{pair}: target {target}", pair=pair, target=there)
    here, gap = heat.source[row][column], heat.target[row][column] - heat.source[row][column]
    return tr(
        "{pair}: source {source}, target {target}, difference {gap}",
        pair=pair, source=f"{here:.2f}", target=there, gap=f"{gap:+.2f}",
    )  # fmt: skip


def _couples(heat: Heat) -> list[tuple[int, int]]:
    """Every pair once, the greatest difference (without a source: the strongest) first."""
    size = len(heat.names)
    weights = heat.difference or heat.target
    couples = [(row, column) for row in range(size) for column in range(row)]
    return sorted(couples, key=lambda at: -abs(weights[at[0]][at[1]]))


@told.register
def _(heat: Heat) -> str:
    head = tr("How strongly {count} columns go together: 0 independent, 1 one says the other.", count=len(heat.names))
    couples = _couples(heat)[:3]
    return " ".join([head, *(cell_said(heat, *at) + "." for at in couples)])


@as_table.register
def _(heat: Heat) -> ListGrid:
    two = (tr("Column"), tr("With"))
    if heat.source is None:
        rows = ((heat.names[i], heat.names[j], f"{heat.target[i][j]:.2f}") for i, j in _couples(heat))
        return ListGrid((*two, tr("Target")), tuple(rows))
    source = heat.source
    cells = (
        (heat.names[i], heat.names[j], f"{source[i][j]:.2f}", f"{heat.target[i][j]:.2f}", f"{heat.target[i][j] - source[i][j]:+.2f}")
        for i, j in _couples(heat)
    )  # fmt: skip
    return ListGrid((*two, tr("Source"), tr("Target"), tr("Difference")), tuple(cells))


def number(value: float | None, *, share: bool) -> str:
    """A figure upon the axis; of shares in hundredths."""
    if value is None:
        return ""
    return hundredth(value) if share else figure(value)


def span_figure(row: Span, *, share: bool) -> str:
    """`78 (71 to 85)`."""
    value = number(row.value, share=share)
    if row.low is None or row.high is None:
        return value
    return tr(
        "{value} ({low} to {high})", value=value, low=number(row.low, share=share), high=number(row.high, share=share)
    )


def span_said(row: Span, *, share: bool) -> str:
    if row.said:
        return row.said
    where = ", ".join(filter(None, (row.label, row.below)))
    return "; ".join(filter(None, (f"{where}: {span_figure(row, share=share)}", limit_said(row, share=share))))


def limit_said(row: Span, *, share: bool) -> str:
    """The bound of the policy, in words; empty where there is none."""
    if row.limit is None:
        return ""
    bound = number(row.limit, share=share)
    return tr("policy: at least {limit}", limit=bound) if row.least else tr("policy: at most {limit}", limit=bound)


@told.register
def _(spans: Spans) -> str:
    said = [span_said(row, share=spans.share).removesuffix(".") for row in spans.rows[:20]]
    more = len(spans.rows) - len(said) + spans.undrawn
    rest = [tr("{count} more stand in the table", count=more)] if more else []
    return ". ".join([*said, *rest]) + "."


@as_table.register
def _(spans: Spans) -> ListGrid:
    with_guess = any(row.guess is not None for row in spans.rows)
    with_control = any(row.control is not None for row in spans.rows)
    headings = [tr("On"), tr("Figure"), tr("Value"), tr("Low"), tr("High")]
    headings += [tr("Without the target")] * with_guess + [tr("Compared with")] * with_control
    return ListGrid(
        tuple(headings), tuple(_span_cells(row, spans.share, with_guess, with_control) for row in spans.rows)
    )


def _span_cells(row: Span, share: bool, with_guess: bool, with_control: bool) -> tuple[Cell | str, ...]:
    ends = [number(end, share=share) for end in (row.value, row.low, row.high)]
    marks = [number(row.guess, share=share)] * with_guess + [number(row.control, share=share)] * with_control
    return (Cell(row.label, tip=row.said), row.below, *ends, *marks)


def spent_said(gauge: Gauge) -> str:
    """As the ledger says it, never with a number where none is true."""
    if gauge.spent is None:
        return tr("Spent without bound: data was read without noise")
    return tr("Spent: epsilon {epsilon} at delta {delta}", epsilon=f"{gauge.spent:g}", delta=f"{gauge.delta:g}")


def cap_said(gauge: Gauge) -> str:
    return tr("Cap: none") if gauge.cap is None else tr("Cap: {cap}", cap=f"{gauge.cap:g}")


@told.register
def _(gauge: Gauge) -> str:
    return f"{spent_said(gauge)}. {cap_said(gauge)}."


@as_table.register
def _(gauge: Gauge) -> ListGrid:
    spent = tr("without bound") if gauge.spent is None else f"{gauge.spent:g}"
    cap = tr("none") if gauge.cap is None else f"{gauge.cap:g}"
    return ListGrid(
        (tr("Population"), tr("Epsilon spent"), tr("Delta"), tr("Cap")),
        ((gauge.title, spent, f"{gauge.delta:g}", cap),),
    )


def node_said(lineage: Lineage, place: int) -> str:
    """One table: what was done to it and what it refers to."""
    node = lineage.nodes[place]
    parents = [*lineage.parents(node.table), *([node.table] if node.itself else [])]
    done = tr("{table}: {treatment}", table=node.table, treatment=node.treatment or tr("not in the plan"))
    return tr("{done}; refers to {parents}", done=done, parents=", ".join(parents)) if parents else done


@told.register
def _(lineage: Lineage) -> str:
    head = tr("{tables} tables, {keys} foreign keys.", tables=len(lineage.nodes), keys=len(lineage.edges))
    said: Sequence[str] = [node_said(lineage, place) + "." for place in range(min(20, len(lineage.nodes)))]
    return " ".join([head, *said])


@as_table.register
def _(lineage: Lineage) -> ListGrid:
    cells = (
        (
            node.table,
            node.treatment or tr("not in the plan"),
            ", ".join(lineage.parents(node.table)),
            ", ".join(lineage.children(node.table)),
        )
        for node in lineage.nodes
    )
    return ListGrid((tr("Table"), tr("Treatment"), tr("Refers to"), tr("Referred to by")), tuple(cells))
