"""Columns that are one address together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from engine.propose_names import QUALIFIERS, tokens

ROLES = {
    "street": "street",
    "street2": "street2",
    "city": "city",
    "district": "district",
    "state": "state",
    "postcode": "postcode",
    "country": "country",
}
"""Entity -> role of the mask `address`."""


def address_groups(entities: Mapping[str, str]) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Columns and roles of each address in a table (`ShipCity` and `BillCity` are two), from column -> entity."""
    groups: dict[tuple[str, ...], dict[str, str]] = defaultdict(dict)
    for column, entity in entities.items():
        # A second column of one role is masked alone.
        groups[_prefix(column)].setdefault(ROLES[entity], column)
    for group in groups.values():
        if len(group) >= 2 and {"city", "postcode"} & set(group):
            yield tuple(group.values()), tuple(group)


def _prefix(column: str) -> tuple[str, ...]:
    words = tokens(column)
    end = 0
    while end < len(words) - 1 and words[end] in QUALIFIERS:
        end += 1
    return words[:end]
