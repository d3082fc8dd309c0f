"""Names in a portable target: as they are where they fit, else shortened or told apart."""

from __future__ import annotations

import hashlib

LIMITS = {"postgresql": 63, "mysql": 64, "mariadb": 64, "mssql": 128, "oracle": 128}
"""Longest identifier: bytes in PostgreSQL and Oracle, characters elsewhere; bytes are right for all."""


def fits(name: str, dialect: str) -> bool:
    return len(name.encode()) <= LIMITS.get(dialect, 1_000_000) and spelt(name, dialect) == name


def spelt(name: str, dialect: str) -> str:
    """The name without what this dialect allows in none: MySQL's hold no character beyond U+FFFF and no space at the end."""
    if dialect in ("mysql", "mariadb"):
        name = "".join(letter if letter <= "\uffff" else "_" for letter in name).rstrip(" ")
    return name if name or dialect == "sqlite" else "_"


class Names:
    """Gives each object of one namespace a name of its own, whatever the case."""

    def __init__(self, dialect: str) -> None:
        self._dialect = dialect
        self._limit = LIMITS.get(dialect, 1_000_000)
        self._taken: set[str] = set()

    def reserve(self, name: str) -> None:
        self._taken.add(name.lower())

    def free(self, name: str) -> bool:
        return name.lower() not in self._taken and len(name.encode()) <= self._limit

    def take(self, wanted: str, otherwise: str | None = None) -> str:
        """`wanted`, else `otherwise`, else one of them shortened or numbered: the same every time for the same schema."""
        wanted, otherwise = spelt(wanted, self._dialect), otherwise and spelt(otherwise, self._dialect)
        for name in (wanted, otherwise):
            if name and self.free(name):
                self.reserve(name)
                return name
        base, number = _shortened(wanted, self._limit - 4), 2
        name = base if base != wanted else f"{base}_{number}"
        while not self.free(name):
            number += 1
            name = f"{base}_{number}"
        self.reserve(name)
        return name


def _shortened(name: str, limit: int) -> str:
    if len(name.encode()) <= limit:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    return name.encode()[: limit - 9].decode(errors="ignore") + "_" + digest
