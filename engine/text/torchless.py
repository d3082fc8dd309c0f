"""Keeps spaCy and Presidio from importing torch wherever it is installed: a second and 200 MB, which they have no use for here."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


def leave_torch_out() -> None:
    """To be called before either of them is imported. Whoever has torch keeps it, and whoever wants it later gets it; not for a
    process that imports it on another thread at this very moment."""
    with _no_torch():
        import presidio_analyzer.predefined_recognizers  # noqa: F401
        import thinc.compat  # noqa: F401


@contextmanager
def _no_torch() -> Iterator[None]:
    """Importing it fails, as where it is not installed."""
    if "torch" in sys.modules:
        yield
        return
    sys.modules["torch"] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules["torch"]
