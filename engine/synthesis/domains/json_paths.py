"""JSON documents by path: each scalar leaf of a published set of paths is coded by itself, and documents are put together again."""

from __future__ import annotations

from json import dumps, loads
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from pydantic import Field

from engine.synthesis.domains.base import Domain, Part, flat, nulls_of
from engine.synthesis.domains.bins import Bins
from engine.synthesis.domains.categories import Categories
from engine.synthesis.domains.integers import Integers
from engine.synthesis.forest import Codes

Path = tuple[str, ...]
_PRESENT, _ABSENT = 0, 1


class Json(Domain):
    """The first part says whether there is a document; a leaf that a document lacks, or that is null in it, is that leaf's NULL."""

    kind: Literal["json"] = "json"
    type: str = "string"
    paths: tuple[Path, ...] = ()
    leaves: tuple[Categories | Integers | Bins, ...] = Field(default=())

    @property
    def parts(self) -> tuple[Part, ...]:
        found = [
            Part(part.size, part.ordered, "$" + ".".join(path) + part.suffix)
            for path, leaf in zip(self.paths, self.leaves, strict=True)
            for part in leaf.parts
        ]
        return (Part(1 + self.nullable), *found)

    def encode(self, values: pa.Array) -> Codes:
        values = flat(values)
        present = np.where(nulls_of(values) & self.nullable, _ABSENT, _PRESENT).astype(np.int32)
        columns = leaves_of(values, self.paths)
        codes = [leaf.encode(carried(found, leaf.type)) for found, leaf in zip(columns, self.leaves, strict=True)]
        return np.concatenate([present.reshape(-1, 1), *codes], axis=1)

    def decode(self, codes: Codes, rng: np.random.Generator) -> pa.Array:
        at, columns = 1, []
        for leaf in self.leaves:
            columns.append(leaf.decode(codes[:, at : at + 1], rng).to_pylist())
            at += 1
        # A document is put together row by row: JSON has no columns.
        rows = zip(*columns, strict=True) if columns else iter([()] * len(codes))
        documents = [dumps(_nested(self.paths, row), ensure_ascii=False) for row in rows]
        return pa.array(documents, pa.string(), mask=(codes[:, 0] == _ABSENT) & self.nullable)


def leaves_of(values: pa.Array, paths: tuple[Path, ...]) -> list[list[Any]]:
    """The scalars at each path of each document, None where there is none. Each distinct document is parsed once."""
    coded = values.dictionary_encode()
    parsed = [_parsed(text) for text in coded.dictionary.to_pylist()]
    found = [[_at(document, path) for document in parsed] for path in paths]
    places = coded.indices.to_pylist()
    return [[None if place is None else column[place] for place in places] for column in found]


def scalar_paths(document: Any, above: Path = ()) -> list[tuple[Path, str]]:
    """Where a document has scalars, objects in objects included, and of what type they are."""
    if isinstance(document, dict):
        return [found for key, value in document.items() for found in scalar_paths(value, (*above, key))]
    if not above or document is None or isinstance(document, list):
        return []
    kind = "bool" if isinstance(document, bool) else "double" if isinstance(document, int | float) else "string"
    return [(above, kind)]


def carried(found: list[Any], name: str) -> pa.Array:
    """Leaves of one path in one type; those of another type are as good as missing."""
    if name == "bool":
        return pa.array([value if isinstance(value, bool) else None for value in found], pa.bool_())
    if name == "string":
        return pa.array([value if isinstance(value, str) else None for value in found], pa.string())
    return pa.array([_number(value) for value in found], pa.float64())


def _number(value: Any) -> float | None:
    return (
        float(value) if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300 else None
    )


def _parsed(text: str | None) -> Any:
    try:
        return loads(text) if text is not None else None
    except (ValueError, RecursionError):
        return None


def _at(document: Any, path: Path) -> Any:
    for key in path:
        if not isinstance(document, dict):
            return None
        document = document.get(key)
    return None if isinstance(document, dict | list) else document


def _nested(paths: tuple[Path, ...], row: tuple[Any, ...]) -> dict[str, Any]:
    whole: dict[str, Any] = {}
    for path, value in zip(paths, row, strict=True):
        if value is None:
            continue
        inner = whole
        for key in path[:-1]:
            below = inner.setdefault(key, {})
            inner = below if isinstance(below, dict) else {}
        inner[path[-1]] = int(value) if isinstance(value, float) and value.is_integer() else value
    return whole
