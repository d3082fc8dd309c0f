"""What the codes of a forest stand for: the domain of every learned column, and where it comes from. Entities in, codes out, and back.

At a finite epsilon it holds public and paid-for facts only, so it may be stored and shown like the model itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Annotated, Any

import numpy as np
import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field

from connectors.names import TableName, parse_table_name
from engine.privacy.entities import Entities
from engine.privacy.spec import Provenance
from engine.synthesis.domains import Coding
from engine.synthesis.domains.base import Floats
from engine.synthesis.domains.categories import Categories
from engine.synthesis.domains.keys import Keys
from engine.synthesis.domains.moments import DAY
from engine.synthesis.domains.scale import numbers_of
from engine.synthesis.domains.timeline import After, Siblings
from engine.synthesis.forest import CodeColumn, Codes, Forest, Node, NodeRows, Tree
from engine.synthesis.text_moments import with_moments, written


class ColumnBook(BaseModel):
    """How one column, or one key of several, is coded."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    columns: tuple[str, ...]
    provenance: Provenance
    coding: Annotated[Coding, Field(discriminator="kind")]
    attested: str | None = None
    """What a person answers for, as a sentence."""
    counts: tuple[float, ...] | None = None
    """Noisy counts of the codes of the first part, where the domain's own query gave them."""
    format: str | None = None
    """Of texts that are dates: they are coded as the moments that they say."""
    rebuilt: bool = False
    """The plan names a masker: it makes what OTHER stands for."""

    @property
    def name(self) -> str:
        return "+".join(self.columns)


