"""Processes of our own beside this one: they run this very package, whatever folder the person stands in."""

from __future__ import annotations

import sys
from pathlib import Path

_START = (
    "import runpy, sys; sys.path.append(sys.argv.pop(1)); "
    "runpy.run_module(sys.argv.pop(1), run_name='__main__', alter_sys=True)"
)


def own_module(module: str, *arguments: str) -> list[str]:
    """The command line that runs a module of this package. Not `python -m`, which would take a folder `engine` of the working
    directory for it, and hand that the addresses and passwords."""
    return [sys.executable, "-P", "-c", _START, str(Path(__file__).parents[1]), module, *arguments]
