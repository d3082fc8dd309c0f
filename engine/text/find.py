"""Find what a text tells of people: by patterns and lists of ours, and by a language model where one is installed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Literal

from engine.text.addresses import addresses
from engine.text.dates import dates
from engine.text.ids import Ids, ids
from engine.text.language import DEFAULT, language_of
from engine.text.links import links
from engine.text.marked_numbers import numbers
from engine.text.model import by_model, vocabulary
from engine.text.names import names
from engine.text.phones import phones
from engine.text.spans import Span, without_overlap
from engine.text.truecase import truecased

Engine = Literal["ner", "patterns"]


def find(texts: Sequence[str], engine: Engine = "ner", language: str | None = None) -> list[list[Span]]:
    """The finds in each text, in order and without overlap. Without `language` each text is read in its own.

    A loop over distinct texts: a model reads sentences, not columns.
    """
    if engine == "patterns":
        pairs = zip(texts, ids(texts), strict=True)
        return [without_overlap(_by_patterns(truecased(text, frozenset()), own)) for text, own in pairs]
    spoken = [language or language_of(text) or DEFAULT for text in texts]
    known = {each: vocabulary(each) for each in set(spoken)}
    cased = [truecased(text, known[each]) for text, each in zip(texts, spoken, strict=True)]
    parts = zip(cased, ids(texts, spoken), spoken, _by_models(cased, spoken), strict=True)
    return [
        without_overlap([*_by_patterns(text, own), *names(text, model, known[each])])
        for text, own, each, model in parts
    ]


def _by_patterns(text: str, own: Ids) -> list[Span]:
    """Finds of forms, the surest first: where two overlap, the first one stays."""
    return [
        *links(text), *own.checked, *numbers(text), *own.named, *addresses(text), *dates(text), *phones(text), *own.mistyped,
    ]  # fmt: skip


def _by_models(texts: Sequence[str], spoken: Sequence[str]) -> list[list[Span]]:
    """What the models find, each text read by that of its language."""
    places: dict[str, list[int]] = defaultdict(list)
    for place, language in enumerate(spoken):
        places[language].append(place)
    found: list[list[Span]] = [[] for _ in texts]
    for language, of_language in places.items():
        for place, spans in zip(of_language, by_model([texts[place] for place in of_language], language), strict=True):
            found[place] = spans
    return found
