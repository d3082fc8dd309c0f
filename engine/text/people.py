"""Names of people by titles and by our lists: those that a model overlooks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from engine.masking import lists
from engine.text.spans import Span

_CAPITAL = r"[^\W\d_a-zà-öø-ÿß]['’\w-]*"
_PARTICLE = r"(?:van|von|vom|zu|zur|de|da|do|dos|das|di|del|della|der|den|du|la|le|ter|ten|el|al|bin|ibn|af|av|[A-Z]\.)"
NAME = re.compile(rf"(?<![\w@.]){_CAPITAL}(?: (?:{_PARTICLE} ){{0,3}}{_CAPITAL})*")
"""A capitalised word and those that follow it."""
_WORD = re.compile(r"\S+")
TITLE = re.compile(
    r"(?<![\w@.])(?:mrs?|ms|mx|miss|dr|prof|mme|mlle|herrn?|frau|monsieur|madame|mademoiselle|señor(?:a|ita)?|sra?|srta|doña|signora?|"
    r"sig|sig\.ra|dott(?:\.ssa)?|dhr|mevr|mevrouw|meneer|senhora?)\b\.? (?=[^\W\d_]{2})",
    re.IGNORECASE,
)  # fmt: skip
"""What stands before a name and is not part of it."""
WORDS = frozenset(
    "will may april june august grace hope faith joy rose mark bill art grant frank chase may sunny summer autumn dawn eve rich "
    "pat sue rob drew miles ray lane dale glen cliff wade reed heath max guy jack ted van gay sky star angel christian royal an "
    "le la in so my see no so do bo man can more brooks young major king prince duke earl dean judge love sage ivy holly iris "
    "ruby pearl amber crystal jade penny daisy lily violet olive ginger sandy stormy destiny harmony melody carol noel easter "
    "season see an see early long price case page story post field little precious treasure special justice honor liberty "
    "german paris london boston dallas austin houston sydney madison charlotte jackson florence israel kenya chelsea india".split()
)
"""First names that are words or places too: they count only with a last name behind them."""
INSTITUTIONS = ("College", "University", "School", "Hospital", "Institute", "Center", "Centre", "Club", "County", "Street", "Avenue",
                "Road", "Park", "Inc", "Ltd", "River", "Lake", "Church", "Airport", "Station")  # fmt: skip
"""What ends in one of these is not a person."""


def people(text: str) -> Iterator[Span]:
    """Capitalised words behind a title, or from a first name of our lists on."""
    for title in TITLE.finditer(text):
        if name := NAME.match(text, title.end()):
            yield Span(name.start(), name.end(), "person")
    for match in NAME.finditer(text):
        for word in _WORD.finditer(text, match.start(), match.end()):
            first, rest = word.group().lower(), text[word.end() : match.end()]
            if first in first_names() and (rest or first not in WORDS):
                if not rest.endswith(INSTITUTIONS):
                    yield Span(word.start(), match.end(), "person")
                break


@cache
def first_names() -> frozenset[str]:
    return _folded("first_")


@cache
def last_names() -> frozenset[str]:
    return _folded("last.")


def _folded(prefix: str) -> frozenset[str]:
    """Every list of such names, in lower case."""
    files = [file.removesuffix(".txt") for file in lists.manifest()["lists"] if file.startswith(prefix)]
    return frozenset(name.lower() for file in files for name in lists.load(file).to_pylist())
