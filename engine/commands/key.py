"""Make, list, carry and destroy masking keys."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path
from typing import Annotated

import typer

from engine.commands import Verb
from engine.commands.session import Session, read_descriptor
from engine.commands.status import UsageError
from engine.printing import table
from engine.workspace import write_private

Name = Annotated[str, typer.Argument(help="The name that plans know the key by.")]
BundleFd = Annotated[
    int | None, typer.Option(help="Read the passphrase of the exported key from this file descriptor.")
]


def new(session: Session, name: Name) -> None:
    """Make a new masking key. `run` makes the one that its plan names by itself."""
    key = session.keystore.create(name)
    session.screen.show({"name": key.name, "identifier": key.identifier}, f"Made key {key.name} ({key.identifier}).")


def list_(session: Session) -> None:
    """List the masking keys, by name and public identifier."""
    keys = [session.keystore.get(name) for name in session.keystore.names()]
    data = [
        {"name": key.name, "identifier": key.identifier, "domains": sorted(session.keystore.domains(key.name))}
        for key in keys
    ]
    rows = [(each["name"], each["identifier"], len(each["domains"])) for each in data]
    session.screen.show(
        {"keys": data}, table(("key", "identifier", "domains"), rows) if rows else "There is no key yet."
    )


def export(
    session: Session,
    name: Name,
    file: Annotated[Path, typer.Option("--output", "-o", help="The file to write; it must not exist yet.")],
    bundle_fd: BundleFd = None,
) -> None:
    """Write a key with its domains to a file, sealed under a passphrase of its own."""
    if file.exists():
        raise UsageError(f"{file} exists already")
    bundle = session.keystore.export(name, _bundle_passphrase(bundle_fd, confirm=True))
    try:
        write_private(file, bundle)
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {error.strerror}") from None
    session.screen.show({"name": name, "file": str(file)}, f"Wrote key {name} to {file}, sealed under its passphrase.")


def import_(
    session: Session,
    file: Annotated[Path, typer.Argument(help="A file that `lookalike key export` wrote.")],
    bundle_fd: BundleFd = None,
) -> None:
    """Take in a key that was exported elsewhere."""
    try:
        bundle = file.read_bytes()
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}") from None
    key = session.keystore.import_(bundle, _bundle_passphrase(bundle_fd, confirm=False))
    session.screen.show({"name": key.name, "identifier": key.identifier}, f"Took in key {key.name} ({key.identifier}).")


def rotate(session: Session, name: Name) -> None:
    """Replace a key's secret: later runs mask differently. The old one stays as NAME@1."""
    key = session.keystore.rotate(name)
    session.screen.show(
        {"name": key.name, "identifier": key.identifier},
        f"Key {key.name} is new ({key.identifier}); the old one stays for the runs made with it: `lookalike key list`.",
    )


def destroy(
    session: Session,
    name: Name,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask: what it masked can never be matched again.")] = False,
) -> None:
    """Forget a key for ever: what it masked can never be matched again."""
    session.keystore.get(name)
    if not yes:
        _confirm(name)
    session.keystore.destroy(name)
    session.screen.show({"destroyed": name}, f"Key {name} is gone.")


def _confirm(name: str) -> None:
    if not sys.stdin.isatty():
        raise UsageError("destroying a key cannot be undone: say --yes")
    if typer.prompt(f"What {name} masked can never be matched again. Type its name to destroy it") != name:
        raise typer.Abort


def _bundle_passphrase(descriptor: int | None, confirm: bool) -> str:
    if descriptor is not None:
        return read_descriptor(descriptor)
    if not sys.stdin.isatty():
        raise UsageError("there is no terminal to ask for the exported key's passphrase; use --bundle-fd")
    passphrase = getpass.getpass("Passphrase of the exported key: ")
    if confirm and getpass.getpass("Once more: ") != passphrase:
        raise UsageError("the two passphrases differ")
    return passphrase


VERBS: dict[str, Verb] = {
    "new": new, "list": list_, "export": export, "import": import_, "rotate": rotate, "destroy": destroy,
}  # fmt: skip
