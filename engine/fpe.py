"""Keyed bijections of number ranges and of numerals: FF1 (NIST SP 800-38G) and cycle-walking Feistel networks, over whole columns.

The draft revision of SP 800-38G asks for domains of at least a million values. Smaller ones are permuted by a table (up to
`TABLE` values: a sort by a pseudo-random function, so every permutation is as likely as the next) or by a Feistel network of
more rounds. However good the cipher, a small domain can be enumerated by whoever holds the key or knows most of its pairs.
"""

from __future__ import annotations

from functools import lru_cache
from math import isqrt
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.prf import BLOCK, Octets, Words, encrypt_blocks, encrypt_integers

TABLE = 1 << 16
"""Largest domain that is permuted by a table."""
MINIMUM = 1_000_000
"""Smallest domain of FF1 (SP 800-38G, revision 1 draft, section 5.1)."""
ROUNDS = 10
ROUNDS_BELOW_MINIMUM = 24
"""Small-domain attacks on Feistel networks (Hoang, Tessaro, Trieu 2018) lose a factor of the domain per two rounds."""

Numbers = npt.NDArray[Any]
"""uint64 where the modulus allows, else Python integers."""


class Permutation:
    """A keyed bijection of range(size)."""

    __slots__ = ("_key", "size")

    def __init__(self, key: bytes, size: int) -> None:
        if not 1 <= size <= 1 << 64:
            raise ValueError("a permutation has between 1 and 2^64 elements")
        self._key = key
        self.size = size

    def __repr__(self) -> str:
        return f"Permutation({self.size})"

    def apply(self, numbers: Words) -> Words:
        """The image of each number; all are below `size`."""
        if self.size <= TABLE:
            return _table(self._key, self.size)[numbers]
        side = isqrt(self.size - 1) + 1
        out = feistel(self._key, numbers, side, self.size)
        outside = np.flatnonzero(out > np.uint64(self.size - 1))
        # The square of `side` is hardly larger than `size`: few rows walk on, and fewer each time.
        while len(outside):
            out[outside] = feistel(self._key, out[outside], side, self.size)
            outside = outside[out[outside] > np.uint64(self.size - 1)]
        return out


@lru_cache(maxsize=128)
def _table(key: bytes, size: int) -> Words:
    words = encrypt_integers(key, np.arange(size, dtype=np.uint64) | np.uint64(size << 32))
    return np.argsort(words[:, 0], kind="stable").astype(np.uint64)


def feistel(key: bytes, numbers: Words, side: int, size: int) -> Words:
    """One pass over Z_side x Z_side (side <= 2^32), alternately adding a pseudo-random number of one half to the other.

    A 64-bit word modulo side has a relative bias of at most side / 2^64 <= 2^-32.
    """
    modulus = np.uint64(side)
    left = numbers // modulus
    right = numbers - left * modulus
    block = np.empty((len(numbers), 2), ">u8")
    for turn in range(rounds(size)):
        block[:, 0] = np.uint64(size - 1)
        block[:, 1] = right | np.uint64(turn << 32)
        added = _modulo(encrypt_blocks(key, block.view(np.uint8)).view(">u8")[:, 0].astype(np.uint64), modulus)
        left, right = right, _sum(left, added, modulus)
    result: Words = left * modulus + right
    return result


def _modulo(words: Words, modulus: np.uint64) -> Words:
    """The remainders. numpy divides a column by one number with vector instructions, and has none for its remainder."""
    rest: Words = words - words // modulus * modulus
    return rest


def _sum(one: Words, other: Words, modulus: np.uint64 | Words) -> Words:
    """The sum modulo `modulus` of numbers below it, all below 2^63: what wraps around below zero is the larger one."""
    total = one + other
    reduced: Words = np.minimum(total, total - modulus)
    return reduced


