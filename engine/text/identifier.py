"""A kind of number that somebody gave a person, and the words that say it is one."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

BEHIND = 30
"""Letters that may stand between such a word and a number that nothing else tells from others."""
_BETWEEN = r"(?:[^\d\n;!?.]|\.(?! (?-i:[^\W\d_a-z][a-z])))"
"""In the same sentence, and no other number."""
OTHERS = re.compile(
    r"(?<!\w)(?:call|phone|tel|fax|mobile|order|invoice|ticket|ruf|anruf|appel|llam|chiam|lig(?:ar|ue)|bestell|rechnung|facture|"
    r"commande|factura|pedido|fattura|ordine|factuur|fatura)\w*",
    re.IGNORECASE,
)
"""What says that the next number is another one."""
_FIRST = re.compile(r"\w+")


@dataclass(frozen=True)
class Match:
    start: int
    end: int
    checked: bool
    """Has check digits, and they are right."""


@dataclass(frozen=True)
class Identifier(ABC):
    entity: str
    """A name of `engine.text.entities.ENTITIES`."""
    words: str
    """What it is called, in any language, one between two bars; a star stands for the rest of a word."""
    alone: frozenset[str] = frozenset()
    """Languages in whose texts right check digits are enough."""

    @abstractmethod
    def matches(self, text: str) -> Iterator[Match]:
        """What has its form, and no wrong check digits."""

    @property
    def openings(self) -> frozenset[str]:
        """How its words begin: a cheap sign that one may be there."""
        return frozenset(match.group()[:3] for phrase in self.words.split("|") if (match := _FIRST.search(phrase)))

    def mentioned(self, text: str) -> bool:
        return self._anywhere.search(text) is not None

    def named(self, text: str, match: Match) -> bool:
        """Is it called by its name: right before it, or, if its check digits are right, anywhere before or right behind it?"""
        if not match.checked:
            return self.announced(text, match.start)
        before = self._anywhere.search(text, 0, match.start)
        return before is not None or self._behind.match(text, match.end) is not None

    def announced(self, text: str, start: int) -> bool:
        """Is it the next number that its name stands before?"""
        name = self._right_before.search(text, 0, start)
        return name is not None and not OTHERS.search(name.group())

    @cached_property
    def _right_before(self) -> re.Pattern[str]:
        return re.compile(rf"{self._name}{_BETWEEN}{{0,{BEHIND}}}$", re.IGNORECASE)

    @cached_property
    def _anywhere(self) -> re.Pattern[str]:
        return re.compile(self._name, re.IGNORECASE)

    @cached_property
    def _behind(self) -> re.Pattern[str]:
        return re.compile(rf"[\s,]{{0,2}}\(?{self._name}", re.IGNORECASE)

    @property
    def _name(self) -> str:
        phrases = "|".join(re.escape(phrase).replace(r"\*", r"\w*") for phrase in self.words.split("|"))
        return rf"(?<!\w)(?:{phrases})(?!\w)"


def opening_of(word: str) -> str:
    return word[:3]
