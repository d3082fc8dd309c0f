"""The root of what synthesis says to a person; no model is imported for it."""

from __future__ import annotations


class SynthesisError(Exception):
    """Learning or making rows cannot go on; `str()` is one sentence without a value. What was spent stays in the ledger."""
