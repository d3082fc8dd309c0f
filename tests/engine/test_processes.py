"""A process of our own runs our own code."""

from __future__ import annotations

import subprocess
from pathlib import Path

from engine.processes import own_module


def test_a_folder_of_the_same_name_where_the_person_stands_is_not_run(tmp_path: Path) -> None:
    (tmp_path / "engine").mkdir()
    (tmp_path / "engine" / "__init__.py").write_text("print('not ours')")
    (tmp_path / "engine" / "cli.py").write_text("print('not ours')")
    done = subprocess.run(own_module("engine.cli", "--help"), cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "not ours" not in done.stdout
    assert "Usage" in done.stdout
