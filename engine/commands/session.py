"""What every verb is given: workspace, vault, screen, and databases by URL or saved name; and the options that every verb takes."""

from __future__ import annotations

import getpass
import inspect
import os
import stat
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer

from connectors import open_database
from connectors.database import Database
from connectors.errors import UrlError
from connectors.probe import Step, probe
from connectors.sql import join_password, split_password
from engine.catalog.store import Catalog, CatalogError, SavedConnection, open_catalog
from engine.commands import Verb
from engine.commands.status import Status, UsageError
from engine.jobs.ledger import Ledger
from engine.keeper_moment import Keeping
from engine.keystore import KeyStore, open_keystore, vault_path
from engine.printing import Screen
from engine.roles import USES, Role, refuse_by_role
from engine.workspace import Workspace, open_workspace

Source = Annotated[str, typer.Argument(help="A SQLAlchemy URL, or the name of a saved connection.")]
SourceOption = Annotated[
    str, typer.Option("--source", "-s", help="A SQLAlchemy URL, or the name of a saved connection.")
]
TargetOption = Annotated[
    str, typer.Option("--target", "-t", help="A SQLAlchemy URL, or the name of a saved connection.")
]
PlanPath = Annotated[Path, typer.Argument(metavar="PLAN", help="The plan: a TOML file made by `lookalike plan`.")]


@dataclass(frozen=True)
class Session:
    """One call of one verb. What it holds is opened when first asked for."""

    screen: Screen
    folder: Path | None = None
    """Of the workspace; None: the user's own."""
    passphrase: Callable[[], str] | None = None
    """Gives the vault's passphrase; None where there is neither an option for it nor a terminal."""

    @cached_property
    def workspace(self) -> Workspace:
        try:
            return open_workspace(self.folder)
        except OSError as error:
            raise UsageError(f"the workspace {self.folder} cannot be opened: {error.strerror}") from None

    @cached_property
    def catalog(self) -> Catalog:
        return open_catalog(self.workspace.catalog)

    @cached_property
    def ledger(self) -> Ledger:
        return Ledger(self.workspace.jobs)

    @cached_property
    def keystore(self) -> KeyStore:
        return open_keystore(self.workspace.folder, self.passphrase)

    def url(self, text: str) -> str:
        """The address behind a URL or a saved connection's name, with the password that was saved beside it."""
        address = self.address(text)
        if "://" in text or not vault_path(self.workspace.folder).exists():
            return address
        password = self.keystore.password(text)
        return join_password(address, password) if password else address

    def address(self, text: str) -> str:
        """The same without the password that was saved: the vault stays closed."""
        if "://" in text:
            return text
        try:
            return self.catalog.connection(text).url
        except CatalogError as error:
            raise UsageError(f"{error}; a file is written sqlite:///path/to/file.db") from None

    def source(self, text: str) -> Database:
        """The database at a URL or under a saved name, to be read. Raises RoleError for a forbidden one."""
        return self._open(text, target=False)

    def target(self, text: str) -> Database:
        """The same, as a run's target. Raises RoleError for a forbidden one, and for a source."""
        return self._open(text, target=True)

    def probe(self, text: str) -> Iterator[Step]:
        """Test the connection step by step, for what its role wants of it. Raises RoleError for a forbidden one."""
        saved = self._saved()
        refuse_by_role(saved, self.address(text), target=False)
        role = next((each.role for each in saved if each.name == text), Role.NONE)
        return probe(self.url(text), use=USES[role])

    def _open(self, text: str, *, target: bool) -> Database:
        # There is no other way to a database from a verb: whoever opens one says which side it is for.
        refuse_by_role(self._saved(), self.address(text), target=target)
        return open_database(self.url(text))

    def _saved(self) -> Sequence[SavedConnection]:
        """The saved connections; none where nothing was ever saved, so that looking makes no catalog."""
        return self.catalog.connections() if self.workspace.catalog.exists() else ()

    def keeping(self, source: str, target: str, minutes: float) -> Keeping:
        """How a run keeps its moment; with the passwords that were typed into its addresses, for nobody else remembers them."""
        return Keeping(self.url(source), minutes, passwords=self.typed(source=source, target=target))

    def typed(self, **addresses: str) -> dict[str, str]:
        """The passwords in these addresses."""
        typed = {side: split_password(text)[1] for side, text in addresses.items() if "://" in text}
        return {side: word for side, word in typed.items() if word}

    def safe(self, text: str) -> str:
        """The same address for a screen or a record: without a password."""
        if "://" not in text:
            return text
        try:
            return split_password(text)[0]
        except UrlError:
            return "an address that cannot be read"