class NodeBook(BaseModel):
    """The coded columns of one table of the entity."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    table: str
    """As it prints."""
    parent: int | None
    most: int = 1
    columns: tuple[ColumnBook, ...] = ()

    @property
    def name(self) -> TableName:
        return parse_table_name(self.table)

    @cached_property
    def node(self) -> Node:
        return Node(self.table, tuple(_unique(self._named())), self.parent, self.most)

    def spans(self) -> Iterator[tuple[ColumnBook, slice]]:
        """Each column with the code columns that are its own."""
        at = 0
        for column in self.columns:
            width = len(column.coding.parts)
            yield column, slice(at, at + width)
            at += width

    def _named(self) -> Iterator[CodeColumn]:
        for column in self.columns:
            for part in column.coding.parts:
                yield CodeColumn(column.name + part.suffix, part.size, part.ordered)


class Codebook(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    nodes: tuple[NodeBook, ...]
    """As `Structure.tables`."""
    population: int
    """How many entities there are, as declared or as a noisy count says."""

    @cached_property
    def tree(self) -> Tree:
        return Tree(tuple(node.node for node in self.nodes))

    def to_data(self) -> dict[str, Any]:
        """Plain data for a JSON file."""
        return self.model_dump(mode="json")

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Codebook:
        """What `to_data` gave. Raises pydantic.ValidationError."""
        return cls.model_validate(data)

    @property
    def attested(self) -> tuple[str, ...]:
        """Facts that a person answers for, for `Guarantee.attested`."""
        return tuple(column.attested for node in self.nodes for column in node.columns if column.attested)

    @property
    def bounds(self) -> tuple[tuple[str, int], ...]:
        """For `Guarantee.bounds`."""
        return tuple((node.table, node.most) for node in self.nodes if node.parent is not None)


def encode(codebook: Codebook, entities: Entities) -> Forest:
    """Every entity as codes. No value is an error: what a domain does not know is OTHER or the nearest code."""
    rows = []
    read: list[_Moments] = []
    for book, table in zip(codebook.nodes, entities.tables, strict=True):
        own = _Moments(_read(table.columns, book))
        read.append(own)
        parent = read[book.parent] if book.parent is not None else _Moments()
        codes = np.empty((len(table.parent), len(book.node.columns)), np.int32)
        for column, span in book.spans():
            codes[:, span] = _encoded(column, own, parent, table.parent)
        rows.append(NodeRows(codes, table.parent))
    return Forest(codebook.tree, tuple(rows))


def decode(codebook: Codebook, forest: Forest, rng: np.random.Generator) -> tuple[pa.Table, ...]:
    """The learned columns of every node, in their carriers: values drawn within their codes, moments in order."""
    tables: list[pa.Table] = []
    for book, rows in zip(codebook.nodes, forest.rows, strict=True):
        parent = _Moments(
            *((tables[book.parent], len(forest.rows[book.parent].parent)) if book.parent is not None else ())
        )
        found: dict[str, pa.Array] = {}
        for column, span in _in_order(book):
            values = _decoded(column, rows.codes[:, span], _Moments(pa.table(found)), parent, rows.parent, rng)
            found.update(zip(column.columns, values, strict=True))
        ordered = {name: found[name] for column in book.columns for name in column.columns}
        # A table without columns knows no number of rows: it gets one that nobody reads.
        tables.append(pa.table(ordered) if ordered else pa.table({"": pa.nulls(len(rows.parent))}).select([]))
    return tuple(_written(table, book) for table, book in zip(tables, codebook.nodes, strict=True))


def _read(table: pa.Table, book: NodeBook) -> pa.Table:
    """The columns with moments in place of texts that say them."""
    for column in book.columns:
        if column.format is not None and pa.types.is_string(table.schema.field(column.columns[0]).type):
            table = with_moments(table, column.columns[0], column.format)
    return table


def _written(table: pa.Table, book: NodeBook) -> pa.Table:
    """The other way round."""
    for column in book.columns:
        if column.format is not None:
            at = table.schema.get_field_index(column.columns[0])
            texts = written(table.column(at).combine_chunks(), column.format)
            table = table.set_column(at, column.columns[0], texts)
    return table


def unpublished(codebook: Codebook, forest: Forest) -> tuple[Mapping[str, np.ndarray], ...]:
    """For each node the columns whose OTHER a masker makes, with the rows that have it."""
    return tuple(
        {
            column.columns[0]: rows.codes[:, span.start] == len(column.coding.values)
            for column, span in book.spans()
            if column.rebuilt and isinstance(column.coding, Categories) and column.coding.has_other
        }
        for book, rows in zip(codebook.nodes, forest.rows, strict=True)
    )


class _Moments:
    """Columns of a table as values, and as microseconds since 1970."""

    def __init__(self, table: pa.Table | None = None, rows: int = 0) -> None:
        self.table = table
        self.rows = rows

    def values(self, name: str) -> pa.Array:
        assert self.table is not None
        return self.table.column(name).combine_chunks()

    def moments(self, name: str) -> Floats:
        values = self.values(name)
        return numbers_of(values) * (DAY if pa.types.is_date32(values.type) else 1.0)


def _encoded(column: ColumnBook, own: _Moments, above: _Moments, parent: np.ndarray) -> Codes:
    coding = column.coding
    if isinstance(coding, Siblings):
        origin = above.moments(coding.origin)[parent] if coding.origin else None
        return coding.encode(own.moments(column.columns[0]), parent, origin)
    if isinstance(coding, After):
        return coding.encode(own.moments(column.columns[0]), _reference(coding, own, above, parent))
    if isinstance(coding, Keys):
        return coding.encode([own.values(name) for name in column.columns])
    return coding.encode(own.values(column.columns[0]))


def _decoded(
    column: ColumnBook, codes: Codes, own: _Moments, above: _Moments, parent: np.ndarray, rng: np.random.Generator
) -> list[pa.Array]:
    coding = column.coding
    if isinstance(coding, Siblings):
        parents = above.rows
        origin = above.moments(coding.origin) if coding.origin else None
        return [coding.values(coding.decode(codes, parent, parents, origin, rng))]
    if isinstance(coding, After):
        return [coding.values(coding.decode(codes, _reference(coding, own, above, parent), rng))]
    if isinstance(coding, Keys):
        return coding.decode(codes, rng)
    return [coding.decode(codes, rng)]


def _reference(coding: After, own: _Moments, above: _Moments, parent: np.ndarray) -> Floats:
    """The first of its references that is not NULL."""
    found: Floats | None = None
    for of_parent, name in coding.references:
        one = above.moments(name)[parent] if of_parent else own.moments(name)
        found = one if found is None else np.where(np.isnan(found), one, found)
    assert found is not None
    return found


def _in_order(book: NodeBook) -> Iterator[tuple[ColumnBook, slice]]:
    """Columns after those that they are measured from."""
    waiting, done = list(book.spans()), set[str]()
    while waiting:
        for each in waiting:
            column = each[0]
            needed = (
                {name for above, name in column.coding.references if not above}
                if isinstance(column.coding, After)
                else set()
            )
            if needed <= done:
                break
        else:
            raise ValueError(f"moments of {book.table} are measured from each other in a circle")
        waiting.remove(each)
        done.update(column.columns)
        yield each


def _unique(columns: Iterator[CodeColumn]) -> Iterator[CodeColumn]:
    """A column may be called what a part of another is called."""
    seen = set[str]()
    for column in columns:
        name = column.name
        while name in seen:
            name += "'"
        seen.add(name)
        yield CodeColumn(name, column.size, column.ordered)
