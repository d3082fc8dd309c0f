"""What a process loads before it does anything."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize("module", ["engine.commands.run", "engine.commands.check", "engine.jobs.worker"])
def test_a_run_that_finds_nothing_new_loads_no_discovery(module: str) -> None:
    """Every run starts several processes, and each would take half a second more."""
    heavy = ("engine.profiling.discover", "engine.text.find", "spacy", "presidio_analyzer", "phonenumbers")
    code = f"import sys, {module}; print([name for name in {heavy!r} if name in sys.modules])"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
