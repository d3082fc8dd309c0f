"""Cheap questions to the bytes of a text column, which answer for all its values at once where most columns need no closer look:
is it plain ASCII, may some value be blank, does some character occur at all?"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Octets = npt.NDArray[np.uint8]
Places = npt.NDArray[np.int64]

_SPACE = 0x20
_ASCII = 0x80
_ALNUM = np.array([chr(octet).isalnum() and octet < _ASCII for octet in range(256)])


def octets_of(texts: pa.Array) -> tuple[Places, Octets]:
    """Where each value starts, with the end of the last one, and the bytes of them all (not to be written to)."""
    large = pa.types.is_large_string(texts.type) or pa.types.is_large_binary(texts.type)
    raw, data = texts.buffers()[1:]
    if not len(texts) or raw is None or data is None:
        return np.zeros(len(texts) + 1, np.int64), np.empty(0, np.uint8)
    offsets = np.frombuffer(raw, np.int64 if large else np.int32)[texts.offset : texts.offset + len(texts) + 1]
    first = int(offsets[0])
    return offsets.astype(np.int64) - first, np.frombuffer(data, np.uint8)[first : int(offsets[-1])]


def all_ascii(texts: pa.Array) -> bool:
    """Is there no other character?"""
    return int(octets_of(texts)[1].max(initial=0)) < _ASCII


def any_letter(texts: pa.Array) -> bool:
    """Is there any letter of ASCII?"""
    data = octets_of(texts)[1]
    return bool((((data | np.uint8(0x20)) - np.uint8(ord("a"))) < 26).any())


def any_of(texts: pa.Array, characters: str) -> bool:
    """Is any of these ASCII characters there?"""
    data = octets_of(texts)[1]
    return any(bool((data == ord(character)).any()) for character in characters)


def spaced_evenly(texts: pa.Array) -> bool:
    """Is all white space single blanks? A False may be wrong where one value ends with a blank and the next begins with one."""
    data = octets_of(texts)[1]
    if ((data - np.uint8(9)) < 5).any():
        return False
    blank = data == _SPACE
    return not (blank[1:] & blank[:-1]).any()


def blanks(texts: pa.Array) -> pa.Array | None:
    """Which texts are empty or nothing but white space (null for NULL); None where there is none of either."""
    offsets, data = octets_of(texts)
    starts = offsets[:-1]
    if len(data) and (np.diff(offsets) > 0).all():
        # White space of Unicode begins with a control character, a blank, or a byte beyond ASCII.
        begin = data[starts]
        if ((begin > _SPACE) & (begin < _ASCII)).all():
            return None
    return pc.or_(pc.equal(pc.binary_length(texts), 0), pc.utf8_is_space(texts))


def all_framed(texts: pa.Array) -> bool:
    """Does every text begin and end with a letter or digit of ASCII, or hold nothing?"""
    offsets, data = octets_of(texts)
    some = np.diff(offsets) > 0
    return bool(_ALNUM[data[offsets[:-1][some]]].all() and _ALNUM[data[offsets[1:][some] - 1]].all())


def any_single(texts: pa.Array) -> bool:
    """May some text be a single character?"""
    offsets, data = octets_of(texts)
    lengths = np.diff(offsets)
    if (lengths == 1).any():
        return True
    short = (lengths == 2) | (lengths == 3)
    return bool((data[offsets[:-1][short]] >= _ASCII).any())
