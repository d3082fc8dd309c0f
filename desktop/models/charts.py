"""What a chart is drawn of: numbers and names, and how numbers are spelt and axes divided. No Qt."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

Shares = tuple[float, ...]
Matrix = tuple[Shares, ...]


@dataclass(frozen=True, slots=True)
class Pairs:
    """Shares of the source beside the target's: of a column's values, or of parents by their number of children."""

    title: str
    about: str
    labels: tuple[str, ...]
    source: Shares | None
    """None: nothing of the source may be seen here."""
    target: Shares
    upright: bool = False
    """The labels have an order (ranges, counts): bars stand side by side."""
    distance: float | None = None


@dataclass(frozen=True, slots=True)
class Heat:
    """How strongly columns go together: 0 independent, 1 one says the other."""

    title: str
    names: tuple[str, ...]
    source: Matrix | None
    target: Matrix
    undrawn: int = 0

    @property
    def difference(self) -> Matrix | None:
        """Target less source."""
        if self.source is None:
            return None
        return tuple(
            tuple(there - here for here, there in zip(*rows, strict=True))
            for rows in zip(self.source, self.target, strict=True)
        )


@dataclass(frozen=True, slots=True)
class Span:
    """One figure with its interval, and what it is to be seen beside."""

    label: str
    below: str = ""
    """A second line: which of the figures it is."""
    value: float = 0.0
    low: float | None = None
    high: float | None = None
    guess: float | None = None
    """Guessing, or the floor."""
    control: float | None = None
    """People who had no part in it, or the ceiling."""
    limit: float | None = None
    """What the policy allows."""
    least: bool = False
    """It asks for so much at least, not at most."""
    tone: str = "calm"
    """`alarm`, `open` (proves nothing), `calm`, `good`."""
    said: str = ""
    """All of it in a sentence."""


@dataclass(frozen=True, slots=True)
class Spans:
    """Figures of one kind below each other, upon one axis."""

    title: str
    rows: tuple[Span, ...]
    share: bool = True
    """They are spelt in hundredths."""
    undrawn: int = 0

    @property
    def ends(self) -> tuple[float, float]:
        """Of the axis."""
        known = [end for row in self.rows for end in (row.value, row.low, row.high, row.guess, row.control, row.limit)]
        finite = [end for end in known if end is not None and math.isfinite(end)]
        low, high = min(finite, default=0.0), max(finite, default=1.0)
        if low >= 0.0 and high <= 1.0:
            return 0.0, 1.0
        low, high = min(low, 0.0), max(high, 0.0)
        return (low, high) if high > low else (low, low + 1.0)


@dataclass(frozen=True, slots=True)
class Gauge:
    """What is spent of a privacy budget."""

    title: str
    spent: float | None
    """None: without bound."""
    delta: float
    cap: float | None = None
    bands: tuple[tuple[float, str], ...] = ()
    """Largest epsilon of each word."""

    @property
    def end(self) -> float:
        return 1.05 * max(self.cap or 0.0, self.spent or 0.0, *(most for most, _ in self.bands), 1.0)


@dataclass(frozen=True, slots=True)
class Node:
    table: str
    treatment: str
    layer: int
    row: int
    itself: bool = False
    """It refers to itself."""


@dataclass(frozen=True, slots=True)
class Lineage:
    """The target's tables in layers along their foreign keys; parents first."""

    nodes: tuple[Node, ...] = ()
    edges: tuple[tuple[str, str], ...] = ()
    """(Child, parent)."""
    undrawn: int = 0

    def parents(self, table: str) -> tuple[str, ...]:
        return tuple(parent for child, parent in self.edges if child == table)

    def children(self, table: str) -> tuple[str, ...]:
        return tuple(child for child, parent in self.edges if parent == table)


Drawing = Pairs | Heat | Spans | Gauge | Lineage


def percent(share: float) -> str:
    """`48 %`; below a tenth one decimal, and never a 0 that is none."""
    if not math.isfinite(share):
        return "–"
    if 0 < abs(share) < 0.0005:
        return "<0.1 %" if share > 0 else ">-0.1 %"
    return f"{100 * share:.1f} %" if 0 < abs(share) < 0.1 else f"{100 * share:.0f} %"


def hundredth(share: float) -> str:
    """Of 100: `78.4`; never a 0 or a 100 that is none."""
    if 0 < share < 0.0005:
        return "<0.05"
    return ">99.9" if 0.9995 <= share < 1 else f"{100 * share:.3g}"


def figure(value: float) -> str:
    """Four digits at most; whole numbers whole."""
    if not math.isfinite(value):
        return "–"
    return f"{value:,.0f}" if value == round(value) and abs(value) < 1e9 else f"{value:.4g}"


def ticks(low: float, high: float, most: int) -> tuple[float, ...]:
    """Round numbers between both ends, at most so many (at least two are asked for); the ends themselves where they are round."""
    width = high - low
    if not (math.isfinite(low) and math.isfinite(high)) or width <= 0:
        return (low,) if math.isfinite(low) else ()
    step = _round_up(width / max(1, most - 1))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    # A product of floats may lie a hair outside.
    return tuple(min(max(place * step, low), high) for place in range(first, last + 1))


def _round_up(step: float) -> float:
    """The next of 1, 2, 2.5, 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(step))
    return next(each * power for each in (1, 2, 2.5, 5, 10) if each * power >= step * (1 - 1e-9))


def shown_labels(places: Iterable[tuple[float, float]], gap: float) -> list[int]:
    """Which labels of a row fit beside each other: (left, right) of each in order. The last always stays, for it may be another
    kind of bar; of the others every so-manieth."""
    spans = list(places)
    if not spans:
        return []
    for stride in range(1, len(spans) + 1):
        kept = list(range(0, len(spans), stride))
        if kept[-1] != len(spans) - 1:
            while kept and spans[kept[-1]][1] + gap > spans[-1][0]:
                kept.pop()
            kept.append(len(spans) - 1)
        if all(spans[one][1] + gap <= spans[other][0] for one, other in pairwise(kept)):
            return kept
    return [len(spans) - 1]
