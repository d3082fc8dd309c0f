"""AES over whole columns: a keyed pseudo-random function of strings (AES-CMAC, RFC 4493) and of integers, and mapping into ranges.

One call of the library's AES-ECB encrypts one block of every row of a batch, so the cost per row is that of AES, not of Python.
Every call opens its own AES context: nothing here is shared between threads.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC

Words = npt.NDArray[np.uint64]
Octets = npt.NDArray[np.uint8]
Places = npt.NDArray[np.int64]

BLOCK = 16
LONG = 2048
"""Bytes from which a value is hashed by itself: the library then runs through it faster than columns of single blocks."""

_KEEP = np.frombuffer(b"".join(b"\xff" * n + b"\0" * (BLOCK - n) for n in range(BLOCK + 1)), np.uint64).reshape(-1, 2)
_PAD = np.frombuffer(
    b"".join(b"\0" * n + b"\x80" + b"\0" * (BLOCK - 1 - n) for n in range(BLOCK)) + b"\0" * BLOCK, np.uint64
).reshape(-1, 2)
_CELL = np.dtype("V16")
"""A block as one item: numpy then moves it in one piece."""
_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)


def encrypt_blocks(key: bytes, blocks: Octets) -> Octets:
    """AES of each row of an (n, 16) array."""
    data = np.ascontiguousarray(blocks)
    out = np.empty(data.size + BLOCK - 1, np.uint8)  # update_into wants room for one unfinished block
    encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    encryptor.update_into(data.reshape(-1).data, out.data)
    return out[: data.size].reshape(-1, BLOCK)


def cmac(key: bytes, values: pa.Array) -> Words:
    """AES-CMAC of each value, as two big-endian words: shape (n, 2). NULL is hashed as empty (zeros, at a fixed size)."""
    starts, lengths, data = _buffers(values)
    longest = int(lengths.max(initial=0))
    if len(lengths) and longest == lengths.min() and longest <= LONG:
        tags = _cmac_uniform(key, data, starts, longest)
    elif longest <= BLOCK:
        tags = _cmac_sorted(key, data, starts, lengths)
    else:
        tags = _cmac_mixed(key, data, starts, lengths, longest)
    return tags.view(">u8").astype(np.uint64)


def _cmac_uniform(key: bytes, data: Octets, starts: Places, length: int) -> Words:
    """All values are equally long, as most columns are in a database's own form: nothing is sorted or looked up."""
    finish, blocks = _finish(key), max(-(-length // BLOCK), 1)
    state = np.zeros((len(starts), 2), np.uint64)
    for step in range(blocks):
        rows = np.ndarray(len(starts), _CELL, data.data, int(starts[0]) + BLOCK * step, (length,))
        message = rows.copy().view(np.uint64).reshape(-1, 2)
        if step == blocks - 1:
            left = length - BLOCK * step
            for word in range(2):  # by columns: a row of two words is too short for a loop of its own
                message[:, word] &= _KEEP[left, word]
                message[:, word] ^= finish[left, word]
        message ^= state
        state = encrypt_blocks(key, message.view(np.uint8)).view(np.uint64)
    return state


def _cmac_mixed(key: bytes, data: Octets, starts: Places, lengths: Places, longest: int) -> Words:
    """Longest first: the rows that still have a block to come are then always a prefix."""
    # The sort of 16-bit numbers is a radix sort. What is beyond LONG comes first and is hashed value by value.
    blocks = np.minimum((lengths + (BLOCK - 1)) // BLOCK, LONG // BLOCK + 1)
    order = np.argsort((LONG // BLOCK + 1 - np.maximum(blocks, 1)).astype(np.uint16), kind="stable")
    tags = np.empty((len(lengths), 2), np.uint64)
    long = int((lengths > LONG).sum()) if longest > LONG else 0
    for row in order[:long]:
        tags[row] = np.frombuffer(_cmac_of(key, data[starts[row] : starts[row] + lengths[row]]), np.uint64)
    short = order[long:]
    tags.view(_CELL)[short, 0] = _cmac_sorted(key, data, starts[short], lengths[short]).view(_CELL)[:, 0]
    return tags


def _cmac_sorted(key: bytes, data: Octets, starts: Places, lengths: Places) -> Words:
    """Of values whose numbers of blocks do not rise."""
    last = np.maximum(lengths - 1, 0) // BLOCK
    windows = np.ndarray(len(data) - BLOCK + 1, _CELL, data.data, strides=(1,))
    finish = _finish(key)
    state = np.zeros((len(starts), 2), np.uint64)
    for step in range(int(last[0]) + 1 if len(last) else 0):
        active = len(last) if not step else int(np.searchsorted(-last, -step, side="right"))
        ending = int(np.searchsorted(-last, -step, side="left"))
        message = windows[starts[:active] + BLOCK * step].view(np.uint64).reshape(-1, 2)
        left = lengths[ending:active] - BLOCK * step
        message[ending:] &= _KEEP.take(left, axis=0)
        message[ending:] ^= finish.take(left, axis=0)
        message ^= state[:active]
        state[:active] = encrypt_blocks(key, message.view(np.uint8)).view(np.uint64)
    return state


@lru_cache(maxsize=256)
def _finish(key: bytes) -> Words:
    """What the last block is combined with, by the number of its bytes: padding and subkey (RFC 4493, section 2.4)."""
    zero = np.zeros((1, BLOCK), np.uint8)
    first = _double(encrypt_blocks(key, zero).tobytes())
    subkeys = [_double(first)] * BLOCK + [first]
    return _PAD ^ np.frombuffer(b"".join(subkeys), np.uint64).reshape(-1, 2)


def _double(block: bytes) -> bytes:
    """Multiplication by x in GF(2^128) (RFC 4493, section 2.3)."""
    number = int.from_bytes(block, "big")
    doubled = (number << 1) & ((1 << 128) - 1)
    return (doubled ^ 0x87 if number >> 127 else doubled).to_bytes(BLOCK, "big")


def _cmac_of(key: bytes, value: Octets) -> bytes:
    mac = CMAC(algorithms.AES(key))
    mac.update(value.tobytes())
    return mac.finalize()


def _buffers(values: pa.Array) -> tuple[Places, Places, Octets]:
    """Where each value starts and how long it is, and the bytes with room for one block behind them."""
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    if pa.types.is_fixed_size_binary(values.type):
        return _fixed_buffers(values.fill_null(b"\0" * values.type.byte_width) if values.null_count else values)
    large = pa.types.is_large_string(values.type) or pa.types.is_large_binary(values.type)
    raw = values.buffers()[1]
    if not len(values) or raw is None:
        return np.zeros(len(values), np.int64), np.zeros(len(values), np.int64), np.zeros(BLOCK, np.uint8)
    offsets = np.frombuffer(raw, np.int64 if large else np.int32)[values.offset : values.offset + len(values) + 1]
    first, last = int(offsets[0]), int(offsets[-1])
    starts, lengths = offsets[:-1].astype(np.int64) - first, np.diff(offsets).astype(np.int64)
    if values.null_count:
        lengths *= values.is_valid().to_numpy(zero_copy_only=False)
    return starts, lengths, _padded(values.buffers()[2], first, last)


def _fixed_buffers(values: pa.FixedSizeBinaryArray) -> tuple[Places, Places, Octets]:
    width, rows = values.type.byte_width, len(values)
    first = values.offset * width
    lengths = np.full(rows, width, np.int64)
    return np.arange(rows, dtype=np.int64) * width, lengths, _padded(values.buffers()[1], first, first + rows * width)


def _padded(buffer: pa.Buffer | None, first: int, last: int) -> Octets:
    padded = np.empty(last - first + BLOCK, np.uint8)
    padded[last - first :] = 0
    if buffer is not None and last > first:
        padded[: last - first] = np.frombuffer(buffer, np.uint8)[first:last]
    return padded


def block_words(octets: Octets) -> Words:
    """Blocks of 16 bytes as an upper and a lower word each."""
    words: Words = np.ascontiguousarray(octets).view(">u8").astype(np.uint64).reshape(-1, 2)
    return words


def encrypt_integers(key: bytes, values: npt.NDArray[np.int64] | Words) -> Words:
    """A pseudo-random function of 64-bit integers, shape (n, 2): one AES block of sign and value."""
    block = np.zeros((len(values), 2), ">u8")
    block[:, 0] = values < 0
    block[:, 1] = values.view(np.uint64) if values.dtype == np.int64 else values.astype(np.uint64)
    return encrypt_blocks(key, block.view(np.uint8)).view(">u8").astype(np.uint64)


def expand(key: bytes, tags: Words, count: int) -> Words:
    """`count` words from each row of (n, 2) pseudo-random tags: shape (n, count), by AES of the tag and a counter."""
    blocks = -(-count // 2)
    message = np.repeat(tags.astype(">u8"), blocks, axis=0)
    message[:, 1] ^= np.tile(np.arange(blocks, dtype=np.uint64), len(tags))
    words: Words = encrypt_blocks(key, message.view(np.uint8)).view(">u8").astype(np.uint64)
    return words.reshape(len(tags), 2 * blocks)[:, :count]


def to_range(words: Words, size: int | Words) -> Words:
    """Uniform 64-bit words to numbers of range(size): floor(word * size / 2^64), by exact partial products.

    No number's probability differs from 1/size by more than 2^-64, so the relative bias is at most size / 2^64.
    """
    if isinstance(size, int) and not 0 < size < 1 << 64:
        raise ValueError("the size of a range is between 1 and 2^64 - 1")
    top, low = words >> _HALF, words & _LOW
    sizes = np.asarray(size, np.uint64)
    size_top, size_low = sizes >> _HALF, sizes & _LOW
    upper = top * size_low
    middle = ((low * size_low) >> _HALF) + (upper & _LOW) + low * size_top
    product: Words = top * size_top + (upper >> _HALF) + (middle >> _HALF)
    return product
