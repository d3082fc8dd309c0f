"""Which external commands may run: what a file of the machine says, never the plan.

The file may be the user's own: it guards against plans that come from elsewhere, not against whoever runs them.
"""

from __future__ import annotations

import hashlib
import os
import stat
import tomllib
from collections.abc import Mapping
from pathlib import Path

from platformdirs import site_config_path

VARIABLE = "LOOKALIKE_EXTERNAL"
"""The environment variable that may name another place of the file."""


class NotAllowed(Exception):
    """Why a command may not run, and what to do."""

    def __init__(self, code: str, reason: str, remedy: str) -> None:
        super().__init__(reason)
        self.code, self.reason, self.remedy = code, reason, remedy


def allow_file() -> Path:
    """The file that lists the commands."""
    return Path(os.environ.get(VARIABLE) or site_config_path("lookalike", appauthor=False) / "external.toml")


def allowed_program(command: str) -> bytes:
    """The command's file, if it is the one that was allowed. Raises NotAllowed."""
    file = allow_file()
    wanted = _commands(file).get(command)
    if wanted is None:
        reason = f"the command {command} is not allowed on this machine."
        raise NotAllowed("external-not-allowed", reason, f"Its administrator lists path and sha256 in {file}.")
    try:
        program = Path(command).read_bytes()
    except OSError as error:
        reason = f"the command {command} cannot be read: {error.strerror}."
        raise NotAllowed("external-missing", reason, "Install it, or correct the path.") from None
    if hashlib.sha256(program).hexdigest() != wanted.lower():
        reason = f"the command {command} is not the file that was allowed."
        raise NotAllowed("external-changed", reason, f"Look at what has changed, then correct its sha256 in {file}.")
    return program


def _commands(file: Path) -> Mapping[str, str]:
    """Path -> SHA-256. Raises NotAllowed for a file that others may write or that cannot be understood."""
    try:
        about = file.stat()
        said = tomllib.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError):
        raise NotAllowed("external-file", f"the file {file} cannot be read.", "Mend it.") from None
    if about.st_mode & (stat.S_IWGRP | stat.S_IWOTH) or about.st_uid not in (0, os.getuid()):
        reason = f"the file {file} can be written by others."
        raise NotAllowed("external-file", reason, "Give it to root or to you, mode 0644.")
    listed = said.get("command", [])
    try:
        return {str(entry["path"]): str(entry["sha256"]) for entry in listed}
    except (TypeError, KeyError):
        reason = f"the file {file} cannot be understood."
        raise NotAllowed("external-file", reason, "Write [[command]] with path and sha256.") from None
