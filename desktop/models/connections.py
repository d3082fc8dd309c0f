"""Saved connections as pages show them: what each may be used for, in words, and what a person may do with it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from desktop.models.addresses import BY_NAME, Address
from desktop.models.grid import Cell, ListGrid
from desktop.theme.tokens import Tone
from engine.roles import Role as Role

ROLE_WORDS = {
    Role.NONE: "No role",
    Role.SOURCE: "Source",
    Role.TARGET: "Target",
    Role.FORBIDDEN: "Forbidden",
}
ROLE_TONES = {Role.NONE: Tone.PLAIN, Role.SOURCE: Tone.ACCENT, Role.TARGET: Tone.GOOD, Role.FORBIDDEN: Tone.BAD}
ROLE_MEANS = {
    Role.NONE: "It may be read, and it may be a target.",
    Role.SOURCE: "Read-only: it is never a target, whoever orders the run.",
    Role.TARGET: "It may be written over. It may also be read.",
    Role.FORBIDDEN: "Production that nobody may touch: it is never opened, not even for a test.",
}
DIALECT_WORDS = {
    "postgresql": "PostgreSQL",
    "mysql": "MySQL",
    "mariadb": "MariaDB",
    "sqlite": "SQLite",
    "mssql": "SQL Server",
    "oracle": "Oracle",
}


@dataclass(frozen=True, slots=True)
class ConnectionView:
    """One saved connection."""

    name: str
    url: str
    """Without its password."""
    role: Role
    has_password: bool | None
    """Does the vault keep one? None: the vault is locked, so nobody knows."""
    dialect: str
    """`postgresql`, `mariadb`..., as its address says."""
    where: str = ""
    """Host, port and database, or the file: short, for a list."""
    added: str = ""
    not_source: str = ""
    """Why it may not be read, in one sentence; empty where it may."""
    not_target: str = ""
    """Why it may not be a target: its own role, or that of the same database under another name."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A connection as its form says it: to be tested or saved."""

    name: str
    url: str
    role: Role
    password: str | None = field(default=None, repr=False)
    """None: the one that the vault keeps for `password_of`."""
    replaces: str | None = None
    """The saved connection that this one was; it goes where the name is another."""
    password_of: str | None = None


@dataclass(frozen=True, slots=True)
class StepView:
    """One step of a test, done."""

    name: str
    state: str
    """`ok`, `warn`, `failed`, `skipped`."""
    sentence: str
    seconds: float


STEP_WORDS = {
    "dns": "Name",
    "tcp": "Network",
    "tls": "Encryption",
    "login": "Login",
    "version": "Version",
    "tables": "Tables",
    "rights": "Rights",
    "file": "File",
    "readable": "Readable",
    "database": "Database",
}
STEP_TONES = {"ok": Tone.GOOD, "warn": Tone.CAUTION, "failed": Tone.BAD, "skipped": Tone.PLAIN}
STEPS_OF_SERVER = ("dns", "tcp", "tls", "login", "version", "tables", "rights")
STEPS_OF_FILE = ("file", "readable", "database", "version", "tables", "rights")


@dataclass(frozen=True, slots=True)
class Wrong:
    """Something in the form that a person has to mend first."""

    field: str
    sentence: str


_PORT_MOST = 65_535


def wrong_in(name: str, address: Address, taken: Collection[str]) -> Wrong | None:
    """The first mistake in a form, before anybody is asked; `taken`: the names of other connections."""
    if not name.strip():
        return Wrong("name", "Give the connection a name.")
    if "://" in name:
        return Wrong("name", "A name is not an address: it holds no ://.")
    if name in taken:
        return Wrong("name", "Another connection has this name: choose another one.")
    if BY_NAME[address.dialect].file:
        return None if address.database.strip() else Wrong("database", "Choose the SQLite file.")
    if address.port and not (address.port.isascii() and address.port.isdigit() and 0 < int(address.port) <= _PORT_MOST):
        return Wrong("port", "A port is a number from 1 to 65535.")
    socket = any(word in ("host", "unix_socket", "service") for word, _ in address.more)
    if not address.host.strip() and not socket:
        return Wrong("host", "Give the host: the name or address of the server.")
    if set(address.host) & set("@/? "):
        return Wrong("host", "A host has no space, @, / or ? in its name.")
    service = any(word in ("service", "service_name", "sid") for word, _ in address.more)
    if not address.database.strip() and not service:
        return Wrong("database", "Give the name of the database.")
    return None


def free_name(name: str, taken: Collection[str]) -> str:
    """A name for a copy."""
    names = (f"{name} {turn}" for turn in count(2))
    return next(each for each in names if each not in taken)


def loosened(before: Role, after: Role) -> bool:
    """May the database be written after this, and might not before?"""
    return after.may_be_target and not before.may_be_target


@dataclass(frozen=True, slots=True)
class LastTest:
    """How the last test of an address ended."""

    url: str
    at: str
    """ISO 8601."""
    state: str
    sentence: str


def summary(steps: Sequence[StepView]) -> tuple[str, str]:
    """State and sentence of a whole test: what failed, else what somebody should know, else that it works."""
    for state in ("failed", "warn"):
        found = [step for step in steps if step.state == state]
        if found:
            return state, found[0].sentence
    return "ok", "Everything answers."


PASSWORD_WORDS = {True: "Vault", False: "None", None: "Locked"}
TEST_WORDS = {"ok": "Works", "warn": "See the test", "failed": "Failed"}


def grid_of(connections: Sequence[ConnectionView], tests: Mapping[str, LastTest]) -> ListGrid:
    """The list of saved connections."""
    return ListGrid(
        ("Name", "Role", "Last test", "Password", "Address"),
        tuple(_row(each, tests.get(each.name)) for each in connections),
    )


def _row(each: ConnectionView, test: LastTest | None) -> tuple[Cell | str, ...]:
    tested = Cell("Not yet") if test is None or test.url != each.url else _tested(test)
    return (
        each.name,
        Cell(ROLE_WORDS[each.role], ROLE_TONES[each.role], ROLE_MEANS[each.role]),
        tested,
        PASSWORD_WORDS[each.has_password],
        Cell(f"{DIALECT_WORDS.get(each.dialect, each.dialect)} · {each.where}", tip=each.url),
    )


def _tested(test: LastTest) -> Cell:
    tip = f"{test.at[:16].replace('T', ' ')}: {test.sentence}"
    return Cell(TEST_WORDS[test.state], STEP_TONES[test.state], tip)


def vault_words(*, keyring: bool, exists: bool, open: bool) -> tuple[str, Tone, bool]:
    """Where passwords lie, in what tone, and whether there is something to unlock."""
    if keyring:
        return "Passwords lie in this workspace's vault, which the keyring of this machine opens.", Tone.PLAIN, False
    if not exists:
        said = (
            "This machine has no keyring: the first password that you save asks for a passphrase, and goes to a vault."
        )
        return said, Tone.PLAIN, False
    if not open:
        return "The vault is locked: passwords in it are not used until you unlock it.", Tone.CAUTION, True
    return (
        "Passwords lie in this workspace's vault, under your passphrase. It is open while this window is.",
        Tone.PLAIN,
        False,
    )


def last_tests(kept: Mapping[str, Any]) -> dict[str, LastTest]:
    """Last tests, as the settings remember them; none where they hold something else."""
    try:
        return {name: LastTest(**test) for name, test in kept.get("tests", {}).items()}
    except (TypeError, AttributeError):
        return {}
