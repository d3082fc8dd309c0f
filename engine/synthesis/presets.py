"""Frozen numbers of every model: how it is trained, and how a release divides its budget. Data only; one place for all of it.

Tuned on public data other than what is reported on, and never on a source: trying out settings on private data is a release of its
own (Papernot, Steinke 2022). What a plan says under [privacy.options] comes before `options`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Shares:
    """Of the zCDP rho that the whole budget is worth (`engine.privacy.accountant.rho_of`). Training gets what they leave, and what a
    plan saves by declaring domains: it is calibrated last, on the exact loss of everything before it."""

    domains: float = 0.12
    """Categories, bins, bounds of children, the number of entities: whatever a plan does not declare."""
    marginals: float = 0.12
    """One-way marginals and numbers of children, which every model starts from."""
    model: float = 0.0
    """The model's own queries: a latent prior, two-way marginals."""

    @property
    def training(self) -> float:
        """What is left for noisy steps at least."""
        return 1 - self.domains - self.marginals - self.model


@dataclass(frozen=True, slots=True)
class DomainShares:
    """Of `Shares.domains`; what nobody asks for goes to training."""

    entities: float = 0.05
    bounds: float = 0.15
    values: float = 0.80


@dataclass(frozen=True, slots=True)
class Preset:
    shares: Shares = field(default_factory=Shares)
    steps: int = 2000
    """0: the model takes no noisy steps, and spends its budget on queries."""
    batch: int = 512
    """Entities of a step, as expected; never more than the population."""
    options: Mapping[str, object] = field(default_factory=dict)
    """Of the generator, beside steps and batch."""


DOMAINS = DomainShares()
THRESHOLD_DELTA = 0.1
"""Of delta: what all thresholds over values of one release may add up to."""

PRESETS: Mapping[str, Preset] = {
    "chain": Preset(),
    "vae": Preset(Shares(model=0.05)),
    "gan": Preset(),
    "marginals": Preset(Shares(model=0.76), steps=0),
    "hybrid": Preset(Shares(marginals=0.12, model=0.25)),
}

BEST = "chain"
"""What `auto` takes where noise leaves it something to learn, and without differential privacy."""
FALLBACK = "marginals"
"""What `auto` takes where it does not."""
