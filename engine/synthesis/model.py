"""A trained model with all that new rows are made from: what it learned, what its codes stand for, the plan, and its guarantee."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from connectors.schema import Schema
from engine.plan import Plan
from engine.privacy.events import Event
from engine.privacy.guarantee import Guarantee, NoGuarantee
from engine.synthesis.codebook import Codebook
from engine.synthesis.generator import Fitted, Generator
from engine.synthesis.structure import Structure


@dataclass(frozen=True)
class Model:
    name: str
    """Under which it is stored."""
    generator: Generator
    fitted: Fitted
    codebook: Codebook
    structure: Structure
    schema: Schema
    """The source's tables as they were."""
    plan: Plan
    guarantee: Guarantee | NoGuarantee
    events: tuple[Event, ...]
    """Everything that was done to the data for it."""
    made: str
    """ISO 8601, UTC."""
    entities: int
    """How many took part, as declared or as a noisy count says."""
    versions: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """What `train --json` says of it."""
        from engine.privacy.said import guarantee_said

        return {
            "model": self.name,
            "technique": self.generator.name,
            "entities": self.entities,
            "tables": [str(owned.table) for owned in self.structure.tables],
            "guarantee": guarantee_said(self.guarantee),
            "made": self.made,
        }
