"""The command line on a workspace of its own, over a shop that synthesises."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from engine.cli import main
from tests.shoppers import shop


class Walk:
    """One workspace, one source."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self._capsys = folder, capsys
        self.source = shop(folder / "shop.db")
        (folder / "passphrase").write_text("open sesame")
        (folder / "passphrase").chmod(0o600)
        self.words = ["--workspace", str(folder / "w"), "--passphrase-file", str(folder / "passphrase"), "--json"]

    def plan(self, text: str) -> str:
        path = self.folder / "plan.toml"
        path.write_text(text)
        return str(path)

    def target(self, name: str = "target.db") -> str:
        return f"sqlite:///{self.folder / name}"

    def __call__(self, *words: str) -> tuple[int, dict[str, Any]]:
        self._capsys.readouterr()
        status = main([*words, *self.words])
        out = self._capsys.readouterr().out
        return status, json.loads(out) if out.strip() else {}

    def run(self, plan: str, *more: str, target: str = "target.db") -> tuple[int, dict[str, Any]]:
        return self("run", plan, "--source", self.source, "--target", self.target(target), *more)

    def rows(self, sql: str, target: str = "target.db") -> list[tuple[Any, ...]]:
        with sqlite3.connect(self.folder / target) as database:
            found = database.execute(sql).fetchall()
        database.close()
        return found
