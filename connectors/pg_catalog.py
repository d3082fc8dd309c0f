"""The catalog queries behind `describe`: one for each sort of object, whatever the number of tables.

Fields that only some versions have are read through `to_jsonb`, so that one text serves every supported server.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from psycopg.rows import namedtuple_row

from connectors.pg_connect import Connection
from connectors.pg_types import PgType, read_types

MARKER_SCHEMA = "lookalike__"
"""Ours alone: nobody calls a schema of theirs so, and one called `lookalike` is a schema like any other."""

_USER = f"""n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema' AND n.nspname <> '{MARKER_SCHEMA}'
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')"""

RELATIONS = f"""
SELECT c.oid::int8, n.nspname AS schema, c.relname AS name, c.relkind::text AS kind, c.relispartition AS is_partition,
       c.reltuples AS estimate, obj_description(c.oid, 'pg_class') AS comment, c.relrowsecurity AS policies,
       CASE c.relkind WHEN 'p' THEN pg_get_partkeydef(c.oid) END AS partition_key,
       CASE WHEN c.relispartition THEN pg_get_partition_constraintdef(c.oid) END AS partition_condition,
       CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END AS definition,
       has_schema_privilege(n.oid, 'USAGE') AS visible, has_table_privilege(c.oid, 'SELECT') AS readable,
       (SELECT format_type(s.seqtypid, NULL) FROM pg_sequence s WHERE s.seqrelid = c.oid) AS sequence_type,
       owner.refobjid::int8 AS owner, owner.refobjsubid AS owner_column
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_depend owner ON c.relkind = 'S' AND owner.classid = 'pg_class'::regclass AND owner.objid = c.oid
  AND owner.refclassid = 'pg_class'::regclass AND owner.deptype IN ('a', 'i')
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND {_USER}
ORDER BY n.nspname, c.relname
"""

COLUMNS = f"""
SELECT a.attrelid::int8 AS relation, a.attnum AS number, a.attname AS name, a.atttypid::int8 AS type, a.atttypmod AS typmod,
       format_type(a.atttypid, a.atttypmod) AS printed, a.attnotnull AS required, a.attidentity::text AS identity,
       a.attgenerated::text AS generated, pg_get_expr(d.adbin, d.adrelid) AS expression,
       col_description(a.attrelid, a.attnum) AS comment,
       CASE WHEN a.attcollation <> t.typcollation OR NOT co.collisdeterministic THEN co.collname END AS collation,
       CASE WHEN NOT co.collisdeterministic THEN coalesce(to_jsonb(co) ->> 'colllocale', to_jsonb(co) ->> 'colliculocale',
         to_jsonb(co) ->> 'collcollate') END AS folding_locale,
       has_column_privilege(a.attrelid, a.attnum, 'SELECT') AS readable
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
LEFT JOIN pg_collation co ON co.oid = a.attcollation
WHERE c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped AND {_USER}
ORDER BY a.attrelid, a.attnum
"""

CONSTRAINTS = f"""
SELECT k.conrelid::int8 AS relation, k.conname AS name, k.contype::text AS kind, k.conkey AS columns,
       k.confrelid::int8 AS parent, k.confkey AS parent_columns, k.confupdtype::text AS on_update,
       k.confdeltype::text AS on_delete, k.confmatchtype = 'f' AS match_full, k.condeferrable AS deferrable,
       k.condeferred AS deferred, k.convalidated AS validated,
       coalesce((to_jsonb(k) ->> 'conenforced')::bool, true) AS enforced, k.conislocal AS local,
       CASE k.contype WHEN 'c' THEN pg_get_expr(k.conbin, k.conrelid) ELSE pg_get_constraintdef(k.oid) END AS expression
FROM pg_constraint k
JOIN pg_class c ON c.oid = k.conrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE k.contype IN ('f', 'c', 'x') AND k.conparentid = 0 AND {_USER}
ORDER BY k.conrelid, k.conname
"""

DOMAIN_CHECKS = """
SELECT k.contypid::int8 AS type, k.conname AS name, k.convalidated AS validated, pg_get_expr(k.conbin, 0) AS expression
FROM pg_constraint k WHERE k.contypid <> 0 AND k.contype = 'c' ORDER BY k.contypid, k.conname
"""

