"""Which sentences of a text a model has to read: those with a capital that neither their beginning nor an ordinary word explains."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from engine.text.words import ACRONYMS, begins, common_first_names, last_names

_END = re.compile(r"(?<=[.!?])\s+(?=[^\W\d_a-zà-öø-ÿß])|\n+")
_CAPITAL = re.compile(r"(?<![\w'’])[^\W\d_a-zà-öø-ÿß][\w'’-]*")
_FIRST = re.compile(r"[^\W_]")


def to_read(text: str, known: frozenset[str]) -> Iterator[tuple[int, int]]:
    """Where runs of such sentences begin and end. `known` are ordinary words in lower case; without them every sentence counts."""
    run: tuple[int, int] | None = None
    for start, end in pairwise([0, *(match.end() for match in _END.finditer(text)), len(text)]):
        if known and not _names_something(text, start, end, known):
            if run:
                yield run
            run = None
        else:
            run = (run[0] if run else start, end)
    if run:
        yield run


def _names_something(text: str, start: int, end: int, known: frozenset[str]) -> bool:
    first = _FIRST.search(text, start, end)
    for capital in _CAPITAL.finditer(text, start, end):
        word = capital.group().lower()
        if begins(word) or word in ACRONYMS or len(word) < 2:
            continue
        leads = first is not None and capital.start() == first.start()
        if not leads or word not in known or word in common_first_names() or word in last_names():
            return True
    return False
