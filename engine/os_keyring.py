"""The operating system's own keyring, where there is a real one."""

from __future__ import annotations

from importlib import import_module

from keyring.backend import KeyringBackend

SERVICE = "lookalike"

_REAL = (
    ("keyring.backends.macOS", "Keyring"),
    ("keyring.backends.Windows", "WinVaultKeyring"),
    ("keyring.backends.SecretService", "Keyring"),
    ("keyring.backends.kwallet", "DBusKeyring"),
)


def real_keyring() -> KeyringBackend | None:
    """The keyring of macOS, Windows or the desktop session; None without one.

    Asked for by class: the keyring package's own choice may be a plain-text file or a prompt on a terminal that is not there.
    """
    for module, name in _REAL:
        backend: type[KeyringBackend] = getattr(import_module(module), name)
        if backend.viable:
            return backend()
    return None
