"""Saved connections: listed, saved with their role, removed, and tested step by step."""

from __future__ import annotations

from connectors.errors import UrlError
from connectors.probe import probe
from connectors.sql import join_password, parse_url, split_password
from desktop.backend.room import Call, Room
from desktop.models.connections import ConnectionView, Draft, StepView
from engine.catalog import SavedConnection
from engine.keystore import vault_path
from engine.roles import USES, Role, RoleError, Roles, refuse_by_role


def list(room: Room, call: Call) -> tuple[ConnectionView, ...]:
    """Every saved connection, by name, and what it may be used for."""
    saved = room.catalog.connections()
    roles, passwords = Roles(saved), _passwords(room)
    return tuple(_view(each, roles, passwords) for each in saved)


def save(room: Room, call: Call, draft: Draft) -> tuple[ConnectionView, ...]:
    """Save a connection, and its password in the vault; the list afterwards."""
    address, in_url = split_password(draft.url)
    password = draft.password if draft.password is not None else in_url
    if password is None and draft.password_of not in (None, draft.name):
        password = _kept_password(room, str(draft.password_of))
    # The vault first: a connection that is saved without its password would fail later, for a reason nobody sees.
    if password:
        room.keystore.save_password(draft.name, password)
    elif password == "" or draft.password_of is None:
        _forget_password(room, draft.name)
    room.catalog.save_connection(draft.name, address, draft.role)
    room.connections_changed()
    if draft.replaces not in (None, draft.name):
        return remove(room, call, str(draft.replaces))
    return list(room, call)


def remove(room: Room, call: Call, name: str) -> tuple[ConnectionView, ...]:
    """Forget a connection and its password; the list afterwards."""
    _forget_password(room, name)
    room.catalog.remove_connection(name)
    room.connections_changed()
    return list(room, call)


def test(room: Room, call: Call, draft: Draft) -> None:
    """Test what a form says, saved or not; tells each StepView. The roles that are saved count until another is."""
    address, in_url = split_password(draft.url)
    if draft.role is Role.FORBIDDEN:
        raise RoleError("a forbidden connection is never opened, not even for a test")
    refuse_by_role(room.catalog.connections(), address, target=False)
    password = draft.password if draft.password is not None else in_url
    if password is None and draft.password_of is not None:
        password = _kept_password(room, draft.password_of)
    url = join_password(address, password) if password else address
    for step in probe(url, use=USES[draft.role], check=call.control.check):
        call.tell(StepView(step.name, step.state.value, step.sentence, step.seconds))


def _kept_password(room: Room, name: str) -> str | None:
    """What the vault keeps for a connection. Raises VaultError while it is locked."""
    return room.keystore.password(name) if vault_path(room.workspace.folder).exists() else None


def _forget_password(room: Room, name: str) -> None:
    if vault_path(room.workspace.folder).exists():
        room.keystore.forget_password(name)


def _passwords(room: Room) -> frozenset[str] | None:
    """The connections that the vault keeps a password of; None while it is locked."""
    if not vault_path(room.workspace.folder).exists():
        return frozenset()
    return frozenset(room.keystore.passwords()) if room.unlocked else None


def _view(saved: SavedConnection, roles: Roles, passwords: frozenset[str] | None) -> ConnectionView:
    return ConnectionView(
        saved.name,
        saved.url,
        saved.role,
        None if passwords is None else saved.name in passwords,
        saved.url.partition(":")[0].partition("+")[0].lower(),
        _where(saved.url),
        saved.added,
        roles.refusal(saved.url, target=False) or "",
        roles.refusal(saved.url, target=True) or "",
    )


def _where(address: str) -> str:
    """Host, port and database, or the file."""
    try:
        url = parse_url(address)
    except UrlError:
        return address
    host = f"{url.host}:{url.port}" if url.port else url.host or ""
    return "/".join(part for part in (host, url.database or "") if part) if host else url.database or ""
