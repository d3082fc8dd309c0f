"""Change a plan's text at a path: a value is set, a key or a section taken out, and every other byte stays as a person wrote it.

Only text that is TOML gets here, and what a change gives is read again as a plan before anybody takes it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from engine.text_splices import Splice
from engine.toml_inline import within, without
from engine.toml_scan import Entry, Keys, Piece, pieces, resolved
from engine.toml_text import inline_text, key_text

LISTS = frozenset({"rules", "foreign_keys", "edges", "coverage"})
"""Keys of a plan under which sections are written in two brackets."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One change of the plan's text: what stands at this path from now on. Comments around it stay."""

    path: Keys
    """`("tables", "Customer", "columns", "Email")`, `("subset",)`, `("tables", "Log", "treatment")`: as the file spells them. An
    element of a list is named by its ordinal: `("tables", "Customer", "rules", "0", "mask")`."""
    value: str | None
    """TOML of the value, `{ mask = "email" }`; of a section: its lines. None: nothing stands there."""


def edited(text: str, edits: Iterable[Edit]) -> tuple[str, tuple[Splice, ...]]:
    """The text with these edits, one after the other, and what they did. Raises TOMLDecodeError where the text is not TOML, ValueError
    where an edit's value is none or its path leads through a value."""
    tomllib.loads(text)
    document = Document(pieces(text))
    splices = document.change(edits)
    return document.text, splices


