"""Many names in one message: bytes and where each of them ends. A name becomes a text when somebody looks at it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.integer]


@dataclass(frozen=True, slots=True)
class Names:
    """Unpickled at once, however many there are: a hundred thousand texts would hold up the window for longer than a frame."""

    content: bytes = field(repr=False)
    ends: Ints = field(repr=False)

    def __len__(self) -> int:
        return len(self.ends)

    def __getitem__(self, place: int) -> str:
        start = int(self.ends[place - 1]) if place else 0
        return self.content[start : int(self.ends[place])].decode("utf-8", "replace")

    def __iter__(self) -> Iterator[str]:
        return (self[place] for place in range(len(self)))


def names(texts: Iterable[str]) -> Names:
    # A name that is no Unicode text (a lone surrogate) is shown with a question mark, and does not stop the others.
    parts = [text.encode("utf-8", "replace") for text in texts]
    ends = np.cumsum([len(part) for part in parts], dtype=np.int64) if parts else np.zeros(0, np.int64)
    return Names(b"".join(parts), ends)
