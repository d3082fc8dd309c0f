"""What the name of a column says it holds, and the name of a table what its rows are.

The tables are in `names/*.toml`. A name is read as words (`CustFName`, `cust_fname` and `custfname` are customer, fname), the table's
before the column's; then the longest pattern wins (`email address` before `address`), and words behind it may take it back
(`email_verified`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from connectors.names import TableName
from connectors.schema import Kind
from engine.profiling.taxonomy import TAXONOMY, TEXTS, EntityType
from engine.profiling.vocabulary import NOTHING, Pattern, Rows, Strength, Words, spelt, tokens, vocabulary

__all__ = [
    "QUALIFIERS", "Rows", "Strength", "contains", "entities_by_name", "entity_of", "names_people", "own_words", "rows_of",
    "says_nothing", "second_line", "tokens", "words_of",
]  # fmt: skip

QUALIFIERS = frozenset(
    "ship bill billing shipping delivery home work office mailing invoice private current old new primary secondary".split()
)
ADDRESS_PARTS = frozenset({"street_address", "city", "postal_code", "house_number"})
LAST_NAMES, FIRST_NAMES = frozenset({"last_name"}), frozenset({"first_name"})


def entity_of(table: TableName, column: str, kind: Kind, *, people: bool | None = None) -> EntityType | None:
    """What the column holds by its name; None where the name says nothing personal. `people`: it is a table of people, if known."""
    of_people = names_people(table) if people is None else people
    ranked = entities_by_name(table, column, kind, people=of_people)
    return TAXONOMY[ranked[0][0]] if ranked and ranked[0][1] >= Strength.PLAIN else None


def entities_by_name(
    table: TableName, column: str, kind: Kind, *, people: bool, beside: frozenset[str] = frozenset()
) -> tuple[tuple[str, Strength], ...]:
    """Every entity that the names speak of, the most telling first. `beside`: what the table's other columns are by their names."""
    found: dict[str, Strength] = {}
    for hit in _read(table.name, column, people, bool(beside & ADDRESS_PARTS)):
        if hit.entity != NOTHING and kind in TAXONOMY[hit.entity].kinds:
            entity = _part_of_name(hit.entity, column, beside)
            found[entity] = max(found.get(entity, Strength.WEAK), _in_kind(hit, kind))
    return tuple(sorted(found.items(), key=lambda item: -item[1]))


def says_nothing(
    table: TableName, column: str, *, people: bool, beside: frozenset[str] = frozenset()
) -> Strength | None:
    """How clearly the names speak of something that is not personal: `product_name`, `created_at`; None where they do not."""
    hits = _read(table.name, column, people, bool(beside & ADDRESS_PARTS))
    nothing = max((hit.strength for hit in hits if hit.entity == NOTHING), default=None)
    other = max((hit.strength for hit in hits if hit.entity != NOTHING), default=None)
    return nothing if nothing is not None and (other is None or nothing > other) else None


def second_line(table: TableName, column: str) -> bool:
    """Is it, as a street address, the second line of one?"""
    return any(hit.pattern.second for hit in _read(table.name, column, False, True))


def names_people(table: TableName) -> bool:
    """Is it a table of people by its name?"""
    return rows_of(table) in (Rows.PEOPLE, Rows.STAFF)


@lru_cache(maxsize=4096)
def rows_of(table: TableName) -> Rows | None:
    """What its rows are by its name; None where that does not tell."""
    nouns = [noun for noun in _nouns(head_words(table.name)) if noun.ends]
    return max(nouns, key=lambda noun: noun.length).rows if nouns else None


@lru_cache(maxsize=4096)
def head_words(table: str) -> Words:
    """Words of a table's name without those that say nothing of its rows: `tbl_customer_master` -> customer."""
    words = tuple(word for word in words_of(table) if not word.isdigit())
    return tuple(word for word in words if word not in vocabulary().aspects["tables"]) or words


def contains(words: Words, pattern: Words) -> bool:
    """Do the pattern's words stand in `words`, side by side?"""
    length = len(pattern)
    return any(words[start : start + length] == pattern for start in range(len(words) - length + 1))


