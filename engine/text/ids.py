"""Numbers that authorities, insurers and banks give people: found where a word says what they are, or where right check digits do."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

import pyarrow as pa
import pyarrow.compute as pc

from engine.text import checked, presidio
from engine.text.identifier import Identifier, opening_of
from engine.text.language import language_of
from engine.text.spans import Span

IDENTIFIERS: tuple[Identifier, ...] = (*presidio.IDENTIFIERS, *checked.IDENTIFIERS)
DIGITS = r"[0-9](?:[ ./:+-]{0,2}[A-Za-z]{0,5}[0-9]){2}"
CANDIDATE = re.compile(
    r"(?<!\w)(?=[A-Za-z]{0,34}\d)[A-Za-z\d]{1,64}(?:[ ./:+-]{1,2}[A-Za-z]{0,6}\d[A-Za-z\d]{0,20}|-[A-Z]{1,3}){0,8}"
)
"""What may be an identifier, with a few groups: only around these is looked."""
BEFORE, BEHIND = 60, 24
"""Letters around it that are read."""
LONG = re.compile(r"(?<![A-Za-z\d+-])(?=[\d+-]{0,40}[A-Za-z])[A-Za-z\d+-]{9}")
"""What can be told without a word: so many signs without a blank, a letter among them."""
MISTYPED = 6
"""Digits that a number must have to be one of somebody's by its name alone."""
_WORD = re.compile(r"\w+")
_DIGIT = re.compile(r"\d")


@dataclass(slots=True)
class Ids:
    """Finds in one text."""

    checked: list[Span] = field(default_factory=list)
    """Their check digits are right: they go before cards and telephone numbers."""
    named: list[Span] = field(default_factory=list)
    """Only a word says what they are."""
    mistyped: list[Span] = field(default_factory=list)
    """A word says what they are, and neither form nor check digits do: a `number`, unless something else is found there."""


def ids(texts: Sequence[str], spoken: Sequence[str | None] = ()) -> list[Ids]:
    """The finds of each text; those without three digits near each other are not looked at. `spoken` are their languages, if known."""
    found = [Ids() for _ in texts]
    possible = pc.indices_nonzero(pc.match_substring_regex(pa.array(texts, pa.large_string()), DIGITS))
    for place in possible.to_pylist():
        _look(texts[place], spoken[place] if spoken else None, found[place])
    return found


def _look(text: str, language: str | None, found: Ids) -> None:
    for candidate in CANDIDATE.finditer(text):
        start, end = candidate.span()
        window_start = max(0, text.rfind("\n", max(0, start - BEFORE), start) + 1, start - BEFORE)
        window = text[window_start : end + BEHIND].partition("\n")[0]
        telling = LONG.search(candidate.group()) is not None
        if telling and language is None:
            language = language_of(text) or ""
        place = (start - window_start, end - window_start)
        possible = _possible(window, telling, language or "")
        if not possible:
            continue
        sure, named = _found(window, place, possible, language if telling else None)
        found.checked += [_moved(span, window_start) for span in sure]
        found.named += [_moved(span, window_start) for span in named]
        if not sure and not named and _mistyped(candidate.group(), window, place[0], possible):
            found.mistyped.append(Span(start, end, "number"))


def _mistyped(written: str, window: str, start: int, possible: Sequence[Identifier]) -> bool:
    return len(_DIGIT.findall(written)) >= MISTYPED and any(kind.announced(window, start) for kind in possible)


def _found(
    window: str, place: tuple[int, int], possible: Sequence[Identifier], language: str | None
) -> tuple[list[Span], list[Span]]:
    """The finds at a place: those whose check digits are right, and those that are only named. Without a language all need a name."""
    sure: list[Span] = []
    named: list[Span] = []
    for kind in possible:
        for match in kind.matches(window):
            alone = match.checked and language in kind.alone
            if match.start < place[1] and match.end > place[0] and (alone or kind.named(window, match)):
                (sure if match.checked else named).append(Span(match.start, match.end, kind.entity))
    return sure, named


def _moved(span: Span, by: int) -> Span:
    return Span(span.start + by, span.end + by, span.entity)


def _possible(window: str, telling: bool, language: str) -> list[Identifier]:
    """Kinds whose words are in the window, and those that need none."""
    places = {place for word in _WORD.findall(window.lower()) for place in _by_opening().get(opening_of(word), ())}
    named = {place for place in places if IDENTIFIERS[place].mentioned(window)}
    return [IDENTIFIERS[place] for place in sorted(named.union(_alone(language) if telling else ()))]


@cache
def _by_opening() -> dict[str, tuple[int, ...]]:
    """How a word begins -> places of the identifiers that one of theirs begins so."""
    openings = {opening for kind in IDENTIFIERS for opening in kind.openings}
    return {opening: tuple(n for n, kind in enumerate(IDENTIFIERS) if opening in kind.openings) for opening in openings}


@cache
def _alone(language: str) -> tuple[int, ...]:
    return tuple(place for place, kind in enumerate(IDENTIFIERS) if language in kind.alone)
