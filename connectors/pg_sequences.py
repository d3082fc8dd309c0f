"""Move every sequence behind a column past the column's values, never back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import psycopg
from psycopg.rows import namedtuple_row

from connectors.database import Issue
from connectors.names import TableName
from connectors.pg_connect import Connection, execute
from connectors.pg_describe import table_name
from connectors.pg_errors import is_lost, sentence
from connectors.pg_sql import literal
from connectors.pg_types import quote

NUMBERED = """
SELECT DISTINCT sn.nspname AS sequence_schema, s.relname AS sequence, n.nspname AS schema, c.relname AS "table",
       a.attname AS "column", q.seqincrement AS increment, q.seqmin AS low, q.seqmax AS high, c.relkind = 'p' AS partitioned
FROM pg_class s
JOIN pg_namespace sn ON sn.oid = s.relnamespace
JOIN pg_sequence q ON q.seqrelid = s.oid
JOIN (
  SELECT d.objid AS sequence, d.refobjid AS relation, d.refobjsubid AS number FROM pg_depend d
  WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0
  UNION
  SELECT d.refobjid, x.adrelid, x.adnum FROM pg_depend d JOIN pg_attrdef x ON x.oid = d.objid
  WHERE d.classid = 'pg_attrdef'::regclass AND d.refclassid = 'pg_class'::regclass
) used ON used.sequence = s.oid
JOIN pg_class c ON c.oid = used.relation AND c.relkind IN ('r', 'p') AND NOT c.relispartition
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = used.number
JOIN pg_type t ON t.oid = a.atttypid
WHERE s.relkind = 'S' AND (t.typname IN ('int2', 'int4', 'int8', 'numeric') OR t.typbasetype <> 0 AND t.typcategory = 'N')
ORDER BY 1, 2, 3, 4, 5
"""


def advance(connection: Connection, tables: Iterable[TableName]) -> list[Issue]:
    """Set the sequences of these tables past their data; an Issue where the data is past a sequence's end."""
    wanted = set(tables)
    with connection.cursor(row_factory=namedtuple_row) as cursor:
        rows: list[Any] = [*cursor.execute(NUMBERED.encode())]
    found = (row for row in rows if table_name(row.schema, row.table) in wanted)
    return [issue for row in found if (issue := _advance(connection, row)) is not None]


def _advance(connection: Connection, row: Any) -> Issue | None:
    sequence = f"{quote(row.sequence_schema)}.{quote(row.sequence)}"
    table = f"{'' if row.partitioned else 'ONLY '}{quote(row.schema)}.{quote(row.table)}"
    furthest, beyond = ("max", ">") if row.increment > 0 else ("min", "<")
    inside = f"{quote(row.column)} BETWEEN {row.low} AND {row.high}"
    # An uncalled sequence gives its last_value next, so that value itself must still be stepped over.
    sql = (
        f"SELECT setval({literal(sequence)}::regclass, d.v, true) FROM "
        f"(SELECT {furthest}({quote(row.column)})::int8 AS v FROM {table} WHERE {inside}) d, {sequence} s "
        f"WHERE d.v {beyond} s.last_value OR (d.v = s.last_value AND NOT s.is_called)"
    )
    try:
        execute(connection, sql)
    except psycopg.Error as error:
        if is_lost(error):
            raise
        name = table_name(row.schema, row.table)
        return Issue(
            code="sequence-not-set", message=f"sequence {row.sequence} was not set past {name}.{row.column}: {sentence(error)}",
            remedy="Set it by hand with setval() before rows are added.", table=name, column=row.column,
        )  # fmt: skip
    return None
