"""Which names of the tables fit the name of a column: the longest wins, and the words around it may take it back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from engine.profiling.taxonomy import ANY, TAXONOMY
from engine.profiling.vocabulary import NOTHING, PERSONS, Pattern, Rows, Strength, Words, vocabulary
from engine.profiling.words import head_words, nouns_in, words_of

ATTRIBUTES = frozenset(
    name for name, entity in TAXONOMY.items() if entity.kinds == ANY and name not in ("person_id", "salary")
)
"""What somebody is or suffers: a switch or a kind of it says so as well."""
PERSONS_OWN = frozenset({"gender", "marital_status", "nationality", "religion", "race", "ethnicity"})
"""Its values may say it, if not clearly, where only a key does: `gender_id`."""
NATURAL = frozenset({"country", "state", "job_title", "city"})
"""Keys may spell them: `country_id` is `FR`."""


@dataclass(frozen=True, slots=True)
class Fit:
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

    def within(self, own: int) -> tuple[int, int]:
        """Its place in the column's own words, which begin at `own`."""
        return (max(self.start, own) if self.across else self.start, self.end)


@lru_cache(maxsize=16384)
def fits(table: str, column: str, people: bool, contexts: tuple[Rows, ...]) -> tuple[Fit, ...]:
    """What the names of a column and its table say together. `contexts`: what the table's other columns make of its rows."""
    full, own = words_of(column), own_part(table, column)
    found = list(_fitting(full, 0, own))
    for head in _heads(table, own, people, contexts):
        # A table `user` with a column `name` has no user names.
        # A table `shipment` with an address has no house numbers in `shipment_number`.
        if head != (Rows.ADDRESSES,) or own != ("number",) or full == own:
            found += [fit for fit in _fitting(head + own, len(head), own) if fit.entity != "username"]
    weighed = [(fit, _strength(fit, full, own)) for fit in found]
    alive = [replace(fit, strength=strength) for fit, strength in weighed if strength]
    kept = [fit for fit in alive if not any(_covers(other, fit, -len(own)) for other in alive)]
    return tuple(replace(fit, strength=lower(fit.strength)) if _leads(fit, kept) else fit for fit in kept)


def own_part(table: str, column: str) -> Words:
    """The column's words without what the table is called, or a prefix, in front."""
    words, head, prefixes = words_of(column), head_words(table), vocabulary().aspects["prefixes"]
    for length in range(min(len(head), len(words) - 1), 0, -1):
        if words[:length] == head[-length:]:
            return words[length:]
    while len(words) > 1 and words[0] in prefixes:
        words = words[1:]
    return words


def lower(strength: Strength) -> Strength:
    return Strength(max(strength - 1, Strength.WEAK))


def _heads(table: str, own: Words, people: bool, contexts: tuple[Rows, ...]) -> Iterator[Words]:
    """What may be read before the column's own words."""
    words = head_words(table)
    yield words[-2:-1] if words[-1:] == own[:1] else words[-2:]
    if Rows.CARE in contexts and not people:
        yield (Rows.CARE,)
    if Rows.ADDRESSES in contexts:
        yield (Rows.ADDRESSES,)
    if people and not any(noun.end == len(words) and noun.rows in PERSONS for noun in nouns_in(words)):
        yield (Rows.PEOPLE,)


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    start: int
    end: int


def _fitting(words: Words, own_from: int, own: Words) -> Iterator[Fit]:
    """Patterns that fit; where a table's words come first (up to `own_from`) only those that reach across."""
    whole = (_core(own), (-len(own), 0), (-len(words), 0))
    for reading in _readings(words, own_from):
        for run in _runs(reading):
            start, end = run[0].start, run[-1].end
            if end <= own_from or (own_from and start >= own_from):
                continue
            place = (start - len(words), end - len(words))
            for pattern in vocabulary().patterns.get(tuple(word.text for word in run), ()):
                if not pattern.whole or place in whole:
                    yield _fit(pattern, run, place, own_from > 0)


