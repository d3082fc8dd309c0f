"""Keep addresses of databases under short names."""

from __future__ import annotations

import getpass
import sys
from typing import Annotated, Any

import typer

from connectors.probe import State, Step
from connectors.sql import split_password
from engine.catalog.store import CatalogError
from engine.commands import Verb
from engine.commands.session import Session, Source, read_descriptor
from engine.commands.status import Status, UsageError
from engine.keystore import vault_path
from engine.printing import table
from engine.roles import Role

RoleWord = Annotated[
    Role, typer.Argument(help="source: read-only, never a target; target; forbidden: never opened; or none.")
]
Name = Annotated[str, typer.Argument(help="A short name: letters, digits, '-', '_' and '.'.")]


def add(
    session: Session,
    name: Name,
    url: Annotated[str, typer.Argument(help="dialect://user@host:port/database; give the password when asked.")],
    role: Annotated[
        Role | None, typer.Option(help="source: read-only, never a target; target; forbidden: never opened.")
    ] = None,
    password_fd: Annotated[int | None, typer.Option(help="Read the password from this file descriptor.")] = None,
    ask: Annotated[bool, typer.Option("--ask-password", help="Ask for the password on this terminal.")] = False,
) -> None:
    """Save an address under a name; the password goes to the vault."""
    if "://" in name or not name.strip():
        raise UsageError("the name of a connection comes first, then its URL")
    address, in_url = split_password(url)
    password = _password(in_url, password_fd, ask)
    if password:
        # First: a connection that is saved without its password would fail later, for a reason nobody sees.
        session.keystore.save_password(name, password)
    saved = session.catalog.save_connection(name, address, role)
    if not password and vault_path(session.workspace.folder).exists():
        session.keystore.forget_password(name)
    kept = " Its password lies in the vault." if password else ""
    session.screen.show(
        {"name": saved.name, "url": saved.url, "role": saved.role.value, "password": password is not None},
        f"Saved {saved.name}: {saved.url}{_said(saved.role)}.{kept}",
    )


def role(session: Session, name: Name, role: RoleWord) -> None:
    """Say what a saved connection may be used for."""
    try:
        saved = session.catalog.set_role(name, role)
    except CatalogError as error:
        raise UsageError(str(error)) from None
    session.screen.show({"name": saved.name, "role": role.value}, f"{name}{_said(role) or ': no role'}.")


def _said(role: Role) -> str:
    words = {
        Role.NONE: "",
        Role.SOURCE: ", a source: read-only, never a target",
        Role.TARGET: ", a target",
        Role.FORBIDDEN: ", forbidden: nobody opens it",
    }
    return words[role]


def _password(in_url: str | None, descriptor: int | None, ask: bool) -> str | None:
    if descriptor is not None:
        return read_descriptor(descriptor)
    if not ask:
        return in_url
    if not sys.stdin.isatty():
        raise UsageError("there is no terminal to ask on; use --password-fd")
    return getpass.getpass("Password of the database: ")


def test(session: Session, connection: Source) -> int | None:
    """Test a connection step by step: name, port, encryption, login, and what this login may do."""
    steps = []
    for step in session.probe(connection):
        steps.append(step)
        if not session.screen.as_json:
            session.screen.show({}, _line(step))
    failed = next((step for step in steps if step.state is State.FAILED), None)
    data: dict[str, Any] = {"ok": failed is None, "url": session.safe(session.address(connection))}
    for step in steps:
        data |= step.facts
    data["steps"] = [
        {"name": s.name, "state": s.state.value, "sentence": s.sentence, "seconds": s.seconds} for s in steps
    ]
    if failed is not None:
        session.screen.say(failed.sentence)
        data["error"] = {"status": int(Status.FAILED), "message": failed.sentence}
    if session.screen.as_json:
        session.screen.show(data)
    return None if failed is None else Status.FAILED


def _line(step: Step) -> str:
    signs = {State.OK: "ok", State.WARN: "!", State.FAILED: "failed", State.SKIPPED: "-"}
    return f"{step.name:<9} {signs[step.state]:<6} {step.sentence}"


def list_(session: Session) -> None:
    """List the saved connections."""
    saved = session.catalog.connections()
    data = [{"name": each.name, "url": each.url, "role": each.role.value, "added": each.added} for each in saved]
    rows = [(each.name, each.role.value, each.url, each.added[:19]) for each in saved]
    shown = table(("name", "role", "url", "added"), rows) if rows else "No connection is saved yet."
    session.screen.show({"connections": data}, shown)


def remove(session: Session, name: Name) -> None:
    """Forget a saved connection and its password."""
    if not session.catalog.remove_connection(name):
        raise UsageError(f"there is no connection named {name!r}; `lookalike connect list` shows them")
    if vault_path(session.workspace.folder).exists():
        session.keystore.forget_password(name)
    session.screen.show({"removed": name}, f"Forgot {name}.")


VERBS: dict[str, Verb] = {"add": add, "role": role, "test": test, "list": list_, "remove": remove}
