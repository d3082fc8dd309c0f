"""The vault and the keys in it: kept, carried, rotated, destroyed; never opened by another passphrase, never silently changed."""

from __future__ import annotations

import json
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from keyring.backend import KeyringBackend

from engine import keystore, vault
from engine.domains import DomainSpec
from engine.keystore import KeyStore, open_keystore, vault_path
from engine.os_keyring import real_keyring
from engine.vault import VaultError


class MemoryKeyring(KeyringBackend):
    """A keyring as the operating system's: a dictionary in place of its store."""

    priority = 1.0

    def __init__(self) -> None:
        self.entries: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.entries[service, username] = password


@pytest.fixture(autouse=True)
def _no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keystore, "real_keyring", lambda: None)
    monkeypatch.setattr(vault, "real_keyring", lambda: None)


def _open(folder: Path, passphrase: str = "open sesame") -> KeyStore:
    return open_keystore(folder, lambda: passphrase)


@pytest.fixture
def store(tmp_path: Path) -> KeyStore:
    return _open(tmp_path)


def test_a_key_made_today_is_there_tomorrow(store: KeyStore, tmp_path: Path) -> None:
    """The same secret under the same name, and no other key in the list."""
    made = store.create("chinook")
    again = _open(tmp_path)
    assert again.names() == ("chinook",)
    assert again.get("chinook").identifier == made.identifier
    assert again.workspace_key("chunks") == store.workspace_key("chunks") != store.workspace_key("sketches")


def test_the_file_is_its_owners_alone_and_shows_neither_name_nor_secret(store: KeyStore, tmp_path: Path) -> None:
    """Mode 0600, and ciphertext but for the first line."""
    store.create("chinook")
    assert stat.S_IMODE(vault_path(tmp_path).stat().st_mode) == 0o600
    assert b"chinook" not in vault_path(tmp_path).read_bytes()
    assert "sesame" not in repr(store)


def test_a_wrong_passphrase_is_one_sentence(store: KeyStore, tmp_path: Path) -> None:
    """Also where a passphrase is missing or empty."""
    with pytest.raises(VaultError, match="passphrase is wrong or the file was changed"):
        _open(tmp_path, "guess")
    with pytest.raises(VaultError, match="needs its passphrase"):
        open_keystore(tmp_path)
    with pytest.raises(VaultError, match="passphrase is empty"):
        _open(tmp_path, "")


def test_a_changed_byte_anywhere_is_found(store: KeyStore, tmp_path: Path) -> None:
    """Header, nonce, content and tag."""
    path = vault_path(tmp_path)
    whole = path.read_bytes()
    header = whole.index(b"\n")
    for place in (header - 3, header + 2, header + 20, len(whole) - 1):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(VaultError):
            store.names()


@pytest.mark.parametrize(
    "change", [{"memory_kib": 2**40}, {"iterations": 10**9}, {"version": 2}, {"salt": "00"}, {"lanes": "4"}]
)
def test_a_header_that_asks_for_too_much_is_refused_before_any_work(
    store: KeyStore, tmp_path: Path, change: dict[str, object]
) -> None:
    """An edited header must cost neither hours nor all memory."""
    path = vault_path(tmp_path)
    header, _, sealed = path.read_bytes().partition(b"\n")
    path.write_bytes(json.dumps(json.loads(header) | change).encode() + b"\n" + sealed)
    with pytest.raises(VaultError, match="not a vault that this version can read"):
        _open(tmp_path)


def test_an_exported_key_masks_alike_elsewhere(store: KeyStore, tmp_path: Path) -> None:
    """With its domains; under the passphrase of the export and no other."""
    made = store.create("chinook")
    store.join_domain("chinook", DomainSpec("customer_id", "pseudonym", 1, "integer", 32))
    bundle = store.export("chinook", "for the trip")
    elsewhere = _open(tmp_path / "elsewhere")
    with pytest.raises(VaultError, match="passphrase is wrong"):
        elsewhere.import_(bundle, "guess")
    assert elsewhere.import_(bundle, "for the trip").identifier == made.identifier
    assert elsewhere.domains("chinook") == store.domains("chinook")
    assert elsewhere.import_(bundle, "for the trip").identifier == made.identifier


