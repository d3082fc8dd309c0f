"""Keeps spaCy and Presidio from importing torch wherever it is installed: a second and 200 MB, which they have no use for here."""

from __future__ import annotations

import sys
from importlib.abc import MetaPathFinder
from threading import get_ident
from typing import Any


def leave_torch_out() -> None:
    """To be called before either of them is imported. Whoever has torch keeps it, and whoever wants it gets it, also on another
    thread at this very moment."""
    hides = _Hides("torch")
    sys.meta_path.insert(0, hides)
    try:
        import presidio_analyzer.predefined_recognizers  # noqa: F401
        import thinc.compat  # noqa: F401
    finally:
        sys.meta_path.remove(hides)


class _Hides(MetaPathFinder):
    """For this thread the package is as if it were not installed."""

    def __init__(self, package: str) -> None:
        self._package, self._thread = package, get_ident()

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        if name == self._package and get_ident() == self._thread:
            raise ModuleNotFoundError(f"{name} is left out here", name=name)
