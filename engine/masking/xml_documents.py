"""XML documents as runs of markup and leaves, by expat; nothing is fetched, no entity of a document's own is known."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from engine.masking.paths import ANY_INDEX, ANY_KEY, DEEP, Path, Paths, Step, Wild

TEXT = "#text"
DECLARATION = re.compile(
    r"""<\?xml\s+version\s*=\s*["'][\d.]+["'](?:\s+encoding\s*=\s*["'][\w.-]+["'])?(?:\s+standalone\s*=\s*["'](?:yes|no)["'])?\s*\?>"""
)
PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z_.-]{0,63}[0-9]{0,2}")
"""Names of elements and attributes that look like the name of a field, not like a value."""
STEP = re.compile(
    r"(?P<deep>//)?/?(?:(?P<text>text\(\))|(?P<at>@)?(?:(?P<prefix>[\w.-]+):)?(?P<name>\*|[\w.-]+)(?:\[(?P<index>\d+)\])?)"
)
ROOT = "r"
_ALL = (ANY_KEY, Wild.ATTRIBUTE, TEXT)
ILLEGAL = re.compile(r"[^\t\n\r -\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]")


def parse_xml_path(text: str, namespaces: Mapping[str, str]) -> Path:
    """`/order/line[2]/@sku`, `//email`, `/a/*/text()`, `//@s:id` as its steps. Every element is its name and its number among
    those of its name. Raises ValueError."""
    rest = text.strip()
    steps: list[Step] = []
    at = 0 if rest != "/" else 1
    while at < len(rest):
        found = STEP.match(rest, at)
        if not found or not rest.startswith("/", at):
            raise ValueError(f"{text!r} is no path: write it like /order/line[2]/@sku, //email, /a/*/text() or //@s:id")
        steps += [DEEP] if found["deep"] else []
        steps += _steps(found, namespaces)
        at = found.end()
    if any(before is DEEP and step in _ALL for before, step in pairwise(steps)):
        raise ValueError(f"{text!r} names everything: after // comes a name")
    return tuple(steps)


def _steps(found: re.Match[str], namespaces: Mapping[str, str]) -> list[Step]:
    if found["text"]:
        return [TEXT]
    if found["name"] == "*":
        return [Wild.ATTRIBUTE] if found["at"] else [ANY_KEY, int(found["index"]) if found["index"] else ANY_INDEX]
    if found["prefix"] and found["prefix"] not in namespaces:
        raise ValueError(f"the prefix {found['prefix']!r} of a path is not in `namespaces`")
    name = f"{{{namespaces[found['prefix']]}}}{found['name']}" if found["prefix"] else found["name"]
    if found["at"]:
        return [f"@{name}"]
    return [name, int(found["index"]) if found["index"] else ANY_INDEX]


def print_xml_path(path: Path) -> str:
    """The path as a person writes it, without the numbers of elements. What does not look like a name is printed as `<name>`."""
    names = [step for step in path if isinstance(step, str) and step != TEXT]
    return "".join(f"/{_printed(name)}" for name in names) or "/"


def _printed(name: str) -> str:
    at, local = "@" if name.startswith("@") else "", name.removeprefix("@").rpartition("}")[2]
    return at + (local if PLAIN_NAME.fullmatch(local) else "<name>")


@dataclass(frozen=True, slots=True)
class Name:
    """Of an element or attribute, as it stood."""

    prefix: str
    local: str
    path: Path
    """With this name's own step at the end."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A text, or the value of an attribute."""

    value: str
    path: Path
    attribute: bool


Part = str | Name | Leaf


@dataclass
class Document:
    """The parts of one document, in order: markup as text, names, leaves."""

    known: Paths
    parts: list[Part] = field(default_factory=list)
    path: list[Step] = field(default_factory=list)
    names: list[Name] = field(default_factory=list)
    siblings: list[dict[Step, int]] = field(default_factory=lambda: [{}])
    declared: list[tuple[str, str]] = field(default_factory=list)
    """Namespaces that the next element declares."""
    open: bool = False
    """Is the last start tag without its `>`? Then it may still turn out to be empty."""

    def namespace(self, prefix: str | None, uri: str | None) -> None:
        self.declared.append((f"xmlns:{prefix}" if prefix else "xmlns", uri or ""))

    def start(self, name: str, attributes: list[str]) -> None:
        self._close_tag()
        found = self._name(name, "")
        step = found.path[-1]
        number = self.siblings[-1][step] = self.siblings[-1].get(step, 0) + 1
        self.path += [step, self.known.index(number)]
        self.siblings.append({})
        self.names.append(found)
        self.parts += ["<", found, *(f" {key}={quoteattr(uri)}" for key, uri in self.declared)]
        self.declared.clear()
        for key, value in zip(attributes[::2], attributes[1::2], strict=True):
            at = self._name(key, "@")
            self.parts += [" ", at, '="', Leaf(value, at.path, True), '"']
        self.open = True

    def end(self, name: str) -> None:
        found = self.names.pop()
        self.parts += ["/>"] if self.open else ["</", found, ">"]
        self.open = False
        self.siblings.pop()
        del self.path[-2:]

    def text(self, value: str) -> None:
        self._close_tag()
        self.parts.append(Leaf(value, (*self.path, TEXT), False))

    def _close_tag(self) -> None:
        if self.open:
            self.parts.append(">")
        self.open = False

    def _name(self, name: str, sign: str) -> Name:
        """What expat calls `uri local prefix`. A name counts with its namespace where some path says it so."""
        uri, _, rest = name.rpartition(" ") if name.count(" ") == 1 else ("", "", name)
        prefix = ""
        if name.count(" ") == 2:
            uri, rest, prefix = name.split(" ")
        full = f"{sign}{{{uri}}}{rest}"
        step = full if full in self.known.named else f"{sign}{rest}"
        return Name(prefix, rest, (*self.path, step))


def read_xml(text: str, known: Paths) -> tuple[str, Document]:
    """The declaration and the parts of a document, or of a piece of one. Raises ValueError for what is neither, and for a DOCTYPE."""
    found = DECLARATION.match(text.lstrip())
    declaration = found[0] if found else ""
    document = Document(known)
    parser: Any = expat.ParserCreate(namespace_separator=" ")
    parser.namespace_prefixes = parser.ordered_attributes = parser.buffer_text = True
    # The document is put below a root of ours, so that pieces are read too, and a DOCTYPE, which could define entities, cannot stand.
    parser.Parse(f"<{ROOT}>", False)
    parser.StartNamespaceDeclHandler, parser.CharacterDataHandler = document.namespace, document.text
    parser.StartElementHandler, parser.EndElementHandler = document.start, document.end
    try:
        parser.Parse(text.lstrip()[len(declaration) :], False)
        if document.names:
            raise ValueError("not closed")
        parser.EndElementHandler = None
        parser.Parse(f"</{ROOT}>", True)
    except (expat.ExpatError, IndexError):
        raise ValueError("no XML") from None
    return declaration, document


def escaped(text: str, attribute: bool) -> str:
    """A value as it stands in a text or between double quotes."""
    legal = ILLEGAL.sub("", text)
    if not attribute:
        return escape(legal).replace("\r", "&#13;")
    return escape(legal, {'"': "&quot;", "\n": "&#10;", "\t": "&#9;", "\r": "&#13;"})
