"""Where Lookalike keeps its own files: one private folder with the catalog, the job ledger and a folder per run."""

from __future__ import annotations

import os
import secrets
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from platformdirs import user_data_path

PRIVATE_FOLDER = 0o700
PRIVATE_FILE = 0o600


@dataclass(frozen=True, slots=True)
class RunFolder:
    """The files of one run. `evidence.json` holds counts and hashes only; the two folders hold sealed files."""

    folder: Path

    @property
    def evidence(self) -> Path:
        return self.folder / "evidence.json"

    @property
    def record(self) -> Path:
        """What was measured while reading: sealed, kept for `verify`."""
        return self.folder / "record"

    @property
    def chunks(self) -> Path:
        """Chunk bounds and the measurements of single chunks: sealed, deleted when the run ends."""
        return self.folder / "chunks"

    def forget_chunks(self) -> None:
        shutil.rmtree(self.chunks, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class Workspace:
    folder: Path

    @property
    def catalog(self) -> Path:
        return self.folder / "catalog.db"

    @property
    def jobs(self) -> Path:
        return self.folder / "jobs.db"

    @property
    def allowed_targets(self) -> Path:
        """Where this file exists, only the targets it lists may be written."""
        return self.folder / "allowed-targets"

    def run(self, run_id: str) -> RunFolder:
        """The folder of a run, made when it is not there. Raises ValueError when the id could leave the workspace."""
        if not run_id or not all(letter.isalnum() or letter in "-_" for letter in run_id):
            raise ValueError("a run id holds letters, digits, hyphens and underscores only")
        return RunFolder(private_folder(self.folder / "runs" / run_id))

    def has_run(self, run_id: str) -> bool:
        return (self.folder / "runs" / run_id).is_dir()


def open_workspace(folder: Path | str | None = None) -> Workspace:
    """Open the workspace in this folder (default: the user's data folder), making it readable by its owner alone."""
    path = Path(folder).expanduser() if folder is not None else user_data_path("lookalike", appauthor=False)
    return Workspace(private_folder(path.absolute()))


def private_folder(path: Path) -> Path:
    """Make a folder that only its owner may enter."""
    path.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    if path.stat().st_mode & 0o077 and os.name == "posix":
        path.chmod(PRIVATE_FOLDER)
    return path


def write_private(path: Path, content: bytes) -> None:
    """Replace a file at once, readable by its owner alone: a reader sees the old content or the new, never half."""
    private_folder(path.parent)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE), "wb") as file:
            file.write(content)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def new_run_id(now: datetime | None = None) -> str:
    """Sortable by time, and unique: `20261121-231855-9f3c1a`."""
    return f"{(now or datetime.now(UTC)):%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
