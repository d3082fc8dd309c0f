"""What the window says when something did not work: one sentence with its place and remedy, whoever raised it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Why(StrEnum):
    """What a page may do about a fault, besides saying it."""

    PERSON = "person"
    """Something a person can mend: the sentence says how."""
    CANCELLED = "cancelled"
    """They asked for it."""
    LOCKED = "locked"
    """The vault needs its passphrase first."""
    LOST = "lost"
    """A server or the process behind the window went away: the same call may work again."""
    OURS = "ours"
    """A mistake of ours; the sentence is a crash report without data."""


@dataclass(frozen=True, slots=True)
class Fault:
    sentence: str
    why: Why = Why.PERSON
    table: str | None = None
    column: str | None = None
    line: int | None = None
    """Of the plan's file."""
    status: int = 1
    """As the command line would end."""

    def __str__(self) -> str:
        return self.sentence
