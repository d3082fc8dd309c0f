"""Which windows are open: each holds the lock of a file of its own, and loses it with its process, however that ends."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from secrets import token_hex

from connectors.file_lock import take_lock

TRIES = 3
"""Another window has to look at the wrong moment each time."""


class OpenWindow:
    """One window on the folder, by a name that no other has, until it is closed."""

    def __init__(self, folder: Path) -> None:
        """Raises OSError for a folder that cannot be written, or whose files cannot be locked."""
        for _ in range(TRIES):
            self.name = token_hex(8)
            self._place = _place(folder, self.name)
            self._file = open(self._place, "xb")  # noqa: SIM115 (it stays open as long as the window)
            # Before the lock was taken, another window may have held this one for dead.
            if take_lock(self._file.fileno()) and self._place.exists():
                return
            self.close()
        raise OSError(f"{folder} takes no locks")

    def close(self) -> None:
        self._file.close()
        with suppress(OSError):
            self._place.unlink()


def is_open(folder: Path, name: str) -> bool:
    """Does this window still live? What one leaves that has died is cleared away."""
    place = _place(folder, name)
    try:
        file = os.open(place, os.O_RDWR)
    except OSError:
        return False
    try:
        if not take_lock(file):
            return True
        with suppress(OSError):
            place.unlink()
        return False
    finally:
        os.close(file)


def _place(folder: Path, name: str) -> Path:
    return folder / f"{name}.window"