def test_another_key_of_the_same_name_is_not_overwritten(store: KeyStore, tmp_path: Path) -> None:
    """An import never loses a secret."""
    store.create("chinook")
    elsewhere = _open(tmp_path / "elsewhere")
    mine = elsewhere.create("chinook").identifier
    with pytest.raises(VaultError, match="another masking key is called 'chinook'"):
        elsewhere.import_(store.export("chinook", "trip"), "trip")
    assert elsewhere.get("chinook").identifier == mine


def test_rotation_keeps_the_old_secret_beside_the_new(store: KeyStore) -> None:
    """And the new one starts without domains."""
    first = store.create("k").identifier
    store.join_domain("k", DomainSpec("d", "pseudonym", 1, "integer", 32))
    second = store.rotate("k").identifier
    third = store.rotate("k").identifier
    assert len({first, second, third}) == 3
    assert [store.get(name).identifier for name in ("k@1", "k@2", "k")] == [first, second, third]
    assert dict(store.domains("k")) == {}
    assert set(store.domains("k@1")) == {"d"}


def test_a_destroyed_key_is_gone(store: KeyStore) -> None:
    """And asking for it says which keys there are."""
    store.create("one")
    store.create("two")
    store.destroy("one")
    with pytest.raises(VaultError, match=r"no masking key 'one' in this workspace \(known: two\)"):
        store.get("one")


@pytest.mark.parametrize("name", ["", "a@1", "../up", "a\nb", "x" * 65])
def test_names_that_would_mislead_are_refused(store: KeyStore, name: str) -> None:
    """`@` marks what rotation left."""
    with pytest.raises(VaultError, match="the name of a key"):
        store.create(name)


def test_a_taken_name_is_refused(store: KeyStore) -> None:
    """Creating never replaces."""
    store.create("k")
    with pytest.raises(VaultError, match="already"):
        store.create("k")


def test_two_writers_lose_nothing_of_each_other(store: KeyStore) -> None:
    """Every change is read, made and written under the lock."""
    names = [f"key {number}" for number in range(12)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(store.create, names))
    assert set(store.names()) == set(names)


def test_a_domain_conflict_changes_nothing(store: KeyStore) -> None:
    """A narrower column is an error, and what was agreed stays."""
    store.create("k")
    agreed = store.join_domain("k", DomainSpec("d", "pseudonym", 1, "integer", 32))
    assert agreed.problem is None
    refused = store.join_domain("k", DomainSpec("d", "pseudonym", 1, "integer", 16))
    assert refused.problem is not None
    assert refused.problem.code == "domain-narrower"
    assert store.domains("k")["d"].bits == 32


def test_with_a_keyring_no_passphrase_is_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The keyring holds the vault's key; without that keyring the vault stays shut, and says what to do."""
    keyring = MemoryKeyring()
    monkeypatch.setattr(keystore, "real_keyring", lambda: keyring)
    monkeypatch.setattr(vault, "real_keyring", lambda: keyring)
    made = open_keystore(tmp_path).create("chinook")
    assert open_keystore(tmp_path).get("chinook").identifier == made.identifier
    assert len(keyring.entries) == 1
    monkeypatch.setattr(vault, "real_keyring", lambda: None)
    with pytest.raises(VaultError, match="OS keyring that is not here"):
        open_keystore(tmp_path, lambda: "x")


def test_only_keyrings_of_the_operating_system_count() -> None:
    """Never a file in plain text, never a stand-in that fails on use."""
    found = real_keyring()
    assert found is None or type(found).__module__ in {
        "keyring.backends.macOS",
        "keyring.backends.Windows",
        "keyring.backends.SecretService",
        "keyring.backends.kwallet",
    }


def test_without_keyring_and_passphrase_nothing_is_made(tmp_path: Path) -> None:
    """One sentence, and no file."""
    with pytest.raises(VaultError, match="no OS keyring"):
        open_keystore(tmp_path)
    assert not vault_path(tmp_path).exists()
