"""The one hash chain that every append-only ledger uses: each entry holds the SHA-256 of itself and of the one before.

A change, a gap or a swap anywhere breaks every later hash; a shortened chain does not reach the head that stands apart.
(Haber, Stornetta: How to time-stamp a digital document, J. Cryptology 3, 1991, section 5.1; doi 10.1007/BF00196791)
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class Entry:
    chain: str
    ordinal: int
    """From 1."""
    at: str
    payload: str
    """Canonical JSON, kept as text: what was hashed is what is stored."""
    previous: str
    digest: str


@dataclass(frozen=True, slots=True)
class Fault:
    """Where a chain is broken, and how."""

    chain: str
    ordinal: int
    reason: str


def canonical(payload: Mapping[str, Any]) -> str:
    """One spelling per value: sorted keys, no spaces, ASCII. Raises ValueError for NaN and infinities."""
    return json.dumps(payload, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def link(chain: str, ordinal: int, at: str, payload: str, previous: str) -> Entry:
    """The next entry of a chain."""
    return Entry(chain, ordinal, at, payload, previous, _digest(chain, ordinal, at, payload, previous))


def verify_entries(chain: str, entries: Iterable[Entry], head: tuple[int, str] | None) -> Fault | None:
    """The first fault of a chain, read in order up to its head (last ordinal and digest); None when it is whole."""
    ordinal, previous = 0, GENESIS
    for entry in entries:
        ordinal += 1
        if entry.ordinal != ordinal:
            return Fault(chain, ordinal, f"entry {ordinal} is missing")
        if entry.previous != previous:
            return Fault(chain, ordinal, f"entry {ordinal} does not follow entry {ordinal - 1}")
        if entry.digest != _digest(chain, ordinal, entry.at, entry.payload, previous):
            return Fault(chain, ordinal, f"entry {ordinal} was changed after it was written")
        previous = entry.digest
    if (ordinal, previous) != (head or (0, GENESIS)):
        return Fault(chain, ordinal, f"the chain ends at entry {ordinal}, and its head says otherwise")
    return None


def _digest(chain: str, ordinal: int, at: str, payload: str, previous: str) -> str:
    # As a JSON list, no two different entries have the same text.
    text = json.dumps([chain, ordinal, at, payload, previous], separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()
