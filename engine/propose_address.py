"""Columns that are one address together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from connectors.names import TableName
from engine.profiling.naming import QUALIFIERS, second_line, tokens

ROLES = {
    "street_address": "street",
    "city": "city",
    "county": "district",
    "state": "state",
    "postal_code": "postcode",
    "country": "country",
}
"""Entity -> role of the mask `address`."""


def role_of(table: TableName, column: str, entity: str) -> str | None:
    """What part of an address the column is; None where it is none."""
    role = ROLES.get(entity)
    return "street2" if role == "street" and second_line(table, column) else role


def address_groups(roles: Mapping[str, str]) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Columns and roles of each address in a table (`ShipCity` and `BillCity` are two), from column -> role."""
    groups: dict[tuple[str, ...], dict[str, str]] = defaultdict(dict)
    for column, role in roles.items():
        # A second column of one role is masked alone.
        groups[_prefix(column)].setdefault(role, column)
    for group in groups.values():
        if len(group) >= 2 and {"city", "postcode"} & set(group):
            yield tuple(group.values()), tuple(group)


def _prefix(column: str) -> tuple[str, ...]:
    words = tokens(column)
    end = 0
    while end < len(words) - 1 and words[end] in QUALIFIERS:
        end += 1
    return words[:end]
