"""The masking keys of a workspace, with the domains agreed under each and what is spent of each population, in its vault."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from filelock import FileLock, Timeout

from engine.domains import DomainSpec, Joined, from_data, join, to_data
from engine.keys import SECRET_BYTES, MaskingKey
from engine.os_keyring import real_keyring
from engine.privacy.anchor import Anchors, anchors_data, anchors_of, united
from engine.problems import Severity
from engine.vault import Passphrase, Vault, VaultError, create_vault, lock_bundle, open_vault, unlock_bundle
from engine.workspace import PRIVATE_FILE, private_folder

_NAME = re.compile(r"[^\W_][\w .-]{0,63}\Z")
_LOCK_SECONDS = 30.0
_Result = TypeVar("_Result")


class KeyStore:
    """An open key store. Every change is read, made and written under a lock: two processes lose nothing of each other's."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def __repr__(self) -> str:
        return f"KeyStore({str(self._vault.path)!r})"

    def names(self) -> tuple[str, ...]:
        """Every key, `name@1`, `name@2`... being what rotation replaced."""
        return tuple(sorted(self._read()["keys"]))

    def get(self, name: str) -> MaskingKey:
        """The key of that name. Raises VaultError where there is none."""
        return MaskingKey(name, bytes.fromhex(_entry(self._read(), name)["secret"]))

    def create(self, name: str) -> MaskingKey:
        """A new random key. Raises VaultError where the name is taken or no name."""
        if not _NAME.match(name):
            raise VaultError(
                "the name of a key starts with a letter or digit and holds letters, digits, spaces, '.', '_' and '-'"
            )
        return self._change(lambda content: _add(content, name, os.urandom(SECRET_BYTES)))

    def rotate(self, name: str) -> MaskingKey:
        """A new secret under the same name, with no domains yet. The old one stays as `name@1`, for the runs made with it."""

        def change(content: dict[str, Any]) -> MaskingKey:
            old = _entry(content, name)
            turn = next(turn for turn in range(1, len(content["keys"]) + 2) if f"{name}@{turn}" not in content["keys"])
            content["keys"][f"{name}@{turn}"] = old
            del content["keys"][name]
            return _add(content, name, os.urandom(SECRET_BYTES))

        return self._change(change)

    def destroy(self, name: str) -> None:
        """Forget a key: what it masked can never be matched again."""

        def change(content: dict[str, Any]) -> None:
            _entry(content, name)
            del content["keys"][name]

        self._change(change)

    def export(self, name: str, passphrase: str) -> bytes:
        """One key with its domains and what is spent of every population, sealed under a passphrase of its own."""
        content = self._read()
        carried = {"version": 1, "name": name, **_entry(content, name), "populations": content.get("populations", {})}
        return lock_bundle(json.dumps(carried).encode(), passphrase)

    def import_(self, bundle: bytes, passphrase: str) -> MaskingKey:
        """Take in an exported key. Raises VaultError where another key has its name or the bundle does not open."""
        data = json.loads(unlock_bundle(bundle, passphrase))
        name, entry = data["name"], {"secret": data["secret"], "domains": data["domains"]}

        def change(content: dict[str, Any]) -> MaskingKey:
            known = content["keys"].get(name)
            if known is not None and known["secret"] != entry["secret"]:
                raise VaultError(f"another masking key is called {name!r} here: rotate or destroy it first")
            content["keys"][name] = (
                entry if known is None else {**known, "domains": {**entry["domains"], **known["domains"]}}
            )
            for population, brought in data.get("populations", {}).items():
                _unite(content, population, brought)
            return MaskingKey(name, bytes.fromhex(entry["secret"]))

        return self._change(change)

    def domains(self, name: str) -> Mapping[str, DomainSpec]:
        """What is agreed about each domain under this key."""
        return {domain: from_data(data) for domain, data in _entry(self._read(), name)["domains"].items()}

    def join_domain(self, name: str, wanted: DomainSpec) -> Joined:
        """Agree on a domain, or hold new columns to what was agreed. Nothing is changed where the outcome is an error."""

        def change(content: dict[str, Any]) -> Joined:
            domains = _entry(content, name)["domains"]
            known = domains.get(wanted.name)
            joined = join(from_data(known) if known is not None else None, wanted)
            if joined.problem is None or joined.problem.severity is not Severity.ERROR:
                domains[wanted.name] = to_data(joined.spec)
            return joined

        return self._change(change)

    def populations(self) -> Mapping[str, Anchors]:
        """What is spent of each population, by this workspace and by those whose keys were imported."""
        return {name: anchors_of(data) for name, data in self._read().get("populations", {}).items()}

    def anchored(self, population: str, change: Callable[[Anchors], tuple[Anchors, _Result]]) -> _Result:
        """Change what is known of a population, while nobody else can. It survives the rotation and the loss of every key."""

        def changed(content: dict[str, Any]) -> _Result:
            known = content.setdefault("populations", {})
            anchors, result = change(anchors_of(known.get(population, {})))
            known[population] = anchors_data(anchors)
            return result

        return self._change(changed)

    def save_password(self, connection: str, password: str) -> None:
        """Keep the password of a saved connection."""
        self._change(lambda content: content.setdefault("passwords", {}).update({connection: password}))

    def password(self, connection: str) -> str | None:
        """The password of a saved connection; None where none was saved."""
        passwords: dict[str, str] = self._read().get("passwords", {})
        return passwords.get(connection)

    def passwords(self) -> tuple[str, ...]:
        """The saved connections that have one."""
        return tuple(self._read().get("passwords", {}))

    def forget_password(self, connection: str) -> None:
        """Forget it, if there is one."""
        self._change(lambda content: content.get("passwords", {}).pop(connection, None))

    def workspace_key(self, purpose: str) -> bytes:
        """32 bytes that seal this workspace's own files, an independent key for each purpose."""
        secret = bytes.fromhex(self._read()["workspace"])
        return HKDFExpand(SHA256(), 32, f"lookalike/v1/workspace/{purpose}".encode()).derive(secret)

    def _read(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads(self._vault.read())
        return content

    def _change(self, change: Callable[[dict[str, Any]], _Result]) -> _Result:
        with _locked(self._vault.path):
            content = self._read()
            before = json.dumps(content)
            result = change(content)
            if (after := json.dumps(content)) != before:
                self._vault.write(after.encode())
        return result


def vault_path(workspace: Path) -> Path:
    return workspace / "vault"


def open_keystore(workspace: Path, passphrase: Passphrase | None = None) -> KeyStore:
    """The key store of a workspace, made on first use: under the OS keyring where there is a real one, else under a passphrase.

    `passphrase` is called only when one is needed. Raises VaultError.
    """
    path = vault_path(private_folder(workspace))
    if path.exists():
        return KeyStore(open_vault(path, passphrase))
    with _locked(path):
        if path.exists():
            return KeyStore(open_vault(path, passphrase))
        content = json.dumps({"version": 1, "workspace": os.urandom(SECRET_BYTES).hex(), "keys": {}})
        return KeyStore(create_vault(path, content.encode(), passphrase, real_keyring()))


def _locked(path: Path) -> FileLock:
    return _VaultLock(str(path) + ".lock", timeout=_LOCK_SECONDS, mode=PRIVATE_FILE)


class _VaultLock(FileLock):
    """The lock beside the vault; a sentence where somebody holds it for too long."""

    def acquire(self, *arguments: Any, **options: Any) -> Any:
        try:
            return super().acquire(*arguments, **options)
        except Timeout:
            raise VaultError(f"another process has held {self.lock_file} for {_LOCK_SECONDS:.0f} seconds") from None


def _entry(content: dict[str, Any], name: str) -> dict[str, Any]:
    entry: dict[str, Any] | None = content["keys"].get(name)
    if entry is None:
        known = ", ".join(sorted(content["keys"])) or "none"
        raise VaultError(
            f"there is no masking key {name!r} in this workspace (known: {known}); make it with `lookalike key new {name}`"
        )
    return entry


def _unite(content: dict[str, Any], population: str, brought: dict[str, Any]) -> None:
    known = content.setdefault("populations", {})
    known[population] = anchors_data(united(anchors_of(known.get(population, {})), anchors_of(brought)))


def _add(content: dict[str, Any], name: str, secret: bytes) -> MaskingKey:
    if name in content["keys"]:
        raise VaultError(f"there is a masking key {name!r} already")
    content["keys"][name] = {"secret": secret.hex(), "domains": {}}
    return MaskingKey(name, secret)
