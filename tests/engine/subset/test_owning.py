"""What owns what, told by the tables alone."""

from __future__ import annotations

import pytest

from connectors.names import TableName
from engine.subset.owning import component_of, depths, owning


def names(text: str) -> list[TableName]:
    return [TableName(name) for name in text.split()]


def references(text: str) -> list[tuple[TableName, TableName]]:
    """`child>parent child>parent`."""
    pairs = (pair.split(">") for pair in text.split())
    return [(TableName(child), TableName(parent)) for child, parent in pairs]


@pytest.mark.parametrize(
    ("graph", "roots", "owned"),
    [
        ("order>customer line>order line>product", "customer", "order>customer line>order"),
        ("order>customer line>order line>product", "product", "line>product"),
        ("order>customer line>order line>product", "line", ""),
        ("employee>employee", "employee", ""),
        ("order>customer order>employee employee>employee", "customer", "order>customer"),
        # Both are roots, so neither is the other's child.
        ("order>customer line>order", "customer order", "line>order"),
        # A cycle: away from the root, and not back.
        ("a>b b>c c>a", "a", "c>a b>c"),
        ("a>b b>a", "a", "b>a"),
        ("a>b b>a c>a c>b d>c", "a", "b>a c>a c>b d>c"),
        # Two tables of one component, equally far from the root: neither owns the other.
        ("b>a c>a b>c c>b a>b", "a", "b>a c>a"),
        ("l>top r>top low>l low>r", "top", "l>top r>top low>l low>r"),
        ("b>a", "z", ""),
    ],
)
def test_an_owning_key_leads_away_from_the_roots(graph: str, roots: str, owned: str) -> None:
    assert owning(references(graph), names(roots)) == set(references(owned))


def test_depth_counts_from_the_nearest_root() -> None:
    found = depths(references("b>a c>b c>a d>c x>y"), names("a"))
    assert found == dict(zip(names("a b c d"), [0, 1, 1, 2], strict=True))


def test_a_parent_s_component_has_a_lower_number_than_its_child_s() -> None:
    found = component_of(references("b>a c>b b>c d>c"))
    a, b, c, d = (found[name] for name in names("a b c d"))
    assert a < b == c < d
