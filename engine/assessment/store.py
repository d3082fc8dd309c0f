"""The files of one assessment: what is measured so far, so that a killed one is taken up; then its evidence and its figures."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.assessment.assessed import quality_read, risk_read
from engine.assessment.result import Quality, Risk
from engine.keys import MaskingKey
from engine.sealed import seal, unseal
from engine.workspace import private_folder, write_private

Found = tuple[Risk | Quality, ...]
_READ: Mapping[str, Callable[[Mapping[str, Any]], Risk | Quality]] = {"attack": risk_read, "metric": quality_read}


@dataclass(frozen=True, slots=True)
class AssessmentFolder:
    folder: Path

    @property
    def id(self) -> str:
        return self.folder.name

    @property
    def evidence(self) -> Path:
        """The sealed evidence: figures, hashes and sentences, no cell value."""
        return self.folder / "assessment.json"

    @property
    def _parts(self) -> Path:
        return self.folder / "parts"

    def begin(self, ground: Mapping[str, Any]) -> None:
        """Keep what was measured on this ground (target, plan, seed, version), and forget what was on another."""
        told = json.dumps(ground, sort_keys=True).encode()
        file = self._parts / "ground"
        if not file.exists() or file.read_bytes() != told:
            shutil.rmtree(self._parts, ignore_errors=True)
            private_folder(self._parts)
            write_private(file, told)

    def found(self, kind: str, name: str, scope: str) -> Found | None:
        """What was found on a scope; None where it was not sought yet. `kind`: `attack` or `metric`."""
        part = self._part(kind, name, scope)
        return tuple(map(_READ[kind], json.loads(part.read_text()))) if part.exists() else None

    def keep(self, kind: str, name: str, scope: str, found: Found) -> None:
        """Write it down, for `found`."""
        write_private(self._part(kind, name, scope), json.dumps([each.to_json() for each in found]).encode())

    def _part(self, kind: str, name: str, scope: str) -> Path:
        return self._parts / hashlib.sha256("\0".join((kind, name, scope)).encode()).hexdigest()[:32]

    def forget_parts(self) -> None:
        shutil.rmtree(self._parts, ignore_errors=True)

    def save_figures(self, figures: Mapping[str, Any], key: MaskingKey) -> None:
        """Sealed: distributions name values of the source."""
        content = json.dumps(figures, allow_nan=False).encode()
        write_private(self.folder / "figures", seal(content, key.derive("assessment figures"), self.id.encode()))

    def figures(self, key: MaskingKey) -> dict[str, Any] | None:
        """None where there are none. Raises SealError under another key."""
        file = self.folder / "figures"
        if not file.exists():
            return None
        content = unseal(file.read_bytes(), key.derive("assessment figures"), self.id.encode())
        return dict(json.loads(content))