def own_words(table: str, column: str) -> Words:
    """The column's words without those of its table in front and a number behind: `CustomerState`, `address_1`."""
    words = tokens(column)
    above = set(tokens(table)) | {word.rstrip("s") for word in tokens(table)}
    while len(words) > 1 and (words[0] in above or words[0] in QUALIFIERS):
        words = words[1:]
    return words[:-1] if len(words) > 1 and words[-1].isdigit() else words


@lru_cache(maxsize=16384)
def words_of(name: str) -> Words:
    """The words of a name as the tables spell them: `custFName`, `cust_fnames` and `CUSTFNAME` are customer, fname."""
    made = vocabulary()
    return spelt((piece for token in tokens(name) for piece in _pieces(token)), made.same, made.aspects["stop"])


@lru_cache(maxsize=16384)
def _pieces(token: str) -> Words:
    """A word that no table knows: in the singular, or taken apart."""
    known = vocabulary().known
    if token in known or len(token) < 4 or token.isdigit():
        return (token,)
    for ending, instead in _PLURALS:
        if token.endswith(ending) and (one := token.removesuffix(ending) + instead) in known and len(one) > 2:
            return (one,)
    return _apart(token) or (token,)


def _apart(token: str) -> Words | None:
    """The fewest known words that make up a longer one, with the letters that German and Dutch put between: `geburt-s-ort`."""
    pieces = vocabulary().pieces
    best: list[Words | None] = [(), *[None] * len(token)]
    for end in range(2, len(token) + 1):
        for start in range(end - 1):
            before = best[start]
            if before is None or (start and before == ()):
                continue
            shorter = best[end]
            for link in _LINKS if start else ("",):
                piece = token[start:end].removeprefix(link) if token.startswith(link, start) else ""
                if piece in pieces and (shorter is None or len(before) + 1 < len(shorter)):
                    best[end] = shorter = (*before, piece)
    return best[len(token)]


@dataclass(frozen=True, slots=True)
class _Noun:
    start: int
    length: int
    rows: Rows
    ends: bool
    """It is the last of the words."""


@dataclass(frozen=True, slots=True)
class _Hit:
    """A pattern that fits. Places are counted from the end of the column's name: -1 is its last word."""

    pattern: Pattern
    strength: Strength
    start: int
    end: int
    exact: bool
    """Without a word in angle brackets."""
    pointer: bool
    """It ends like a key."""

    @property
    def entity(self) -> str:
        return self.pattern.entity

    @property
    def length(self) -> int:
        return self.end - self.start


@lru_cache(maxsize=16384)
def _read(table: str, column: str, people: bool, address: bool) -> tuple[_Hit, ...]:
    """What fits, without what a longer pattern covers or the words around it take back."""
    full, own = words_of(column), _own(table, column)
    hits = list(_fits(full, 0, own))
    for head in _heads(table, people, address):
        hits += [hit for hit in _fits(head + own, len(head), own) if hit.entity != "username"]
    hits = [hit for hit in hits if not any(_covers(other, hit) for other in hits)]
    weighed = ((hit, _strength(hit, full, hits)) for hit in hits)
    return tuple(
        _Hit(hit.pattern, strength, hit.start, hit.end, hit.exact, hit.pointer) for hit, strength in weighed if strength
    )


def _own(table: str, column: str) -> Words:
    """The column's words without those of its table, or a prefix, in front."""
    words, aspects = words_of(column), vocabulary().aspects
    above = set(words_of(table))
    while len(words) > 1 and (words[0] in above or words[0] in aspects["prefixes"]):
        words = words[1:]
    return words


def _heads(table: str, people: bool, address: bool) -> Iterator[Words]:
    """What may be read before the column's own words."""
    words = head_words(table)
    yield words[-2:]
    if address:
        yield (Rows.ADDRESSES,)
    if people and not any(noun.ends and noun.rows in (Rows.PEOPLE, Rows.STAFF) for noun in _nouns(words)):
        yield (Rows.PEOPLE,)


