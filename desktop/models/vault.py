"""What keeps the workspace's secrets, and whether they can be read."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Keeps(StrEnum):
    """Who keeps the secret that opens the vault."""

    KEYRING = "keyring"
    """The operating system's own."""
    PASSPHRASE = "passphrase"
    """Nobody: a person types it."""


@dataclass(frozen=True, slots=True)
class VaultState:
    exists: bool
    keeps: Keeps
    open: bool
