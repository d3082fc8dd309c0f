"""A change of a text as what stood where and what stands there now, so that it can be taken back to the byte."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Splice:
    """One change."""

    at: int
    out: str
    """What stood there."""
    put: str
    """What stands there now."""

    @property
    def back(self) -> Splice:
        return Splice(self.at, self.put, self.out)


def undone(splices: Iterable[Splice]) -> tuple[Splice, ...]:
    """What gives the text from before these changes."""
    return tuple(splice.back for splice in reversed(tuple(splices)))


def spliced(text: str, splices: Iterable[Splice]) -> str:
    """The text after these changes. Raises ValueError where it is not the text that they were made for."""
    for splice in splices:
        if not text.startswith(splice.out, splice.at):
            raise ValueError("the text has changed since")
        text = text[: splice.at] + splice.put + text[splice.at + len(splice.out) :]
    return text


def difference(before: str, now: str) -> tuple[Splice, ...]:
    """One text made of another by a single change; none where they are equal."""
    if before == now:
        return ()
    most = min(len(before), len(now))
    start = _alike(most, lambda length: before.startswith(now[:length]))
    end = _alike(most - start, lambda length: before.endswith(now[len(now) - length :]))
    return (Splice(start, before[start : len(before) - end], now[start : len(now) - end]),)


def _alike(most: int, alike: Callable[[int], bool]) -> int:
    """The greatest length for which two texts agree, found by halving."""
    least = 0
    while least < most:
        middle = (least + most + 1) // 2
        if alike(middle):
            least = middle
        else:
            most = middle - 1
    return least
