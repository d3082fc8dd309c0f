"""AES over whole columns: a keyed pseudo-random function of strings (AES-CMAC, RFC 4493) and of integers, and mapping into ranges.

One call of the library's AES-ECB encrypts one block of every row of a batch, so the cost per row is that of AES, not of Python.
Every call opens its own AES context: nothing here is shared between threads.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC

Words = npt.NDArray[np.uint64]
Octets = npt.NDArray[np.uint8]

BLOCK = 16
LONG = 2048
"""Bytes from which a value is hashed by itself: the library then runs through it faster than columns of single blocks."""

_KEEP = np.frombuffer(b"".join(b"\xff" * n + b"\0" * (BLOCK - n) for n in range(BLOCK + 1)), np.uint64).reshape(-1, 2)
_PAD = np.frombuffer(
    b"".join(b"\0" * n + b"\x80" + b"\0" * (BLOCK - 1 - n) for n in range(BLOCK)) + b"\0" * BLOCK, np.uint64
).reshape(-1, 2)
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
    offsets, data = _buffers(values)
    lengths = np.diff(offsets)
    tags = np.empty((len(lengths), BLOCK), np.uint8)
    long = np.flatnonzero(lengths > LONG)
    for row in long:
        tags[row] = np.frombuffer(_cmac_of(key, data[offsets[row] : offsets[row + 1]]), np.uint8)
    short = np.flatnonzero(lengths <= LONG) if len(long) else np.arange(len(lengths))
    if len(short):
        # Longest first: the rows that still have a block to come are then always a prefix.
        order = short[np.argsort(-lengths[short], kind="stable")]
        tags[order] = _cmac_sorted(key, data, offsets[order], lengths[order])
    return tags.view(">u8").astype(np.uint64)


def _cmac_sorted(key: bytes, data: Octets, starts: npt.NDArray[np.int64], lengths: npt.NDArray[np.int64]) -> Octets:
    blocks = np.maximum((lengths + BLOCK - 1) // BLOCK, 1)
    windows = np.ndarray(len(data) - BLOCK + 1, dtype="V16", buffer=data.data, strides=(1,))
    finish = _finish(key)
    state = np.zeros((len(starts), 2), np.uint64)
    for step in range(int(blocks[0])):
        active = int(np.searchsorted(-blocks, -step, side="left"))
        ending = int(np.searchsorted(-blocks, -(step + 1), side="left"))
        message = windows[starts[:active] + BLOCK * step].view(np.uint64).reshape(-1, 2)
        left = lengths[ending:active] - BLOCK * step
        message[ending:] = (message[ending:] & _KEEP[left]) ^ finish[left]
        message ^= state[:active]
        state[:active] = encrypt_blocks(key, message.view(np.uint8)).view(np.uint64)
    return state.view(np.uint8)


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


def _buffers(values: pa.Array) -> tuple[npt.NDArray[np.int64], Octets]:
    """Offsets from zero, and the bytes with room for one block behind them."""
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    if values.null_count:
        values = values.fill_null(_empty(values.type))
    if pa.types.is_fixed_size_binary(values.type):
        width = values.type.byte_width
        offsets = np.arange(len(values) + 1, dtype=np.int64) * width
        first, data = values.offset * width, values.buffers()[1]
    else:
        large = pa.types.is_large_string(values.type) or pa.types.is_large_binary(values.type)
        raw = values.buffers()[1]
        if not len(values) or raw is None:
            return np.zeros(len(values) + 1, np.int64), np.zeros(BLOCK, np.uint8)
        whole = np.frombuffer(raw, np.int64 if large else np.int32)[values.offset : values.offset + len(values) + 1]
        first, data = int(whole[0]), values.buffers()[2]
        offsets = whole.astype(np.int64) - first
    size = int(offsets[-1])
    padded = np.zeros(size + BLOCK, np.uint8)
    if size:
        padded[:size] = np.frombuffer(data, np.uint8)[first : first + size]
    return offsets, padded


def _empty(type_: pa.DataType) -> str | bytes:
    if pa.types.is_string(type_) or pa.types.is_large_string(type_):
        return ""
    return b"\0" * type_.byte_width if pa.types.is_fixed_size_binary(type_) else b""


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
