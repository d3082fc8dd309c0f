"""Randomness that protects: from the operating system alone, never seeded by a person, never written down."""

from __future__ import annotations

import math
import os
import secrets

import numpy as np
import numpy.typing as npt
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import ChaCha20

_BITS = 256


def entropy() -> np.random.Generator:
    """A new generator (PCG64-DXSM) from 256 bits of the operating system's entropy, for coins: who is in a sample, which row stands
    for others.

    Nobody can repeat its draws. It is no cryptographic generator, and none of its draws is given away.
    """
    return np.random.Generator(np.random.PCG64DXSM(secrets.randbits(_BITS)))


def normals(count: int) -> npt.NDArray[np.float64]:
    """(count,) independent standard normals for noise, by Box and Muller's transform (1958) out of a ChaCha20 keystream."""
    half = (count + 1) // 2
    cipher = Cipher(ChaCha20(os.urandom(32), os.urandom(16)), mode=None)
    words = np.frombuffer(cipher.encryptor().update(bytes(16 * half)), np.uint64)
    # 53 bits each, moved by half a unit: never 0, so the logarithm is finite (the radius reaches 8.6).
    uniform = ((words >> np.uint64(11)) + 0.5) * 2.0**-53
    radius, angle = np.sqrt(-2 * np.log(uniform[:half])), 2 * math.pi * uniform[half:]
    return np.concatenate([radius * np.cos(angle), radius * np.sin(angle)])[:count]
