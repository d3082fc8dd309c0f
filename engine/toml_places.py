"""Where everything stands in a TOML text: the line and the trailing comment of every key, so that an error can name its line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tomlkit import TOMLDocument
from tomlkit.container import Container
from tomlkit.items import AoT, Array, Item, Key, Null, Table

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Place:
    line: int
    comment: str | None = None


def places(document: TOMLDocument) -> dict[Path, Place]:
    """Every table, key and element of a list by its path; an element has its ordinal in the path."""
    found: dict[Path, Place] = {}
    walk = _Walk(found)
    walk.container(document, ())
    return found


@dataclass
class _Walk:
    """Follows the document in the order in which tomlkit prints it, and counts the newlines."""

    found: dict[Path, Place]
    line: int = 1

    def container(self, container: Container, path: Path) -> None:
        for key, item in container.body:
            self.item(key, item, path)

    def item(self, key: Key | None, item: Item, path: Path) -> None:
        here = path if key is None else (*path, *_parts(key))
        if isinstance(item, AoT):
            offset = sum(1 for known in self.found if known[:-1] == here and isinstance(known[-1], int))
            for ordinal, table in enumerate(item.body, offset):
                self.table(table, (*here, ordinal))
        elif isinstance(item, Table):
            self.table(item, here)
        else:
            if key is not None:
                self.note(item, here)
            if isinstance(item, Array):
                self.elements(item, here)
            text = item.as_string() if key is None else item.trivia.indent + item.as_string() + item.trivia.trail
            self.line += text.count("\n")

    def elements(self, array: Array, path: Path) -> None:
        """The lines of a list's elements, which only tomlkit's own parts of it tell."""
        line, ordinal = self.line, 0
        for group in array._value:
            for part in group:
                if part is group.value and not isinstance(part, Null):
                    self.found.setdefault((*path, ordinal), Place(line))
                    ordinal += 1
                line += part.as_string().count("\n")

    def table(self, table: Table, path: Path) -> None:
        if not table.is_super_table():
            self.note(table, path)
            self.line += (table.trivia.indent + table.trivia.trail).count("\n")
        self.container(table.value, path)

    def note(self, item: Item, path: Path) -> None:
        indent = item.trivia.indent.count("\n")
        self.found.setdefault(path, Place(self.line + indent, item.trivia.comment.lstrip("# ").rstrip() or None))


def _parts(key: Key) -> Iterator[str]:
    for part in key:
        yield part.key
