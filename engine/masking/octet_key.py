"""UUIDs and binary keys: a keyed bijection of their bits."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from engine.fpe import feistel_bits
from engine.keys import DomainKey
from engine.prf import Octets, Words, block_words

UUID_TEXT = r"^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$"
_HYPHENS = ((0, 8), (8, 12), (12, 16), (16, 20), (20, 32))
_WIDEST = 16


def permute_uuids(values: pa.Array, key: DomainKey) -> pa.Array:
    """Another UUID of the same version and variant for each of 16 bytes, none NULL."""
    return _binaries(_uuid_image(_octets(values, 16), key), values.type)


def permute_uuid_texts(texts: pa.Array, key: DomainKey) -> pa.Array:
    """The same for UUIDs written with hyphens; those with capitals only get capitals."""
    upper = pc.and_not(pc.match_substring_regex(texts, "[A-F]"), pc.match_substring_regex(texts, "[a-f]"))
    digits = pc.replace_substring(pc.ascii_lower(texts), "-", "")
    image = _uuid_image(np.frombuffer(bytes.fromhex("".join(digits.to_pylist())), np.uint8).reshape(-1, 16), key)
    plain = _text(np.frombuffer(image.tobytes().hex().encode(), np.uint8).reshape(-1, 32))
    parts = [pc.utf8_slice_codeunits(plain, first, end) for first, end in _HYPHENS]
    joined = pc.binary_join_element_wise(*parts, "-").cast(texts.type)
    return pc.if_else(upper, pc.ascii_upper(joined), joined)


def _uuid_image(octets: Octets, key: DomainKey) -> Octets:
    """The 122 bits beside version and variant permuted, for each version and variant in its own way (RFC 9562, section 4)."""
    words = block_words(octets)
    version, variant = (words[:, 0] >> np.uint64(12)) & np.uint64(0xF), words[:, 1] >> np.uint64(62)
    high = (words[:, 0] >> np.uint64(16) << np.uint64(12)) | (words[:, 0] & np.uint64(0xFFF))
    low = words[:, 1] & np.uint64((1 << 62) - 1)
    # 60 and 62 bits become halves of 61.
    left, right = (high << np.uint64(1)) | (low >> np.uint64(61)), low & np.uint64((1 << 61) - 1)
    left, right = feistel_bits(key.secret("uuid"), (version << np.uint64(2)) | variant, left, right, 61)
    high, low = left >> np.uint64(1), ((left & np.uint64(1)) << np.uint64(61)) | right
    first = (high >> np.uint64(12) << np.uint64(16)) | (version << np.uint64(12)) | (high & np.uint64(0xFFF))
    return _bytes(first, (variant << np.uint64(62)) | low)


def permute_binaries(values: pa.Array, key: DomainKey) -> pa.Array:
    """Other bytes of the same length for each value, none NULL: a bijection up to 16 bytes, beyond a pseudo-random string
    whose 128 bits keep values apart. Empty ones stay."""
    lengths = pc.binary_length(values)
    out = values
    for length in pc.unique(lengths).to_pylist():
        here = pc.equal(lengths, length)
        chosen = values.filter(here)
        image = _long_image(chosen, length, key) if length > _WIDEST else _short_image(_octets(chosen, length), key)
        out = pc.replace_with_mask(out, here, _binaries(image, values.type))
    return out


def _short_image(octets: Octets, key: DomainKey) -> Octets:
    length = octets.shape[1]
    wide = np.zeros((len(octets), _WIDEST), np.uint8)
    wide[:, _WIDEST - length :] = octets
    words = block_words(wide)
    if length <= 2:
        low = key.permutation(256**length, "binary").apply(words[:, 1])
        return _bytes(words[:, 0], low)[:, _WIDEST - length :]
    bits = 4 * length
    left, right = _halves(words, bits)
    left, right = feistel_bits(key.secret("binary"), np.full(len(octets), length, np.uint64), left, right, bits)
    return _bytes(*_whole(left, right, bits))[:, _WIDEST - length :]


def _halves(words: Words, bits: int) -> tuple[Words, Words]:
    """A number of 2 * bits bits in two."""
    if bits == 64:
        return words[:, 0], words[:, 1]
    above = (words[:, 1] >> np.uint64(bits)) | (words[:, 0] << np.uint64(64 - bits))
    return above, words[:, 1] & np.uint64((1 << bits) - 1)


def _whole(left: Words, right: Words, bits: int) -> tuple[Words, Words]:
    """The inverse of `_halves`: the upper and the lower word."""
    if bits == 64:
        return left, right
    return left >> np.uint64(64 - bits), (left << np.uint64(bits)) | right


def _long_image(values: pa.Array, length: int, key: DomainKey) -> Octets:
    words = key.words(key.cmac(values, "binary"), -(-length // 8), "binary")
    return words.astype(">u8").view(np.uint8).reshape(len(values), -1)[:, :length]


def _bytes(first: Words, second: Words) -> Octets:
    return np.stack([first, second], axis=1).astype(">u8").view(np.uint8).reshape(-1, 16)


def _octets(values: pa.Array, width: int) -> Octets:
    return np.frombuffer(b"".join(values.to_pylist()), np.uint8).reshape(len(values), width)


def _offsets(octets: Octets) -> pa.Buffer:
    count, width = octets.shape
    return pa.py_buffer((np.arange(count + 1) * width).astype(np.int32))


def _binaries(octets: Octets, type_: pa.DataType) -> pa.Array:
    data = pa.py_buffer(np.ascontiguousarray(octets))
    if pa.types.is_fixed_size_binary(type_):
        return pa.Array.from_buffers(type_, len(octets), [None, data])
    return pa.Array.from_buffers(pa.binary(), len(octets), [None, _offsets(octets), data]).cast(type_)


def _text(octets: Octets) -> pa.Array:
    return pa.StringArray.from_buffers(len(octets), _offsets(octets), pa.py_buffer(np.ascontiguousarray(octets)))
