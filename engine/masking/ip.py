"""Network addresses by others that share as long a prefix as they did."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator, Sequence
from functools import cache
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from connectors.schema import Kind
from engine.keys import DomainKey
from engine.masking.base import Context, Masker, Properties, Subject
from engine.masking.columns import over_distinct
from engine.masking.pseudonym import pseudonymise_texts
from engine.prf import BLOCK, encrypt_blocks
from engine.problems import Problem

Bits = npt.NDArray[np.uint8]
"""Rows of single bits, the most significant first."""

_NATIVE = frozenset({"inet", "cidr", "inet4", "inet6"})
_BITS = {socket.AF_INET: 32, socket.AF_INET6: 128}
SPECIAL = (
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.2.0/24",
    "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
    "::/96", "::ffff:0:0/96", "2001:db8::/32", "fc00::/7", "fe80::/10", "ff00::/8",
)  # fmt: skip
"""Private, local, documentation and multicast addresses (RFC 6890): a masked one stays among those of its kind."""


class Ip(Masker):
    """Each IP address by another, so that two addresses of one network are in one network afterwards (prefix-preserving: Xu, Fan,
    Ammar, Moon, ICNP 2002).

    Distinct addresses stay distinct; a private address stays private, of the same range; the size of a network (`/24`) and its host 0
    stay. Structure is what it keeps: whoever knows some pairs learns the prefixes of their neighbours. A masked public address is
    somebody's. What is no address in its usual writing (RFC 5952) is masked as `pseudonym`.
    """

    name = "ip"
    title = "Network address, its networks kept together"
    domain = "ip"
    kinds = frozenset({Kind.TEXT, Kind.OTHER})
    properties = Properties(bijective=True)
    EXAMPLES: ClassVar[tuple[dict[str, object], ...]] = ({},)

    def check(self, subject: Subject) -> Iterator[Problem]:
        yield from super().check(subject)
        column = subject.column
        if column.kind is Kind.OTHER and column.native.casefold() not in _NATIVE:
            reason = f"ip masks texts and {', '.join(sorted(_NATIVE))}, and this column is {column.native}."
            yield self.problem(
                subject, "mask-kind", reason, "Choose a mask for this type; `lookalike plan` proposes one."
            )
        elif column.kind is Kind.TEXT and column.length is not None and column.length < 15:
            reason = f"An address takes up to 15 characters and the column {column.length}."
            yield self.problem(
                subject, "mask-length", reason, "Widen the column in the target, or mask it with `pseudonym`."
            )

    def mask_column(self, values: pa.Array, context: Context) -> pa.Array:
        return over_distinct(values, lambda distinct: _mask(distinct, context))


def _mask(values: pa.Array, context: Context) -> pa.Array:
    # No kernel reads or writes addresses: the distinct ones go through the system's own functions.
    texts = values.to_pylist()
    parsed = [_parsed(text) for text in texts]
    out = _others(texts, parsed, context)
    for family, size in sorted({(found[0], found[1]) for found in parsed if found is not None}):
        rows = [row for row, found in enumerate(parsed) if found is not None and found[:2] == (family, size)]
        packed = np.frombuffer(b"".join(found[2] for row in rows if (found := parsed[row])), np.uint8)
        image = np.packbits(_networks(_bits(packed, family), size, context.key), axis=1)
        for row, octets in zip(rows, image, strict=True):
            written = socket.inet_ntop(family, octets.tobytes())
            out[row] = f"{written}/{size}" if "/" in texts[row] else written
    return pa.array(out, values.type)


def _parsed(text: str) -> tuple[socket.AddressFamily, int, bytes] | None:
    """Family, bits of the network, octets. Only of a text that is written as it would be printed: no two texts are one address."""
    address, slash, size = text.partition("/")
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        octets = socket.inet_pton(family, address)
    except (OSError, ValueError):
        return None
    bits = int(size) if size.isascii() and size.isdigit() else _BITS[family]
    usual = socket.inet_ntop(family, octets) + (f"/{bits}" if slash else "")
    return (family, bits, octets) if usual == text and bits <= _BITS[family] else None


def _others(texts: list[str], parsed: Sequence[object], context: Context) -> list[str]:
    """What is no address, by its pseudonym, walked on while that is one."""
    out = list(texts)
    waiting = [row for row, found in enumerate(parsed) if found is None]
    while waiting:
        image = pseudonymise_texts(pa.array([out[row] for row in waiting], pa.string()), context.key, context.subject)
        for row, text in zip(waiting, image.to_pylist(), strict=True):
            out[row] = text
        waiting = [row for row in waiting if _parsed(out[row]) is not None]
    return out


def _bits(packed: npt.NDArray[np.uint8], family: socket.AddressFamily) -> Bits:
    return np.unpackbits(packed.reshape(-1, _BITS[family] // 8), axis=1)


def _networks(bits: Bits, size: int, key: DomainKey) -> Bits:
    """Addresses of networks of one size: the host 0 stays the host 0, what would become it takes the place that 0 has left."""
    image = _addresses(bits, size, key)
    zero = ~bits[:, size:].any(axis=1)
    base = bits.copy()
    base[:, size:] = 0
    became = ~image[:, size:].any(axis=1) & ~zero
    if became.any():
        image[became, size:] = _addresses(base[became], size, key)[:, size:]
    image[zero, size:] = 0
    return image


def _addresses(bits: Bits, size: int, key: DomainKey) -> Bits:
    """A bijection of all addresses that maps each special range onto itself, and the others onto the others.

    A range smaller than the network does not count: all addresses of a network must go the same way.
    """
    special = _special(bits.shape[1], size)
    out = bits.copy()
    common = np.ones(len(bits), np.bool_)
    for prefix in special:
        inside = (bits[:, : len(prefix)] == prefix).all(axis=1)
        common &= ~inside
        rows = np.flatnonzero(inside)
        if len(rows):
            out[rows] = prefix_preserving(bits[rows], key, len(prefix))
    waiting = np.flatnonzero(common)
    while len(waiting):
        out[waiting] = prefix_preserving(out[waiting], key, 0)
        waiting = waiting[_starts_with(out[waiting], special)]
    return out


def _starts_with(bits: Bits, prefixes: Sequence[Bits]) -> npt.NDArray[np.bool_]:
    found = np.zeros(len(bits), np.bool_)
    for prefix in prefixes:
        found |= (bits[:, : len(prefix)] == prefix).all(axis=1)
    return found


@cache
def _special(width: int, size: int) -> tuple[Bits, ...]:
    networks = [ipaddress.ip_network(text) for text in SPECIAL]
    return tuple(
        np.unpackbits(np.frombuffer(network.network_address.packed, np.uint8))[: network.prefixlen]
        for network in networks
        if network.max_prefixlen == width and network.prefixlen <= size
    )


def prefix_preserving(bits: Bits, key: DomainKey, kept: int) -> Bits:
    """Each bit behind the first `kept` is turned or not by a pseudo-random function of the bits before it."""
    secret = key.secret(f"prefix/{bits.shape[1]}")
    out = bits.copy()
    message = np.zeros((len(bits), 8 * BLOCK), np.uint8)
    for place in range(bits.shape[1]):
        if place >= kept:
            # A one ends the prefix, so that no two prefixes are one message.
            message[:, place] = 1
            out[:, place] ^= encrypt_blocks(secret, np.packbits(message, axis=1))[:, 0] & 1
        message[:, place] = bits[:, place]
    return out