def callback(verb: Verb) -> Callable[..., None]:
    """The verb as Typer takes it: its own parameters, then the options that every verb has; its status becomes the exit status."""
    own = list(inspect.signature(verb).parameters.values())[1:]
    shared = list(inspect.signature(_session).parameters.values())

    def called(**values: Any) -> None:
        session = _session(**{option.name: values.pop(option.name) for option in shared})
        status = verb(session, **values)
        if status:
            raise typer.Exit(int(status))

    hints = get_type_hints(verb, include_extras=True) | get_type_hints(_session, include_extras=True)
    parameters = [
        part.replace(kind=inspect.Parameter.KEYWORD_ONLY, annotation=hints[part.name]) for part in (*own, *shared)
    ]
    called.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    called.__annotations__ = {part.name: part.annotation for part in parameters}
    called.__doc__ = verb.__doc__
    return called


def _session(
    workspace: Annotated[
        Path | None, typer.Option(help="Folder of catalog, vault and runs.", show_default="yours")
    ] = None,
    passphrase_fd: Annotated[
        int | None, typer.Option(help="Read the vault's passphrase from this file descriptor.")
    ] = None,
    passphrase_file: Annotated[Path | None, typer.Option(help="... from this file; it must be mode 0600.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> Session:
    """The options of every verb."""
    return Session(Screen(json), workspace, _passphrase(passphrase_fd, passphrase_file))


def _passphrase(descriptor: int | None, file: Path | None) -> Callable[[], str] | None:
    if descriptor is not None and file is not None:
        raise UsageError("give one of --passphrase-fd and --passphrase-file")
    if descriptor is not None:
        return _Once(lambda: read_descriptor(descriptor))
    if file is not None:
        check_private(file)
        return _Once(lambda: _read_passphrase(file))
    return _Once(lambda: getpass.getpass("Passphrase of the vault: ")) if sys.stdin and sys.stdin.isatty() else None


class _Once:
    """Asks once and remembers: a descriptor can be read one time only, and a person should be asked one time only."""

    def __init__(self, ask: Callable[[], str]) -> None:
        self._ask = ask
        self._answer: str | None = None

    def __call__(self) -> str:
        if self._answer is None:
            self._answer = self._ask()
        return self._answer


def read_descriptor(descriptor: int) -> str:
    """The first line of an inherited file descriptor."""
    try:
        with os.fdopen(descriptor, encoding="utf-8") as file:
            return _first_line(file.read())
    except OSError:
        raise UsageError(f"file descriptor {descriptor} is not open for reading") from None
    except UnicodeDecodeError:
        raise UsageError(f"what file descriptor {descriptor} gives is not UTF-8 text") from None


def _read_passphrase(file: Path) -> str:
    try:
        return _first_line(file.read_text("utf-8"))
    except OSError as error:
        raise UsageError(f"the passphrase file {file} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"the passphrase file {file} is not UTF-8 text") from None


def _first_line(text: str) -> str:
    return text.partition("\n")[0].rstrip("\r")


def check_private(file: Path) -> None:
    """Refuse a secret that others on this machine may read."""
    try:
        mode = stat.S_IMODE(file.stat().st_mode)
    except OSError as error:
        raise UsageError(f"the passphrase file {file} cannot be read: {error.strerror}") from None
    if os.name == "posix" and mode != 0o600:
        raise UsageError(f"the passphrase file {file} has mode {mode:04o}; only 0600 is taken: chmod 600 {file}")


def refused(session: Session, sentence: str) -> Status:
    """Say why policy does not allow it, and give the exit status of that."""
    session.screen.say(sentence)
    return Status.REFUSED
