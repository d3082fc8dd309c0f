"""Names of accounts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from engine.profiling.detector import PatternDetector
from engine.profiling.facts import ColumnFacts
from engine.profiling.finding import Clue
from engine.profiling.likelihood import ratio
from engine.profiling.person_words import first_name, last_name

_CASES = re.compile(r"[a-z]+\d*|[A-Z]+\d*|[A-Z][A-Z][a-z]+\d*|[A-Z]?[a-z]+\d+")
_PARTS = re.compile(r"[\W\d_]+")


class Username(PatternDetector):
    """One word of letters, digits and few signs. So are most codes: what tells user names is that names are in them."""

    name = "username"
    title = "User name"
    entities = ("username",)
    strongest = 4.0
    usual = 0.9
    hit = 0.95
    chance = 0.3
    alike = 0.95
    lengths = (3, 40)
    letters = (2, 40)
    pattern = r"^(?:[A-Za-z0-9-]{2,20}\\)?[A-Za-z][A-Za-z0-9]*(?:[._-][A-Za-z0-9]+){0,3}[0-9]*$"
    EXAMPLES = ("jsmith", "mary.jones", "max_mustermann42", "CORP\\asmith", "ada1815")
    COUNTEREXAMPLES = ("Ada Lovelace", "ada@example.org", "42", "a", "rock'n'roll", "C++")

    def look(self, facts: ColumnFacts) -> Iterator[Clue]:
        possible = facts.shapes.within(self.lengths, self.digits, self.letters)
        written = possible.filter(self.match(possible)) if len(possible) else possible
        if not len(written):
            return
        texts = list(islice(written.to_pylist(), NAMED))
        named = sum(map(made_of_names, texts))
        yield self.clue(len(written), len(facts.some), ratio(named, len(texts), 0.5, 0.03, 0.3))


NAMED = 200
"""Texts in which names are looked for."""


def made_of_names(text: str) -> bool:
    """`mary.jones`, `jsmith`, `mary7`, `CORP\\mary`: two names, an initial and a family name, digits at its end, a domain."""
    if "\\" in text:
        return True
    parts = [part for part in _PARTS.split(text.lower()) if part]
    if len(parts) == 2:
        return (first_name(parts[0]) or len(parts[0]) == 1) and last_name(parts[1])
    if len(parts) != 1 or not _CASES.fullmatch(text):
        return False
    # A name alone is a name, and a word alone can be a name by chance.
    (part,) = parts
    if text[-1].isdigit():
        return len(part) >= 3 and len(text) <= len(part) + 4 and (first_name(part) or last_name(part))
    return len(part) > 4 and last_name(part[1:]) and not first_name(part) and not last_name(part)