def _fit(pattern: Pattern, run: list[_Word], place: tuple[int, int], across: bool) -> Fit:
    classes = {word.text for word in run if word.text.startswith("<")}
    close = 0 if Rows.PEOPLE in classes else 1 if classes else 2
    last = run[-1].text
    return Fit(pattern, pattern.strength, *place, close, last in _POINTERS, last in classes, across)


def _readings(words: Words, own_from: int) -> Iterator[list[_Word]]:
    """The words with their places, and once more for each noun among them, by its kind of row."""
    placed = [_Word(word, place, place + 1) for place, word in enumerate(words)]
    yield placed
    for noun in nouns_in(words):
        # In a column of another table a condition, a procedure or a treatment can be anything.
        if noun.rows is not Rows.CARE or noun.start < own_from:
            for rows in dict.fromkeys((noun.rows, Rows.PEOPLE)) if noun.rows in PERSONS else (noun.rows,):
                yield [*placed[: noun.start], _Word(rows.value, noun.start, noun.end), *placed[noun.end :]]


def _runs(reading: list[_Word]) -> Iterator[list[_Word]]:
    longest = vocabulary().longest
    for first in range(len(reading)):
        for last in range(first + 1, min(first + longest, len(reading)) + 1):
            yield reading[first:last]


def _core(own: Words) -> tuple[int, int]:
    """Where the name stands without the words that change nothing around it, counted from its end."""
    beside, start, end = vocabulary().aspects["beside"], 0, len(own)
    while end - start > 1 and (own[end - 1] in beside or own[end - 1].isdigit()):
        end -= 1
    while end - start > 1 and own[start] in beside:
        start += 1
    return start - len(own), end - len(own)


def _covers(longer: Fit, fit: Fit, own: int) -> bool:
    """Does the other pattern say more of the column's own words, or the same of them and more of its table's?"""
    if (longer.start, longer.end) == (fit.start, fit.end):
        return longer.close > fit.close and longer.strength >= fit.strength
    if longer.entity == fit.entity:
        return False
    if (
        longer.entity == NOTHING
        and longer.strength > fit.strength
        and longer.start <= fit.start
        and longer.end == fit.end
    ):
        return True
    inside, around = fit.within(own), longer.within(own)
    if inside == around:
        return longer.start < fit.start and longer.strength >= fit.strength
    if fit.turned and around[0] < inside[1] and inside[0] < around[1]:
        # `last_name_employee`: a name turned round goes after one that is written as it is.
        return longer.end - longer.start >= fit.end - fit.start
    return around[0] <= inside[0] and inside[1] <= around[1]


def _strength(fit: Fit, full: Words, own: Words) -> Strength | None:
    """How telling it is with the words around it; None where they take it back."""
    aspects, behind = vocabulary().aspects, full[len(full) + fit.end :]
    if fit.entity != NOTHING and len(full) + fit.start > 0 and full[0] in aspects["before"]:
        return None
    if own == ("id",):
        return min(fit.strength, Strength.PLAIN)
    things = {full[noun.start] for noun in nouns_in(full) if noun.rows is Rows.THINGS}
    strength = fit.strength
    for word in behind:
        if fit.entity in ATTRIBUTES and word in aspects["attributes"]:
            continue
        if fit.entity in PERSONS_OWN and word == "id":
            strength = Strength.WEAK
            continue
        if word in aspects["behind"] or word in things:
            return Strength.WEAK if fit.entity in NATURAL and behind == ("id",) else None
        if not (word.isdigit() or word in aspects["beside"]):
            strength = lower(strength)
    return strength


def _leads(fit: Fit, others: list[Fit]) -> bool:
    """Does another entity come behind it? `address_city` is a town."""
    told = (other for other in others if other.entity not in (NOTHING, fit.entity) and other.strength > Strength.WEAK)
    return any(other.start >= fit.end for other in told)


_POINTERS = frozenset("id uuid guid key fk sk identifier number code reference".split())
