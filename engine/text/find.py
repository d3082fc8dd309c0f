"""Find what a text tells of people: by patterns and lists of ours, and by a language model where one is installed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Literal

from engine.text.dates import dates
from engine.text.language import DEFAULT, language_of
from engine.text.links import links
from engine.text.model import by_model
from engine.text.numbers import numbers
from engine.text.people import people
from engine.text.phones import phones
from engine.text.spans import Span, without_overlap

Engine = Literal["ner", "patterns"]
PATTERNS = (links, numbers, dates, phones)
"""Recognisers of forms, the surest first: where two finds overlap, the first one stays."""
LISTS = (people,)
"""Recognisers of words: behind the people and places that a model finds, before its other finds."""


def find(texts: Sequence[str], engine: Engine = "ner", language: str | None = None) -> list[list[Span]]:
    """The finds in each text, in order and without overlap. Without `language` each text is read in its own.

    A loop over distinct texts: a model reads sentences, not columns.
    """
    patterns = [[span for recogniser in PATTERNS for span in recogniser(text)] for text in texts]
    if engine == "patterns":
        return [without_overlap(spans) for spans in patterns]
    parts = zip(texts, patterns, _by_models(texts, language), strict=True)
    return [without_overlap([*first, *_words(text, model)]) for text, first, model in parts]


def _words(text: str, model: Sequence[Span]) -> list[Span]:
    """People, places and organisations of one text, the surest first."""
    plausible = [span for span in model if _letters(text[span.start : span.end]) > 0]
    sure = [span for span in plausible if span.entity in ("person", "place")]
    listed = [span for recogniser in LISTS for span in recogniser(text)]
    return [*sure, *listed, *(span for span in plausible if span not in sure)]


def _letters(piece: str) -> int:
    """How many more letters than digits: the model takes codes for names now and then."""
    return sum(map(str.isalpha, piece)) - sum(map(str.isdigit, piece))


def _by_models(texts: Sequence[str], language: str | None) -> list[list[Span]]:
    """What the models find, each text read by that of its language."""
    places: dict[str, list[int]] = defaultdict(list)
    for place, text in enumerate(texts):
        places[language or language_of(text) or DEFAULT].append(place)
    found: list[list[Span]] = [[] for _ in texts]
    for spoken, of_language in places.items():
        for place, spans in zip(of_language, by_model([texts[place] for place in of_language], spoken), strict=True):
            found[place] = spans
    return found
