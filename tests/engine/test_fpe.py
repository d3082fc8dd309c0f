"""FF1 gives NIST's samples, and every permutation is one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.fpe import FF1, TABLE, Permutation, feistel_bits, feistel_pairs

KEY = bytes(range(32))
SIGNS = "0123456789abcdefghijklmnopqrstuvwxyz"
NIST_KEY = "2B7E151628AED2A6ABF7158809CF4F3CEF4359D8D580AA4F7F036D6F04FC6A94"
TWEAK_10, TWEAK_36 = "39383736353433323130", "3737373770717273373737"
TEN, NINETEEN = "0123456789", "0123456789abcdefghi"


@pytest.mark.parametrize(
    ("key_bytes", "radix", "tweak", "plain", "cipher"),
    [
        (16, 10, "", TEN, "2433477484"),
        (16, 10, TWEAK_10, TEN, "6124200773"),
        (16, 36, TWEAK_36, NINETEEN, "a9tv40mll9kdu509eum"),
        (24, 10, "", TEN, "2830668132"),
        (24, 10, TWEAK_10, TEN, "2496655549"),
        (24, 36, TWEAK_36, NINETEEN, "xbj3kv35jrawxv32ysr"),
        (32, 10, "", TEN, "6657667009"),
        (32, 10, TWEAK_10, TEN, "1001623463"),
        (32, 36, TWEAK_36, NINETEEN, "xs8a0azh2avyalyzuwd"),
    ],
)
def test_the_nine_samples_of_nist(key_bytes: int, radix: int, tweak: str, plain: str, cipher: str) -> None:
    """SP 800-38G, samples 1 to 9."""
    numerals = np.array([[SIGNS.index(sign) for sign in plain]] * 2)
    encrypted = FF1(bytes.fromhex(NIST_KEY)[:key_bytes], radix, bytes.fromhex(tweak)).encrypt(numerals)
    assert ["".join(SIGNS[numeral] for numeral in row) for row in encrypted] == [cipher, cipher]


def _reference(key: bytes, radix: int, tweak: bytes, numerals: list[int]) -> list[int]:
    """FF1 as the standard writes it (algorithm 7), one value, in Python's integers."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    def aes(block: bytes) -> bytes:
        return Cipher(algorithms.AES(key), modes.ECB()).encryptor().update(block)

    def num(digits: list[int]) -> int:
        return sum(digit * radix**place for place, digit in enumerate(reversed(digits)))

    n, t = len(numerals), len(tweak)
    u, v = n // 2, n - n // 2
    a, b = numerals[:u], numerals[u:]
    width = -(-((radix**v - 1).bit_length()) // 8)
    d = 4 * -(-width // 4) + 4
    p = bytes([1, 2, 1]) + radix.to_bytes(3, "big") + bytes([10, u % 256]) + n.to_bytes(4, "big") + t.to_bytes(4, "big")
    for turn in range(10):
        q = tweak + bytes((-t - width - 1) % 16) + bytes([turn]) + num(b).to_bytes(width, "big")
        state = bytes(16)
        for block in range(0, 16 + len(q), 16):
            state = aes(bytes(x ^ y for x, y in zip(state, (p + q)[block : block + 16], strict=True)))
        s = state
        for counter in range(1, -(-d // 16)):
            s += aes(bytes(x ^ y for x, y in zip(state, counter.to_bytes(16, "big"), strict=True)))
        m = u if turn % 2 == 0 else v
        c = (num(a) + int.from_bytes(s[:d], "big")) % radix**m
        a, b = b, [c // radix**place % radix for place in range(m - 1, -1, -1)]
    return a + b


@settings(deadline=None, max_examples=60)
@given(data=st.data(), radix=st.integers(2, 65536) | st.sampled_from([2, 10, 26, 36, 62]), tweak=st.binary(max_size=20))
def test_columns_are_encrypted_as_the_standard_encrypts_one_value(
    data: st.DataObject, radix: int, tweak: bytes
) -> None:
    """Any radix and length, short halves and long ones."""
    shortest = next(n for n in range(2, 60) if radix**n >= 1_000_000)
    length = data.draw(st.integers(shortest, shortest + 40))
    rows = data.draw(
        st.lists(st.lists(st.integers(0, radix - 1), min_size=length, max_size=length), min_size=1, max_size=3)
    )
    encrypted = FF1(KEY, radix, tweak).encrypt(np.array(rows))
    assert encrypted.tolist() == [_reference(KEY, radix, tweak, row) for row in rows]


def test_ff1_refuses_small_domains() -> None:
    """A million values at least (SP 800-38G revision 1, draft)."""
    with pytest.raises(ValueError, match="1000000"):
        FF1(KEY, 10).encrypt(np.zeros((1, 5), np.int64))


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100, 24_575, TABLE, TABLE + 1, 99_999, 1_000_003])
def test_a_permutation_reaches_every_number_once(size: int) -> None:
    """By table, by many rounds and by few."""
    image = Permutation(KEY, size).apply(np.arange(size, dtype=np.uint64))
    assert np.array_equal(np.sort(image), np.arange(size, dtype=np.uint64))


@settings(deadline=None, max_examples=30)
@given(size=st.integers(2, 2**64), data=st.data())
def test_a_big_permutation_keeps_numbers_apart_and_inside(size: int, data: st.DataObject) -> None:
    """Up to 2^64, each number by itself having the image that it has among others."""
    numbers = np.array(sorted(data.draw(st.sets(st.integers(0, size - 1), min_size=1, max_size=30))), np.uint64)
    permutation = Permutation(KEY, size)
    image = permutation.apply(numbers)
    assert len(np.unique(image)) == len(numbers)
    assert int(image.max()) < size
    assert permutation.apply(numbers[-1:])[0] == image[-1]


def test_another_key_and_another_size_permute_otherwise() -> None:
    """Two permutations of a thousand agree on about one number."""
    numbers = np.arange(1000, dtype=np.uint64)
    one = Permutation(KEY, 1000).apply(numbers)
    assert (one == Permutation(KEY[::-1], 1000).apply(numbers)).sum() < 10
    assert (one == Permutation(KEY, 1001).apply(numbers)).sum() < 10


def test_small_permutations_are_all_reached() -> None:
    """Each of the 24 orders of four numbers comes up among 600 keys, none far more often than another."""
    found: dict[bytes, int] = {}
    for number in range(600):
        order = Permutation(number.to_bytes(32, "big"), 4).apply(np.arange(4, dtype=np.uint64)).tobytes()
        found[order] = found.get(order, 0) + 1
    assert len(found) == 24
    assert max(found.values()) < 60


def test_pairs_of_mixed_moduli_are_permuted() -> None:
    """Exhaustively, for rows of different moduli side by side."""
    shapes = [(7, 30), (10, 10), (1, 12)]
    a = np.concatenate([np.repeat(np.arange(x), y) for x, y in shapes]).astype(np.uint64)
    b = np.concatenate([np.tile(np.arange(y), x) for x, y in shapes]).astype(np.uint64)
    moduli = tuple(
        np.concatenate([np.full(x * y, (x, y)[side]) for x, y in shapes]).astype(np.uint64) for side in (0, 1)
    )
    tweak = moduli[0] * np.uint64(100) + moduli[1]
    left, right = feistel_pairs(KEY, tweak, a, b, (moduli[0], moduli[1]), 10)
    assert (left < moduli[0]).all()
    assert (right < moduli[1]).all()
    assert len(set(zip(tweak.tolist(), left.tolist(), right.tolist(), strict=True))) == len(a)


def test_pairs_of_bits_are_permuted() -> None:
    """All 2^16 pairs of 8 bits; and 64-bit words stay apart."""
    numbers = np.arange(65536, dtype=np.uint64)
    zero = np.zeros_like(numbers)
    left, right = feistel_bits(KEY, zero, numbers >> np.uint64(8), numbers & np.uint64(255), 8)
    assert len(np.unique(left << np.uint64(8) | right)) == 65536
    left, right = feistel_bits(KEY, zero, ~numbers, numbers, 64)
    assert len(np.unique(left)) == 65536
