"""What the name of a column says it holds, and the name of a table what its rows are.

The tables are in `names/*.toml`. A name is read as words (`CustFName`, `cust_fname` and `custfname` are customer, fname), the table's
before the column's; then the longest pattern wins (`email address` before `address`), and words behind it may take it back
(`email_verified`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from connectors.names import TableName
from connectors.schema import Kind
from engine.profiling.taxonomy import NUMBERS, TAXONOMY, TEXTS, EntityType
from engine.profiling.vocabulary import NOTHING, Pattern, Rows, Strength, Words, spelt, tokens, vocabulary

__all__ = [
    "QUALIFIERS", "Rows", "Strength", "contains", "entities_by_name", "entity_of", "head_words", "names_patient", "names_people",
    "own_words", "rows_of", "says_nothing", "second_line", "tokens", "words_of",
]  # fmt: skip

QUALIFIERS = frozenset(
    "ship bill billing shipping delivery home work office mailing invoice private current old new primary secondary".split()
)
PERSONS = frozenset({Rows.PEOPLE, Rows.PATIENTS, Rows.STAFF})
ADDRESS_PARTS = frozenset({"street_address", "city", "postal_code", "house_number"})
NATURAL = frozenset({"country", "state", "job_title", "city"})
"""Keys may spell them: `country_id` is `FR`."""
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
    if kind is Kind.INTEGER and _counts(column):
        return ()
    for hit in _read(table.name, column, people, _contexts(beside)):
        if hit.entity != NOTHING:
            entity, strength = _in_kind(hit, kind)
            entity = _part_of_name(entity, table.name, column, beside)
            if kind in TAXONOMY[entity].kinds and not (
                hit.entity in NATURAL and kind not in TEXTS and words_of(column)[-1:] == ("id",)
            ):
                found[entity] = max(found.get(entity, Strength.WEAK), strength)
    return tuple(sorted(found.items(), key=lambda item: -item[1]))


def says_nothing(
    table: TableName, column: str, *, people: bool, beside: frozenset[str] = frozenset()
) -> Strength | None:
    """How clearly the names speak of something that is not personal: `product_name`, `created_at`; None where they do not."""
    hits = _read(table.name, column, people, _contexts(beside))
    nothing = max((hit.strength for hit in hits if hit.entity == NOTHING), default=None)
    other = max((hit.strength for hit in hits if hit.entity != NOTHING), default=None)
    return nothing if nothing is not None and (other is None or nothing > other) else None


def second_line(table: TableName, column: str) -> bool:
    """Is it, as a street address, the second line of one?"""
    return any(hit.pattern.second for hit in _read(table.name, column, False, (Rows.ADDRESSES,)))


def names_people(table: TableName) -> bool:
    """Is it a table of people by its name?"""
    return rows_of(table) in PERSONS


def names_patient(column: str) -> bool:
    """Does it speak of somebody who is treated?"""
    return any(noun.rows is Rows.PATIENTS for noun in _nouns(words_of(column)))


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
    """The fewest known words that make up a longer one, with the letters that German and Dutch put between: `geburt-s-ort`.

    An unknown word may come first where at least two known ones follow: `supervisingproviderid`.
    """
    for unknown in (0, *range(4, len(token) - 5)):
        made = _made_of(token[unknown:])
        if made and (unknown == 0 or len(made) > 1):
            return (token[:unknown], *made) if unknown else made
    return None


def _made_of(token: str) -> Words | None:
    pieces = vocabulary().pieces
    best: list[Words | None] = [(), *[None] * len(token)]
    for end in range(2, len(token) + 1):
        for start in range(end - 2, -1, -1):
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
    close: int
    """2: the very words; 1: a particular kind of row among them; 0: any person."""
    pointer: bool
    """It ends like a key."""
    turned: bool
    """It ends with a word in angle brackets: `name_customer`."""
    across: bool
    """It begins in the table's name."""

    @property
    def entity(self) -> str:
        return self.pattern.entity

    @property
    def length(self) -> int:
        return self.end - self.start


def _contexts(beside: frozenset[str]) -> tuple[Rows, ...]:
    """What the other columns of the table make of its rows."""
    address = (Rows.ADDRESSES,) if beside & ADDRESS_PARTS else ()
    return (*address, Rows.CARE) if Rows.PATIENTS in beside else address


@lru_cache(maxsize=16384)
def _read(table: str, column: str, people: bool, contexts: tuple[Rows, ...]) -> tuple[_Hit, ...]:
    """What fits, without what a longer pattern covers or the words around it take back."""
    full, own = words_of(column), _own(table, column)
    hits = list(_fits(full, 0, own))
    for head in _heads(table, own, people, contexts):
        hits += [hit for hit in _fits(head + own, len(head), own) if hit.entity != "username"]
    weighed = [(hit, _strength(hit, full, own)) for hit in hits]
    alive = [replace(hit, strength=strength) for hit, strength in weighed if strength]
    kept = [hit for hit in alive if not any(_covers(other, hit, -len(own)) for other in alive)]
    return tuple(replace(hit, strength=_lower(hit.strength)) if _leads(hit, kept) else hit for hit in kept)


def _own(table: str, column: str) -> Words:
    """The column's words without what the table is called, or a prefix, in front."""
    words, head, prefixes = words_of(column), head_words(table), vocabulary().aspects["prefixes"]
    for length in range(min(len(head), len(words) - 1), 0, -1):
        if words[:length] == head[-length:]:
            return words[length:]
    while len(words) > 1 and words[0] in prefixes:
        words = words[1:]
    return words


