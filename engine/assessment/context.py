"""What a measurement is given beside the data: its own random numbers, its share of time, and a way to be cancelled."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from hashlib import sha256

import numpy as np

from connectors.database import Audit
from engine.jobs.control import Control


@dataclass(frozen=True, slots=True)
class Context:
    seed: int = 0
    seconds: float = 30.0
    """About how long one measurement on one scope may take: it samples rather than exceed it, and says so."""
    control: Control = field(default_factory=Control)
    audit: Audit | None = None
    """Counting questions to the whole target, where it can be asked."""
    queries: tuple[str, ...] = ()
    """The user's own, in DuckDB's SQL over the source's table names."""
    began: float = field(default_factory=time.monotonic)

    def rng(self, *words: str) -> np.random.Generator:
        """Random numbers of this measurement alone: the same for the same seed, whatever else is measured, before or after."""
        said = "\0".join((str(self.seed), *words)).encode()
        return np.random.default_rng(int.from_bytes(sha256(said).digest()[:16], "big"))

    @property
    def left(self) -> float:
        """Seconds of this measurement's share that are not spent."""
        return max(0.0, self.seconds - (time.monotonic() - self.began))
