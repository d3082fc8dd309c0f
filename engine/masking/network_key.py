"""Network addresses as keys: a keyed bijection of the networks of each size, and of the hosts within them."""

from __future__ import annotations

import re
import socket

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from connectors.schema import Column
from engine.keys import DomainKey
from engine.masking.bit_key import WIDEST, permute_numbers
from engine.prf import Octets, Words, block_words

_ADDRESSES = frozenset({"inet", "cidr", "inet4", "inet6"})
_HARDWARE = frozenset({"macaddr", "macaddr8"})
_CARD = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}(:[0-9a-f]{2}:[0-9a-f]{2})?")
_BITS = {socket.AF_INET: 32, socket.AF_INET6: 128}


def is_network(column: Column) -> bool:
    """Does the column hold addresses of networks or of network cards?"""
    return column.native.casefold() in _ADDRESSES | _HARDWARE


def are_addresses(values: pa.Array) -> pa.Array:
    """Which texts, none NULL, are addresses: SQLite lets others stand in such a column."""
    return pa.array(
        [_parsed(text) is not None or _CARD.fullmatch(text) is not None for text in values.to_pylist()], pa.bool_()
    )


def permute_networks(values: pa.Array, key: DomainKey, column: Column) -> pa.Array:
    """Another address of the same family and size of network for each, none NULL; the host 0 of a network stays the host 0, so
    that columns of networks and of hosts agree."""
    if column.native.casefold() in _HARDWARE:
        return _hardware(values, key)
    # No kernel reads or writes addresses: the distinct ones go through the system's own functions.
    parsed = [found for text in values.to_pylist() if (found := _parsed(text)) is not None]
    out = [""] * len(parsed)
    for family, size in sorted({(family, size) for family, size, _ in parsed}):
        rows = [row for row, (one, other, _) in enumerate(parsed) if (one, other) == (family, size)]
        image = _addresses(b"".join(parsed[row][2] for row in rows), _BITS[family], size, key)
        for row, octets in zip(rows, image, strict=True):
            text = socket.inet_ntop(family, octets.tobytes())
            out[row] = text if size == _BITS[family] and "/" not in values[row].as_py() else f"{text}/{size}"
    return pa.array(out, values.type)


def _parsed(text: str) -> tuple[socket.AddressFamily, int, bytes] | None:
    address, _, size = text.partition("/")
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        return family, int(size) if size else _BITS[family], socket.inet_pton(family, address)
    except (OSError, ValueError):
        return None


def _addresses(packed: bytes, bits: int, size: int, key: DomainKey) -> Octets:
    """The addresses of one family and size of network, as rows of octets."""
    whole = np.zeros((len(packed) * 8 // bits, WIDEST // 8), np.uint8)
    whole[:, (WIDEST - bits) // 8 :] = np.frombuffer(packed, np.uint8).reshape(-1, bits // 8)
    host = bits - size
    networks, hosts = block_words(_moved(whole, host)), _masked(whole, host)
    label = f"network/{bits}/{size}"
    image = permute_numbers(networks, size, key, label)
    inside = _hosts(hosts, host, key, label)
    return (_moved(_octets(image), -host) | _octets(inside))[:, (WIDEST - bits) // 8 :]


def _hosts(hosts: Words, bits: int, key: DomainKey, label: str) -> Words:
    """A bijection of host numbers that leaves 0 as it is: what becomes 0 takes the place that 0 left."""
    image = permute_numbers(hosts, bits, key, f"{label}/host")
    zero = permute_numbers(np.zeros((1, 2), np.uint64), bits, key, f"{label}/host")
    became = np.all(image == 0, axis=1, keepdims=True)
    return np.where(np.all(hosts == 0, axis=1, keepdims=True), hosts, np.where(became, zero, image))


def _masked(octets: Octets, bits: int) -> Words:
    flags = np.unpackbits(octets, axis=1)
    flags[:, : WIDEST - bits] = 0
    return block_words(np.packbits(flags, axis=1))


def _moved(octets: Octets, right: int) -> Octets:
    """The bits moved to the right, to the left where the number is negative."""
    flags = np.unpackbits(octets, axis=1)
    moved = np.zeros_like(flags)
    if right >= 0:
        moved[:, right:] = flags[:, : WIDEST - right]
    else:
        moved[:, :right] = flags[:, -right:]
    return np.packbits(moved, axis=1)


def _octets(words: Words) -> Octets:
    return words.astype(">u8").view(np.uint8).reshape(-1, WIDEST // 8)


def _hardware(values: pa.Array, key: DomainKey) -> pa.Array:
    """Another card of the same width for each."""
    digits = values.to_pylist()
    numbers = np.array([int(text.replace(":", ""), 16) for text in digits], np.uint64)
    bits = np.array([4 * len(text.replace(":", "")) for text in digits], np.int64)
    out = [""] * len(digits)
    for width in np.unique(bits).tolist():
        rows = np.flatnonzero(bits == width)
        for row, number in zip(rows.tolist(), permute_cards(numbers[rows], width, key).tolist(), strict=True):
            out[row] = number.to_bytes(width // 8, "big").hex(":")
    return pa.array(out, values.type)


def permute_cards(numbers: npt.NDArray[np.uint64], width: int, key: DomainKey) -> npt.NDArray[np.uint64]:
    """A bijection of hardware addresses of 48 or 64 bits that leaves the two bits "group" and "given locally" as they are."""
    low = np.uint64(width - 8)
    first, rest = numbers >> low, numbers & np.uint64((1 << (width - 8)) - 1)
    image = np.empty_like(numbers)
    for said in range(4):
        rows = np.flatnonzero(first & np.uint64(3) == said)
        permuted = key.permutation(1 << (width - 2), f"card/{width}/{said}").apply(
            (first[rows] >> np.uint64(2) << low) | rest[rows]
        )
        top = (permuted >> low << np.uint64(2)) | np.uint64(said)
        image[rows] = (top << low) | (permuted & np.uint64((1 << (width - 8)) - 1))
    return image
