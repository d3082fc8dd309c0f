"""Sealed data opens under its key and purpose only."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.sealed import SealError, seal, unseal


@given(content=st.binary(max_size=100), purpose=st.binary(max_size=20))
def test_what_is_sealed_is_unsealed_and_never_the_same_bytes_twice(content: bytes, purpose: bytes) -> None:
    """A fresh nonce each time."""
    key = os.urandom(32)
    sealed = seal(content, key, purpose)
    assert unseal(sealed, key, purpose) == content
    assert sealed != seal(content, key, purpose)


@pytest.mark.parametrize("change", ["key", "purpose", "byte", "cut", "empty"])
def test_another_key_purpose_or_byte_is_refused(change: str) -> None:
    """With a sentence that quotes nothing."""
    key = os.urandom(32)
    sealed = seal(b"Ada Lovelace", key, b"run 1")
    damaged = {"byte": sealed[:-1] + bytes([sealed[-1] ^ 1]), "cut": sealed[:-3], "empty": b""}.get(change, sealed)
    with pytest.raises(SealError, match="damaged or was sealed under another key"):
        unseal(damaged, os.urandom(32) if change == "key" else key, b"run 2" if change == "purpose" else b"run 1")
