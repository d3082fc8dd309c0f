"""Numbers that authorities give, told by their form and their check digits."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from math import log
from types import ModuleType
from typing import ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from engine.profiling.detector import ValueDetector
from engine.profiling.facts import ColumnFacts
from engine.profiling.finding import Clue
from engine.profiling.likelihood import ratio
from engine.profiling.percent import percent
from engine.profiling.taxonomy import NUMBERS, TEXTS

LOOKED = 40
"""Values that are checked: a check digit tells much with few of them, and Python takes its time."""
FIRST = 8
"""Values that are checked before the others: where fewer than half of them are valid, it is another number."""
INVALID = -1.5
"""Numbers of the right form whose check digits are wrong may have been invented for a test, or masked before."""
ALIKE = 0.15
"""Whether a check digit is right by chance hardly depends on the others of a column."""


@dataclass(frozen=True)
class Scheme:
    title: str
    """For sentences."""
    module: str
    """Of stdnum."""
    form: str
    """A regular expression of the number in capitals without blanks, dots, hyphens and slashes."""
    chance: float
    """Of random texts of this form, how many are valid: counted on 4,000."""
    usual: str = ""
    """How it is written by many, signs and all; hardly another number is."""

    signs: bool = False
    """Signs belong to it."""

    @cached_property
    def shape(self) -> re.Pattern[str]:
        return re.compile(self.form)

    @cached_property
    def written(self) -> re.Pattern[str] | None:
        return re.compile(self.usual) if self.usual else None

    @cached_property
    def checker(self) -> ModuleType:
        return import_module(f"stdnum.{self.module}")

    def valid(self, number: str) -> bool:
        try:
            return bool(self.checker.is_valid(number))
        except LookupError:
            # Some checkers look places up in tables that have gaps.
            return False


PRODUCTS = (
    Scheme("article numbers (EAN)", "ean", r"\d{12,14}", 0.1),
    Scheme("book numbers (ISBN)", "isbn", r"\d{9}[\dX]|97[89]\d{10}", 0.09),
)
"""Numbers of things: a column that is full of them is not one of people's."""


class SchemeDetector(ValueDetector):
    """Numbers of any of its schemes; the likeliest is the clue."""

    kinds = TEXTS | NUMBERS
    schemes: ClassVar[tuple[Scheme, ...]]
    lengths = (7, 24)
    digits = (4, 20)
    letters = (0, 12)

    def match(self, texts: pa.Array) -> pa.Array:
        found = [
            any(s.shape.fullmatch(text := whole if s.signs else plain) and s.valid(text) for s in self.schemes)
            for whole, plain in zip(pc.utf8_upper(texts).to_pylist(), normalised(texts), strict=True)
        ]
        return pa.array(found, pa.bool_())

    def look(self, facts: ColumnFacts) -> Iterator[Clue]:
        of = len(facts.some)
        if not of:
            return
        possible = _undialled(facts.shapes.within(self.lengths, self.digits, self.letters))
        if np.any(facts.numbers % 1):
            possible = possible.slice(0, 0)
        if len(possible) * 2 < of:
            yield self.clue(0, of)
            return
        step = -(-len(possible) // LOOKED)
        some = possible.take(pa.array(range(0, len(possible), step)))
        tried = list(self._tried(some, facts.kind in NUMBERS))
        if not tried:
            # Of several countries, or of none.
            yield self.clue(round((pc.mean(self.match(some)).as_py()) * len(possible)), of)
            return
        weight, share, scheme = max(tried, key=lambda each: each[0])
        # Whoever tries many schemes finds one by chance.
        weight = max(INVALID, min(self.strongest, weight - log(len(tried))))
        if scheme not in PRODUCTS:
            words = f"{percent(share)} of {len(some)} distinct values are written and checked like {scheme.title}"
            yield Clue(self.name, self.entity, "values", weight, words, share * len(possible) / of)

    def _tried(self, some: pa.Array, number: bool) -> Iterator[tuple[float, float, Scheme]]:
        """Weight and share of valid ones for each scheme whose form most have."""
        plain, raw = normalised(some), pc.utf8_upper(some).to_pylist()
        for scheme in (*self.schemes, *PRODUCTS):
            texts = raw if scheme.signs else [_padded(text, scheme) for text in plain] if number else plain
            shaped = [text for text in texts if scheme.shape.fullmatch(text)]
            if len(shaped) < 0.7 * len(plain):
                continue
            valid = sum(map(scheme.valid, shaped[:FIRST]))
            looked = min(len(shaped), FIRST)
            if valid * 2 >= looked:
                valid, looked = sum(map(scheme.valid, shaped)), len(plain)
            weight = ratio(valid, looked, 0.93, max(scheme.chance, 0.002), ALIKE)
            yield weight + _written(scheme, raw), valid / looked, scheme


def _undialled(texts: pa.Array) -> pa.Array:
    """Without telephone numbers that say so, and amounts."""
    return texts.filter(pc.invert(pc.match_substring_regex(texts, r"^[+(]|^-?[0-9]+[.][0-9]+$")))


def _written(scheme: Scheme, raw: Sequence[str]) -> float:
    if scheme.written is None:
        return 0.0
    return ratio(sum(1 for text in raw if scheme.written.fullmatch(text)), len(raw), 0.95, 0.01, 0.9, 0.5)


def _padded(text: str, scheme: Scheme) -> str:
    """Numbers lose the zeros before them: with as many again as the form may want."""
    return next((padded for zeros in range(3) if scheme.shape.fullmatch(padded := "0" * zeros + text)), text)


def normalised(texts: pa.Array) -> list[str]:
    """In capitals, without the signs that divide."""
    plain: list[str] = pc.replace_substring_regex(pc.utf8_upper(texts), r"[\s./-]", "").to_pylist()
    return plain
