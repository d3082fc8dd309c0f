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


def test_whoever_reads_texts_takes_no_torch_along_and_can_still_import_it() -> None:
    """It is installed for synthesis alone; spaCy and Presidio would take a second and 200 MB for it."""
    code = (
        "import sys; from engine.text.model import by_model; from engine.text.presidio import IDENTIFIERS; "
        "by_model(['Ada Lovelace lives in London.'], 'en'); list(IDENTIFIERS[0].matches('12345678Z')); "
        "print('spacy' in sys.modules, 'presidio_analyzer' in sys.modules, 'torch' in sys.modules); "
        "import torch; print(int(torch.ones(2).sum()), bool(by_model(['Ada Lovelace lives in London.'], 'en')[0]))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["True", "True", "False", "2", "True"]
