"""The documents of a sample laid over each other: one tree of all their places, with the values that stand at each.

Bounded in documents, in places of one document, in depth and in processor time; what could not be read is counted, never shown.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from engine.masking.json_documents import FRAME, TOKEN
from engine.masking.paths import ANY_INDEX, ANY_KEY, Path, Step, Wild
from engine.masking.xml_documents import DECLARATION, PLAIN_NAME, ROOT

DOCUMENTS = 500
"""Different documents looked at per column."""
PLACES = 5_000
"""Looked at in one document."""
DEPTH = 40
VALUES = 1_000
"""Kept at one place."""
SECONDS = 2.0
"""Processor time for reading the documents of one column."""

Value = str | int | float | bool


@dataclass(slots=True)
class Node:
    """One place in the documents of a column."""

    documents: set[int] = field(default_factory=set)
    """Which documents have it."""
    values: list[Value] = field(default_factory=list)
    below: dict[Step, Node] = field(default_factory=dict)

    @property
    def leaf(self) -> bool:
        """Something else than an object or a list has stood here; or nothing but empty ones."""
        return bool(self.values) or not self.below

    def child(self, step: Step) -> Node:
        found = self.below.get(step)
        if found is None:
            found = self.below[step] = Node()
        return found

    def take(self, other: Node) -> None:
        """Add what stands at another place: both are one from now on."""
        self.documents |= other.documents
        self.values += other.values[: max(0, VALUES - len(self.values))]
        for step, below in other.below.items():
            self.child(step).take(below)


@dataclass
class Tree:
    """What was read of a column's documents."""

    root: Node = field(default_factory=Node)
    read: int = 0
    """Documents, or beginnings of documents."""
    malformed: int = 0
    cut: int = 0
    """Of which only the beginning was read: cut by the sample, too large or too deep."""
    left: int = 0
    """Not looked at: there were too many, or they took too long."""
    late: bool = False
    """Some of those took too long: the next look may read more, or fewer."""


class TooMuch(Exception):
    """A document has more places than are looked at."""


def read_all(texts: Iterable[str], lay: Callable[[str, _Laying], None], longest: int) -> Tree:
    """The tree of these documents. Texts of `longest` characters may be beginnings."""
    tree, started = Tree(), time.process_time()
    # Documents are trees of their own: a loop over the distinct ones of a sample.
    for number, text in enumerate(texts):
        tree.late = tree.late or (number < DOCUMENTS and time.process_time() - started > SECONDS)
        if number >= DOCUMENTS or tree.late:
            tree.left += 1
            continue
        laying = _Laying(tree.root, number, whole=len(text) < longest)
        try:
            lay(text, laying)
        except TooMuch:
            laying.cut = True
        except (ValueError, RecursionError):
            laying.cut = not laying.whole and laying.places > 0
            if not laying.cut:
                tree.malformed += 1
                continue
        tree.read += 1
        tree.cut += laying.cut
    return tree


@dataclass
class _Laying:
    """One document on its way into the tree."""

    root: Node
    number: int
    whole: bool
    """Its text is no beginning of a longer one."""
    places: int = 0
    cut: bool = False

    def at(self, node: Node) -> Node:
        self.places += 1
        if self.places > PLACES:
            raise TooMuch
        node.documents.add(self.number)
        return node

    def value(self, node: Node, value: Value | None) -> None:
        if value is not None and len(node.values) < VALUES:
            node.values.append(value)


def lay_json(text: str, laying: _Laying) -> None:
    """Lay a JSON document into the tree, or the beginning of one. Raises ValueError for what is neither."""
    try:
        found = _decoded(text)
    except ValueError:
        if laying.whole:
            raise
        found = _decoded(completed(text))
        laying.cut = True
    _lay(found, laying.at(laying.root), laying, 0)


def _lay(found: Any, node: Node, laying: _Laying, depth: int) -> None:
    if depth > DEPTH:
        laying.cut = True
    elif isinstance(found, dict):
        for key, inner in found.items():
            _lay(inner, laying.at(node.child(key)), laying, depth + 1)
    elif isinstance(found, list):
        for inner in found:
            _lay(inner, laying.at(node.child(ANY_INDEX)), laying, depth + 1)
    else:
        laying.value(node, found)


def _decoded(text: str) -> Any:
    return json.loads(text, parse_int=_whole, parse_constant=lambda _: None)


def _whole(digits: str) -> int | str:
    """A number, or its digits where there are more than a database's own number has."""
    return int(digits) if len(digits.lstrip("-")) < 19 else digits


def completed(text: str) -> str:
    """The beginning of a JSON document, closed after its last whole value. Raises ValueError where it is none."""
    if text[:1] not in ("{", "["):
        raise ValueError("not JSON")
    still_open: list[str] = []
    end, closing, at = 0, "", 0
    for found in TOKEN.finditer(text):
        if found.start() != at:
            break
        at = found.end()
        if found[0][0] not in FRAME:
            continue
        for place, sign in enumerate(found[0], found.start()):
            if sign in "{[":
                still_open.append("}" if sign == "{" else "]")
            elif sign in "}]":
                if not still_open:
                    raise ValueError("not JSON")
                still_open.pop()
            elif sign != ",":
                continue
            end, closing = place + (sign != ","), "".join(reversed(still_open))
    return text[:end] + closing


def lay_xml(text: str, laying: _Laying) -> None:
    """Lay an XML document into the tree, or the beginning of one. Raises ValueError for what is neither, and for a DOCTYPE."""
    _Elements(laying).read(text)


class _Elements:
    """Follows expat through one document."""

    def __init__(self, laying: _Laying) -> None:
        self._laying = laying
        self._path = [laying.root]

    def read(self, text: str) -> None:
        parser: Any = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        # As the masker reads it: below a root of ours, where no DOCTYPE can define entities.
        parser.Parse(f"<{ROOT}>", False)
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler = self._text
        body = text.lstrip()
        declaration = DECLARATION.match(body)
        try:
            parser.Parse(body[declaration.end() if declaration else 0 :], False)
            if len(self._path) != 1:
                raise ValueError("not closed")
            parser.EndElementHandler = None
            parser.Parse(f"</{ROOT}>", True)
        except (expat.ExpatError, IndexError):
            raise ValueError("no XML") from None

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        node = self._laying.at(self._path[-1].child(_element(name)))
        if len(self._path) > DEPTH:
            raise TooMuch
        self._path.append(node)
        for key, value in attributes.items():
            self._laying.value(self._laying.at(node.child(_attribute(key))), value)

    def _end(self, name: str) -> None:
        self._path.pop()

    def _text(self, value: str) -> None:
        if value.strip():
            self._laying.value(self._path[-1], value.strip())


def _element(name: str) -> Step:
    """The name without its namespace, for a path names elements of any; `*` for one that may be a value."""
    local = name.rpartition(" ")[2]
    return local if PLAIN_NAME.fullmatch(local) else ANY_KEY


def _attribute(name: str) -> Step:
    local = name.rpartition(" ")[2]
    return f"@{local}" if PLAIN_NAME.fullmatch(local) else Wild.ATTRIBUTE


def leaves(node: Node, path: Path = ()) -> Iterator[tuple[Path, Node]]:
    """Every place that holds values, and every empty one."""
    if node.leaf and node.documents:
        yield path, node
    for step, below in node.below.items():
        yield from leaves(below, (*path, step))


JSON_START = re.compile(r"\s*[\[{]")
XML_START = re.compile(r"\s*<(?:\?xml\s|[^\W\d][\w.:-]*[\s/>])")