def _heads(table: str, own: Words, people: bool, contexts: tuple[Rows, ...]) -> Iterator[Words]:
    """What may be read before the column's own words."""
    words = head_words(table)
    yield words[-2:-1] if words[-1:] == own[:1] else words[-2:]
    if not people:
        yield from ((context,) for context in contexts if context is Rows.CARE)
    if Rows.ADDRESSES in contexts:
        yield (Rows.ADDRESSES,)
    if people and not any(noun.ends and noun.rows in PERSONS for noun in _nouns(words)):
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
                        classes = {word for word, _, _ in reading[first:last] if word.startswith("<")}
                        close = 0 if Rows.PEOPLE in classes else 1 if classes else 2
                        pointer = reading[last - 1][0] in _POINTERS
                        yield _Hit(
                            pattern,
                            pattern.strength,
                            start,
                            end,
                            close,
                            pointer,
                            reading[last - 1][0] in classes,
                            own_from > 0,
                        )


def _readings(words: Words, own_from: int) -> Iterator[list[tuple[str, int, int]]]:
    """The words with their places, and once more for each noun among them, by its kind of row."""
    placed = [(word, place, place + 1) for place, word in enumerate(words)]
    yield placed
    for noun in _nouns(words):
        if noun.rows is Rows.CARE and noun.start >= own_from:
            # In a column of another table a condition, a procedure or a treatment can be anything.
            continue
        for rows in dict.fromkeys((noun.rows, Rows.PEOPLE)) if noun.rows in PERSONS else (noun.rows,):
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


def _covers(longer: _Hit, hit: _Hit, own: int) -> bool:
    """Does the other pattern say more of the column's own words (from `own` on), or the same of more of its table's?"""
    if (longer.start, longer.end) == (hit.start, hit.end):
        return longer.close > hit.close and longer.strength >= hit.strength
    inside = (max(hit.start, own) if hit.across else hit.start, hit.end)
    around = (max(longer.start, own) if longer.across else longer.start, longer.end)
    if longer.entity == hit.entity:
        return False
    if (
        longer.entity == NOTHING
        and longer.strength > hit.strength
        and (longer.end, longer.start <= hit.start) == (hit.end, True)
    ):
        return True
    if inside == around:
        return longer.start < hit.start and longer.strength >= hit.strength
    if hit.turned and around[0] < inside[1] and inside[0] < around[1] and longer.length >= hit.length:
        return True
    return around[0] <= inside[0] and inside[1] <= around[1]


def _strength(hit: _Hit, full: Words, own: Words) -> Strength | None:
    """How telling it is with the words around it; None where they take it back."""
    aspects, behind = vocabulary().aspects, full[len(full) + hit.end :]
    if hit.entity != NOTHING and len(full) + hit.start > 0 and full[0] in aspects["before"]:
        return None
    if own == ("id",):
        return min(hit.strength, Strength.PLAIN)
    things = {full[noun.start] for noun in _nouns(full) if noun.rows is Rows.THINGS}
    strength = hit.strength
    for word in behind:
        if word in aspects["behind"] or word in things:
            return Strength.WEAK if hit.entity in NATURAL and behind == ("id",) else None
        if not (word.isdigit() or word in aspects["beside"]):
            strength = _lower(strength)
    return strength


def _leads(hit: _Hit, hits: list[_Hit]) -> bool:
    """Does another entity come behind it? `address_city` is a town."""
    return any(
        other.start >= hit.end and other.entity not in (NOTHING, hit.entity) and other.strength > Strength.WEAK
        for other in hits
    )


def _lower(strength: Strength) -> Strength:
    return Strength(max(strength - 1, Strength.WEAK))


def _in_kind(hit: _Hit, kind: Kind) -> tuple[str, Strength]:
    """What the kind makes of a name.

    A person's key that is a text and not called a key may rather be a name; a finding that is a number and no measure is its code.
    """
    lower = _lower(hit.strength)
    if hit.entity == "person_id" and kind in TEXTS and not hit.pointer:
        return hit.entity, lower
    if hit.entity == "medical" and kind in NUMBERS and not hit.pattern.measure:
        return "medical_code", lower
    return hit.entity, hit.strength


@lru_cache(maxsize=16384)
def _counts(column: str) -> bool:
    """An integer that is named by a plural counts them: `immunizations`, `children`; not where the tables know the plural."""
    last = next((word for word in reversed(tokens(column)) if not word.isdigit()), "")
    return last in vocabulary().plurals or (
        last.endswith("s") and last not in vocabulary().known and _pieces(last) == (last[:-1],)
    )


def _part_of_name(entity: str, table: str, column: str, beside: frozenset[str]) -> str:
    """`name` is the other part of a person's name where the table has one part under its own name."""
    if entity != "full_name" or _own(table, column) != ("name",):
        return entity
    first, last = bool(beside & FIRST_NAMES), bool(beside & LAST_NAMES)
    return entity if first == last else "last_name" if first else "first_name"


_POINTERS = frozenset("id uuid guid key fk sk identifier number code ref reference by".split())
_PLURALS = (("ies", "y"), ("s", ""), ("es", ""), ("en", ""), ("n", ""))
_LINKS = ("", "s", "n", "en", "es", "er", "e")
