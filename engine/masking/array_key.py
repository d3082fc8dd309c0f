"""Arrays as keys: every element by its own pseudonym, lengths, dimensions and NULL elements kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from uuid import UUID

import pyarrow as pa

from connectors.schema import Column, Kind

_ELEMENTS = {
    "smallint": (Kind.INTEGER, 16), "integer": (Kind.INTEGER, 32), "bigint": (Kind.INTEGER, 64), "oid": (Kind.INTEGER, 64),
    "uuid": (Kind.UUID, None), "text": (Kind.TEXT, None), "character varying": (Kind.TEXT, None), "name": (Kind.TEXT, None),
    "citext": (Kind.TEXT, None), "inet": (Kind.OTHER, None), "cidr": (Kind.OTHER, None), "macaddr": (Kind.OTHER, None),
    "macaddr8": (Kind.OTHER, None),
}  # fmt: skip
_TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"|([^\s{},"][^{},]*)')
_BOUNDS = re.compile(r"^[\[\]\d:+\-]+=")


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
    pieces = [list(_pieces(text)) for text in values.to_pylist()]
    texts = [part for array in pieces for part, is_element in array if is_element]
    if not texts:
        return values
    image = iter(_written(permute(_read(texts, element)), element))
    out = ["".join(next(image) if is_element else part for part, is_element in array) for array in pieces]
    return pa.array(out, values.type)


def _pieces(text: str) -> Iterator[tuple[str, bool]]:
    """Elements, unquoted, and what stands around them as it is: braces, commas, bounds and NULL."""
    bounds = _BOUNDS.match(text)
    start = bounds.end() if bounds else 0
    yield text[:start], False
    for token in _TOKEN.finditer(text, start):
        yield text[start : token.start()], False
        null = token[2] is not None and token[2].upper() == "NULL"
        yield (token[2], False) if null else (_plain(token), True)
        start = token.end()
    yield text[start:], False


def _plain(token: re.Match[str]) -> str:
    return token[2] if token[2] is not None else re.sub(r"\\(.)", r"\1", token[1], flags=re.DOTALL)


def _read(texts: list[str], element: Column) -> pa.Array:
    if element.kind is Kind.INTEGER:
        return pa.array([int(text) for text in texts], pa.int64())
    if element.kind is Kind.UUID:
        return pa.array([UUID(text).bytes for text in texts], pa.binary(16))
    return pa.array(texts, pa.string())


def _written(values: pa.Array, element: Column) -> Iterator[str]:
    for value in values.to_pylist():
        text = str(UUID(bytes=value)) if element.kind is Kind.UUID else str(value)
        yield '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
