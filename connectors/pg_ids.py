"""How a table's rows are named in one moment of PostgreSQL: by their places (ctid), else by a key, else by a hash of all they hold.

A place is found again without an index. It holds as long as the table is not rewritten, so a look at the places of a table locks it
against that (VACUUM FULL, CLUSTER, some ALTER TABLE) until the snapshot is closed; its files tell whether it came too late.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from connectors.names import TableName
from connectors.pg_blocks import ROWS_OF_A_BLOCK
from connectors.pg_connect import Connection, query
from connectors.pg_describe import DEFAULT_SCHEMA, table_name
from connectors.pg_sql import PgSql, literal
from connectors.pg_types import PgType
from connectors.rows import RowIds
from connectors.schema import Table
from connectors.sql import chunk_key

AT_ONCE = 262_144
"""Rows that one statement asks for by name: where no index serves a foreign key, each statement reads a whole table."""
_LEAF, _BLOCK = 48, 16
"""Bits of an id below the number of the partition, and below the block."""
_MOST_LEAVES = 1 << 15
_PLACE = np.dtype([("block", ">u4"), ("row", ">u2")])
"""The bytes of a ctid."""
_INTEGERS = ("int2", "int4", "int8")

_LEAVES = """
SELECT c.oid::int8, n.nspname, c.relname, pg_relation_filenode(c.oid)::text, c.relkind = 'r' AND a.amname = 'heap',
       has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT'),
       CASE WHEN c.relpages > 0 AND c.reltuples >= 0 THEN c.reltuples::float8 / c.relpages ELSE {density} END
         * pg_relation_size(c.oid) / current_setting('block_size')::int8,
       (SELECT count(*) FROM (SELECT FROM {relation} LIMIT 0) nothing)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_am a ON a.oid = c.relam
WHERE (n.nspname, c.relname) IN ({names}) AND c.relkind <> 'p' ORDER BY c.oid
"""


@dataclass(frozen=True, slots=True)
class Part:
    """Some rows by their names: what one statement can ask for."""

    source: TableName
    """The table, or the only partition of it that the rows are in."""
    condition: str


class Naming(ABC):
    """The ids of one table: what is selected for them, how that becomes an id, and how rows are asked for by ids."""

    ids: RowIds

    @property
    def width(self) -> int:
        """How many columns its expressions select."""
        return len(self.expressions())

    @abstractmethod
    def expressions(self, alias: str = "") -> list[str]:
        """What to select, of the bare table or of an alias."""

    @abstractmethod
    def decoded(self, arrays: Sequence[pa.Array]) -> list[pa.Array]:
        """The id's columns from what the driver gives for the expressions; NULL where a row is not there."""

    @abstractmethod
    def parts(self, among: pa.Table, alias: str = "") -> Iterator[Part]:
        """These rows, as many statements as it takes."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A table that holds rows itself."""

    oid: int
    name: TableName
    readable: bool
    """By this login itself, not only through the table that it is a partition of."""
    rows: float
    """As the catalog and the size of the file let guess."""
    file: str


class Places(Naming):
    """The number of the partition, its block and the row in it, in one number."""

    def __init__(self, root: TableName, leaves: Sequence[Leaf]) -> None:
        self.ids = RowIds((pa.int64(),), values=False, files=" ".join(leaf.file for leaf in leaves))
        self._root, self._leaves = root, leaves
        self._single = len(leaves) == 1 and leaves[0].name == root
        self.rows = sum(leaf.rows for leaf in leaves)
        self._oids = np.array([leaf.oid for leaf in leaves], np.uint32)

    def expressions(self, alias: str = "") -> list[str]:
        prefix = f"{alias}." if alias else ""
        return [f"{prefix}ctid"] if self._single else [f"{prefix}ctid", f"{prefix}tableoid"]

    def decoded(self, arrays: Sequence[pa.Array]) -> list[pa.Array]:
        storage = arrays[0].storage if isinstance(arrays[0], pa.ExtensionArray) else arrays[0]
        found = storage.drop_null() if storage.null_count else storage
        ids = _numbers(found)
        if not self._single:
            oids = arrays[1].drop_null() if storage.null_count else arrays[1]
            leaves = np.searchsorted(self._oids, oids.to_numpy().astype(np.uint32))
            ids |= leaves.astype(np.int64) << _LEAF
        if not storage.null_count:
            return [pa.array(ids)]
        there = storage.is_valid().to_numpy(zero_copy_only=False)
        spread = np.zeros(len(storage), np.int64)
        spread[there] = ids
        return [pa.array(spread, mask=~there)]

    def parts(self, among: pa.Table, alias: str = "") -> Iterator[Part]:
        prefix = f"{alias}." if alias else ""
        # In the order of their places, so that each block is read once.
        ids = np.sort(among.column(0).to_numpy())
        bounds = np.searchsorted(ids, np.arange(len(self._leaves) + 1, dtype=np.int64) << _LEAF)
        for number, leaf in enumerate(self._leaves):
            for start in range(bounds[number], bounds[number + 1], AT_ONCE):
                stop = min(start + AT_ONCE, bounds[number + 1])
                # The planner would weigh each constant of an array; of a subquery's result it knows none and goes to the places.
                condition = f"{prefix}ctid = ANY((SELECT {_places(ids[start:stop])})::pg_catalog.tid[])"
                if leaf.readable:
                    yield Part(leaf.name, condition)
                else:
                    yield Part(self._root, f"{condition} AND {prefix}tableoid = {leaf.oid}")


