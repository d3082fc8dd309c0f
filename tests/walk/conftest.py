"""What the walks share: no keyring of the machine, and a workspace of one's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine import keystore, vault
from tests.walk.shop_walk import Walk


@pytest.fixture(autouse=True)
def _no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keystore, "real_keyring", lambda: None)
    monkeypatch.setattr(vault, "real_keyring", lambda: None)


@pytest.fixture
def walk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Walk:
    return Walk(tmp_path, capsys)
