"""People, places and organisations among capitalised words: what lists, the words around and the model say is weighed together."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from engine.profiling import terms
from engine.text.cues import AFTER, BEFORE
from engine.text.spans import Span
from engine.text.words import (
    ACRONYMS,
    begins,
    common_first_names,
    countries,
    first_names,
    last_names,
    ordinary,
    states,
    towns,
)

_CAPITAL = r"[^\W\d_a-zà-öø-ÿß](?:[\w-]|['’](?!s\b))*"
_PARTICLE = (
    r"(?:van|von|vom|zu|zur|de|da|do|dos|das|di|du|del|della|der|den|la|le|ter|ten|el|al|bin|ibn|af|av|u|and the|of|of the|"
    r"[A-Z]\.)"
)
SEQUENCE = re.compile(rf"(?<![\w@.&/])(?:[A-Z]\. ?){{0,2}}{_CAPITAL}(?: (?:{_PARTICLE} ){{0,3}}{_CAPITAL})*")
"""A capitalised word and those that follow it."""
TITLE = re.compile(
    r"(?<![\w@.])(?:mrs?|ms|mx|miss|dr|prof|mme|mlle|herrn?|frau|monsieur|madame|mademoiselle|señor(?:a|ita)?|sra?|srta|doña|signora?|"
    r"sig|sig\.ra|dott(?:\.ssa)?|dhr|mevr|mevrouw|meneer|senhora?)\b\.? (?=[^\W\d_]{2})",
    re.IGNORECASE,
)  # fmt: skip
"""What stands before a name and is not part of it."""
TITLED = re.compile(TITLE.pattern.partition("(?=")[0] + "$", re.IGNORECASE)
_COMPANY = (
    r"(?:Inc|LLC|Ltd|Limited|PLC|Plc|Corp|Corporation|Co|LP|LLP|GmbH|AG|KG|SE|SA|S\.A|SAS|SARL|Srl|S\.r\.l|SpA|S\.p\.A|BV|B\.V|NV|N\.V|AB|"
    r"A/S|ApS|AS|Oy|Lda|Ltda|SL|S\.L|Pty|Group|Holdings?|Company|Partners|Technologies|Technology|Solutions|Systems|Services|"
    r"Industries|Enterprises|Associates|Foundation|Institute|University|College|Hospital|Bank|Insurance|Media|Labs?|Software|Networks?|"
    r"Energy|Research|Consulting|Capital|Ventures|Agency|Association|Society|Commission|Ministry|International|Analytics|Data|Health|"
    r"Markets?|Stores?|Motors?|Airlines?|Airways|Records|Studios?|Pictures|Press|Times|Journal|Magazine)"
)
COMPANY = re.compile(
    rf".*\b{_COMPANY}\.?$|(?:The )?(?:Department|University|Bank|Ministry|Institute|Church|College|Office) (?:of|for) .+",
    re.DOTALL,
)
FIRM = re.compile(rf"(?<!\w){_CAPITAL}, {_CAPITAL} (?:and|&) {_CAPITAL}(?! [A-Z])")
"""Hoover, Morris and Johnson."""
JOINED = re.compile(rf"(?<!\w){_CAPITAL}(?: {_CAPITAL}){{0,5}}(?:,? (?:{_COMPANY})\.?(?![\w]))")
SIGHTS = ("County", "Street", "Avenue", "Road", "Park", "River", "Lake", "Airport", "Station", "City", "Island", "Islands", "Valley",
          "Mountains", "Bay", "Beach", "Coast", "Ocean", "Sea", "Square", "Bridge")  # fmt: skip

MODEL = {"person": 2.0, "place": 2.0, "organization": 1.5, "nationality": 2.0}
"""How much a model's word counts."""
INDEFINITE = re.compile(r"\b(?:an?|another|eine?|une?|una?|uno|een|uma?)\s$", re.IGNORECASE)
ENOUGH = 2.0
LONGEST = 120
"""Characters of a name."""


def names(text: str, model: Sequence[Span], known: frozenset[str]) -> list[Span]:
    """Candidates are what the model found and every run of capitalised words; each is what most speaks for, if that is enough."""
    found: list[tuple[float, Span]] = []
    for start, end, said in _candidates(text, model):
        weights = weigh(text, start, end, said, known)
        entity = max(weights, key=lambda each: weights[each])
        if weights[entity] >= ENOUGH:
            found.append((weights[entity], Span(start, end, entity)))
    return [span for _, span in sorted(found, key=lambda pair: (-pair[0], pair[1].start - pair[1].end))]


def _candidates(text: str, model: Sequence[Span]) -> Iterator[tuple[int, int, str | None]]:
    """Where names may be, and what the model says of each."""
    seen: set[tuple[int, int]] = set()
    for span in model:
        for start, end in _cleaned(text, span.start, span.end):
            if (start, end) not in seen:
                seen.add((start, end))
                yield start, end, span.entity
    for pattern in (JOINED, FIRM, SEQUENCE):
        for match in pattern.finditer(text):
            for start, end in _cleaned(text, match.start(), match.end()):
                if (start, end) not in seen:
                    seen.add((start, end))
                    yield start, end, None


