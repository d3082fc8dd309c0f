"""The steps towards a SQLite file."""

from __future__ import annotations

import os
from pathlib import Path

from connectors.errors import ConnectError
from connectors.probe import Course, Found, Opened, State, Work
from connectors.sqlite import SQLite
from connectors.use import Use


def course(url: str, limit: float) -> Course:
    return _Course(url, SQLite(url))


class _Course(Opened):
    def __init__(self, url: str, database: SQLite) -> None:
        super().__init__(url)
        self.database, self._path = database, database.path

    def steps(self, use: Use) -> list[tuple[str, Work]]:
        first: list[tuple[str, Work]] = [
            ("file", lambda: self.file(use)),
            ("readable", self.readable),
            ("database", self.opens),
        ]
        return [*first, *self.asked(use)]

    def file(self, use: Use) -> Found:
        """Is it there? A target's need not be yet."""
        if self._path.is_file():
            return Found(State.OK, f"{self._path.name}, {_size(self._path)}.")
        if self._path.exists():
            raise ConnectError(f"{self._path} is no file")
        folder = self._path.parent
        if use is Use.WRITE and folder.is_dir() and os.access(folder, os.W_OK):
            return Found(State.OK, "There is no file yet: the first run makes it.", last=True)
        raise ConnectError(f"there is no file {self._path}: check the path")

    def readable(self) -> Found:
        try:
            with self._path.open("rb") as file:
                file.read(1)
        except OSError:
            raise ConnectError(f"this account may not read {self._path}: change its rights") from None
        return Found(State.OK, "This account may read it.")

    def opens(self) -> Found:
        """Is it a database? An empty file is one without tables."""
        self._open.identity()
        self._open.describe()
        return Found(State.OK, "It is a SQLite database.")


def _size(path: Path) -> str:
    size = float(path.stat().st_size)
    for unit in ("bytes", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}"
        size /= 1000
    return f"{size:,.1f} GB"
