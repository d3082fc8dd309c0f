"""The tables of names, read from `names/*.toml`: how they are written is said at the top of `names/en.toml`."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from functools import cached_property, lru_cache
from importlib.resources import files
from typing import Any

from engine.column_domains import snake

NOTHING = "nothing"
"""In place of an entity: the name says that nothing personal is there."""
Words = tuple[str, ...]


class Strength(IntEnum):
    """How telling a name is."""

    WEAK = 1
    PLAIN = 2
    UNMISTAKABLE = 3


class Rows(StrEnum):
    """What a row of a table is; patterns write it like this."""

    PEOPLE = "<person>"
    PATIENTS = "<patient>"
    STAFF = "<staff>"
    """People who work there; `<person>` means them and patients too."""
    ORGANISATIONS = "<organisation>"
    ADDRESSES = "<address>"
    THINGS = "<thing>"
    EVENTS = "<event>"
    CARE = "<care>"
    """What was found or done about somebody's health."""


PERSONS = frozenset({Rows.PEOPLE, Rows.PATIENTS, Rows.STAFF})


@dataclass(frozen=True, slots=True)
class Pattern:
    entity: str
    strength: Strength
    whole: bool
    """It must be all of the name."""
    second: bool = False
    """It is the second line of an address."""
    measure: bool = False
    """Numbers are measures of it."""


@dataclass(frozen=True)
class Vocabulary:
    same: Mapping[str, Words]
    """Spelling -> the words that it is read as."""
    rows: Mapping[Words, Rows]
    patterns: Mapping[Words, tuple[Pattern, ...]]
    plurals: frozenset[str]
    """Of the nouns among `rows`."""
    aspects: Mapping[str, frozenset[str]]
    """What words around a name do to it: `behind`, `attributes`, `before`, `beside`; `tables`, `prefixes`, `joined`,
    `clipped`, `ends`, `stop`."""

    @cached_property
    def known(self) -> frozenset[str]:
        """Every word that some table has."""
        patterns = {word for pattern in self.patterns for word in pattern}
        nouns = {word for noun in self.rows for word in noun}
        return frozenset(patterns | nouns | self.same.keys()).union(*self.aspects.values())

    @cached_property
    def pieces(self) -> frozenset[str]:
        """Words that others may be made of."""
        return frozenset(word for word in self.known if len(word) > 3 and word.isalpha()) | self.aspects["joined"]

    @cached_property
    def cards(self) -> frozenset[str]:
        """What stands behind `id` where that is no key: `id card`, `id photo`."""
        nouns = {noun[0] for noun in self.rows}
        return frozenset(words[1] for words in self.patterns if words[0] == "id" and len(words) > 1) - nouns

    @cached_property
    def clipped(self) -> frozenset[str]:
        """Pieces of words that were clipped to fit into eight or ten letters."""
        return self.pieces | self.aspects["clipped"] | self.aspects["ends"]

    @cached_property
    def longest(self) -> int:
        """Words in the longest pattern."""
        return max(map(len, self.patterns))


@lru_cache(maxsize=1)
def vocabulary() -> Vocabulary:
    """All languages in one."""
    tables = [tomllib.loads(file.read_text("utf-8")) for file in _files()]
    same = {spelling: tuple(word.split()) for table in tables for word, text in table.get("same", {}).items()
            for (spelling,) in _items(text)}  # fmt: skip
    aspects: dict[str, set[str]] = defaultdict(set)
    for table in tables:
        for name, text in table.get("aspects", {}).items():
            aspects[name].update(word for words in _items(text) for word in words)
    frozen = {name: frozenset(words) for name, words in aspects.items()}
    nouns = _nouns(tables, same, frozen["stop"])
    plurals = dict(_plurals(nouns, set(same.values()))) | {"children": ("child",), "people": ("person",)}
    same = plurals | same
    return Vocabulary(same, nouns, _patterns(tables, same, frozen["stop"]), frozenset(plurals), frozen)


