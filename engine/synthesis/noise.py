"""Gaussian noise that protects: out of a ChaCha20 keystream under a key of the operating system's entropy, and of nothing else.

There is no seed to give: the key is drawn anew for every call and kept nowhere. Noise is made, and added, in double precision and only
the noisy sum is rounded to single: about 2^29 doubles stand behind each single, so the low bits that floating-point samplers give
themselves away by (Mironov 2012, doi:10.1145/2382196.2382264; Holohan, Braghin 2021, arXiv 2107.10138) are gone.
"""

from __future__ import annotations

import math
import os

import torch
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import ChaCha20
from torch import Tensor

_UNIT = 2.0**-53


def normals(count: int, device: torch.device | str = "cpu") -> Tensor:
    """(count,) independent standard normals in double precision, by Box and Muller's transform (1958)."""
    half = (count + 1) // 2
    words = _words(2 * half).to(device)
    # 53 bits each, moved by half a unit: never 0, so the logarithm is finite (the radius reaches 8.6).
    uniform = ((words >> 11) & ((1 << 53) - 1)).double().add_(0.5).mul_(_UNIT)
    radius = uniform[:half].log_().mul_(-2).sqrt_()
    angle = uniform[half:].mul_(2 * math.pi)
    return torch.cat((radius * angle.cos(), radius * angle.sin()))[:count]


def _words(count: int) -> Tensor:
    """(count,) uniform 64-bit words."""
    cipher = Cipher(ChaCha20(os.urandom(32), os.urandom(16)), mode=None)
    stream = bytearray(cipher.encryptor().update(bytes(8 * count)))
    return torch.frombuffer(stream, dtype=torch.int64)
