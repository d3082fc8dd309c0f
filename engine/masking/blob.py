"""Pictures, documents and other bytes by placeholders."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import pyarrow as pa
import pyarrow.compute as pc

from connectors.schema import Kind
from engine.masking.base import Context, Masker, Properties, Subject
from engine.masking.columns import keep_null
from engine.masking.placeholders import KINDS, OTHER
from engine.problems import Problem


class Blob(Masker):
    """Every file becomes a tiny valid one of its kind (PNG, JPEG, GIF, PDF), everything else fixed bytes.

    Reads the first bytes only, to tell the kind; what stays is the kind, with `same_size` the size, and which rows are NULL or empty.
    A picture has one pixel: an application that looks at its size will notice.
    """

    name = "blob"
    title = "Placeholder of the same kind of file"
    kinds = frozenset({Kind.BINARY})
    properties = Properties(keyed=False, overlap="kept")
    version = 1
    EXAMPLES: ClassVar[tuple[dict[str, object], ...]] = ({}, {"same_size": True})

    same_size: bool = False
    """Pad each placeholder with zero bytes to the size of the original, where that is larger."""

    def check(self, subject: Subject) -> Iterator[Problem]:
        yield from super().check(subject)
        if subject.unique or subject.key:
            yield self.problem(
                subject,
                "mask-not-unique",
                "the column is unique or a key, and all placeholders of one kind are the same.",
                "Mask it with `pseudonym` or `token`.",
            )

    def mask_column(self, values: pa.Array, context: Context) -> pa.Array:
        limit, data = context.subject.column.length, values.cast(pa.large_binary())
        masked = _fixed(OTHER, len(values))
        for magic, placeholder in KINDS:
            masked = pc.if_else(pc.starts_with(data, magic), pa.scalar(placeholder, pa.large_binary()), masked)
        if self.same_size:
            masked = _padded(masked, pc.binary_length(data).fill_null(0))
        if limit is not None:
            masked = pc.binary_slice(masked, 0, limit)
        empty = pc.equal(pc.binary_length(data), 0)
        return keep_null(pc.if_else(empty, pa.scalar(b"", pa.large_binary()), masked), values).cast(values.type)


def _fixed(value: bytes, rows: int) -> pa.Array:
    return pa.repeat(pa.scalar(value, pa.large_binary()), rows)


def _padded(masked: pa.Array, sizes: pa.Array) -> pa.Array:
    """Zero bytes behind each value up to its size. A loop over values: blobs are few and large, and each gets its own length."""
    pairs = zip(masked.to_pylist(), sizes.to_pylist(), strict=True)
    return pa.array([None if value is None else value.ljust(size, b"\0") for value, size in pairs], pa.large_binary())
