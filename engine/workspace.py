"""Where Lookalike keeps its own files: one private folder with the catalog, the job ledger and a folder per run."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import stat
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

    @property
    def spill(self) -> Path:
        """What a selection of rows does not hold in memory: row ids, encrypted; deleted when the run ends."""
        return self.folder / "spill"

    @property
    def passwords(self) -> Path:
        """Those of the run's addresses, sealed, so that it can be resumed; deleted when the run ends."""
        return self.folder / "passwords"

    @property
    def training(self) -> Path:
        """Where training stands: sealed, deleted when it is over."""
        return self.folder / "training"

    @property
    def seed(self) -> Path:
        """Of the synthetic rows, so that a run which is taken up makes the same ones."""
        return self.folder / "seed"

    def forget_training(self) -> None:
        shutil.rmtree(self.training, ignore_errors=True)

    def close(self) -> None:
        """Delete what only a later attempt of this run would need."""
        self.forget_chunks()
        self.forget_training()
        self.passwords.unlink(missing_ok=True)

    def forget_chunks(self) -> None:
        shutil.rmtree(self.chunks, ignore_errors=True)
        shutil.rmtree(self.spill, ignore_errors=True)

    def forget(self) -> None:
        """Remove what an earlier attempt of this run has measured."""
        self.forget_chunks()
        shutil.rmtree(self.record, ignore_errors=True)


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
        if not _is_run_id(run_id):
            raise ValueError("a run id holds letters, digits, hyphens and underscores only")
        return RunFolder(private_folder(private_folder(self.folder / "runs") / run_id))

    def model(self, name: str) -> Path:
        """The folder of a stored model, which need not be there. Raises ValueError when the name could leave the workspace."""
        if not _is_run_id(name):
            raise ValueError("the name of a model holds letters, digits, hyphens and underscores only")
        return private_folder(self.folder / "models") / name

    @property
    def models(self) -> tuple[str, ...]:
        """The names of stored models."""
        folder = self.folder / "models"
        return (
            tuple(sorted(each.name for each in folder.iterdir() if (each / "hash").exists())) if folder.is_dir() else ()
        )

    def has_run(self, run_id: str) -> bool:
        return _is_run_id(run_id) and (self.folder / "runs" / run_id).is_dir()


def _is_run_id(text: str) -> bool:
    return bool(text) and all(letter.isalnum() or letter in "-_" for letter in text)


def open_workspace(folder: Path | str | None = None) -> Workspace:
    """Open the workspace in this folder (default: the user's data folder), making it readable by its owner alone.

    Raises OSError for a folder that others read and that holds something else: it would be closed to them.
    """
    path = Path(folder).expanduser() if folder is not None else user_data_path("lookalike", appauthor=False)
    path = path.absolute()
    if path.is_dir() and _is_shared(path) and any(path.iterdir()) and not any((path / name).exists() for name in _OURS):
        raise OSError(errno.EEXIST, "it holds files of others, and a workspace is its owner's alone: name a new folder")
    return Workspace(private_folder(path))


_OURS = ("jobs.db", "catalog.db", "vault", "vault.lock", "allowed-targets", "runs", "models")


def _is_shared(path: Path) -> bool:
    return os.name == "posix" and bool(path.stat().st_mode & 0o077)


def private_folder(path: Path) -> Path:
    """Make a folder that only its owner may enter."""
    path.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    if _is_shared(path):
        path.chmod(PRIVATE_FOLDER)
    return path


def write_private(path: Path, content: bytes) -> None:
    """Replace a file at once, readable by its owner alone: a reader sees the old content or the new, never half."""
    replace_file(path, content, PRIVATE_FILE)


def replace_file(path: Path, content: bytes, mode: int | None = None) -> None:
    """Replace a file at once, or leave it as it was. Without a `mode` it keeps its own, and a new one gets the user's."""
    place = path.resolve()
    if mode is None:
        mode = stat.S_IMODE(place.stat().st_mode) if place.exists() else 0o666
    draft = place.with_name(f".{place.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(content)
        draft.replace(place)
    finally:
        draft.unlink(missing_ok=True)


def new_run_id(now: datetime | None = None) -> str:
    """Sortable by time, and unique: `20261121-231855-9f3c1a`."""
    return f"{(now or datetime.now(UTC)):%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
