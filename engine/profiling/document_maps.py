"""Which objects of documents are maps: their keys are data, not the names of fields, and may themselves name people."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from engine.masking.paths import ANY_INDEX, ANY_KEY, Path, Step
from engine.profiling.document_trees import Node

FIELDS = 40
"""An object with more different keys than this, most of them rare, is a map."""
ALIKE = 4
"""So many keys that all lead to objects of the same fields may be a map."""
MANY = 8
"""So many keys that all lead to single values of one type may be a map."""
FEW = 3
"""In fewer documents than these, nothing is told by how many share a key."""
ATTRIBUTE = "@"
"""Attributes of XML are never a map."""

Choice = Callable[[Node, Sequence[str], Path], Sequence[str]]
"""Which of these keys, of the object at this path, are data."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of one map."""

    path: Path
    """Ends in `*`."""
    keys: tuple[str, ...]
    documents: int


def fold_maps(node: Node, data_keys: Choice, path: Path = ()) -> Iterator[Keys]:
    """Put what stands at keys that are data under one step `*`, from the root downwards, and tell which keys went."""
    keys = [key for key in node.below if isinstance(key, str) and not key.startswith(ATTRIBUTE)]
    data = data_keys(node, keys, path) if keys else ()
    if data:
        everything = node.below.pop(ANY_KEY, Node())
        for key in data:
            everything.take(node.below.pop(key))
        node.below[ANY_KEY] = everything
        yield Keys((*path, ANY_KEY), tuple(data), len(everything.documents))
    for step, below in node.below.items():
        yield from fold_maps(below, data_keys, (*path, step))


def is_map(node: Node, keys: Sequence[str]) -> bool:
    """Are there so many keys, or so many that lead to the same fields, that they are data?"""
    return _crowded(node, keys) or _alike(node, keys)


def may_be_map(node: Node, keys: Sequence[str]) -> bool:
    """Do many keys lead to single values of one type, and none of them is in most documents? Rare fields do so as well."""
    if len(keys) < MANY or len(node.documents) < FEW or any(usual(node, key) for key in keys):
        return False
    found = [node.below[key] for key in keys]
    return not any(each.below for each in found) and len({type(value) for each in found for value in each.values}) == 1


def usual(node: Node, key: Step) -> bool:
    """Do half of the documents that have the object have this key?"""
    return len(node.documents) >= FEW and 2 * len(node.below[key].documents) >= len(node.documents)


def _crowded(node: Node, keys: Sequence[str]) -> bool:
    """An object of many fields has the same ones in most documents; a map has not."""
    if len(node.documents) < FEW:
        return len(keys) > FIELDS
    return sum(not usual(node, key) for key in keys) > FIELDS


def _alike(node: Node, keys: Sequence[str]) -> bool:
    """Do all keys lead to objects of the same fields, and none of them is in most documents?"""
    if len(keys) < ALIKE or any(usual(node, key) for key in keys):
        return False
    shapes = [frozenset(step for step in node.below[key].below if step is not ANY_INDEX) for key in keys]
    common = frozenset.intersection(*shapes)
    return len(common) >= 2 and all(2 * len(common) >= len(shape) for shape in shapes)
