"""Row ids as tokens: what the key store keeps and joins in place of an id, so that no cell value is ever in it or in its files.

A token is 16 bytes, equal exactly where the ids are. Up to two integers fit into one block: a place (a ctid) as it is, so that tokens
stand in the order of places; cell values encrypted with AES-256 under a key of their table, a permutation of blocks. Every other
id is sealed in the way of SIV (Rogaway and Shrimpton, A Provable-Security Treatment of the Key-Wrap Problem, EUROCRYPT 2006, doi
10.1007/11761679_23): the token is the AES-CMAC of the packed id, and beside it a body, the id encrypted with AES in counter mode from
the token on. All of it works on whole columns.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from connectors.names import TableName
from connectors.rows import ID, RowIds
from engine.keys import MaskingKey
from engine.prf import BLOCK, Octets, Places, cmac, encrypt_blocks

TOKEN = pa.uuid()
"""As the store takes it: its type of 16 bytes."""
_STORAGE = pa.binary(BLOCK)


@dataclass(frozen=True, slots=True)
class Sealed:
    """Ids of one table, each as its token; NULL where the id is."""

    tokens: pa.Array
    """Of type TOKEN."""
    bodies: pa.Array | None = None
    """What opens the ids again, where the tokens alone do not."""


class Tokens:
    """Turns the ids of one table into tokens and back."""

    def __init__(self, table: TableName, ids: RowIds, key: MaskingKey) -> None:
        self.ids = ids
        self._fits = len(ids.types) <= 2 and all(pa.types.is_int64(type_) for type_ in ids.types)
        self._plain = self._fits and not ids.values
        self._key = key.derive(f"subset/{table}/token")
        self._body_key = key.derive(f"subset/{table}/body")

    @property
    def bodies(self) -> bool:
        """Is more than the token needed to open an id again?"""
        return not self._fits

    def seal(self, rows: pa.Table | pa.RecordBatch, pattern: str = ID) -> Sealed:
        """The ids in the columns of this pattern."""
        columns = [_whole(rows.column(name)) for name in self.ids.names(pattern)]
        missing = columns[0].is_null() if columns[0].null_count else None
        if self._fits:
            blocks = _blocks(columns)
            return Sealed(token_array(blocks if self._plain else encrypt_blocks(self._key, blocks), missing))
        packed = _packed(columns)
        tags = np.ascontiguousarray(cmac(self._key, packed).astype(">u8")).view(np.uint8).reshape(-1, BLOCK)
        return Sealed(token_array(tags, missing), self._crypt(packed, tags))

    def open(self, sealed: Sealed, pattern: str = ID) -> pa.Table:
        """The ids again, as a table of `RowIds.schema(pattern)`. No token is NULL."""
        tokens = token_octets(sealed.tokens)
        if sealed.bodies is not None:
            columns = _unpacked(self._crypt(_whole(sealed.bodies), tokens), self.ids.types)
        else:
            blocks = tokens if self._plain else _decrypted(self._key, tokens)
            words = np.ascontiguousarray(blocks).view(">i8").astype(np.int64).reshape(-1, 2)
            columns = [pa.array(words[:, place].copy()) for place in _places(self.ids.types)]
        return pa.Table.from_arrays(columns, schema=self.ids.schema(pattern))

    def _crypt(self, values: pa.Array, tags: Octets) -> pa.Array:
        """Each value combined with the key stream that begins at its tag: its own inverse."""
        offsets, data = _binary_buffers(values)
        lengths = np.diff(offsets)
        blocks = (lengths + BLOCK - 1) // BLOCK
        counters = np.repeat(np.ascontiguousarray(tags).view(">u8").astype(np.uint64).reshape(-1, 2), blocks, axis=0)
        counters[:, 1] += _counted(blocks).astype(np.uint64)
        stream = encrypt_blocks(self._body_key, counters.astype(">u8").view(np.uint8)).reshape(-1)
        starts = np.concatenate([[0], np.cumsum(blocks)])[:-1] * BLOCK
        mixed = data ^ stream[np.repeat(starts, lengths) + _counted(lengths)]
        return _binary(offsets, mixed)


def token_array(octets: Octets, missing: pa.Array | None = None) -> pa.Array:
    """An (n, 16) array as tokens."""
    data = pa.py_buffer(np.ascontiguousarray(octets))
    storage = pa.FixedSizeBinaryArray.from_buffers(_STORAGE, len(octets), [None, data])
    if missing is not None:
        storage = pc.if_else(missing, pa.scalar(None, _STORAGE), storage)
    return pa.ExtensionArray.from_storage(TOKEN, storage)


def token_octets(tokens: pa.Array | pa.ChunkedArray) -> Octets:
    """Tokens as an (n, 16) array of bytes; zeros where NULL."""
    array = _whole(tokens)
    storage = array.storage if isinstance(array, pa.ExtensionArray) else array
    data = np.frombuffer(storage.buffers()[1] or b"", np.uint8)[storage.offset * BLOCK :]
    return data[: len(storage) * BLOCK].reshape(-1, BLOCK)


def _blocks(columns: Sequence[pa.Array]) -> Octets:
    words = np.zeros((len(columns[0]), 2), ">i8")
    # A single number stands in the lower half, so that tokens of places are in the order of places.
    for place, column in zip(_places([column.type for column in columns]), columns, strict=True):
        words[:, place] = column.fill_null(0).to_numpy()
    return words.view(np.uint8).reshape(-1, BLOCK)


def _places(types: Sequence[pa.DataType]) -> range:
    return range(2 - len(types), 2)


def _decrypted(key: bytes, blocks: Octets) -> Octets:
    decryptor = Cipher(algorithms.AES(key), modes.ECB()).decryptor()
    return np.frombuffer(decryptor.update(blocks.tobytes()), np.uint8).reshape(-1, BLOCK)


def _packed(columns: Sequence[pa.Array]) -> pa.Array:
    """Each id as one string: numbers and lengths of texts first, at fixed places, then the texts. NULL is packed as empty."""
    if len(columns) == 1 and pa.types.is_binary(columns[0].type):
        return columns[0].fill_null(b"")
    filled = [column.fill_null(0 if pa.types.is_int64(column.type) else b"") for column in columns]
    texts = [column for column in filled if not pa.types.is_int64(column.type)]
    fixed = [column if pa.types.is_int64(column.type) else pc.binary_length(column) for column in filled]
    return pc.binary_join_element_wise(*(_octets(column.cast(pa.int64())) for column in fixed), *texts, b"")


def _unpacked(packed: pa.Array, types: Sequence[pa.DataType]) -> list[pa.Array]:
    if len(types) == 1 and pa.types.is_binary(types[0]):
        return [packed]
    offsets, data = _binary_buffers(packed)
    starts = offsets[:-1].astype(np.int64)
    windows = np.lib.stride_tricks.sliding_window_view(np.append(data, np.zeros(8, np.uint8)), 8)
    fixed = [windows[starts + 8 * place].copy().view(np.int64).reshape(-1) for place in range(len(types))]
    starts = starts + 8 * len(types)
    columns = []
    for type_, numbers in zip(types, fixed, strict=True):
        columns.append(pa.array(numbers) if pa.types.is_int64(type_) else _slices(data, starts, numbers))
        starts = starts if pa.types.is_int64(type_) else starts + numbers
    return columns


def _slices(data: Octets, starts: Places, lengths: Places) -> pa.Array:
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    return _binary(offsets, data[np.repeat(starts, lengths) + _counted(lengths)])


def _counted(lengths: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """0 to each length, one after the other: 2, 3 gives 0, 1, 0, 1, 2."""
    ends = np.cumsum(lengths, dtype=np.int64)
    return np.arange(int(ends[-1]) if len(ends) else 0, dtype=np.int64) - np.repeat(ends - lengths, lengths)


def _octets(numbers: pa.Array) -> pa.Array:
    data = pa.py_buffer(np.ascontiguousarray(numbers.to_numpy()))
    return pa.FixedSizeBinaryArray.from_buffers(pa.binary(8), len(numbers), [None, data]).cast(pa.binary())


def _binary(offsets: npt.NDArray[np.int64], data: Octets) -> pa.Array:
    return pa.BinaryArray.from_buffers(
        pa.binary(), len(offsets) - 1, [None, pa.py_buffer(offsets.astype(np.int32)), pa.py_buffer(data)]
    )


def _binary_buffers(values: pa.Array) -> tuple[npt.NDArray[np.int64], Octets]:
    """Offsets from 0 on and the bytes that they point into."""
    buffers = values.buffers()
    offsets = np.frombuffer(buffers[1] or b"\0\0\0\0", np.int32)[values.offset : values.offset + len(values) + 1]
    data = np.frombuffer(buffers[2] or b"", np.uint8)[offsets[0] : offsets[-1]]
    return offsets.astype(np.int64) - offsets[0], data


def _whole(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def concatenated(parts: Iterable[Sealed]) -> Sealed:
    """Several parts as one."""
    every = list(parts)
    bodies = [part.bodies for part in every if part.bodies is not None]
    return Sealed(pa.concat_arrays([part.tokens for part in every]), pa.concat_arrays(bodies) if bodies else None)
