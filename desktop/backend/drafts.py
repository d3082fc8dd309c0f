"""Unsaved changes of plans, kept in the workspace until they are saved: a crash of any process loses none."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from desktop.models.plan import digest
from desktop.open_windows import is_open
from desktop.settings import window_folder
from engine.workspace import private_folder, write_private


@dataclass(frozen=True, slots=True)
class Kept:
    path: str
    """The plan's file."""
    base: str
    """The digest of the file that the changes were made on."""
    text: str
    when: str


class Drafts:
    """One file for each plan and window, readable by its owner alone. In a workspace that cannot be written none is."""

    def __init__(self, workspace: Path, window: str) -> None:
        """`window`: by its name as an `OpenWindow`; no other takes up its drafts while it lives."""
        self._workspace, self._window = workspace, window

    def write(self, path: Path, base: str, text: str) -> bool:
        """Was there room for it? Where not, these changes end with the window."""
        said = Kept(str(path), base, text, datetime.now().isoformat(timespec="seconds"))
        try:
            private_folder(window_folder(self._workspace) / "drafts")
            write_private(self._own(path), json.dumps(asdict(said)).encode())
        except OSError:
            return False
        return True

    def read(self, path: Path) -> Kept | None:
        """This window's draft; else the newest that a closed one has left, which is this window's from now on."""
        own = self._own(path)
        kept = _kept(own)
        if kept is not None:
            return kept
        for file, left in self._left():
            if left.path == str(path):
                try:
                    file.replace(own)
                except FileNotFoundError:
                    # Another window was faster.
                    continue
                except OSError:
                    return left
                return left
        return None

    def done(self, path: Path) -> None:
        """These changes are saved, or taken back. What another window has not saved stays."""
        with suppress(OSError):
            self._own(path).unlink(missing_ok=True)

    def discard(self, path: Path) -> None:
        """Forget what `all` names of this plan."""
        for file, left in self._left():
            if left.path == str(path):
                with suppress(OSError):
                    file.unlink()
                return

    def all(self) -> Iterator[Kept]:
        """What closed windows have left: of each plan the newest, the newest plan first."""
        found: dict[str, Kept] = {}
        for _, left in self._left():
            found.setdefault(left.path, left)
        yield from found.values()

    def _left(self) -> list[tuple[Path, Kept]]:
        """Every draft that no open window is at work on, the newest first."""
        found = [(file, kept) for file in self._folder.glob("*.json") if (kept := _kept(file)) is not None]
        windows = {file: file.stem.partition(".")[2] for file, _ in found}
        alive = {each for each in set(windows.values()) if each and is_open(self._workspace / "desktop", each)}
        left = [(file, kept) for file, kept in found if windows[file] not in alive]
        return sorted(left, key=lambda each: each[1].when, reverse=True)

    @property
    def _folder(self) -> Path:
        return self._workspace / "desktop" / "drafts"

    def _own(self, path: Path) -> Path:
        return self._folder / f"{digest(str(path))[:32]}.{self._window}.json"


def _kept(file: Path) -> Kept | None:
    """None where there is none, or half of one."""
    try:
        said = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(said, dict) or not all(isinstance(said.get(name), str) for name in Kept.__slots__):
        return None
    return Kept(**{name: said[name] for name in Kept.__slots__})
