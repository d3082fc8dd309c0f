"""What the program is made of."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Package:
    """An installed package of others, and what it says of its licence."""

    name: str
    version: str
    licence: str
