"""Randomness that protects: seeded by the operating system alone, never by a person, never written down."""

from __future__ import annotations

import secrets

import numpy as np

_BITS = 256


def entropy() -> np.random.Generator:
    """A new generator (PCG64-DXSM) from 256 bits of the operating system's entropy.

    Nobody can repeat its draws: a seed that is known, or guessed, would let anyone subtract the noise. It is no cryptographic
    generator; an attacker would have to tell its state from rounded sums of its draws.
    """
    return np.random.Generator(np.random.PCG64DXSM(secrets.randbits(_BITS)))