@dataclass(frozen=True, slots=True)
class KeyPart:
    """A column of an id that is made of values."""

    expression: Callable[[str], str]
    """What is compared, by the prefix of its columns."""
    carried: str
    """The type in which it travels."""
    type: str
    """The type in which it is compared."""
    arrow: pa.DataType


class Values(Naming):
    """Cell values: those of a key, or one hash of the whole row."""

    def __init__(self, table: TableName, parts: Sequence[KeyPart], *, unique: bool) -> None:
        self._table, self._parts = table, parts
        types = tuple(part.arrow for part in parts)
        self.ids = RowIds(types, values=True, seekable=unique, unique=unique)

    def expressions(self, alias: str = "") -> list[str]:
        return [f"{self._compared(part, alias)}::{part.carried}" for part in self._parts]

    def decoded(self, arrays: Sequence[pa.Array]) -> list[pa.Array]:
        return [array.cast(part.arrow) for array, part in zip(arrays, self._parts, strict=True)]

    def parts(self, among: pa.Table, alias: str = "") -> Iterator[Part]:
        names = ", ".join(f"k{place}" for place in range(len(self._parts)))
        compared = ", ".join(self._compared(part, alias) for part in self._parts)
        values = ", ".join(f"u.k{place}::{part.type}" for place, part in enumerate(self._parts))
        for start in range(0, among.num_rows, AT_ONCE):
            columns = among.slice(start, AT_ONCE).columns
            arrays = ", ".join(
                f"{array_literal(column.combine_chunks())}::{part.carried}[]"
                for column, part in zip(columns, self._parts, strict=True)
            )
            yield Part(self._table, f"({compared}) IN (SELECT {values} FROM unnest({arrays}) u({names}))")

    def _compared(self, part: KeyPart, alias: str) -> str:
        return part.expression(f"{alias}." if alias else "")


def naming(connection: Connection, sql: PgSql, table: Table) -> Naming:
    """How the rows of this table are named; locks it against being rewritten."""
    names = ", ".join(
        f"({literal(part.schema or DEFAULT_SCHEMA)}, {literal(part.name)})" for part in (table.name, *table.partitions)
    )
    found = query(connection, _LEAVES.format(relation=sql.relation(table.name), names=names, density=ROWS_OF_A_BLOCK))
    if all(row[4] for row in found) and len(found) < _MOST_LEAVES:
        leaves = [
            Leaf(oid, table_name(schema, name), readable, rows, file)
            for oid, schema, name, file, _, readable, rows, _ in found
        ]
        return Places(table.name, leaves)
    if key := chunk_key(table):
        return Values(table.name, [_key_part(sql, table.name, column) for column in key], unique=True)
    return Values(table.name, [_hash(sql, table)], unique=False)


def array_literal(values: pa.Array) -> str:
    """An array literal of int64, of texts, or of bytes that are texts; none of them NULL."""
    if pa.types.is_integer(values.type):
        return literal("{" + _joined(values.cast(pa.string())) + "}")
    texts = values.cast(pa.string())
    for special in ("\\", '"'):
        texts = pc.replace_substring(texts, special, "\\" + special)
    quote = pa.scalar('"')
    return literal("{" + _joined(pc.binary_join_element_wise(quote, texts, quote, "")) + "}")


def _key_part(sql: PgSql, table: TableName, column: str) -> KeyPart:
    type_: PgType = sql.type_of(table, column)

    def named(prefix: str) -> str:
        return prefix + sql.quote(column)

    if type_.builtin and type_.name in _INTEGERS:
        return KeyPart(named, "pg_catalog.int8", type_.declared, pa.int64())
    return KeyPart(named, "pg_catalog.text", type_.declared, pa.binary())


def _hash(sql: PgSql, table: Table) -> KeyPart:
    def hashed(prefix: str) -> str:
        row = ", ".join(prefix + sql.quote(column.name) for column in table.columns)
        text = f"pg_catalog.convert_to(ROW({row})::pg_catalog.text, 'UTF8')"
        return f"pg_catalog.encode(pg_catalog.sha256({text}), 'hex')"

    return KeyPart(hashed, "pg_catalog.text", "pg_catalog.text", pa.binary())


def _numbers(places: pa.Array) -> NDArray[np.int64]:
    """Block and row of each ctid as the server sends it, in one number."""
    _, offsets, data = places.buffers()
    first = np.frombuffer(offsets, np.int32)[places.offset] if len(places) else 0
    read: NDArray[Any] = np.frombuffer(data or b"", _PLACE, len(places), int(first))
    numbers: NDArray[np.int64] = read["block"].astype(np.int64) << _BLOCK
    return numbers | read["row"].astype(np.int64)


def _places(ids: NDArray[np.int64]) -> str:
    """A literal of an array of ctids."""
    blocks = pa.array(ids >> _BLOCK & 0xFFFFFFFF).cast(pa.string())
    rows = pa.array(ids & 0xFFFF).cast(pa.string())
    return f"""'{{{_joined(pc.binary_join_element_wise('"(', blocks, ",", rows, ')"', ""))}}}'"""


def _joined(texts: pa.Array) -> str:
    offsets = pa.array([0, len(texts)], pa.int32())
    return str(pc.binary_join(pa.ListArray.from_arrays(offsets, texts), ",")[0].as_py() or "")
