"""Where every section, key and value begins and ends in a TOML text, so that one of them can be changed and all else stays as it is.

Fast, and only for text that `tomllib` has read: nothing is checked here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

Keys = tuple[str, ...]

_STRING = r'"""(?:\\[\s\S]|[^\\])*?"""(?:"{0,2})|\'\'\'[\s\S]*?\'\'\'(?:\'{0,2})|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\''
_KEY = re.compile(r'[ \t]*("(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'|[A-Za-z0-9_-]+)[ \t]*(\.?)')
_BARE = r"\d{4}-\d\d-\d\d[ ]\d\d:[^\s,\]}#]+|[^\s,\[\]{}#\"']+"
_VALUE = re.compile(rf"{_STRING}|{_BARE}")
_INSIDE = re.compile(rf"{_STRING}|#[^\n]*|[\[\]{{}}]|[^\[\]{{}}#\"']+")
_BLANK = re.compile(r"[\s,]*(?:#[^\n]*\n[\s,]*)*")
_LINE = re.compile(r"[^\n]*(?:\n|\Z)")
_EMPTY = re.compile(r"[ \t\r]*(?:#[^\n]*)?(?:\n|\Z)")
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))")
_SHORT = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", "e": "\x1b", '"': '"', "\\": "\\"}


@dataclass(frozen=True, slots=True)
class Entry:
    """`key = value` or an element of a list; all places count from the beginning of the text that it stands in."""

    keys: Keys
    start: int
    value: int
    value_end: int
    end: int
    """Of a line: after its newline, the comment behind the value included. Inside a value: as `value_end`."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A section with its heading, up to the next heading; the first piece has none."""

    text: str
    keys: Keys
    """Of the heading."""
    listed: bool
    """[[an element of a list]]."""
    body: int
    """Where the heading's line ends."""
    entries: tuple[Entry, ...]

    @property
    def filled(self) -> int:
        """Where its last entry ends; what follows are blank lines and comments."""
        return self.entries[-1].end if self.entries else self.body


def pieces(text: str) -> list[Piece]:
    """The whole text, cut at its headings: joined again they are the text."""
    found: list[Piece] = []
    start, listed, body, entries = 0, False, 0, list[Entry]()
    keys: Keys = ()
    place = 0
    while place < len(text):
        begin = place
        if empty := _EMPTY.match(text, place):
            place = empty.end()
            continue
        first = _skip_spaces(text, place)
        if text[first] != "[":
            entry = _entry(text, begin)
            place = entry.end
            entries.append(_shifted(entry, -start))
            continue
        found.append(Piece(text[start:begin], keys, listed, body, tuple(entries)))
        listed = text.startswith("[[", first)
        keys, _ = _keys(text, first + 1 + listed)
        place = _line_end(text, _value_end(text, first))
        start, body, entries = begin, place - begin, []
    found.append(Piece(text[start:], keys, listed, body, tuple(entries)))
    return found


def parts(value: str) -> list[Entry]:
    """The entries of an inline table, or the elements of a list with their ordinals as keys; nothing for any other value."""
    if value[:1] not in ("{", "["):
        return []
    found: list[Entry] = []
    place = _past(_BLANK, value, 1)
    while value[place] not in "}]":
        start = place
        keys: Keys = (str(len(found)),)
        if value[0] == "{":
            keys, place = _keys(value, place)
            place = _skip_spaces(value, place + 1)
        end = _value_end(value, place)
        found.append(Entry(keys, start, place, end, end))
        place = _past(_BLANK, value, end)
    return found


def resolved(heads: Iterable[tuple[Keys, bool]]) -> Iterator[Keys]:
    """The path of each heading, with the ordinal of the element wherever a part of it is a list of sections."""
    counts: dict[Keys, int] = {}
    for keys, listed in heads:
        path: Keys = ()
        last = len(keys) - 1
        for depth, key in enumerate(keys):
            path = (*path, key)
            if listed and depth == last:
                counts[path] = counts.get(path, -1) + 1
            if path in counts:
                path = (*path, str(counts[path]))
        yield path


def _entry(text: str, start: int) -> Entry:
    keys, place = _keys(text, start)
    value = _skip_spaces(text, place + 1)
    end = _value_end(text, value)
    return Entry(keys, start, value, end, _line_end(text, end))


def _shifted(entry: Entry, by: int) -> Entry:
    return Entry(entry.keys, entry.start + by, entry.value + by, entry.value_end + by, entry.end + by)


def _keys(text: str, place: int) -> tuple[Keys, int]:
    """A key with its dots, and where it ends."""
    found: list[str] = []
    while True:
        match = _KEY.match(text, place)
        assert match is not None
        found.append(_plain(match.group(1)))
        place = match.end()
        if not match.group(2):
            return tuple(found), place


def _plain(key: str) -> str:
    if key[0] == "'":
        return key[1:-1]
    return _ESCAPE.sub(_escaped, key[1:-1]) if key[0] == '"' else key


def _escaped(match: re.Match[str]) -> str:
    code = match.group(1) or match.group(2)
    return chr(int(code, 16)) if code else _SHORT[match.group(3)]


def _value_end(text: str, place: int) -> int:
    if text[place] not in "[{":
        return _past(_VALUE, text, place)
    depth = 0
    while True:
        match = _INSIDE.match(text, place)
        assert match is not None
        place = match.end()
        sign = match.group()
        depth += (sign in ("[", "{")) - (sign in ("]", "}"))
        if not depth:
            return place


def _line_end(text: str, place: int) -> int:
    return _past(_LINE, text, place)


def _skip_spaces(text: str, place: int) -> int:
    while text[place] in " \t":
        place += 1
    return place


def _past(pattern: re.Pattern[str], text: str, place: int) -> int:
    match = pattern.match(text, place)
    assert match is not None
    return match.end()
