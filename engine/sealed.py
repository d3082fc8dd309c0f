"""What must hold cell values at rest (chunk bounds, sketches, records of a run) is sealed: encrypted and tamper-evident.

AES-256-GCM with a random nonce in front: good for 2^32 seals under one key (NIST SP 800-38D, section 8.3).
"""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE = 12


class SealError(Exception):
    """Sealed data is damaged, or was sealed under another key or for another purpose."""


def seal(content: bytes, key: bytes, purpose: bytes) -> bytes:
    """Encrypt under a 32-byte key; `purpose` (a name, a run id) must be given again to unseal."""
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, content, purpose)


def unseal(sealed: bytes, key: bytes, purpose: bytes) -> bytes:
    """The content. Raises SealError."""
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], purpose)
    except (InvalidTag, ValueError):
        raise SealError("sealed data is damaged or was sealed under another key") from None