class Document:
    """A text cut into its sections, so that a change costs what it changes and not what there is."""

    def __init__(self, cut: list[Piece]) -> None:
        self.pieces = cut
        self._splices: list[Splice] = []

    @property
    def text(self) -> str:
        return "".join(piece.text for piece in self.pieces)

    @cached_property
    def heads(self) -> list[Keys]:
        """The path of each piece; the first one's is the root."""
        return list(resolved((piece.keys, piece.listed) for piece in self.pieces))

    @cached_property
    def _at(self) -> dict[Keys, int]:
        return {head: place for place, head in reversed(list(enumerate(self.heads)))}

    @cached_property
    def _below(self) -> dict[Keys, list[int]]:
        found: dict[Keys, list[int]] = {}
        for place, head in enumerate(self.heads):
            for depth in range(1, len(head) + 1):
                found.setdefault(head[:depth], []).append(place)
        return found

    def change(self, edits: Iterable[Edit]) -> tuple[Splice, ...]:
        """Follow these edits, one after the other, and say what they did."""
        self._splices = []
        for edit in edits:
            if edit.value is None:
                self._remove(edit.path)
            else:
                self._set(edit.path, edit.value)
        return tuple(self._splices)

    def spliced(self, splices: Iterable[Splice]) -> Document:
        """After changes of the text; only the sections that they touch are cut anew. Raises ValueError where one is no change of this
        text, or leaves a section that is no TOML."""
        made = Document(list(self.pieces))
        for splice in splices:
            made._splice(splice)
        return made

    def _splice(self, splice: Splice) -> None:
        end, first, before = splice.at + len(splice.out), 0, 0
        while first + 1 < len(self.pieces) and before + len(self.pieces[first].text) <= splice.at:
            before += len(self.pieces[first].text)
            first += 1
        if first:
            first -= 1
            before -= len(self.pieces[first].text)
        last, text = first + 1, self.pieces[first].text
        while last < len(self.pieces) and before + len(text) <= end:
            text += self.pieces[last].text
            last += 1
        at = splice.at - before
        if not text.startswith(splice.out, at):
            raise ValueError("the text has changed since")
        text = text[:at] + splice.put + text[at + len(splice.out) :]
        tomllib.loads(text)
        cut = pieces(text)
        if first and cut[0].text:
            raise ValueError("a section has lost its heading")
        self.pieces[first:last] = cut[1:] if first else cut

    def entry(self, path: Keys) -> tuple[int, Entry] | None:
        """The entry at this path, or the one whose value holds it; and its piece."""
        for depth in range(len(path) - 1, -1, -1):
            place = self._at.get(path[:depth])
            if place is None:
                continue
            for entry in self.pieces[place].entries:
                if path[depth : depth + len(entry.keys)] == entry.keys:
                    return place, entry
        return None

    def dotted(self, path: Keys) -> list[tuple[int, Entry]]:
        """Entries below this path that are written with dots in a section above it."""
        found = []
        for depth in range(len(path)):
            place, rest = self._at.get(path[:depth]), path[depth:]
            if place is not None:
                found += [
                    (place, entry)
                    for entry in self.pieces[place].entries
                    if len(entry.keys) > len(rest) and entry.keys[: len(rest)] == rest
                ]
        return found

    def sections(self, path: Keys) -> list[int]:
        """The pieces of the section at this path and of all below it."""
        return self._below.get(path, [])

    def data(self, path: Keys) -> Any:
        """What stands at this path; None where nothing does."""
        if found := self.entry(path):
            place, entry = found
            value = _value(self.pieces[place].text[entry.value : entry.value_end])
            return _descended(value, path[len(self.heads[place]) + len(entry.keys) :])
        text = "".join(self.pieces[place].text for place in self.sections(path))
        said = _descended(tomllib.loads(text), path, alone=True) if text else None
        for place, entry in self.dotted(path):
            said = said if isinstance(said, dict) else {}
            value = _value(self.pieces[place].text[entry.value : entry.value_end])
            _planted(said, entry.keys[len(path) - len(self.heads[place]) :], value)
        return said

    def line(self, path: Keys) -> int | None:
        """The line on which this path begins, or what it stands in; None where nothing of it is there."""
        for depth in range(len(path), 0, -1):
            if found := self.entry(path[:depth]):
                return self._line(found[0], found[1].start)
            if below := self.sections(path[:depth]):
                return self._line(below[0], 0)
        return None

    def _line(self, place: int, at: int) -> int:
        return (
            1 + sum(each.text.count("\n") for each in self.pieces[:place]) + self.pieces[place].text.count("\n", 0, at)
        )

    def path_at(self, line: int) -> Keys:
        """What stands on this line: an entry, or the section around it."""
        above = line - 1
        for head, piece in zip(self.heads, self.pieces, strict=True):
            lines = piece.text.count("\n")
            if above <= lines - 1 or piece is self.pieces[-1]:
                before = [entry for entry in piece.entries if piece.text.count("\n", 0, entry.start) <= above]
                if before and piece.text.count("\n", 0, before[-1].value_end) >= above:
                    return (*head, *before[-1].keys)
                return head
            above -= lines
        return ()

    def _set(self, path: Keys, text: str) -> None:
        value, lines = _read(path, text)
        self._put(path, value, None if lines else text.strip(), text if lines else None)

    def _put(self, path: Keys, value: Any, written: str | None, lines: str | None) -> None:
        """`written`: how the value is to be spelt; `lines`: of a section that may not be there yet."""
        if found := self.entry(path):
            place, entry = found
            old = self.pieces[place].text[entry.value : entry.value_end]
            rest = path[len(self.heads[place]) + len(entry.keys) :]
            new = within(old, rest, written if written is not None else inline_text(value))
            self._replace(place, entry.value, entry.value_end, new)
            return
        there = self.data(path)
        if isinstance(there, dict) and isinstance(value, Mapping):
            self._merge(path, there, value)
            return
        if there is not None:
            self._remove(path)
        if lines is None and (path[-1] in LISTS and _sections(value)):
            lines = "\n".join(_lines((*path, str(number)), each) for number, each in enumerate(value))
        if lines is None:
            self._add_entry(path, written if written is not None else inline_text(value))
        else:
            self._add_section(path, _headed(path, lines))

    def _merge(self, path: Keys, there: Mapping[str, Any], value: Mapping[str, Any]) -> None:
        for key in there:
            if key not in value:
                self._remove((*path, key))
        for key, now in value.items():
            if key not in there or inline_text(there[key]) != inline_text(now):
                self._put((*path, key), now, None, None)

    def _remove(self, path: Keys) -> None:
        if found := self.entry(path):
            place, entry = found
            rest = path[len(self.heads[place]) + len(entry.keys) :]
            if rest:
                text = self.pieces[place].text[entry.value : entry.value_end]
                self._replace(place, entry.value, entry.value_end, without(text, rest))
            else:
                self._replace(place, entry.start, entry.end, "")
            return
        for place, entry in reversed(self.dotted(path)):
            self._replace(place, entry.start, entry.end, "")
        for place in reversed(self.sections(path)):
            self._drop(place)

    def _drop(self, place: int) -> None:
        """Take a section out, and leave the comment above the next one."""
        piece = self.pieces[place]
        end = len(piece.text) - len(_closing_comment(piece)) if place + 1 < len(self.pieces) else len(piece.text)
        self._replace(place, 0, end, "")

    def _add_entry(self, path: Keys, written: str) -> None:
        for depth in range(len(path) - 1, -1, -1):
            place, rest = self._at.get(path[:depth]), path[depth:]
            if place is None:
                continue
            entries = self.pieces[place].entries
            alike = [entry for entry in entries if len(rest) > 1 and entry.keys[: len(rest) - 1] == rest[:-1]]
            if len(rest) == 1 or alike:
                self._add_line(place, alike[-1] if alike else entries[-1] if entries else None, rest, written)
                return
        if len(path) == 1:
            self._add_line(0, None, path, written)
        else:
            self._add_section(path[:-1], _headed(path[:-1], f"{key_text(path[-1])} = {written}\n"))

    def _add_line(self, place: int, after: Entry | None, keys: Keys, written: str) -> None:
        piece = self.pieces[place]
        at = after.end if after is not None else piece.body
        if after is None and place == 0:
            at = len(piece.text)
        indent = piece.text[after.start : at][: _indent(piece.text[after.start : at])] if after is not None else ""
        before = "" if not at or piece.text[at - 1] == "\n" else "\n"
        self._replace(place, at, at, f"{before}{indent}{'.'.join(map(key_text, keys))} = {written}\n")

    def _add_section(self, path: Keys, text: str) -> None:
        place, at = self._room(path)
        before = "".join(piece.text for piece in self.pieces[max(0, place - 1) : place]) + self.pieces[place].text[:at]
        behind = self.pieces[place].text[at:]
        gap = "" if not before or before.endswith("\n\n") else "\n" if before.endswith("\n") else "\n\n"
        follows = bool(behind) or place + 1 < len(self.pieces)
        self._replace(place, at, at, gap + text + ("\n" if follows and not behind.startswith("\n") else ""))

    def _room(self, path: Keys) -> tuple[int, int]:
        """Where a new section is written: a piece, and the place in it."""
        if below := self.sections(path):
            return self._above(below[0])
        for depth in range(len(path) - 1, 0, -1):
            if beside := self.sections(path[:depth]):
                return self._above(beside[-1] + 1)
        tables = self.sections(("tables",))
        return self._above(tables[0] if tables and path[0] != "tables" else len(self.pieces))

    def _above(self, place: int) -> tuple[int, int]:
        """Above this piece and the comment that stands right above it."""
        piece = self.pieces[place - 1]
        closing = _closing_comment(piece) if place < len(self.pieces) else ""
        return place - 1, len(piece.text) - len(closing)

    def _replace(self, place: int, start: int, end: int, put: str) -> None:
        """The one way in which the text changes."""
        piece = self.pieces[place]
        at = sum(len(each.text) for each in self.pieces[:place]) + start
        self._splices.append(Splice(at, piece.text[start:end], put))
        text, first = piece.text[:start] + put + piece.text[end:], place
        if place and not text.lstrip().startswith("["):
            # Its heading is gone: what is left of it closes the piece before.
            first, text = place - 1, self.pieces[place - 1].text + text
        cut = pieces(text)
        self.pieces[first : place + 1] = cut[1:] if first else cut
        if first != place or len(cut) != 1 + bool(first):
            for name in ("heads", "_at", "_below"):
                self.__dict__.pop(name, None)


