"""Keep addresses of databases under short names."""

from __future__ import annotations

import getpass
import sys
from typing import Annotated

import typer

from connectors.sql import split_password
from engine.commands import Verb
from engine.commands.session import Session, Source, read_descriptor
from engine.commands.status import UsageError
from engine.keystore import vault_path
from engine.printing import table

Name = Annotated[str, typer.Argument(help="A short name: letters, digits, '-', '_' and '.'.")]


def add(
    session: Session,
    name: Name,
    url: Annotated[str, typer.Argument(help="dialect://user@host:port/database; give the password when asked.")],
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
    saved = session.catalog.save_connection(name, address)
    if not password and vault_path(session.workspace.folder).exists():
        session.keystore.forget_password(name)
    kept = " Its password lies in the vault." if password else ""
    session.screen.show(
        {"name": saved.name, "url": saved.url, "password": password is not None},
        f"Saved {saved.name}: {saved.url}.{kept}",
    )


def _password(in_url: str | None, descriptor: int | None, ask: bool) -> str | None:
    if descriptor is not None:
        return read_descriptor(descriptor)
    if not ask:
        return in_url
    if not sys.stdin.isatty():
        raise UsageError("there is no terminal to ask on; use --password-fd")
    return getpass.getpass("Password of the database: ")


def test(session: Session, connection: Source) -> None:
    """Connect, and say who answered and what this login may do."""
    with session.open(connection) as database:
        schema, identity, rights = database.describe(), database.identity(), database.may_write()
        data = {
            "ok": True,
            "url": database.url,
            "dialect": database.dialect,
            "server": identity.server,
            "database": identity.database,
            "tables": len(schema.tables),
            "may_write": list(rights),
        }
    may = (
        f"It may write ({', '.join(rights)}): fit for a target; a source wants a reader."
        if rights
        else "It may only read."
    )
    session.screen.show(data, f"{data['url']} answers: {data['dialect']}, {data['tables']} tables. {may}")


def list_(session: Session) -> None:
    """List the saved connections."""
    saved = session.catalog.connections()
    data = {"connections": [{"name": each.name, "url": each.url, "added": each.added} for each in saved]}
    rows = [(each.name, each.url, each.added[:19]) for each in saved]
    session.screen.show(data, table(("name", "url", "added"), rows) if rows else "No connection is saved yet.")


def remove(session: Session, name: Name) -> None:
    """Forget a saved connection and its password."""
    if not session.catalog.remove_connection(name):
        raise UsageError(f"there is no connection named {name!r}; `lookalike connect list` shows them")
    if vault_path(session.workspace.folder).exists():
        session.keystore.forget_password(name)
    session.screen.show({"removed": name}, f"Forgot {name}.")


VERBS: dict[str, Verb] = {"add": add, "test": test, "list": list_, "remove": remove}
