"""What the verbs that take a plan share: reading it, and the key that it names."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from engine.commands.session import Session
from engine.commands.status import UsageError
from engine.domains import DomainSpec
from engine.keys import MaskingKey
from engine.keystore import vault_path
from engine.runs import Office, PlanFile, masking_key, read_plan_file
from engine.vault import VaultError


def plan_file(path: Path) -> PlanFile:
    """The plan at this path with its lock."""
    try:
        return read_plan_file(path)
    except OSError as error:
        raise UsageError(f"{error.filename or path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"the plan {path} is not UTF-8 text") from None


def key_of(session: Session, file: PlanFile) -> MaskingKey:
    """The masking key that the plan names, made at first use."""
    return masking_key(session.keystore, file.plan.key)


def known_key(session: Session, file: PlanFile) -> MaskingKey:
    """The masking key that the plan names. Raises VaultError where this workspace does not have it."""
    if not vault_path(session.workspace.folder).exists():
        raise VaultError(f"this workspace has no masking key yet, and the plan names {file.plan.key!r}")
    return session.keystore.get(file.plan.key)


def agreed_domains(session: Session, key: str) -> Mapping[str, DomainSpec]:
    """What is agreed under this key; nothing where there is no vault or no such key yet, or nobody gave a passphrase to look.

    Raises VaultError where the passphrase that was given does not open the vault.
    """
    if not vault_path(session.workspace.folder).exists():
        return {}
    try:
        store = session.keystore
    except VaultError:
        if session.passphrase is None:
            return {}
        raise
    return store.domains(key) if key in store.names() else {}


def office(session: Session) -> Office:
    return Office(session.workspace, session.catalog, session.keystore)
