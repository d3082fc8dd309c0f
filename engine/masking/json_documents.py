"""JSON documents as a masker needs them: paths, leaves with their paths, and text again with nothing changed that was not meant."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

ANY_KEY, ANY_INDEX = "*", "[*]"
STEP = re.compile(r"""\.?(?:\[(?:(?P<index>\*|\d+)|'(?P<single>[^']*)'|"(?P<double>[^"]*)")\]|(?P<name>[^.\[\]]+))""")
PLAIN_KEY = re.compile(r"[A-Za-z_$][A-Za-z_ $-]{0,39}[0-9]{0,2}")
"""Keys that look like the name of a field, not like a value: they may be kept and printed."""

Path = tuple[str, ...]


class Number(str):
    """A number with a fraction or exponent, as it was written."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Leaf:
    """A value inside a document, and where to write what takes its place."""

    holder: Any
    place: Any
    path: Path
    """Normalised: every index is `[*]`."""

    @property
    def value(self) -> Any:
        return self.holder[self.place]

    def put(self, value: Any) -> None:
        self.holder[self.place] = value


def parse_path(text: str) -> Path:
    """`$.contact.emails[*]` as its steps; an index counts as `[*]`. Raises ValueError."""
    rest = text.strip().removeprefix("$")
    steps, at = [], 0
    while at < len(rest):
        found = STEP.match(rest, at)
        if not found:
            raise ValueError(f"{text!r} is no path: write it like $.contact.emails[*] or $['odd key']")
        quoted = found["single"] if found["single"] is not None else found["double"]
        steps.append(ANY_INDEX if found["index"] is not None else quoted if quoted is not None else found["name"])
        at = found.end()
    return tuple(steps)


def print_path(path: Path) -> str:
    """The path as a person writes it. A key that does not look like a field's name is printed as `<key>`: it may be a value."""
    parts = [
        step if step == ANY_INDEX else f".{step if step == ANY_KEY or PLAIN_KEY.fullmatch(step) else '<key>'}"
        for step in path
    ]
    return "$" + "".join(parts)


def read(text: str) -> Any:
    """The document. Raises ValueError or RecursionError; NaN and Infinity are no JSON."""
    return json.loads(text, parse_float=Number, parse_constant=_refuse)


def _refuse(constant: str) -> Any:
    raise ValueError("not JSON")


def write(document: Any, spaced: bool) -> str:
    """The document as text, key order and the writing of numbers kept."""
    comma, colon = (", ", ": ") if spaced else (",", ":")
    return _text(document, comma, colon)


def _text(value: Any, comma: str, colon: str) -> str:
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, dict):
        return (
            "{" + comma.join(f"{_quoted(key)}{colon}{_text(inner, comma, colon)}" for key, inner in value.items()) + "}"
        )
    if isinstance(value, list):
        return "[" + comma.join([_text(inner, comma, colon) for inner in value]) + "]"
    return _quoted(value) if isinstance(value, str) else json.dumps(value)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def leaves(holder: Any, place: Any, path: Path = ()) -> Iterator[Leaf]:
    """Every value below `holder[place]` that holds no other; empty lists and objects among them."""
    value = holder[place]
    if isinstance(value, dict) and value:
        for key in value:
            yield from leaves(value, key, (*path, key))
    elif isinstance(value, list) and value:
        for index in range(len(value)):
            yield from leaves(value, index, (*path, ANY_INDEX))
    else:
        yield Leaf(holder, place, path)


def match(path: Path, rules: Mapping[Path, str]) -> str | None:
    """The rule for a path: the longest one that names it or something above it; a key before `*`."""
    best: tuple[tuple[bool, ...], str] | None = None
    for pattern, name in rules.items():
        if len(pattern) <= len(path) and all(
            want == got or (want == ANY_KEY and got != ANY_INDEX) for want, got in zip(pattern, path, strict=False)
        ):
            rank = tuple(want != ANY_KEY for want in pattern)
            if best is None or (len(rank), rank) > (len(best[0]), best[0]):
                best = rank, name
    return best[1] if best else None
