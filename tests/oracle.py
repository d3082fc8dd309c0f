"""An independent judge of a clone: plain SQL and Python sets through the drivers, none of the product's own reading or checking."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import psycopg
import pymysql
from pymysql.converters import encoders
from sqlalchemy.engine import make_url

from connectors.names import TableName

Key = tuple[str, tuple[str, ...], TableName, tuple[str, ...]]


class Reader:
    """Tables, foreign keys and rows of one database. Values come as the driver's text or bytes, so that equal means equal."""

    quote = '"'

    def relation(self, name: TableName) -> str:
        return self.q(name.name)

    def q(self, name: str) -> str:
        return self.quote + name.replace(self.quote, self.quote * 2) + self.quote

    def rows(self, sql: str) -> Iterator[tuple[Any, ...]]:
        raise TypeError("a dialect says how")

    def tables(self) -> list[TableName]:
        raise TypeError("a dialect says how")

    def keys(self, name: TableName) -> list[Key]:
        raise TypeError("a dialect says how")

    def count(self, name: TableName) -> int:
        return int(next(iter(self.rows(f"select count(*) from {self.relation(name)}")))[0])

    def orphans(self, name: TableName, key: Key) -> int:
        _, columns, parent, parent_columns = key
        present = " and ".join(f"c.{self.q(column)} is not null" for column in columns)
        equal = " and ".join(f"p.{self.q(b)} = c.{self.q(a)}" for a, b in zip(columns, parent_columns, strict=True))
        sql = (
            f"select count(*) from {self.relation(name)} c where {present} and not exists "
            f"(select 1 from {self.relation(parent)} p where {equal})"
        )
        return int(next(iter(self.rows(sql)))[0])

    def values(self, name: TableName, column: str) -> Counter[Any]:
        return Counter(row[0] for row in self.rows(f"select {self.q(column)} from {self.relation(name)}"))


class SqliteReader(Reader):
    def __init__(self, url: str) -> None:
        self.connection = sqlite3.connect(f"file:{make_url(url).database}?mode=ro", uri=True)
        self.connection.text_factory = bytes

    def rows(self, sql: str) -> Iterator[tuple[Any, ...]]:
        return iter(self.connection.execute(sql))

    def tables(self) -> list[TableName]:
        rows = self.rows(
            "select name, sql from sqlite_schema where type = 'table' and name not like 'sqlite@_%' escape '@'"
        )
        named = [row[0].decode() for row in rows if b"VIRTUAL" not in (row[1] or b"").upper()[:20]]
        return [TableName(name) for name in named if not name.startswith("lookalike__")]

    def keys(self, name: TableName) -> list[Key]:
        grouped: dict[int, list[tuple[Any, ...]]] = {}
        for row in self.connection.execute(f"pragma foreign_key_list({self.q(name.name)})"):
            grouped.setdefault(row[0], []).append(row)
        found: list[Key] = []
        for number, parts in grouped.items():
            parts.sort(key=lambda part: part[1])
            parent = next(t for t in self.tables() if t.name.lower() == parts[0][2].decode().lower())
            primary = self.connection.execute(f"pragma table_info({self.q(parent.name)})").fetchall()
            ordered = [row[1].decode() for row in sorted(primary, key=lambda row: row[5]) if row[5]]
            referred = tuple(part[4].decode() if part[4] else ordered[part[1]] for part in parts)
            found.append((str(number), tuple(part[3].decode() for part in parts), parent, referred))
        return found


class PostgresReader(Reader):
    def __init__(self, url: str) -> None:
        self.connection = psycopg.connect(url, autocommit=True)

    def relation(self, name: TableName) -> str:
        return f"{self.q(name.schema or 'public')}.{self.q(name.name)}"

    def rows(self, sql: str) -> Iterator[tuple[Any, ...]]:
        return iter(self.connection.execute(sql).fetchall())  # type: ignore[arg-type]

    def values(self, name: TableName, column: str) -> Counter[Any]:
        only = self.relation(name)
        return Counter(row[0] for row in self.rows(f"select {self.q(column)}::text from {only}"))

    def tables(self) -> list[TableName]:
        rows = self.rows(
            "select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace "
            "where c.relkind in ('r', 'p') and not c.relispartition and n.nspname not like 'pg@_%' escape '@' "
            "and n.nspname not in ('information_schema', 'lookalike__')"
        )
        return [TableName(table, None if schema == "public" else schema) for schema, table in rows]

    def keys(self, name: TableName) -> list[Key]:
        rows = self.connection.execute(
            "select conname, (select array_agg(a.attname order by k.i) from unnest(conkey) with ordinality k(n, i) "
            "join pg_attribute a on a.attrelid = conrelid and a.attnum = k.n), pn.nspname, p.relname, "
            "(select array_agg(a.attname order by k.i) from unnest(confkey) with ordinality k(n, i) "
            "join pg_attribute a on a.attrelid = confrelid and a.attnum = k.n) "
            "from pg_constraint join pg_class p on p.oid = confrelid join pg_namespace pn on pn.oid = p.relnamespace "
            "where contype = 'f' and conparentid = 0 and conrelid = %s::regclass",
            [self.relation(name)],
        ).fetchall()
        return [
            (name_, tuple(columns), TableName(parent, None if schema == "public" else schema), tuple(referred))
            for name_, columns, schema, parent, referred in rows
        ]


