"""Strings of bits as keys: a keyed bijection of all strings of one length."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from engine.fpe import feistel_bits
from engine.keys import DomainKey
from engine.masking.keyed_token import fixed_width_text
from engine.prf import Words, block_words

WIDEST = 128
_WORD = 64


def permute_bits(values: pa.Array, key: DomainKey) -> pa.Array:
    """Another string of 0 and 1 of the same length for each, none NULL: a bijection up to 128 bits, beyond a pseudo-random string."""
    out = values
    for length in pc.unique(pc.binary_length(values)).to_pylist():
        here = pc.equal(pc.binary_length(values), length)
        if length:
            out = pc.replace_with_mask(out, here, _image(values.filter(here), length, key).cast(values.type))
    return out


def permute_numbers(words: Words, bits: int, key: DomainKey, label: str) -> Words:
    """A bijection of numbers of up to 128 bits, each an upper and a lower word."""
    if not bits or not len(words):
        return words
    if bits <= _WORD:
        image = key.permutation(1 << bits, label).apply(np.ascontiguousarray(words[:, 1]))
        return np.stack([np.zeros_like(image), image], axis=1)
    out, waiting = words.copy(), np.arange(len(words))
    # A Feistel network has halves of one size: of an odd number of bits, what leaves the domain walks on until it is back.
    while len(waiting):
        out[waiting] = _feistel(out[waiting], bits + bits % 2, key, label)
        waiting = waiting[out[waiting, 0] >> np.uint64(bits - _WORD) != 0] if bits < WIDEST else waiting[:0]
    return out


def _feistel(words: Words, bits: int, key: DomainKey, label: str) -> Words:
    half = bits // 2
    mask = np.uint64((1 << half) - 1)
    left, right = words[:, 0], words[:, 1]
    if half < _WORD:
        left = (words[:, 0] << np.uint64(_WORD - half)) | (words[:, 1] >> np.uint64(half))
        right = words[:, 1] & mask
    left, right = feistel_bits(key.secret(label), np.full(len(words), bits, np.uint64), left, right, half)
    if half == _WORD:
        return np.stack([left, right], axis=1)
    return np.stack([left >> np.uint64(_WORD - half), (left << np.uint64(half)) | right], axis=1)


def _image(values: pa.Array, length: int, key: DomainKey) -> pa.Array:
    if length > WIDEST:
        drawn = key.words(key.cmac(values, "bits"), -(-length // _WORD), "bits")
        octets = np.unpackbits(drawn.astype(">u8").view(np.uint8).reshape(len(values), -1), axis=1)[:, :length]
        return fixed_width_text(octets + ord("0"))
    signs = np.frombuffer("".join(values.to_pylist()).encode(), np.uint8).reshape(-1, length) - ord("0")
    wide = np.zeros((len(values), WIDEST), np.uint8)
    wide[:, WIDEST - length :] = signs
    image = permute_numbers(block_words(np.packbits(wide, axis=1)), length, key, f"bits/{length}")
    bits = np.unpackbits(image.astype(">u8").view(np.uint8).reshape(-1, WIDEST // 8), axis=1)
    return fixed_width_text(bits[:, WIDEST - length :] + ord("0"))


def permute_sets(values: pa.Array, labels: tuple[str, ...], key: DomainKey) -> pa.Array:
    """Another set of labels for each (MySQL's SET, at most 64): a bijection of all sets. What names no label stays."""
    places = {label: place for place, label in enumerate(labels)}
    known = [_number(text, places) for text in values.to_pylist()]
    numbers = np.array([number or 0 for number in known], np.uint64)
    image = key.permutation(1 << len(labels), "set").apply(numbers)
    texts = [
        text if number is None else ",".join(_members(int(new), labels))
        for text, number, new in zip(values.to_pylist(), known, image, strict=True)
    ]
    return pa.array(texts, values.type)


def _number(text: str, places: Mapping[str, int]) -> int | None:
    members = text.split(",") if text else []
    return sum(1 << places[member] for member in set(members)) if set(members) <= places.keys() else None


def _members(number: int, labels: tuple[str, ...]) -> Iterator[str]:
    return (label for place, label in enumerate(labels) if number >> place & 1)
