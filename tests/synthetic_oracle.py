"""An independent judge of synthesised targets: what the source's own catalog demands of its rows, asked of the target in plain SQL."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from connectors.names import TableName
from tests.oracle import MariadbReader, PostgresReader, Reader, SqliteReader, reader


@dataclass(frozen=True, slots=True)
class Demands:
    """What one table's declaration asks of every row, apart from its foreign keys."""

    unique: tuple[tuple[str, ...], ...]
    present: tuple[str, ...]
    """NOT NULL."""
    longest: dict[str, int]
    labels: dict[str, tuple[str, ...]]
    """Of enums."""
    checks: tuple[str, ...]
    """Conditions as the source's engine spells them."""


@dataclass
class Judged:
    """`faults` empty: every row is one that the source would have taken."""

    tables: int = 0
    rows: int = 0
    conditions: int = 0
    """How many keys, NOT NULLs, lengths, enums and CHECKs were asked of the target."""
    faults: list[str] = field(default_factory=list)


def judge_rows(source_url: str, target_url: str, plan: dict[str, Any]) -> Judged:
    """Hold every table of the target against what the source declares. An orphan that the source has is no fault."""
    source, target, judged = reader(source_url), reader(target_url), Judged()
    present = {name.name.lower(): name for name in target.tables()}
    treatments = {name: table["treatment"] for name, table in plan["tables"].items()}
    for name in sorted(source.tables()):
        there, treatment = present.get(name.name.lower()), treatments.get(str(name))
        if there is None:
            if treatment != "drop":
                judged.faults.append(f"{name}: not in the target")
            continue
        judged.tables += 1
        judged.rows += target.count(there)
        if treatment == "synthesize" and not target.count(there) and source.count(name):
            judged.faults.append(f"{name}: synthesised, and empty")
        for fault, count in _broken(source, target, name, there):
            judged.conditions += 1
            if count:
                judged.faults.append(f"{name}: {count} rows, {fault}")
    return judged


def _broken(source: Reader, target: Reader, name: TableName, there: TableName) -> Iterator[tuple[str, int]]:
    for key in source.keys(name):
        parent = next(each for each in target.tables() if each.name.lower() == key[2].name.lower())
        renamed = (key[0], key[1], parent, key[3])
        yield f"orphans of {key[0]}", max(0, target.orphans(there, renamed) - source.orphans(name, key))
    demands, relation, q = demands_of(source, name), target.relation(there), target.q
    for columns in demands.unique:
        listed = ", ".join(map(q, columns))
        full = " and ".join(f"{q(column)} is not null" for column in columns)
        own = _own(target, there)
        sql = f"select count(*) from (select {listed} from {own} where {full} group by {listed} having count(*) > 1) t"
        yield f"twice in {', '.join(columns)}", _number(target, sql)
    conditions = [(f"no {column}", f"{q(column)} is null") for column in demands.present]
    conditions += [(f"{c} longer than {n}", f"{_length(target)}({q(c)}) > {n}") for c, n in demands.longest.items()]
    for column, labels in demands.labels.items():
        listed = ", ".join("'" + label.replace("'", "''") + "'" for label in labels)
        kind = "char" if isinstance(target, MariadbReader) else "text"
        conditions.append((f"{column} is no label", f"cast({q(column)} as {kind}) not in ({listed})"))
    if type(source) is type(target):
        conditions += [(f"against {check}", f"not ({check})") for check in demands.checks]
    for fault, condition in conditions:
        yield fault, _number(target, f"select count(*) from {relation} where {condition}")


def _own(target: Reader, there: TableName) -> str:
    """The rows that a unique key of this table is about: not those of tables that inherit from it."""
    relation = target.relation(there)
    if not isinstance(target, PostgresReader):
        return relation
    kind = next(iter(target.rows(f"select relkind from pg_class where oid = '{relation}'::regclass")))[0]
    return relation if kind == "p" else f"only {relation}"


def _number(target: Reader, sql: str) -> int:
    return int(next(iter(target.rows(sql)))[0])


def _length(target: Reader) -> str:
    return "length" if isinstance(target, SqliteReader) else "char_length"


def demands_of(source: Reader, name: TableName) -> Demands:
    if isinstance(source, SqliteReader):
        return _sqlite(source, name)
    if isinstance(source, PostgresReader):
        return _postgresql(source, name)
    return _mariadb(source, name)