def _fits(words: Words, own_from: int, own: Words) -> Iterator[_Hit]:
    """Patterns that fit; behind the table's words (up to `own_from`) only those that reach across."""
    made, core = vocabulary(), _core(own)
    for reading in _readings(words, own_from):
        for first in range(len(reading)):
            for last in range(first + 1, min(first + made.longest, len(reading)) + 1):
                found = made.patterns.get(tuple(word for word, _, _ in reading[first:last]), ())
                start, end = reading[first][1], reading[last - 1][2]
                if not found or end <= own_from or (own_from and start >= own_from):
                    continue
                start, end = start - len(words), end - len(words)
                for pattern in found:
                    if not pattern.whole or (start, end) in (core, (-len(own), 0), (-len(words), 0)):
                        exact = not any(word.startswith("<") for word, _, _ in reading[first:last])
                        yield _Hit(pattern, pattern.strength, start, end, exact, reading[last - 1][0] in _POINTERS)


def _readings(words: Words, own_from: int) -> Iterator[list[tuple[str, int, int]]]:
    """The words with their places, and once more for each noun among them, by its kind of row."""
    placed = [(word, place, place + 1) for place, word in enumerate(words)]
    yield placed
    for noun in _nouns(words):
        if noun.rows is Rows.CARE and noun.start >= own_from:
            # In a column of another table a condition, a procedure or a treatment can be anything.
            continue
        for rows in (Rows.STAFF, Rows.PEOPLE) if noun.rows is Rows.STAFF else (noun.rows,):
            until = noun.start + noun.length
            yield [*placed[: noun.start], (rows.value, noun.start, until), *placed[until:]]


def _nouns(words: Words) -> Iterator[_Noun]:
    nouns = vocabulary().rows
    for start in range(len(words)):
        for length in (1, 2, 3):
            if start + length <= len(words) and (rows := nouns.get(words[start : start + length])):
                yield _Noun(start, length, rows, start + length == len(words))


def _core(own: Words) -> tuple[int, int]:
    """Where the name stands without the words that change nothing around it, counted from its end."""
    beside, start, end = vocabulary().aspects["beside"], 0, len(own)
    while end - start > 1 and (own[end - 1] in beside or own[end - 1].isdigit()):
        end -= 1
    while end - start > 1 and own[start] in beside:
        start += 1
    return start - len(own), end - len(own)


def _covers(longer: _Hit, hit: _Hit) -> bool:
    if longer.start == hit.start and longer.end == hit.end:
        return longer.exact and not hit.exact
    return longer.start <= hit.start and hit.end <= longer.end


def _strength(hit: _Hit, full: Words, hits: list[_Hit]) -> Strength | None:
    """How telling it is with the words around it; None where they take it back."""
    aspects, behind = vocabulary().aspects, full[len(full) + hit.end :]
    start = len(full) + hit.start
    if start > 0 and hit.entity != NOTHING and full[0] in aspects["before"] and len(full) > 1:
        return None
    things = {full[noun.start] for noun in _nouns(full) if noun.rows is Rows.THINGS}
    people = {full[noun.start] for noun in _nouns(full) if noun.rows in _OWNERS}
    strength = hit.strength
    for word in behind:
        if word.isdigit() or word in people or word in aspects["beside"]:
            continue
        if word in aspects["behind"] or word in things:
            return None
        strength = Strength(max(strength - 1, Strength.WEAK))
    return strength


def _in_kind(hit: _Hit, kind: Kind) -> Strength:
    """A person's key that is a text and not called a key may rather be a name."""
    if hit.entity == "person_id" and kind in TEXTS and not hit.pointer:
        return Strength(max(hit.strength - 1, Strength.WEAK))
    return hit.strength


def _part_of_name(entity: str, column: str, beside: frozenset[str]) -> str:
    """`name` is the other part of a person's name where the table has one part under its own name."""
    if entity != "full_name" or words_of(column)[-1] != "name":
        return entity
    first, last = bool(beside & FIRST_NAMES), bool(beside & LAST_NAMES)
    return entity if first == last else "last_name" if first else "first_name"


_OWNERS = (Rows.PEOPLE, Rows.STAFF, Rows.ORGANISATIONS)
_POINTERS = frozenset("id uuid guid key fk sk identifier number code ref reference by".split())
_PLURALS = (("ies", "y"), ("es", ""), ("s", ""), ("en", ""), ("n", ""), ("e", ""), ("s", "e"))
_LINKS = ("", "s", "n", "en", "es", "er", "e")
