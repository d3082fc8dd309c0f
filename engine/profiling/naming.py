"""What the name of a column says it holds, and the name of a table what its rows are.

The tables are in `names/*.toml`. A name is read as words (`CustFName`, `cust_fname` and `custfname` are customer, fname), the table's
before the column's; then the longest pattern wins (`email address` before `address`), and words behind it may take it back
(`email_verified`).
"""

from __future__ import annotations

from functools import lru_cache

from connectors.names import TableName
from connectors.schema import Kind
from engine.profiling.fits import NATURAL, Fit, fits, lower, own_part
from engine.profiling.taxonomy import NUMBERS, TAXONOMY, TEXTS, EntityType
from engine.profiling.vocabulary import NOTHING, PERSONS, Rows, Strength, tokens
from engine.profiling.words import QUALIFIERS, contains, head_words, is_plural, nouns_in, own_words, words_of

__all__ = [
    "QUALIFIERS", "Rows", "Strength", "contains", "entities_by_name", "entity_of", "head_words", "names_patient", "names_people",
    "own_words", "rows_of", "says_nothing", "second_line", "tokens", "words_of",
]  # fmt: skip

ADDRESS_PARTS = frozenset({"street_address", "city", "postal_code", "house_number"})


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
    if kind is Kind.INTEGER and is_plural(column):
        # It counts them: `immunizations`, `children`.
        return ()
    for fit in fits(table.name, column, people, _contexts(beside)):
        if fit.entity != NOTHING and not (
            fit.entity in NATURAL and kind not in TEXTS and words_of(column)[-1:] == ("id",)
        ):
            entity, strength = _in_kind(fit, kind)
            entity = _part_of_name(entity, table.name, column, beside)
            if kind in TAXONOMY[entity].kinds:
                found[entity] = max(found.get(entity, Strength.WEAK), strength)
    return tuple(sorted(found.items(), key=lambda item: -item[1]))


def says_nothing(
    table: TableName, column: str, *, people: bool, beside: frozenset[str] = frozenset()
) -> Strength | None:
    """How clearly the names speak of something that is not personal: `product_name`, `created_at`; None where they do not."""
    found = fits(table.name, column, people, _contexts(beside))
    nothing = max((fit.strength for fit in found if fit.entity == NOTHING), default=None)
    other = max((fit.strength for fit in found if fit.entity != NOTHING), default=None)
    return nothing if nothing is not None and (other is None or nothing > other) else None


def second_line(table: TableName, column: str) -> bool:
    """Is it, as a street address, the second line of one?"""
    return any(fit.pattern.second for fit in fits(table.name, column, False, (Rows.ADDRESSES,)))


def names_people(table: TableName) -> bool:
    """Is it a table of people by its name?"""
    return rows_of(table) in PERSONS


def names_patient(column: str) -> bool:
    """Does it speak of somebody who is treated?"""
    return any(noun.rows is Rows.PATIENTS for noun in nouns_in(words_of(column)))


@lru_cache(maxsize=4096)
def rows_of(table: TableName) -> Rows | None:
    """What its rows are by its name; None where that does not tell."""
    words = head_words(table.name)
    # The longest noun at the end begins first.
    return next((noun.rows for noun in nouns_in(words) if noun.end == len(words)), None)


def _contexts(beside: frozenset[str]) -> tuple[Rows, ...]:
    """What the other columns of the table make of its rows."""
    address = (Rows.ADDRESSES,) if beside & ADDRESS_PARTS else ()
    return (*address, Rows.CARE) if Rows.PATIENTS in beside else address


def _in_kind(fit: Fit, kind: Kind) -> tuple[str, Strength]:
    """What the kind makes of a name.

    A person's key that is a text and not called a key may rather be a name; a finding that is a number and no measure is its code.
    """
    if fit.entity == "person_id" and kind in TEXTS and not fit.pointer:
        return fit.entity, lower(fit.strength)
    if fit.entity == "medical" and kind in NUMBERS and not fit.pattern.measure:
        return "medical_code", lower(fit.strength)
    return fit.entity, fit.strength


def _part_of_name(entity: str, table: str, column: str, beside: frozenset[str]) -> str:
    """`name` is the other part of a person's name where the table has one part under its own name."""
    if entity != "full_name" or own_part(table, column) != ("name",):
        return entity
    first, last = "first_name" in beside, "last_name" in beside
    return entity if first == last else "last_name" if first else "first_name"
