"""Values that stand under keys: what one of them is, the key beside it says, and together they can be anything of anybody."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import pyarrow.compute as pc

from connectors.schema import Table
from engine.profiling.detector import Detector
from engine.profiling.facts import ColumnFacts
from engine.profiling.finding import Clue
from engine.profiling.percent import percent
from engine.profiling.taxonomy import TEXTS
from engine.profiling.words import words_of

KEYS = frozenset("key name attribute field property option setting parameter variable meta code".split())
"""What such a table calls the label of a value."""
REACHED = (
    r"(?i)[a-z0-9._+-]+@[a-z0-9-]+\.[a-z]{2,}|^\+?[(0-9][0-9() ./-]{8,16}$|^(?:[0-9]{1,3}\.){3}[0-9]{1,3}$"
    r"|^[0-9]{1,5} (?:[a-z]+\.? ){1,4}[a-z]+\.?$"
)
"""How to reach somebody: a mailbox, a telephone, a network address, a house."""
SOME = 0.04
"""A share of values that no accident explains."""
OF_PEOPLE = 12.0
"""Against what their lengths and the column's name say of single values."""


class KeyedValues(Detector):
    """The value column of a table of keys and values, where some tell how to reach somebody."""

    name = "keyed_values"
    title = "Values under keys"
    entities: ClassVar[tuple[str, ...]] = ("free_text",)
    kinds = TEXTS

    def look(self, facts: ColumnFacts) -> Iterator[Clue]:
        if not len(facts.some) or not _keyed(facts.table, facts.column.name):
            return
        share = pc.mean(pc.match_substring_regex(pc.utf8_slice_codeunits(facts.some, 0, 400), REACHED)).as_py()
        if share >= SOME:
            words = f"it has the values of many keys, and {percent(share)} of them tell how to reach somebody"
            yield Clue(self.name, "free_text", "text", OF_PEOPLE, words)


def _keyed(table: Table, column: str) -> bool:
    """Is it `meta_value` beside `meta_key`?"""
    words = words_of(column)
    if words[-1:] not in (("value",), ("val",)):
        return False
    others = (words_of(other.name) for other in table.columns if other.name != column)
    return any(other[-1:] and other[-1] in KEYS and other[:-1] in (words[:-1], ()) for other in others)