_PIECE = re.compile(r"[^\n]+")
_WORD = re.compile(r"[\w'’.-]+[,:]?\s+|\W+")
_LAST = re.compile(r"\s(\w+)$")
_POSSESSIVE = re.compile(r"['’]s?$")


def _cleaned(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Without what is no name at its edges: articles, greetings, titles, a possessive, other lines, house numbers."""
    if end - start > LONGEST:
        return
    for piece in _PIECE.finditer(text, start, end):
        first, last = piece.start(), piece.end()
        whole = piece.group().strip().lower()
        whole_place = whole in countries() or (" " in whole and whole in towns())
        while not whole_place and (word := _WORD.match(text, first, last)) and _dropped(word.group()):
            first = word.end()
        while last > first and not (text[last - 1].isalnum() or text[last - 1] == "."):
            last -= 1
        if possessive := _POSSESSIVE.search(text[first:last]):
            last = first + possessive.start()
        if (word := _LAST.search(text[first:last])) and begins(word.group(1).lower()):
            last = first + word.start()
        if last - first >= 2 and any(map(str.isupper, text[first:last])) and _letters(text[first:last]) > 0:
            yield first, last
            if inner := _first_name_within(text, first, last):
                yield inner, last


def _first_name_within(text: str, start: int, end: int) -> int | None:
    """Where a first name with another name behind it begins after other words: Kundin Anna Weber."""
    words = [(match.start(), match.group().lower()) for match in re.finditer(r"\S+", text[start:end])]
    inner = (at for at, word in words[1:-1] if word in common_first_names() and not ordinary(word))
    if words[0][1] in first_names() or (at := next(inner, None)) is None:
        return None
    return start + at


def _dropped(word: str) -> bool:
    plain = word.strip().rstrip(",:.").lower()
    return not any(map(str.isalpha, plain)) or begins(plain) or TITLE.match(word.strip() + " xx") is not None


def _letters(piece: str) -> int:
    """How many more letters than digits: the model takes codes for names now and then."""
    return sum(map(str.isalpha, piece)) - sum(map(str.isdigit, piece))


def weigh(text: str, start: int, end: int, said: str | None, known: frozenset[str]) -> dict[str, float]:
    """Entity -> how much speaks for it. `known` are ordinary words in lower case."""
    weights = {"person": 0.0, "place": 0.0, "organization": 0.0, "country": 0.0, "nationality": 0.0}
    piece = text[start:end]
    lower = piece.lower().rstrip(".")
    if lower in ACRONYMS or begins(lower) or (ordinary(lower) and said is None):
        return weights
    if said in weights:
        weights[said] += MODEL[said] - 0.7 * (said == "place" and lower not in towns())
    _by_lists(piece, weights)
    before, after = text[max(0, start - 45) : start], text[end : end + 40]
    if TITLED.search(before):
        weights["person"] += 4.0
    elif INDEFINITE.search(before):  # one of many
        weights["person"] -= 3.5
        weights["place"] -= 2.0
    sure = 1.0 if known else 0.6
    for entity, weight, pattern in BEFORE:
        if pattern.search(before):
            weights[entity] += weight * sure
    for entity, weight, pattern in AFTER:
        if pattern.match(after):
            weights[entity] += weight * sure
    if weights["organization"] >= 2 and FIRM.fullmatch(piece):
        weights["organization"] += 5.0
    if all(word in known for word in lower.split()):  # words: titles and the first of a sentence have capitals too
        for entity in ("place", "organization"):
            weights[entity] -= 1.0 + (not before.strip() or before.rstrip()[-1:] in ".!?:\n")
        weights["person"] -= 1.0 * (lower.split()[0] not in common_first_names())
    return weights


def _by_lists(piece: str, weights: dict[str, float]) -> None:
    lower = piece.lower().replace("’", "'")
    words = lower.split()
    first, last = words[0], words[-1]
    if first in first_names() and not (len(words) == 1 and ordinary(first)):
        weights["person"] += 2.0 + (len(words) > 1)
    if last in last_names() and not ordinary(last):
        weights["person"] += 1.0
    if len(words) > 1 and first in first_names() and last in last_names():
        weights["person"] += 1.0
    if lower in countries() or lower.removeprefix("the ") in countries():
        weights["country"] += 4.0 if len(words) == 1 else 8.0
    elif lower in states():
        weights["place"] += 1.5
    elif lower in towns() and not ordinary(lower):
        weights["place"] += 1.4
    if lower in terms.load("nationality"):
        weights["nationality"] += 3.0
    if COMPANY.match(piece) and len(words) > 1:
        weights["organization"] += 7.0
    if FIRM.fullmatch(piece):
        weights["organization"] += 1.5
    if piece.endswith(SIGHTS) and len(words) > 1:
        weights["place"] += 2.5
