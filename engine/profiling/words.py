"""The words of a name, as the tables of names spell them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from engine.profiling.vocabulary import Rows, Words, spelt, tokens, vocabulary

QUALIFIERS = frozenset(
    "ship bill billing shipping delivery home work office mailing invoice private current old new primary secondary".split()
)
MOST_WORDS = 24
"""Read of a name; a longer one is a sentence."""
LONGEST = 64
"""Letters of a word that is taken apart."""
CLIPPED = 10
"""Letters of the longest names that some systems allow."""


@lru_cache(maxsize=16384)
def words_of(name: str) -> Words:
    """`custFName`, `cust_fnames` and `CUSTFNAME` are customer, fname."""
    made = vocabulary()
    pieces = (piece for token in tokens(name)[:MOST_WORDS] for piece in _pieces(token))
    words = spelt(pieces, made.same, made.aspects["stop"])
    # `id_customer` is `customer_id`; an `id_card` is no key.
    turned = words[0:1] == ("id",) and len(words) > 1 and words[1] not in made.cards
    return (*words[1:], "id") if turned else words


@lru_cache(maxsize=4096)
def head_words(table: str) -> Words:
    """Words of a table's name without those that say nothing of its rows: `tbl_customer_master` -> customer."""
    words = tuple(word for word in words_of(table) if not word.isdigit())
    return tuple(word for word in words if word not in vocabulary().aspects["tables"]) or words


def own_words(table: str, column: str) -> Words:
    """The column's words without those of its table in front and a number behind: `CustomerState`, `address_1`."""
    words = tokens(column)
    above = set(tokens(table)) | {word.rstrip("s") for word in tokens(table)}
    while len(words) > 1 and (words[0] in above or words[0] in QUALIFIERS):
        words = words[1:]
    return words[:-1] if len(words) > 1 and words[-1].isdigit() else words


def contains(words: Words, pattern: Words) -> bool:
    """Do the pattern's words stand in `words`, side by side?"""
    length = len(pattern)
    return any(words[start : start + length] == pattern for start in range(len(words) - length + 1))


@lru_cache(maxsize=16384)
def is_plural(name: str) -> bool:
    """Does it end with a plural? `immunizations`, `children`; not where the tables have the plural itself."""
    last = next((word for word in reversed(tokens(name)) if not word.isdigit()), "")
    unknown = last.endswith("s") and last not in vocabulary().known
    return last in vocabulary().plurals or (unknown and _pieces(last) == (last[:-1],))


@dataclass(frozen=True, slots=True)
class Noun:
    """Words that say what a row is."""

    start: int
    end: int
    rows: Rows


def nouns_in(words: Words) -> Iterator[Noun]:
    nouns = vocabulary().rows
    for start in range(len(words)):
        for end in range(start + 1, min(start + 3, len(words)) + 1):
            if rows := nouns.get(words[start:end]):
                yield Noun(start, end, rows)


@lru_cache(maxsize=16384)
def _pieces(token: str) -> Words:
    """A word that no table knows: in the singular, or taken apart."""
    known = vocabulary().known
    if token in known or not 4 <= len(token) <= LONGEST or token.isdigit():
        return (token,)
    for ending, instead in _PLURALS:
        if token.endswith(ending) and (one := token.removesuffix(ending) + instead) in known and len(one) > 2:
            return (one,)
    return _apart(token) or _clipped(token) or (token,)


def _apart(token: str) -> Words | None:
    """The fewest known words that a longer one is made of: `emailaddr`.

    An unknown word may come first where at least two known ones follow: `supervisingproviderid`.
    """
    made = _made_of(token, vocabulary().pieces)
    if made[0] is not None:
        return made[0]
    for start in range(4, len(token)):
        if (known := made[start]) is not None and len(known) > 1:
            return (token[:start], *known)
    return None


def _clipped(token: str) -> Words | None:
    """The pieces of a name that had to be short: `vndadr`, `brnphn`. Its last piece must be one that such names end with."""
    if len(token) > CLIPPED:
        return None
    made = vocabulary()
    found = _made_of(token, made.clipped)[0]
    return found if found is not None and len(found) < 4 and found[-1] in made.aspects["ends"] else None


def _made_of(token: str, pieces: frozenset[str]) -> list[Words | None]:
    """For each place in it, the fewest of `pieces` that the rest is made of, with the letters that German and Dutch put between."""
    best: list[Words | None] = [*[None] * len(token), ()]
    for start in reversed(range(len(token) - 1)):
        for end in range(start + 2, len(token) + 1):
            if token[start:end] not in pieces:
                continue
            for link in _LINKS if end < len(token) else ("",):
                rest = best[end + len(link)] if token.startswith(link, end) else None
                shortest = best[start]
                # Of two ways that are as short, the one with the longer first word: kunden-name before kunde-nname.
                if rest is not None and (rest or not link) and (shortest is None or len(rest) < len(shortest)):
                    best[start] = (token[start:end], *rest)
    return best


_PLURALS = (("ies", "y"), ("s", ""), ("es", ""), ("en", ""), ("n", ""))
_LINKS = ("", "s", "n", "en", "es", "er", "e")
