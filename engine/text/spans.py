"""A part of a text, and what it is."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    start: int
    end: int
    entity: str
    """A name of `engine.text.entities.ENTITIES`."""


def without_overlap(spans: Iterable[Span]) -> list[Span]:
    """In order of the text; where two overlap, the one that was named first stays."""
    kept: list[Span] = []  # in order: a text of a megabyte has thousands
    for span in spans:
        place = bisect_left(kept, span.start, key=lambda other: other.start)
        before, after = kept[place - 1 : place] if place else [], kept[place : place + 1]
        if all(span.start >= other.end for other in before) and all(other.start >= span.end for other in after):
            kept.insert(place, span)
    return kept