class MariadbReader(Reader):
    quote = "`"

    def __init__(self, url: str) -> None:
        parts = make_url(url)
        self.connection = pymysql.connect(
            host=parts.host, port=parts.port or 3306, user=parts.username, password=str(parts.password),
            database=parts.database, charset="utf8mb4", conv=dict(encoders),
        )  # fmt: skip

    def rows(self, sql: str) -> Iterator[tuple[Any, ...]]:
        with self.connection.cursor() as cursor:
            cursor.execute(sql)
            return iter(cursor.fetchall())

    def tables(self) -> list[TableName]:
        rows = self.rows(
            "select table_name from information_schema.tables where table_schema = database() "
            "and table_type = 'BASE TABLE' and table_name not like 'lookalike@_@_%' escape '@'"
        )
        return [TableName(_text(row[0])) for row in rows]

    def keys(self, name: TableName) -> list[Key]:
        grouped: dict[str, list[tuple[str, ...]]] = {}
        literal = name.name.replace("'", "''")
        for row in self.rows(
            "select constraint_name, column_name, referenced_table_name, referenced_column_name "
            "from information_schema.key_column_usage where table_schema = database() "
            f"and table_name = '{literal}' and referenced_table_name is not null order by constraint_name, ordinal_position"
        ):
            parts = tuple(_text(part) for part in row)
            grouped.setdefault(parts[0], []).append(parts)
        return [
            (name_, tuple(p[1] for p in parts), TableName(parts[0][2]), tuple(p[3] for p in parts))
            for name_, parts in grouped.items()
        ]


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


def reader(url: str) -> Reader:
    kinds = {"sqlite": SqliteReader, "postgresql": PostgresReader, "mariadb": MariadbReader}
    return kinds[make_url(url).get_backend_name()](url)


@dataclass
class Verdict:
    """What the judge found. `faults` empty: the clone is what it claims to be."""

    tables: int = 0
    rows: int = 0
    keys: int = 0
    orphans: int = 0
    kept: int = 0
    faults: list[str] = field(default_factory=list)


NO_OVERLAP = {"email", "phone", "token"}


def judge(source_url: str, target_url: str, plan: dict[str, Any]) -> Verdict:
    """Compare a source and its clone table by table under a parsed plan file."""
    source, target, verdict = reader(source_url), reader(target_url), Verdict()
    present = set(target.tables())
    for name in sorted(source.tables()):
        if name not in present:
            verdict.faults.append(f"{name}: not in the target")
            continue
        _judge_table(source, target, name, plan.get("tables", {}).get(str(name), {}), verdict)
    return verdict


def _judge_table(source: Reader, target: Reader, name: TableName, plan: dict[str, Any], verdict: Verdict) -> None:
    verdict.tables += 1
    before, after = source.count(name), target.count(name)
    verdict.rows += after
    if before != after:
        verdict.faults.append(f"{name}: {before} rows in the source, {after} in the target")
    for key in source.keys(name):
        verdict.keys += 1
        dangling = source.orphans(name, key)
        verdict.orphans += dangling
        if target.orphans(name, key) > dangling:
            verdict.faults.append(f"{name}.{key[0]}: orphans added")
    if len(source.keys(name)) != len(target.keys(name)):
        verdict.faults.append(
            f"{name}: {len(source.keys(name))} foreign keys in the source, {len(target.keys(name))} in the target"
        )
    for column, rule in plan.get("columns", {}).items():
        if "keep" in rule and type(source) is type(target):  # another engine writes the same value in another way
            verdict.kept += 1
            if source.values(name, column) != target.values(name, column):
                verdict.faults.append(f"{name}.{column}: kept, yet not the same")
        elif rule.get("mask") in NO_OVERLAP:
            common = (source.values(name, column).keys() & target.values(name, column).keys()) - {None}
            # Extensions and other short words stay as short, and some are equal by chance.
            common = {value for value in common if len(value) >= (7 if rule["mask"] == "phone" else 1)}
            if common:
                verdict.faults.append(f"{name}.{column}: {len(common)} source values in the target")
