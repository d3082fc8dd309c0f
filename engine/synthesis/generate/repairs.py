"""What had to be mended in generated rows so that every constraint holds: counts by table and constraint, never a value."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from connectors.names import TableName
from engine.synthesis.errors import SynthesisError


class GenerationError(SynthesisError):
    """Rows that the schema takes cannot be made. Names table and constraint, and says what to do."""


@dataclass(frozen=True)
class Repairs:
    """A tally that generation writes into; each count is by table and constraint."""

    redrawn: Counter[tuple[TableName, str]] = field(default_factory=Counter)
    """Rows that broke a constraint and got other values of the model's."""
    repaired: Counter[tuple[TableName, str]] = field(default_factory=Counter)
    """Values that no redraw gave and that were set so that the constraint holds."""
    dropped: Counter[tuple[TableName, str]] = field(default_factory=Counter)
    """Rows that nothing could mend, and with them those that they own."""
    unproven: set[tuple[TableName, str]] = field(default_factory=set)
    """Constraints that nobody here can evaluate: the database's own check is the first."""
