"""Sub-keys are independent, stable for years, and never printed."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from engine.keys import DomainKey, MaskingKey

SECRET = bytes(range(32))
KEY = MaskingKey("chinook", SECRET)


def _tag(key: DomainKey, label: str = "") -> str:
    return key.cmac(pa.array(["Ada"]), label).astype(">u8").tobytes().hex()


def test_golden_vectors() -> None:
    """What was derived when this was frozen is derived today."""
    domain = KEY.domain("customer_id")
    assert KEY.identifier == "0af2043f8728b500"
    assert KEY.derive("sketch", 8).hex() == "16652498c02bb1fe"
    assert _tag(domain) == "0757c07c9af65b445d5bb3f624c04075"
    assert domain.permutation(1000).apply(np.arange(5, dtype=np.uint64)).tolist() == [781, 468, 559, 3, 744]
    assert domain.cmac_ints(np.array([7]))[0].tolist() == [5170482947834654852, 8336861346917583663]


def test_domains_labels_purposes_and_children_are_independent() -> None:
    """No two of them give the same tag, and `a/b` is no way to reach the child `b` of `a`."""
    domain = KEY.domain("a")
    keys = [
        domain,
        KEY.domain("b"),
        domain.child("b"),
        KEY.domain("a/b"),
        MaskingKey("other", SECRET[::-1]).domain("a"),
    ]
    tags = {_tag(key) for key in keys} | {_tag(domain, label) for label in ("b", "child/b")}
    assert len(tags) == 7
    assert KEY.derive("domain/a") != KEY.derive("a")


def test_the_name_of_a_key_changes_nothing() -> None:
    """Imported under another name, it masks alike."""
    assert MaskingKey("renamed", SECRET).identifier == KEY.identifier
    assert _tag(MaskingKey("renamed", SECRET).domain("a")) == _tag(KEY.domain("a"))


def test_nothing_that_prints_a_key_prints_its_secret() -> None:
    """Neither repr nor str nor the fields of an object."""
    for printed in (
        repr(KEY),
        str(KEY),
        repr(KEY.domain("a")),
        repr(KEY.domain("a").permutation(10)),
        repr(KEY.domain("a").ff1(10)),
    ):
        assert SECRET.hex() not in printed
        assert repr(SECRET) not in printed
    assert repr(KEY) == "MaskingKey('chinook')"
    assert not hasattr(KEY, "__dict__")


def test_a_short_secret_is_refused() -> None:
    """Less than 256 bits is no masking key."""
    with pytest.raises(ValueError, match="32 bytes"):
        MaskingKey("weak", b"password")
