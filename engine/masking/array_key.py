"""Arrays as keys: every element by its own pseudonym, lengths, dimensions and NULL elements kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from uuid import UUID

import pyarrow as pa

from connectors.schema import Column, Kind
from engine.masking.array_text import is_element, pieces, plain, quoted

_ELEMENTS = {
    "smallint": (Kind.INTEGER, 16), "integer": (Kind.INTEGER, 32), "bigint": (Kind.INTEGER, 64), "oid": (Kind.INTEGER, 64),
    "uuid": (Kind.UUID, None), "text": (Kind.TEXT, None), "character varying": (Kind.TEXT, None), "name": (Kind.TEXT, None),
    "citext": (Kind.TEXT, None), "inet": (Kind.OTHER, None), "cidr": (Kind.OTHER, None), "macaddr": (Kind.OTHER, None),
    "macaddr8": (Kind.OTHER, None),
}  # fmt: skip


def element_of(column: Column) -> Column | None:
    """A column of the array's elements; None where they have no pseudonym."""
    native, _, length = (column.element or "").casefold().partition("(")
    kind, bits = _ELEMENTS.get(native.strip(), (None, None))
    if column.kind is not Kind.ARRAY or kind is None:
        return None
    most = int(length.rstrip(")")) if length.rstrip(")").isdecimal() else None
    return replace(column, native=native.strip(), kind=kind, precision=bits, length=most, element=None)


def permute_arrays(values: pa.Array, element: Column, permute: Callable[[pa.Array], pa.Array]) -> pa.Array:
    """Another array of the same dimensions for each; `permute` masks elements in the carrier of their kind."""
    # Arrays are text here, and no kernel reads them: the elements of all are masked together.
    cut = [pieces(text) for text in values.to_pylist()]
    texts = [plain(piece) for _, array in cut for piece in array if is_element(piece)]
    if not texts:
        return values
    image = iter(_written(permute(_read(texts, element)), element))
    out = [bounds + "".join(next(image) if is_element(piece) else piece for piece in array) for bounds, array in cut]
    return pa.array(out, values.type)


def _read(texts: list[str], element: Column) -> pa.Array:
    if element.kind is Kind.INTEGER:
        return pa.array([int(text) for text in texts], pa.int64())
    if element.kind is Kind.UUID:
        return pa.array([UUID(text).bytes for text in texts], pa.binary(16))
    return pa.array(texts, pa.string())


def _written(values: pa.Array, element: Column) -> Iterator[str]:
    for value in values.to_pylist():
        yield quoted(str(UUID(bytes=value)) if element.kind is Kind.UUID else str(value))
