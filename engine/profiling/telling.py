"""Whether the texts of a column tell of people: a plot or a product description names somebody now and then, a note on a customer does
so again and again, says he and she, and how to reach them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from engine.profiling.finding import Clue
from engine.profiling.percent import percent
from engine.text.entities import CONTACTS, ENTITIES
from engine.text.names import TITLED
from engine.text.spans import Span
from engine.text.words import common_first_names, last_names, ordinary

NAMED = "a person whose name is of our lists, or has a title"
CONTACT = "a way to reach somebody, or a number of theirs"
SPOKEN = "words that speak of, to or as one person"
_SPOKEN = re.compile(
    r"\b(?:he|she|his|her|him|hers|i|i'm|my|me|er|sie|ihr|ihm|ich|mein|mir|mich|il|elle|lui|je|mon|ma|él|ella|yo|mi|lei|mio|mia|hij|zij|"
    r"haar|hem|ik|mijn|ele|ela|eu|meu|minha|customer|client|caller|patient|kunde|kundin|patientin|cliente|paciente|paziente|klant|"
    r"patiënt)\b",
    re.IGNORECASE,
)
WEIGHTS: dict[str, tuple[tuple[float, ...], tuple[float, ...]]] = {
    NAMED: ((0.0, 0.02, 0.1, 0.3, 0.6), (-2.0, -1.0, 0.5, 2.0, 3.0)),
    CONTACT: ((0.0, 0.005, 0.02, 0.1), (-0.5, 0.5, 2.0, 4.0)),
    SPOKEN: ((0.0, 0.05, 0.3, 0.7), (-1.0, -0.3, 0.5, 1.0)),
}
"""Share of texts -> log likelihood ratio, straight lines between these points."""


def told(text: str, spans: Sequence[Span]) -> frozenset[str]:
    """What one text holds: entities of the taxonomy, and of NAMED, CONTACT and SPOKEN those that are true of it."""
    return frozenset(_told(text, spans))


def _told(text: str, spans: Sequence[Span]) -> Iterator[str]:
    for span in spans:
        if entity := ENTITIES[span.entity]:
            yield entity
        if span.entity in CONTACTS:
            yield CONTACT
        if span.entity == "person" and _confirmed(text, span):
            yield NAMED
    if _SPOKEN.search(text):
        yield SPOKEN


def _confirmed(text: str, span: Span) -> bool:
    first, *rest = text[span.start : span.end].lower().split()
    known = first in common_first_names() or (rest[-1] if rest else first) in last_names()
    titled = TITLED.search(text, max(0, span.start - 14), span.start) is not None
    return titled or (known and (bool(rest) or not ordinary(first)))


def clue(shares: Mapping[str, float], texts: int) -> Clue:
    """What the shares of texts say for or against a column that tells of people; fewer texts say less."""
    weight = sum(float(np.interp(shares.get(what, 0.0), *points)) for what, points in WEIGHTS.items())
    told = max(shares.get(NAMED, 0.0), shares.get(CONTACT, 0.0))
    words = f"{percent(told)} of {texts} texts that were read name a person or how to reach one"
    return Clue("prose", "free_text", "text", weight * min(1.0, (texts + 2) / 10), words, told)
