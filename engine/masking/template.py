"""A small regular expression as a generator: how many texts it has, and one of them for pseudo-random words, column by column."""

from __future__ import annotations

import math
import re
import re._constants as op
import re._parser as parser
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from engine.prf import Words, to_range

_LONGEST = 4000
_DIGITS, _WORD = "0123456789", "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"


class TemplateError(ValueError):
    """The template cannot be read, or has something that no text can be drawn from."""


class Node(Protocol):
    """A part of a template."""

    @property
    def bits(self) -> float:
        """Binary logarithm of the number of texts (of choices: where several give one text, of all)."""

    @property
    def longest(self) -> int: ...

    @property
    def draws(self) -> int:
        """How many words `draw` takes for each text."""

    def draw(self, words: Words) -> pa.Array:
        """One text per row of an (n, draws) array of words."""


@dataclass(frozen=True)
class Literal:
    text: str
    bits: float = 0.0
    draws: int = 0

    @property
    def longest(self) -> int:
        return len(self.text)

    def draw(self, words: Words) -> pa.Array:
        return pa.repeat(pa.scalar(self.text, pa.string()), len(words))


@dataclass(frozen=True)
class OneOf:
    """One of some characters."""

    letters: str
    longest: int = 1
    draws: int = 1

    @property
    def bits(self) -> float:
        return math.log2(len(self.letters))

    def draw(self, words: Words) -> pa.Array:
        return pa.array(list(self.letters), pa.string()).take(pa.array(to_range(words[:, 0], len(self.letters))))


@dataclass(frozen=True)
class Sequence_:
    parts: tuple[Node, ...]

    @property
    def bits(self) -> float:
        return sum(part.bits for part in self.parts)

    @property
    def longest(self) -> int:
        return sum(part.longest for part in self.parts)

    @property
    def draws(self) -> int:
        return sum(part.draws for part in self.parts)

    def draw(self, words: Words) -> pa.Array:
        return _joined(self.parts, words)


@dataclass(frozen=True)
class Choice:
    """One of several parts, each by its share of the texts."""

    parts: tuple[Node, ...]

    @property
    def bits(self) -> float:
        most = max(part.bits for part in self.parts)
        return most + math.log2(sum(2 ** (part.bits - most) for part in self.parts))

    @property
    def longest(self) -> int:
        return max(part.longest for part in self.parts)

    @property
    def draws(self) -> int:
        return 1 + max(part.draws for part in self.parts)

    def draw(self, words: Words) -> pa.Array:
        shares = np.cumsum([2 ** (part.bits - self.bits) for part in self.parts])
        # Thresholds of 32 bits: the same on every machine, whatever its last bit of a logarithm.
        picked = np.searchsorted(
            np.round(shares[:-1] * 2.0**32), (words[:, 0] >> np.uint64(32)).astype(np.float64), side="right"
        )
        drawn = [part.draw(words[:, 1 : 1 + part.draws]) for part in self.parts]
        return pc.choose(pa.array(picked), *drawn)


def _joined(parts: Sequence[Node], words: Words) -> pa.Array:
    drawn, start = [], 0
    for part in parts:
        drawn.append(part.draw(words[:, start : start + part.draws]))
        start += part.draws
    return pc.binary_join_element_wise(*drawn, "") if drawn else Literal("").draw(words)


_ENDLESS = re.compile(r"(\\.|\[\^?\]?[^\]]*\])|([+*])(?![+?])")
_MOST = 12


def bounded(pattern: str) -> str:
    """A template whose every text the pattern matches: its `+` and `*` end."""
    return _ENDLESS.sub(lambda part: part[1] or (f"{{1,{_MOST}}}" if part[2] == "+" else f"{{0,{_MOST}}}"), pattern)


def parse_template(template: str) -> Node:
    """The generator of a template. Raises TemplateError."""
    if "[[" in template or "[:" in template:
        raise TemplateError("the template has a class of characters by name: list the characters")
    try:
        tree = parser.parse(template)
    except (parser.error, OverflowError, RecursionError) as error:
        raise TemplateError(f"the template is no regular expression ({error})") from None
    node = _sequence(tree)
    if node.longest > _LONGEST:
        raise TemplateError(f"the template gives texts of more than {_LONGEST} characters")
    return node


def _sequence(tree: Any) -> Node:
    parts = tuple(_node(code, argument) for code, argument in tree)
    return parts[0] if len(parts) == 1 else Sequence_(parts)


def _node(code: Any, argument: Any) -> Node:
    if code is op.LITERAL:
        return Literal(chr(argument))
    if code is op.IN:
        return OneOf(_letters(argument))
    if code is op.SUBPATTERN:
        return _sequence(argument[3])
    if code is op.BRANCH:
        return Choice(tuple(_sequence(branch) for branch in argument[1]))
    if code in (op.MAX_REPEAT, op.MIN_REPEAT):
        return _repeat(*argument)
    if code is op.AT and argument in (op.AT_BEGINNING, op.AT_END, op.AT_BEGINNING_STRING, op.AT_END_STRING):
        return Literal("")
    raise TemplateError(f"the template has a part that no text can be drawn from ({str(code).lower()})")


def _repeat(least: int, most: int, tree: Any) -> Node:
    if most is op.MAXREPEAT or most > _LONGEST:
        raise TemplateError("the template repeats without an end: write {m,n} for * and +")
    part = _sequence(tree)
    lengths = tuple(Sequence_((part,) * count) for count in range(least, most + 1))
    return lengths[0] if len(lengths) == 1 else Choice(lengths)


def _letters(items: Any) -> str:
    found: set[str] = set()
    for code, argument in items:
        if code is op.LITERAL:
            found.add(chr(argument))
        elif code is op.RANGE:
            found.update(map(chr, range(argument[0], min(argument[1], sys.maxunicode) + 1)))
        elif code is op.CATEGORY and argument in (op.CATEGORY_DIGIT, op.CATEGORY_WORD):
            found.update(_DIGITS if argument is op.CATEGORY_DIGIT else _WORD)
        else:
            raise TemplateError("the template excludes characters: list the ones that are allowed")
    return "".join(sorted(found))
