"""Patterns that see only character classes: what they say of a text, they say of every text of the same shape."""

from __future__ import annotations

import string
from re import _constants as signs  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

_CLASSES = tuple(
    frozenset(map(ord, letters)) for letters in (string.ascii_uppercase, string.ascii_lowercase, string.digits)
)
_FREE = frozenset().union(*_CLASSES)


def class_pattern(pattern: str) -> bool:
    """True where the pattern spans the whole text, admits ASCII alone, and never changes its mind when a letter or digit is
    exchanged for another of its class (A-Z, a-z, 0-9)."""
    try:
        tree = list(_parser.parse(pattern))
    except Exception:  # noqa: BLE001 - an internal parser: whatever it does not take is not proven
        return False
    whole = len(tree) >= 2 and tree[0] in _STARTS and tree[-1] in _ENDS
    return whole and all(_free(operator, argument) for operator, argument in tree[1:-1])


def _free(operator: Any, argument: Any) -> bool:
    if operator is signs.LITERAL:
        return argument not in _FREE and argument < 128
    if operator is signs.IN:
        return _whole_classes(argument)
    if operator in (signs.MAX_REPEAT, signs.MIN_REPEAT):
        return all(_free(*part) for part in argument[2])
    if operator is signs.SUBPATTERN:
        return all(_free(*part) for part in argument[3])
    if operator is signs.BRANCH:
        return all(_free(*part) for branch in argument[1] for part in branch)
    return False


def _whole_classes(items: list[tuple[Any, Any]]) -> bool:
    members: set[int] = set()
    for operator, argument in items:
        if operator is signs.LITERAL:
            members.add(argument)
        elif operator is signs.RANGE:
            members.update(range(argument[0], argument[1] + 1))
        elif operator is signs.CATEGORY and argument is signs.CATEGORY_DIGIT:
            members |= _CLASSES[2]
        else:
            return False
    return max(members) < 128 and all(not members & letters or letters <= members for letters in _CLASSES)


_STARTS = ((signs.AT, signs.AT_BEGINNING), (signs.AT, signs.AT_BEGINNING_STRING))
_ENDS = ((signs.AT, signs.AT_END), (signs.AT, signs.AT_END_STRING))