def feistel_pairs(
    key: bytes, tweak: Words, left: Words, right: Words, moduli: tuple[Words, Words], turns: int
) -> tuple[Words, Words]:
    """A bijection of Z_a x Z_b for each row's own moduli (a, b) up to 2^56; rows of one tweak (56 bits) share one bijection.

    The word that is reduced has 128 bits where a modulus of the row is above 2^32, else 64: relative bias at most 2^-32.
    """
    a, b = moduli
    wide = np.maximum(a, b) > np.uint64(1 << 32)
    left, right = left.copy(), right.copy()
    # By the row's own moduli, never by those of the batch: what a value becomes may not depend on its neighbours.
    for rows, width in ((np.flatnonzero(~wide), 8), (np.flatnonzero(wide), BLOCK)):
        if len(rows):
            left[rows], right[rows] = _pairs(
                key, tweak[rows], left[rows], right[rows], (a[rows], b[rows]), turns, width
            )
    return left, right


def _pairs(
    key: bytes, tweak: Words, left: Words, right: Words, moduli: tuple[Words, Words], turns: int, width: int
) -> tuple[Words, Words]:
    block = np.empty((len(left), 2), ">u8")
    for turn in range(turns):
        block[:, 0] = (tweak << np.uint64(8)) | np.uint64(turn)
        block[:, 1] = right
        modulus = moduli[turn % 2]
        added = reduce(encrypt_blocks(key, block.view(np.uint8))[:, :width], modulus)
        left, right = right, _sum(left, added, modulus)
    return left, right


def feistel_bits(key: bytes, tweak: Words, left: Words, right: Words, bits: int) -> tuple[Words, Words]:
    """A bijection of pairs of words of `bits` bits each (at most 64), for each value of the tweak (56 bits) another one."""
    mask = np.uint64((1 << bits) - 1)
    block = np.empty((len(left), 2), ">u8")
    for turn in range(rounds(1 << (2 * bits))):
        block[:, 0] = (tweak << np.uint64(8)) | np.uint64(turn)
        block[:, 1] = right
        added = encrypt_blocks(key, block.view(np.uint8)).view(">u8")[:, 0].astype(np.uint64) & mask
        left, right = right, left ^ added
    return left, right


def rounds(size: int) -> int:
    """How many rounds a domain of this size gets."""
    return ROUNDS if size >= MINIMUM else ROUNDS_BELOW_MINIMUM


