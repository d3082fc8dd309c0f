"""Cut a table by where its rows lie: ranges of blocks are read in one sequential pass, without a sort and without a look at any key.

A row that a snapshot sees stays at its place for as long as the snapshot lives, unless the table is rewritten (VACUUM FULL, CLUSTER,
some ALTER TABLE). Each look at a table locks it against that until the session ends, and tells by its files whether it came too late.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from connectors.database import Chunk
from connectors.names import TableName
from connectors.pg_connect import Connection, query

FIRST_VERSION = 140_000
"""Before, a condition on ctid reads the whole table."""
_FEWEST = 8
"""Blocks that are worth a chunk; smaller ones are cut by the key."""
ROWS_OF_A_BLOCK = 60
"""Of a table that was never analysed."""

_LEAVES = """
SELECT max(pg_relation_size(c.oid)) / current_setting('block_size')::int8,
       CASE WHEN sum(c.relpages) > 0 AND min(c.reltuples) >= 0 THEN sum(c.reltuples) / sum(c.relpages) END, count(*),
       string_agg(pg_relation_filenode(c.oid)::text, ' ' ORDER BY c.oid), bool_and(c.relkind = 'r' AND a.amname = 'heap'),
       (SELECT count(*) FROM (SELECT FROM {relation} LIMIT 0) nothing)
FROM pg_class c LEFT JOIN pg_am a ON a.oid = c.relam 
WHERE (c.oid = {oid} OR c.oid IN (SELECT relid FROM pg_partition_tree({oid}))) AND c.relkind <> 'p'
"""


@dataclass(frozen=True, slots=True)
class Blocks:
    """Where the rows of a table, or of all its partitions, lie."""

    most: int
    """Blocks of the largest partition."""
    parts: int
    rows: float
    """In one block."""
    files: str
    plain: bool
    """Every part is a heap of this server."""


def blocks(connection: Connection, relation: str, oid: str) -> Blocks:
    """`relation`: as FROM names the rows; `oid`: an expression that gives the table's oid. Locks it against being rewritten."""
    sql = _LEAVES.format(relation=relation, oid=oid)
    most, density, parts, files, plain, _ = query(connection, sql)[0]
    return Blocks(int(most or 0), int(parts), float(density or ROWS_OF_A_BLOCK), files or "", bool(plain))


def cut(table: TableName, found: Blocks, rows: int) -> list[Chunk]:
    """Ranges of about so many rows; none where the table is too small for it, or is no heap."""
    together = int(rows / max(found.rows, 1.0))
    if not found.plain or together < _FEWEST:
        return []
    step = max(1, together // found.parts)
    if found.most <= step:
        return []
    bounds = [None, *((f"({block},0)", found.files) for block in range(step, found.most, step)), None]
    pairs = enumerate(itertools.pairwise(bounds))
    return [Chunk(table, place, lower, upper, physical=True) for place, (lower, upper) in pairs]


def files_of(chunk: Chunk) -> str:
    """The files that a range of blocks was cut from."""
    return str((chunk.lower or chunk.upper or ("", ""))[1])


def within(chunk: Chunk) -> str:
    """The condition on the rows of `t`; places in a block count from 1."""
    sides = ((chunk.lower, ">"), (chunk.upper, "<="))
    return " AND ".join(f"t.ctid {operator} '{bound[0]}'::tid" for bound, operator in sides if bound is not None)
