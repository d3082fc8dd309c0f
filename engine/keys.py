"""The masking key, and the sub-keys of domains that maskers work with: the one place that sees the secret.

One secret per masking key. HKDF-SHA256 (RFC 5869) makes an independent sub-key for every domain and purpose from it, so what one
domain gives away says nothing of another, and columns of one domain agree in every table, database and run.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand

from engine.fpe import FF1, Permutation
from engine.prf import Words, cmac, encrypt_integers, expand

SECRET_BYTES = 32
_SALT = b"lookalike/v1"


class DomainKey:
    """The sub-key of one domain: pseudo-random functions and permutations, each label an independent one."""

    __slots__ = ("_secret", "name")

    def __init__(self, name: str, secret: bytes) -> None:
        self.name = name
        self._secret = secret

    def __repr__(self) -> str:
        return f"DomainKey({self.name!r})"

    def child(self, label: str) -> DomainKey:
        """An independent key below this one."""
        return DomainKey(f"{self.name}/{label}", self._subkey("child", label))

    def cmac(self, values: pa.Array, label: str = "") -> Words:
        """A pseudo-random (n, 2) of a string, binary or fixed-size array. NULL is hashed as empty: keep the null mask."""
        return cmac(self._subkey("cmac", label), values)

    def cmac_ints(self, values: npt.NDArray[np.int64] | Words, label: str = "") -> Words:
        """A pseudo-random (n, 2) of int64 or uint64 values; equal numbers of either type agree."""
        return encrypt_integers(self._subkey("integer", label), values)

    def words(self, tags: Words, count: int, label: str = "") -> Words:
        """More pseudo-random words from the (n, 2) of `cmac`: shape (n, count)."""
        return expand(self._subkey("expand", label), tags, count)

    def permutation(self, size: int, label: str = "") -> Permutation:
        """A bijection of range(size), 1 <= size <= 2^64."""
        return Permutation(self._subkey("permutation", label), size)

    def ff1(self, radix: int, label: str = "") -> FF1:
        """Format-preserving encryption of numerals (NIST SP 800-38G)."""
        return FF1(self._subkey("ff1", label), radix)

    def secret(self, purpose: str) -> bytes:
        """32 bytes for a primitive that is not offered above."""
        return self._subkey("purpose", purpose)

    def _subkey(self, primitive: str, label: str) -> bytes:
        return _expand(self._secret, f"{primitive}/{label}")


class MaskingKey:
    """One secret under a name. Everything else is derived from it."""

    __slots__ = ("_secret", "name")

    def __init__(self, name: str, secret: bytes) -> None:
        if len(secret) < SECRET_BYTES:
            raise ValueError(f"a masking key has at least {SECRET_BYTES} bytes")
        self.name = name
        self._secret = secret

    def __repr__(self) -> str:
        return f"MaskingKey({self.name!r})"

    @property
    def identifier(self) -> str:
        """16 hexadecimal digits that tell keys apart in plans' records and reports, and say nothing of the secret."""
        return self._hkdf("identifier", 8).hex()

    def domain(self, name: str) -> DomainKey:
        """The sub-key of a domain."""
        return DomainKey(name, self._hkdf(f"domain/{name}", SECRET_BYTES))

    def derive(self, purpose: str, length: int = SECRET_BYTES) -> bytes:
        """Key material for another use of the product (sketches, chunk bounds), independent of every domain."""
        return self._hkdf(f"purpose/{purpose}", length)

    def _hkdf(self, info: str, length: int) -> bytes:
        return HKDF(SHA256(), length, _SALT, f"lookalike/v1/{info}".encode()).derive(self._secret)


@lru_cache(maxsize=1024)
def _expand(secret: bytes, info: str) -> bytes:
    return HKDFExpand(SHA256(), SECRET_BYTES, info.encode()).derive(secret)