def _sqlite(source: SqliteReader, name: TableName) -> Demands:
    columns = [[_text(part) for part in row] for row in source.rows(f"pragma table_xinfo({source.q(name.name)})")]
    stored = [row for row in columns if row[6] in (0, 1)]
    primary = tuple(row[1] for row in sorted(stored, key=lambda row: row[5]) if row[5])
    unique = {primary} if primary else set()
    for index in [[_text(part) for part in row] for row in source.rows(f"pragma index_list({source.q(name.name)})")]:
        parts = [_text(row[2]) for row in source.rows(f"pragma index_info({source.q(index[1])})")]
        if index[2] and not index[4] and None not in parts:
            unique.add(tuple(parts))
    sized = {row[1]: re.search(r"char[^(]*\((\d+)\)", row[2] or "", re.I) for row in stored}
    longest = {column: int(found.group(1)) for column, found in sized.items() if found}
    return Demands(
        tuple(sorted(unique)), tuple(row[1] for row in stored if row[3]), longest, {}, _sqlite_checks(source, name)
    )


def _sqlite_checks(source: SqliteReader, name: TableName) -> tuple[str, ...]:
    literal = name.name.replace("'", "''")
    [text] = [
        _text(row[0])
        for row in source.rows(f"select sql from sqlite_schema where type = 'table' and name = '{literal}'")
    ]
    return tuple(_balanced(text[at.end() - 1 :]) for at in re.finditer(r"\bcheck\s*\(", text, re.I))


def _balanced(text: str) -> str:
    """What stands in the bracket that the text begins with."""
    depth = 0
    for place, letter in enumerate(text):
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if not depth:
            return text[1:place]
    raise ValueError("a bracket is not closed")


def _postgresql(source: PostgresReader, name: TableName) -> Demands:
    place = f"'{source.relation(name)}'::regclass"
    unique = source.rows(
        "select (select array_agg(attname::text order by k.i) from unnest(indkey::int2[]) with ordinality k(n, i) join pg_attribute a "
        f"on a.attrelid = indrelid and a.attnum = k.n) from pg_index where indrelid = {place} and indisunique and indpred is null "
        "and indexprs is null"
    )
    columns = list(source.rows(
        "select attname::text, attnotnull, case when atttypid in (1042, 1043) and atttypmod > 4 then atttypmod - 4 end, "
        "(select array_agg(enumlabel::text) from pg_enum where enumtypid = atttypid) from pg_attribute "
        f"where attrelid = {place} and attnum > 0 and not attisdropped"
    ))  # fmt: skip
    checks = source.rows(
        f"select pg_get_expr(conbin, conrelid) from pg_constraint where conrelid = {place} and contype = 'c'"
    )
    return Demands(
        tuple(tuple(row[0]) for row in unique), tuple(row[0] for row in columns if row[1]),
        {row[0]: row[2] for row in columns if row[2]}, {row[0]: tuple(row[3]) for row in columns if row[3]},
        tuple(row[0] for row in checks),
    )  # fmt: skip


def _mariadb(source: MariadbReader, name: TableName) -> Demands:
    literal = name.name.replace("'", "''")
    mine = f"table_schema = database() and table_name = '{literal}'"
    grouped: dict[str, list[str]] = {}
    for index, column, prefix in source.rows(
        f"select index_name, column_name, sub_part from information_schema.statistics where {mine} and non_unique = 0 "
        "order by index_name, seq_in_index"
    ):
        if prefix is None:
            grouped.setdefault(index, []).append(column)
    columns = list(source.rows(
        "select column_name, is_nullable, character_maximum_length, data_type, column_type from information_schema.columns "
        f"where {mine}"
    ))  # fmt: skip
    checks = source.rows(
        "select check_clause from information_schema.check_constraints where constraint_schema = database() "
        f"and table_name = '{literal}'"
    )
    return Demands(
        tuple(map(tuple, grouped.values())), tuple(row[0] for row in columns if row[1] == "NO"),
        {row[0]: int(row[2]) for row in columns if row[2] is not None and "char" in row[3]},
        {row[0]: tuple(re.findall(r"'((?:[^']|'')*)'", row[4])) for row in columns if row[3] == "enum"},
        tuple(row[0] for row in checks),
    )  # fmt: skip


def _text(value: Any) -> Any:
    return value.decode() if isinstance(value, bytes) else value
