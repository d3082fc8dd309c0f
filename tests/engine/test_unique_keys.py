"""Any mask on any unique key of a real database: the check refuses it, or no two masked rows collide under its own index."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import psycopg
import pyarrow as pa
import pymysql
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.engine import make_url

from connectors import open_database
from connectors.database import Database, Form, Read, ReadColumn
from connectors.names import TableName
from connectors.schema import Column, Kind, Schema
from engine.check import check
from engine.keys import MaskingKey
from engine.masking import MASKERS, masker_class
from engine.masking.base import MaskError
from engine.pipeline import compile_plan
from engine.plan import Plan, Rule, TablePlan, Treatment
from engine.problems import errors

KEY = MaskingKey("test", bytes(range(32)))
MASKS = [
    make
    for name in MASKERS
    if name not in ("keep", "address") and not masker_class(name).roles
    for make in [(name, dict(options)) for options in masker_class(name).EXAMPLES]  # type: ignore[attr-defined]
]
ONE_TO_ONE = [(name, options) for name, options in MASKS if masker_class(name).properties.bijective]

LATIN = "aAbBeEéÉsSßzZ019-_. "
SCRIPTS = LATIN + "äåøæłşiıIİœµжЖйЙёαΑάς日本語한글あア😀½①ﬁ\u0301\u00a0"
TEXTS = st.one_of(
    st.text("aAbB1-", max_size=3),
    st.text(LATIN, max_size=4),
    st.text(SCRIPTS, max_size=3),
    st.text(SCRIPTS, min_size=10, max_size=18),
    st.from_regex(r"[A-Z]{2}-\d{2}", fullmatch=True),
)
ROWS = st.integers(0, 40)


@dataclass(frozen=True)
class Type:
    native: str
    values: st.SearchStrategy[Any]


@dataclass(frozen=True)
class Server:
    """A database of a test, and how it writes what is random here."""

    url: str
    types: tuple[Type, ...]
    indexes: tuple[str, ...]
    """Parts of a unique index on `c`."""
    connect: Callable[[], Any]
    mark: str
    ignore: tuple[str, str]
    """Before and after the rows that an index may leave out."""


NUMBERS = st.one_of(st.integers(-128, 127), st.integers(0, 40))
DOCUMENTS = st.sampled_from(["1", "1.0", "{}", "[]", '{"a": 1, "b": [2]}', '{"b": [2]}', '"x"'])
SETS = st.sampled_from(["", "a", "b,c", "a,b,c"])
MOMENTS = st.datetimes(datetime(1970, 1, 2), datetime(2037, 12, 31)).map(lambda at: at.replace(microsecond=0))


def sqlite(url: str) -> Server:
    path = make_url(url).database or ""
    types = (Type("TEXT", TEXTS), Type("INTEGER", NUMBERS), Type("TEXT COLLATE NOCASE", TEXTS),
             Type("VARCHAR(20) COLLATE RTRIM", TEXTS), Type("BLOB", st.binary(max_size=3)))  # fmt: skip
    indexes = (
        "c",
        "c",
        "lower(c)",
        "trim(c)",
        "c COLLATE NOCASE",
        "substr(c, 1, 16)",
        "coalesce(c, '')",
        "c, lower(c)",
    )
    return Server(url, types, indexes, lambda: sqlite3.connect(path), "?", ("INSERT OR IGNORE INTO", ""))


def postgresql(url: str) -> Server:
    addresses = st.one_of(
        st.ip_addresses(network="10.0.0.0/28").map(str), st.sampled_from(["10.0.0.0/8", "::1", "::/64"])
    )
    spans = st.tuples(st.integers(-5, 60), st.integers(0, 5)).map(lambda n: f"[{n[0]},{n[0] + n[1]})")
    types = (
        Type("text", TEXTS), Type("varchar(4)", TEXTS.map(lambda t: t[:4])), Type("char(3)", TEXTS.map(lambda t: t[:3])),
        Type("smallint", NUMBERS), Type("numeric(3,0)", NUMBERS),
        Type("numeric", st.decimals("-9", "9", places=1)),
        Type("inet", addresses), Type("int4range", spans), Type("integer[]", st.lists(NUMBERS, max_size=2)),
        Type("text[]", st.lists(st.text("ab,\" {", max_size=2), max_size=2)),
        Type("bit(4)", st.text("01", min_size=4, max_size=4)),
        Type("varbit", st.text("01", max_size=4)), Type("date", st.dates(date(1, 1, 1), date(9999, 12, 31))),
        Type("timestamp", MOMENTS), Type("jsonb", DOCUMENTS),
        Type("uuid", st.integers(0, 30).map(lambda n: str(UUID(int=n)))), Type("bytea", st.binary(max_size=2)),
        Type("time", MOMENTS.map(lambda at: at.time())), Type("real", st.floats(-9, 9, width=32)), Type("boolean", st.booleans()),
    )  # fmt: skip
    indexes = ("c", "c", "c", "lower(c::text)", "coalesce(c::text, '')", "md5(c::text)", "left(c::text, 17)", "date_trunc('day', c)",
               'c COLLATE "C"', "c) NULLS NOT DISTINCT --")  # fmt: skip
    text = make_url(url).render_as_string(hide_password=False)
    return Server(url, types, indexes, lambda: psycopg.connect(text, autocommit=True), "%s",
                  ("INSERT INTO", "ON CONFLICT DO NOTHING"))  # fmt: skip


def mariadb(url: str) -> Server:
    collations = ("utf8mb4_general_ci", "utf8mb4_unicode_ci", "utf8mb4_unicode_520_ci", "utf8mb4_uca1400_ai_ci",
                  "utf8mb4_uca1400_as_cs", "utf8mb4_bin", "utf8mb4_nopad_bin", "utf8mb4_swedish_ci", "latin1_swedish_ci",
                  "latin1_german2_ci")  # fmt: skip
    texts = tuple(Type(f"{kind} CHARACTER SET {name.partition('_')[0]} COLLATE {name}", TEXTS.map(lambda t, n=n: t[:n]))
                  for name in collations for kind, n in (("varchar(30)", 30), ("char(3)", 3)))  # fmt: skip
    types = (*texts, *texts, Type("tinyint", NUMBERS), Type("decimal(3,0)", NUMBERS), Type("year", st.integers(1901, 2155)),
             Type("timestamp", MOMENTS), Type("bit(4)", st.integers(0, 15)), Type("set('a','b','c')", SETS),
             Type("enum('x','y','Z')", st.sampled_from("xyZ")), Type("varbinary(30)", st.binary(max_size=20)),
             Type("inet6", st.ip_addresses(v=6).map(str)), Type("uuid", st.uuids().map(str)), Type("datetime", MOMENTS))  # fmt: skip
    parts = make_url(url)
    connect = lambda: pymysql.connect(host=parts.host, port=parts.port or 3306, user=parts.username, password=str(parts.password),  # noqa: E731
                                      database=parts.database, autocommit=True, charset="utf8mb4")  # fmt: skip
    return Server(url, types, ("c", "c", "c(2)", "c(17)"), connect, "%s", ("INSERT IGNORE INTO", ""))


SERVERS = {"sqlite": sqlite, "postgresql": postgresql, "mariadb": mariadb}


@contextlib.contextmanager
def cursor(server: Server) -> Iterator[Any]:
    connection = server.connect()
    try:
        yield connection.cursor()
        connection.commit()
    finally:
        connection.close()


def fill(server: Server, native: str, index: str, values: list[Any]) -> bool:
    """A table with what of the values its unique index takes; False where there is no such index."""
    with cursor(server) as run:
        for name in ("t", "masked"):
            run.execute(f"DROP TABLE IF EXISTS {name}")
            run.execute(f"CREATE TABLE {name} (n integer, c {native})")
            try:
                run.execute(f"CREATE UNIQUE INDEX {name}_u ON {name} ({index}\n)")
            except (sqlite3.Error, psycopg.Error, pymysql.Error):
                return False
        for number, value in enumerate(values):
            with contextlib.suppress(
                sqlite3.Error, psycopg.Error, pymysql.Error
            ):  # a value that the type does not take
                before, after = server.ignore
                run.execute(f"{before} t VALUES ({server.mark}, {server.mark}) {after}", (number, value))
    return True


def masked(plan: Plan, schema: Schema, source: Database) -> pa.RecordBatch:
    pipeline, name = compile_plan(plan, schema, KEY), TableName("t")
    columns = tuple(ReadColumn(column, Form.ARROW) for column in ("n", "c"))
    with source.snapshot() as snapshot:
        batches = [pipeline.mask(name, batch) for batch in snapshot.read(Read(name, columns))]
    return pa.concat_batches(batches) if batches else pa.record_batch([], names=[])


def plain(value: Any, column: Column) -> Any:
    if value is None:
        return None
    if column.kind is Kind.UUID:
        return str(UUID(bytes=value))
    if column.kind is Kind.BIT and "(" in column.native and not column.native.startswith("bit("):
        return value
    return value.replace(tzinfo=None) if isinstance(value, datetime) else value


def duplicates(server: Server, column: Column, rows: pa.RecordBatch) -> list[tuple[Any, str]]:
    """The masked values that the same index refuses."""
    refused = []
    bits = server.url.startswith("m") and column.kind is Kind.BIT
    with cursor(server) as run:
        for value in rows.column(1).to_pylist() if rows.num_columns else []:
            put = plain(value, column)
            try:
                run.execute(
                    f"INSERT INTO masked VALUES ({server.mark}, {server.mark})",
                    (0, int(put, 2) if bits and put else put),
                )
            except (sqlite3.Error, psycopg.Error, pymysql.Error) as error:
                refused.append((put, str(error)))
    return refused


@pytest.mark.parametrize("dialect", SERVERS)
def test_a_mask_of_a_unique_key_is_refused_or_collides_nowhere(dialect: str, request: pytest.FixtureRequest) -> None:
    server = SERVERS[dialect](request.getfixturevalue(f"new_{dialect}")())

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def tried(data: st.DataObject) -> None:
        of, index = data.draw(st.sampled_from(server.types)), data.draw(st.sampled_from(server.indexes))
        values = data.draw(st.lists(st.one_of(of.values, st.none()), max_size=30))
        if not fill(server, of.native, index, values):
            return
        name, options = data.draw(st.one_of(st.sampled_from(ONE_TO_ONE), st.sampled_from(MASKS)))
        with open_database(server.url) as source:
            schema = source.describe()
            rules = (Rule(("n",), masker_class("keep")(), "counted"), Rule(("c",), masker_class(name)(**options)))
            empty = TablePlan(Treatment.EMPTY)
            plan = Plan("t", "k", {TableName("t"): TablePlan(Treatment.MASK, rules), TableName("masked"): empty})
            if errors(check(plan, schema)):
                return
            try:
                rows = masked(plan, schema, source)
            except MaskError:
                return  # a sentence that names the column: some maskers hold a value to a list or to bounds
        assert duplicates(server, schema.table(TableName("t")).column("c"), rows) == []

    tried()