INDEXES = f"""
SELECT i.indrelid::int8 AS relation, ic.relname AS name, i.indisunique AS is_unique, i.indisprimary AS is_primary,
       i.indkey::int2[] AS columns, i.indnkeyatts AS keys, pg_get_expr(i.indpred, i.indrelid) AS condition,
       i.indexprs IS NOT NULL AS expression, ic.relispartition AS is_partition, i.indisexclusion AS exclusion,
       coalesce((to_jsonb(i) ->> 'indnullsnotdistinct')::bool, false) AS nulls_equal,
       pg_get_indexdef(i.indexrelid) AS definition, k.conname AS constraint_name, coalesce(k.condeferrable, false) AS deferrable,
       ARRAY(SELECT k FROM unnest(i.indkey[0:i.indnkeyatts - 1]) k WHERE k > 0
         UNION SELECT v[1]::int2 FROM regexp_matches(i.indexprs::text, ':varattno (\\d+)', 'g') v WHERE v[1] <> '0'
         ORDER BY 1) AS reads
FROM pg_index i
JOIN pg_class ic ON ic.oid = i.indexrelid
JOIN pg_class c ON c.oid = i.indrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x') AND k.conrelid = i.indrelid
WHERE i.indisvalid AND c.relkind IN ('r', 'p') AND {_USER}
ORDER BY i.indrelid, ic.relname
"""

INHERITANCE = f"""
SELECT i.inhrelid::int8 AS child, i.inhparent::int8 AS parent, c.relispartition AS is_partition
FROM pg_inherits i
JOIN pg_class c ON c.oid = i.inhrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'f') AND {_USER}
ORDER BY i.inhrelid, i.inhseqno
"""

TRIGGERS = f"""
SELECT t.tgrelid::int8 AS relation, t.tgname AS name, pg_get_triggerdef(t.oid) AS definition, t.tgenabled <> 'D' AS enabled
FROM pg_trigger t
JOIN pg_class c ON c.oid = t.tgrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE NOT t.tgisinternal AND coalesce(to_jsonb(t) ->> 'tgparentid', '0') = '0' AND c.relkind IN ('r', 'p') AND {_USER}
ORDER BY t.tgrelid, t.tgname
"""

NOTES = f"""
SELECT 'foreign server ' || s.srvname || ': reaches outside this database' FROM pg_foreign_server s
UNION ALL SELECT 'foreign table ' || n.nspname || '.' || c.relname || ': its rows live elsewhere and are not copied'
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'f' AND {_USER}
UNION ALL SELECT 'publication ' || pubname || ': sends changes to other databases' FROM pg_publication
UNION ALL SELECT 'subscription ' || subname || ': receives changes from another database' FROM pg_subscription
  WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())
UNION ALL SELECT 'event trigger ' || evtname || ': acts on DDL' FROM pg_event_trigger t WHERE NOT EXISTS
  (SELECT FROM pg_depend e WHERE e.classid = 'pg_event_trigger'::regclass AND e.objid = t.oid AND e.deptype = 'e')
UNION ALL SELECT 'row security on ' || n.nspname || '.' || c.relname || ': a login under its policies may not read every row'
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relrowsecurity AND {_USER}
UNION ALL SELECT 'rule ' || r.rulename || ' on ' || n.nspname || '.' || c.relname || ': rewrites statements'
  FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p') AND {_USER}
UNION ALL SELECT 'exclusion constraint ' || k.conname || ' on ' || n.nspname || '.' || c.relname || ': not checked before loading'
  FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE k.contype = 'x' AND k.conparentid = 0 AND {_USER}
UNION ALL SELECT 'large objects: ' || count(*) || ' of them are not copied' FROM pg_largeobject_metadata HAVING count(*) > 0
ORDER BY 1
"""


class Rows(NamedTuple):
    """What the catalog says, row by row; each row has the names of its query."""

    types: dict[int, PgType]
    relations: list[Any]
    columns: list[Any]
    constraints: list[Any]
    domain_checks: list[Any]
    indexes: list[Any]
    inheritance: list[Any]
    triggers: list[Any]
    notes: tuple[str, ...]


def read_rows(connection: Connection) -> Rows:
    """Ask every catalog query at one moment, with an empty search path, so that every name in an answer is qualified."""
    with connection.transaction(), connection.cursor(row_factory=namedtuple_row) as cursor:
        cursor.execute(b"SELECT set_config('search_path', '', true)")
        types = read_types(connection)
        asked = (RELATIONS, COLUMNS, CONSTRAINTS, DOMAIN_CHECKS, INDEXES, INHERITANCE, TRIGGERS, NOTES)
        answers: list[list[Any]] = [[*cursor.execute(sql.encode())] for sql in asked]
        cursor.execute(b"SELECT set_config('search_path', 'public', true)")
    relations, columns, constraints, domain_checks, indexes, inheritance, triggers, notes = answers
    return Rows(
        types, relations, columns, constraints, domain_checks, indexes, inheritance, triggers,
        tuple(row[0] for row in notes),
    )  # fmt: skip


def read_tables(connection: Connection) -> list[tuple[Any, ...]]:
    """Schema and name of every user table that holds rows itself."""
    sql = f"""SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind = 'r' AND {_USER} ORDER BY 1, 2"""
    return connection.execute(sql.encode()).fetchall()
