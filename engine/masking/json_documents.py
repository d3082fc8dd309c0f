"""JSON documents as runs of tokens: what is not masked is written again byte for byte, whatever its spacing and numbers."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from json.encoder import encode_basestring

from engine.masking.paths import ANY_INDEX, Path, Step

TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"(?:\s*:\s*)?|[{}\[\],\s]+|[^"{}\[\],\s]+')
"""A key with its colon, a text, brackets and commas and blanks in one run, or a number or name."""
FRAME = frozenset("{}[], \t\r\n")

Token = str
Shape = tuple[Token, ...]
"""The tokens of a document with the empty text for every leaf: documents of one shape have their leaves at the same paths."""


def tokens(text: str) -> list[Token]:
    """The document's tokens; together they are the text again. Raises ValueError or RecursionError for what is no JSON."""
    # The standard library's scanner, in C, says whether it is JSON; NaN and Infinity are not. Numbers stay text: they may be longer
    # than an int may be.
    _DECODER.decode(text)
    return TOKEN.findall(text)


def _refuse(constant: str) -> str:
    raise ValueError("not JSON")


_DECODER = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=_refuse)


def shape(found: Sequence[Token]) -> Shape:
    # Only keys begin with a quote and end with another sign, their colon.
    return tuple([token if token[0] in FRAME or (token[0] == '"' and token[-1] != '"') else "" for token in found])


def key_of(token: Token) -> str:
    """The key that a token with its colon stands for."""
    return text_of(token[: token.rindex('"') + 1])


def text_of(token: Token) -> str:
    """The text that a quoted token stands for, fit for UTF-8: half a surrogate pair becomes the replacement character."""
    if "\\" not in token:
        return token[1:-1]
    found: str = json.loads(token)
    return found.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def quoted(text: str) -> Token:
    return encode_basestring(text)


def compact(frame: Sequence[Token]) -> list[Token]:
    """The tokens without blanks between them."""
    return [token if token[:1] == '"' and token[-1] == '"' else _tight(token) for token in frame]


def _tight(token: Token) -> Token:
    if token[:1] == '"':
        return token[: token.rindex('"') + 1] + ":"
    return "".join(token.split())


def places(found: Shape, index: Callable[[int], Step] = lambda number: ANY_INDEX) -> Iterator[tuple[int, Path, bool]]:
    """Every key and leaf of a shape: its position, its path, and whether it is a leaf. `index` says what step an element is."""
    path: list[Step] = []
    counts: list[int] = []
    for position, token in enumerate(found):
        if not token:
            yield position, _at(path, counts, index), True
        elif token[0] == '"':
            path[-1] = key_of(token)
            yield position, _at(path, counts, index), False
        else:
            _enter(token, path, counts)


def _enter(token: Token, path: list[Step], counts: list[int]) -> None:
    """Follow brackets and commas. `counts` has -1 for an object and the number of the element for a list."""
    for sign in token:
        if sign in "{[":
            counts.append(-1 if sign == "{" else 0)
            path.append("")
        elif sign in "}]":
            counts.pop()
            path.pop()
        elif sign == "," and counts[-1] >= 0:
            counts[-1] += 1


def _at(path: list[Step], counts: list[int], index: Callable[[int], Step]) -> Path:
    return tuple(step if count < 0 else index(count) for step, count in zip(path, counts, strict=True))
