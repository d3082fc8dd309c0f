"""What a connection is wanted for."""

from __future__ import annotations

from enum import StrEnum


class Use(StrEnum):
    ANY = "any"
    READ = "read"
    WRITE = "write"