def _read(path: Keys, text: str) -> tuple[Any, bool]:
    """What an edit's value says, and whether it is a section's lines, which may go on with sections below it."""
    try:
        said = tomllib.loads(f"x = {text.strip()}")
        if set(said) == {"x"}:
            return said["x"], False
    except tomllib.TOMLDecodeError:
        pass
    return _descended(tomllib.loads(_headed(path, text)), path, alone=True), True


def _value(text: str) -> Any:
    return tomllib.loads(f"x = {text}")["x"]


def _descended(value: Any, path: Keys, *, alone: bool = False) -> Any:
    """`alone`: of each list on the way there is the one element that the path names."""
    for key in path:
        if isinstance(value, list):
            number = 0 if alone else int(key) if key.isdigit() else len(value)
            value = value[number] if number < len(value) else None
        else:
            value = value.get(key) if isinstance(value, dict) else None
    return value


def _planted(said: dict[str, Any], keys: Keys, value: Any) -> None:
    for key in keys[:-1]:
        said = said.setdefault(key, {})
    said[keys[-1]] = value


def _sections(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(each, dict) for each in value)


def _lines(path: Keys, data: Mapping[str, Any]) -> str:
    return _headed(path, "".join(f"{key_text(key)} = {inline_text(value)}\n" for key, value in data.items()))


def _headed(path: Keys, lines: str) -> str:
    """A section's lines under its heading, unless they bring it."""
    listed = path[-1].isdigit() and path[-2:-1] != () and path[-2] in LISTS
    keys = [key for depth, key in enumerate(path) if not (key.isdigit() and depth and path[depth - 1] in LISTS)]
    name = ".".join(map(key_text, keys))
    if lines.lstrip().startswith("["):
        return lines if lines.endswith("\n") else f"{lines}\n"
    heading = f"[[{name}]]" if listed else f"[{name}]"
    return f"{heading}\n{lines}" if lines.endswith("\n") or not lines else f"{heading}\n{lines}\n"


def _closing_comment(piece: Piece) -> str:
    """The comment lines at the end of a piece: they stand right above the next heading."""
    lines = piece.text[piece.filled :].splitlines(keepends=True)
    kept = len(lines)
    while kept and lines[kept - 1].lstrip().startswith("#"):
        kept -= 1
    return "".join(lines[kept:])


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip(" \t"))