class FF1:
    """FF1 of SP 800-38G for any radix from 2 to 65536 and any length, over the rows of an array of numerals.

    Halves below 2^56 (32 decimal digits, 20 of radix 36 in all) are computed in 64-bit columns; longer ones in Python integers.
    """

    __slots__ = ("_key", "_tweak", "radix")

    def __init__(self, key: bytes, radix: int, tweak: bytes = b"") -> None:
        if not 2 <= radix <= 1 << 16:
            raise ValueError("the radix of FF1 is between 2 and 65536")
        self._key, self._tweak = key, tweak
        self.radix = radix

    def __repr__(self) -> str:
        return f"FF1(radix={self.radix})"

    def encrypt(self, numerals: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Each row of an (n, length) array of numerals below the radix. Raises ValueError below a million values."""
        length = numerals.shape[1]
        if self.radix**length < MINIMUM:
            raise ValueError(
                f"FF1 needs a domain of {MINIMUM} values: {length} numerals of radix {self.radix} are too few"
            )
        split = length // 2
        a, b = to_number(numerals[:, :split], self.radix), to_number(numerals[:, split:], self.radix)
        width = -(-((self.radix ** (length - split) - 1).bit_length()) // 8)
        for turn in range(10):
            modulus = self.radix ** (split if turn % 2 == 0 else length - split)
            y = reduce(self._prf(turn, b, width, length), modulus)
            a, b = b, _sum(a, y, np.uint64(modulus)) if y.dtype == a.dtype == np.uint64 else (a + y) % modulus
        halves = to_numerals(a, self.radix, split), to_numerals(b, self.radix, length - split)
        return np.concatenate(halves, axis=1).astype(numerals.dtype)

    def _prf(self, turn: int, half: Numbers, width: int, length: int) -> Octets:
        """The bytes S of step 6: the CBC-MAC of P and Q, stretched to 4 * ceil(width / 4) + 4 bytes."""
        fixed = bytes([1, 2, 1]) + self.radix.to_bytes(3, "big") + bytes([10, length // 2 % 256])
        fixed += length.to_bytes(4, "big") + len(self._tweak).to_bytes(4, "big")
        head = self._tweak + b"\0" * (-(len(self._tweak) + width + 1) % BLOCK) + bytes([turn])
        first = encrypt_blocks(self._key, np.frombuffer(fixed, np.uint8).reshape(1, BLOCK))
        if half.dtype != object and len(head) + width == BLOCK:
            return _stretch(self._key, self._one_block(first, head, half), 4 * -(-width // 4) + 4)
        message = np.empty((len(half), len(head) + width), np.uint8)
        message[:, : len(head)] = np.frombuffer(head, np.uint8)
        message[:, len(head) :] = _octets(half, width)
        state = np.broadcast_to(first, (len(half), BLOCK))
        for start in range(0, message.shape[1], BLOCK):
            state = encrypt_blocks(self._key, state ^ message[:, start : start + BLOCK])
        return _stretch(self._key, state, 4 * -(-width // 4) + 4)

    def _one_block(self, first: Octets, head: bytes, half: Words) -> Octets:
        """The state behind Q where it is one block, the usual case: written as two words."""
        constant = int.from_bytes(first.tobytes(), "big") ^ int.from_bytes(head.ljust(BLOCK, b"\0"), "big")
        block = np.empty((len(half), 2), ">u8")
        block[:, 0] = np.uint64(constant >> 64)
        block[:, 1] = half ^ np.uint64(constant & ((1 << 64) - 1))
        return encrypt_blocks(self._key, block.view(np.uint8))


def _stretch(key: bytes, state: Octets, size: int) -> Octets:
    parts = [state]
    for counter in range(1, -(-size // BLOCK)):
        parts.append(encrypt_blocks(key, state ^ np.frombuffer(counter.to_bytes(BLOCK, "big"), np.uint8)))
    return np.concatenate(parts, axis=1)[:, :size]


def _octets(numbers: Numbers, width: int) -> Octets:
    """Big-endian bytes of each number, the last `width` of them."""
    if numbers.dtype != object:
        octets = numbers.astype(">u8").view(np.uint8).reshape(-1, 8)
        return octets[:, -width:] if width <= 8 else np.pad(octets, ((0, 0), (width - 8, 0)))
    joined = b"".join(int(number).to_bytes(width, "big") for number in numbers)
    return np.frombuffer(joined, np.uint8).reshape(-1, width)


def reduce(octets: Octets, modulus: int | Words) -> Numbers:
    """Each row, read as a big-endian number, modulo `modulus` (of all rows, or of each up to 2^56)."""
    largest = modulus if isinstance(modulus, int) else int(modulus.max(initial=1))
    if octets.shape[1] == 8 and largest <= 1 << 32:
        words = np.ascontiguousarray(octets).view(">u8")[:, 0].astype(np.uint64)
        return _modulo(words, np.uint64(modulus)) if isinstance(modulus, int) else words % modulus
    if largest <= 1 << 56:
        rest = np.zeros(len(octets), np.uint64)
        for column in range(octets.shape[1]):
            rest = ((rest << np.uint64(8)) | octets[:, column]) % np.uint64(modulus)
        return rest
    numbers = [int.from_bytes(row.tobytes(), "big") % modulus for row in octets]
    return np.array(numbers, dtype=object)


def to_number(numerals: npt.NDArray[Any], radix: int) -> Numbers:
    """Each row of numerals as a number, most significant first: uint64 up to 2^56, Python integers above."""
    kind: Any = np.uint64 if radix ** numerals.shape[1] <= 1 << 56 else object
    number = np.zeros(len(numerals), kind)
    base = radix if kind is object else np.uint64(radix)
    for column in range(numerals.shape[1]):
        number = number * base + numerals[:, column].astype(kind)
    return number


def to_numerals(numbers: Numbers, radix: int, length: int) -> npt.NDArray[np.uint32]:
    """The inverse of `to_number`."""
    out = np.empty((len(numbers), length), np.uint32)
    if numbers.dtype != object and radix**length <= 1 << 32:
        numbers = numbers.astype(np.uint32)  # divided four times as fast
    base = radix if numbers.dtype == object else numbers.dtype.type(radix)
    for column in range(length - 1, -1, -1):
        rest = numbers // base
        out[:, column] = numbers - rest * base
        numbers = rest
    return out
