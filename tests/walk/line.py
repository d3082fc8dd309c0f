"""The command line as a person runs it, with its answer parsed: each verb in a process of its own, or all of them in this one."""

from __future__ import annotations

import contextlib
import io
import json
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine import cli


@dataclass(frozen=True)
class Answer:
    status: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        parsed: dict[str, Any] = json.loads(self.out)
        return parsed


@dataclass(frozen=True)
class Desk:
    """A workspace of one's own, with its passphrase and plan."""

    folder: Path
    passphrase: str = "correct horse"

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        file = self.folder / "passphrase"
        file.write_text(self.passphrase + "\n")
        file.chmod(0o600)

    @property
    def plan_path(self) -> Path:
        return self.folder / "plan.toml"

    @property
    def plan(self) -> dict[str, Any]:
        return tomllib.loads(self.plan_path.read_text())

    def lookalike(self, *words: str, text: bool = False) -> Answer:
        """Run one verb; `--json` unless `text`."""
        command = [sys.executable, "-m", "engine.cli", *self._words(words, text)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
        return Answer(done.returncode, done.stdout, done.stderr)

    def _words(self, words: tuple[str, ...], text: bool) -> list[str]:
        options = ["--workspace", str(self.folder / "workspace"), "--passphrase-file", str(self.folder / "passphrase")]
        return [*words, *options, *([] if text else ["--json"])]

    def accept(self, source: str) -> Answer:
        """A plan for this source with every open column masked."""
        return self.lookalike("plan", source, "-o", str(self.plan_path), "--accept")

    def run(self, source: str, target: str, *more: str) -> Answer:
        return self.lookalike("run", str(self.plan_path), "--source", source, "--target", target, *more)

    def verify(self, source: str, target: str) -> Answer:
        return self.lookalike("verify", str(self.plan_path), "--source", source, "--target", target)


class HereDesk(Desk):
    """The same without a process for each verb, which is most of what a short one costs."""

    def lookalike(self, *words: str, text: bool = False) -> Answer:
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = cli.main(self._words(words, text))
        return Answer(int(status), out.getvalue(), err.getvalue())