def spelt(words: Iterable[str], same: Mapping[str, Words], stop: frozenset[str]) -> Words:
    """Words in the table's spelling, without those that carry no meaning."""
    found = tuple(one for word in words for one in same.get(word, (word,)))
    return tuple(word for word in found if word not in stop) or found


@lru_cache(maxsize=8192)
def tokens(name: str) -> Words:
    """`CustomerFirstName2` -> customer, first, name, 2; accents folded, German umlauts spelt out."""
    plain = unicodedata.normalize("NFKD", name.translate(_SPELT)).encode("ascii", "ignore").decode()
    return tuple(re.findall(r"[a-z]+|\d+", snake(plain)))


def _files() -> list[Any]:
    folder = files("engine.profiling").joinpath("names")
    return sorted((file for file in folder.iterdir() if file.name.endswith(".toml")), key=lambda file: file.name)


def _items(text: str) -> Iterator[Words]:
    """Between commas: words and numbers, classes of rows in angle brackets, `=`."""
    return (tuple(_WORD.findall(part)) for part in text.split(",") if part.strip())


def _nouns(tables: list[dict[str, Any]], same: Mapping[str, Words], stop: frozenset[str]) -> dict[Words, Rows]:
    nouns: dict[Words, Rows] = {}
    for table in tables:
        for name, text in table.get("rows", {}).items():
            for words in _items(text):
                nouns.setdefault(spelt(words, same, stop), _ROWS[name])
    return nouns


def _plurals(nouns: Mapping[Words, Rows], canonical: Collection[Words]) -> Iterator[tuple[str, Words]]:
    """English and Romance plurals of nouns, where the tables have no other word spelt so."""
    for noun in nouns:
        plural = (
            noun[-1][:-1] + "ies" if noun[-1].endswith("y") else noun[-1] + ("es" if noun[-1].endswith(_HISS) else "s")
        )
        if len(noun) == 1 and (plural,) not in nouns and (plural,) not in canonical:
            yield plural, noun


def _patterns(
    tables: list[dict[str, Any]], same: Mapping[str, Words], stop: frozenset[str]
) -> dict[Words, tuple[Pattern, ...]]:
    patterns: dict[Words, list[Pattern]] = defaultdict(list)
    for table in tables:
        for entity in table.keys() - _NO_ENTITY:
            for degree, text in table[entity].items():
                for words in _items(text):
                    found = Pattern(
                        entity, _STRENGTHS[degree], words[0] == "=", degree == "second", degree == "measure"
                    )
                    for order in _orders(spelt(words[found.whole :], same, stop), table.get("turned", False)):
                        patterns[order].append(found)
    return {words: tuple(found) for words, found in patterns.items()}


def _orders(words: Words, turned: bool) -> list[Words]:
    """Romance languages may put it the other way round: `nombre_cliente`."""
    both = turned and len(words) == 2 and any(word.startswith("<") or word == "name" for word in words)
    return [words, words[::-1]] if both else [words]


_WORD = re.compile(r"<\w+>|[a-z]+|\d+|=")
_ROWS = {
    "people": Rows.PEOPLE, "patients": Rows.PATIENTS, "staff": Rows.STAFF,
    "organisations": Rows.ORGANISATIONS, "addresses": Rows.ADDRESSES,
    "things": Rows.THINGS, "events": Rows.EVENTS, "care": Rows.CARE,
}  # fmt: skip
_STRENGTHS = {
    "unmistakable": Strength.UNMISTAKABLE, "plain": Strength.PLAIN, "weak": Strength.WEAK, "second": Strength.PLAIN,
    "measure": Strength.PLAIN,
}  # fmt: skip
_HISS = ("s", "x", "z", "ch", "sh")
_NO_ENTITY = {"same", "rows", "aspects", "turned"}
_SPELT = {ord(sign): text for sign, text in zip("äöüÄÖÜß", ("ae", "oe", "ue", "Ae", "Oe", "Ue", "ss"), strict=True)}
