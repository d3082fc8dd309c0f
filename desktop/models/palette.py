"""Which of many actions a few letters mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

MOST = 60
"""Entries that are shown."""
_RUN, _START, _EXACT = 4, 8, 30


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that can be done."""

    text: str
    group: str = ""
    """What kind it is: a page, an action of this page, a recent project, a table."""
    shortcut: str = ""
    key: int = field(default=0, compare=False)
    """Whoever made the entry finds by it what to do."""


def matching(typed: str, entries: Sequence[Entry]) -> list[Entry]:
    """The best first; all, as they come, while nothing is typed."""
    wanted = typed.casefold().split()
    if not wanted:
        return list(entries[:MOST])
    ranked = []
    for place, entry in enumerate(entries):
        scores = [score(word, f"{entry.text} {entry.group}".casefold()) for word in wanted]
        known = [each for each in scores if each is not None]
        if len(known) == len(scores):
            ranked.append((-sum(known), len(entry.text), place))
    return [entries[place] for _, _, place in sorted(ranked)[:MOST]]


def score(word: str, text: str) -> float | None:
    """How well the letters of `word` lie in `text` in this order; None where they do not. Whole words, their starts and letters
    beside each other count more."""
    found = text.find(word)
    if found >= 0:
        starts = found == 0 or not text[found - 1].isalnum()
        return _EXACT + _RUN * len(word) + (_START if starts else 0) - found / 50
    total, place = 0.0, -1
    for letter in word:
        after = text.find(letter, place + 1)
        if after < 0:
            return None
        if after == place + 1 and place >= 0:
            total += _RUN
        elif after == 0 or not text[after - 1].isalnum():
            total += _START / 2
        else:
            total -= (after - place) / 10
        place = after
    return total if total > 0 else None
