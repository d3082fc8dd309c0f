"""The vault as the window shows it: whether there is one, what opens it, and opening it."""

from __future__ import annotations

from desktop.backend.room import Call, Room
from desktop.models.vault import Keeps, VaultState
from engine.keystore import vault_path
from engine.os_keyring import real_keyring


def state(room: Room, call: Call) -> VaultState:
    """What stands between the window and the workspace's secrets."""
    keyring = real_keyring() is not None
    return VaultState(
        vault_path(room.workspace.folder).exists(), Keeps.KEYRING if keyring else Keeps.PASSPHRASE, room.unlocked
    )


def unlock(room: Room, call: Call, passphrase: str) -> VaultState:
    """Open the vault, or make a new one under this passphrase."""
    room.unlock(passphrase)
    return state(room, call)
