"""Addresses of the Internet Protocol, versions 4 and 6."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_interface

import pyarrow as pa

from engine.profiling.detector import PatternDetector
from engine.profiling.facts import ColumnFacts
from engine.profiling.finding import Clue
from engine.profiling.naming import words_of

_PART = r"(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])"

RELEASES = frozenset(
    "version versie versione versao release rel build revision rev firmware fw sw software sftw patch".split()
)


class IpAddress(PatternDetector):
    """Four numbers below 256, or the colon notation, either with a network's length."""

    name = "ip_address"
    title = "IP address"
    entities = ("ip_address",)
    chance = 0.002
    lengths = (3, 50)
    letters = (0, 40)
    pattern = rf"^(?:(?:{_PART}\.){{3}}{_PART}(?:/[0-9]{{1,2}})?|[0-9a-fA-F:]*::?[0-9a-fA-F:]*:[0-9a-fA-F:.]*(?:/[0-9]{{1,3}})?)$"
    EXAMPLES = ("192.0.2.17", "10.0.0.0/8", "2001:db8::1", "fe80::1/64", "::1")
    COUNTEREXAMPLES = ("1.2.3", "300.1.2.3", "12:30:45", "1.2.3.4.5", "00:1a:2b:3c:4d:5e")

    def look(self, facts: ColumnFacts) -> Iterator[Clue]:
        # Releases of software are four numbers as well, and nothing but the name tells them apart.
        if RELEASES.isdisjoint(words_of(facts.column.name)):
            yield from super().look(facts)

    def match(self, texts: pa.Array) -> pa.Array:
        return pa.array(
            [
                bool(shaped) and _is_address(text)
                for shaped, text in zip(super().match(texts).to_pylist(), texts.to_pylist(), strict=True)
            ],
            pa.bool_(),
        )


def _is_address(text: str) -> bool:
    # A time of day and a network card's address are written with colons too.
    if "." in text and ":" not in text:
        return True
    try:
        ip_interface(text)
    except ValueError:
        return False
    return True
