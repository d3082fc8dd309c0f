"""Frozen numbers of every model: how it is trained, and how a release divides its budget. Data only; one place for all of it.

Tuned on public data other than what is reported on, and never on a source: trying out settings on private data is a release of its
own (Papernot, Steinke 2022). What a plan says under [privacy.options] comes before `options`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Shares:
    """Of the zCDP rho that the whole budget is worth (`engine.privacy.accountant.rho_of`). What is not asked is not spent. Training
    gets the rest: its noise is calibrated last, on the exact loss of everything before it."""

    count: float = 0.02
    """The number of entities, where nobody declares it: of epsilon itself, since it is pure and added to all the rest."""
    children: float = 0.01
    """How many rows of one parent are used, in tables whose bound nobody declares."""
    domains: float = 0.15
    """Values and ranges of columns that nobody declares."""
    marginals: float = 0.12
    """One-way marginals and numbers of children, which every model starts from."""
    delta: float = 0.1
    """Of delta: what all thresholds over values may add up to."""


@dataclass(frozen=True, slots=True)
class Preset:
    own: float = 0.0
    """The share of the model's own queries: a latent prior, two-way marginals."""
    steps: int = 2000
    """0: the model takes no noisy steps, and its queries get all that is left."""
    batch: int = 512
    """Entities of a step, as expected."""
    options: Mapping[str, object] = field(default_factory=dict)
    """Of the generator, beside steps and batch."""


SHARES = Shares()

PRESETS: Mapping[str, Preset] = {
    "chain": Preset(),
    "vae": Preset(own=0.05),
    "gan": Preset(),
    "marginals": Preset(own=0.75, steps=0),
    "hybrid": Preset(own=0.25),
}

BEST = "chain"
"""What `auto` takes where the noise leaves something to learn, and without differential privacy."""
FALLBACK = "marginals"
"""What `auto` takes where it does not."""
