"""The vault file: everything secret of a workspace, sealed under a key that a passphrase or the OS keyring gives.

A first line says how it is unlocked and is authenticated together with the content:

    {"format": "lookalike-vault", "version": 1, "id": ..., "unlock": "passphrase", "salt": ..., "memory_kib": ..., ...}

A passphrase becomes a key by Argon2id (RFC 9106). With a keyring, the keyring holds 32 random bytes under the vault's id.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from keyring.backend import KeyringBackend
from keyring.errors import KeyringError

from engine.os_keyring import SERVICE, real_keyring
from engine.sealed import SealError, seal, unseal
from engine.workspace import write_private

Passphrase = Callable[[], str]

_FORMAT = "lookalike-vault"
_SALT = 16
# RFC 9106, section 4, second recommended option: t = 3, 64 MiB, 4 lanes.
_ITERATIONS, _MEMORY_KIB, _LANES = 3, 64 * 1024, 4
_MOST_MEMORY_KIB, _MOST_ITERATIONS = 1024 * 1024, 64


class VaultError(Exception):
    """The vault cannot be opened or written, in one sentence."""


class VaultLocked(VaultError):
    """Nobody has given its passphrase yet."""


@dataclass(frozen=True, slots=True)
class Vault:
    """An unlocked vault: its place, its header line and the key that seals it."""

    path: Path
    header: bytes
    key: bytes

    def __repr__(self) -> str:
        return f"Vault({str(self.path)!r})"

    def read(self) -> bytes:
        """The content. Raises VaultError where the passphrase is wrong or a byte was changed."""
        header, _, sealed = _file(self.path).partition(b"\n")
        try:
            if header != self.header:
                raise SealError
            return unseal(sealed, self.key, header)
        except SealError:
            what = (
                "the passphrase is wrong or the file was changed"
                if _unlock(header) == "passphrase"
                else "the file was changed"
            )
            raise VaultError(f"the vault {self.path} does not open: {what}") from None

    def write(self, content: bytes) -> None:
        """Replace the content at once; the file is its owner's alone (0600)."""
        try:
            write_private(self.path, self.header + b"\n" + seal(content, self.key, self.header))
            _flush(self.path)
        except OSError as error:
            raise VaultError(f"the vault {self.path} cannot be written: {error.strerror}") from None


def create_vault(path: Path, content: bytes, passphrase: Passphrase | None, keyring: KeyringBackend | None) -> Vault:
    """A new vault, unlocked by the keyring where there is a real one, else by the passphrase."""
    identifier = os.urandom(16).hex()
    if keyring is not None:
        vault = _create_with_keyring(path, identifier, keyring)
    elif passphrase is not None:
        header = _line(identifier, "passphrase", **_new_costs())
        vault = Vault(path, header, passphrase_key(passphrase(), json.loads(header)))
    else:
        raise VaultError(
            "this machine has no OS keyring: give a passphrase for the vault (--passphrase-file or --passphrase-fd)"
        )
    vault.write(content)
    return vault


def open_vault(path: Path, passphrase: Passphrase | None, keyring: KeyringBackend | None = None) -> Vault:
    """Unlock an existing vault. Raises VaultError."""
    header = _file(path).partition(b"\n")[0]
    fields = _fields(path, header)
    if fields["unlock"] == "keyring":
        vault = Vault(path, header, _keyring_key(path, fields["id"], keyring or real_keyring()))
    elif passphrase is not None:
        vault = Vault(path, header, passphrase_key(passphrase(), fields))
    else:
        raise VaultLocked(f"the vault {path} needs its passphrase (--passphrase-file or --passphrase-fd)")
    vault.read()
    return vault


def passphrase_key(passphrase: str, costs: dict[str, Any]) -> bytes:
    """Argon2id of a passphrase with the salt and costs of a header. Raises VaultError for an empty one."""
    if not passphrase:
        raise VaultError("the passphrase is empty")
    return Argon2id(
        salt=bytes.fromhex(costs["salt"]),
        length=32,
        iterations=costs["iterations"],
        lanes=costs["lanes"],
        memory_cost=costs["memory_kib"],
    ).derive(passphrase.encode())


def lock_bundle(content: bytes, passphrase: str) -> bytes:
    """Content sealed under a passphrase alone, to carry elsewhere: the same format as a vault."""
    header = _line(os.urandom(16).hex(), "passphrase", **_new_costs())
    return header + b"\n" + seal(content, passphrase_key(passphrase, json.loads(header)), header)


def unlock_bundle(bundle: bytes, passphrase: str) -> bytes:
    """The content of a bundle. Raises VaultError."""
    header, _, sealed = bundle.partition(b"\n")
    fields = _fields(Path("bundle"), header)
    if fields["unlock"] != "passphrase":
        raise VaultError("this file is a vault of another machine, not an exported key")
    try:
        return unseal(sealed, passphrase_key(passphrase, fields), header)
    except SealError:
        raise VaultError("the exported key does not open: the passphrase is wrong or the file was changed") from None


def _flush(path: Path) -> None:
    """To the disk itself: what it says is spent must survive the machine."""
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _create_with_keyring(path: Path, identifier: str, keyring: KeyringBackend) -> Vault:
    key = os.urandom(32)
    try:
        keyring.set_password(SERVICE, identifier, key.hex())
    except KeyringError as error:
        raise VaultError(f"the OS keyring refused a new entry ({type(error).__name__})") from None
    return Vault(path, _line(identifier, "keyring"), key)


def _keyring_key(path: Path, identifier: str, keyring: KeyringBackend | None) -> bytes:
    try:
        found = keyring.get_password(SERVICE, identifier) if keyring is not None else None
    except KeyringError as error:
        raise VaultError(f"the OS keyring is locked or does not answer ({type(error).__name__})") from None
    if found is None:
        raise VaultError(
            f"the vault {path} is unlocked by an OS keyring that is not here: export its keys there, import them here"
        )
    return bytes.fromhex(found)


def _new_costs() -> dict[str, Any]:
    return {"salt": os.urandom(_SALT).hex(), "iterations": _ITERATIONS, "memory_kib": _MEMORY_KIB, "lanes": _LANES}


def _line(identifier: str, unlock: str, **costs: Any) -> bytes:
    return json.dumps({"format": _FORMAT, "version": 1, "id": identifier, "unlock": unlock, **costs}).encode()


def _unlock(header: bytes) -> object:
    try:
        return json.loads(header).get("unlock")
    except (ValueError, AttributeError):
        return None


def _file(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise VaultError(f"the vault {path} cannot be read: {error.strerror}") from None


def _fields(path: Path, header: bytes) -> dict[str, Any]:
    """The header's fields, held against what this version knows before any of them is used."""
    try:
        fields: dict[str, Any] = json.loads(header)
        known = fields["format"] == _FORMAT and fields["version"] == 1 and bytes.fromhex(fields["id"])
        if fields["unlock"] == "passphrase":
            # An edited header must not make the machine spend hours or all of its memory before the tag is compared.
            known = (
                known
                and 8 <= fields["memory_kib"] <= _MOST_MEMORY_KIB
                and 1 <= fields["iterations"] <= _MOST_ITERATIONS
            )
            known = known and 1 <= fields["lanes"] <= 64 and len(bytes.fromhex(fields["salt"])) >= _SALT
    except (ValueError, KeyError, TypeError):
        known = False
    if not known:
        raise VaultError(f"{path} is not a vault that this version can read")
    return fields
