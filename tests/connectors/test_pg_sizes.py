"""What PostgreSQL's rows take: the rows and indexes as they would be written anew, whatever dead space there is."""

from __future__ import annotations

from collections.abc import Callable

import psycopg

from connectors.names import TableName
from connectors.postgresql import PostgreSQL
from connectors.rows import Size
from tests.connectors import pg_zoo

SCRIPT = """CREATE TABLE t (id int PRIMARY KEY, few int, d text, n numeric(12,2), at timestamptz, "Odd" boolean);
  CREATE INDEX ON t (few); CREATE INDEX ON t (lower(d)); CREATE INDEX ON t (d) WHERE few > 1;
  INSERT INTO t SELECT g, g % 7, CASE WHEN g % 3 > 0 THEN md5(g::text) END, g / 100.0, now(), g % 2 = 0
  FROM generate_series(1, 20000) g"""


def weighed(url: str) -> Size:
    with PostgreSQL(url) as database, database.snapshot() as snapshot:
        return snapshot.sizes([TableName("t")])[TableName("t")]


def anew(size: Size, rows: int) -> float:
    assert size.row is not None
    return rows * (size.row + sum(each for columns, each in size.entries if columns))


def test_rows_weigh_what_a_table_takes_that_was_just_written(new_postgresql: Callable[[], str]) -> None:
    url = pg_zoo.build(new_postgresql(), SCRIPT)
    with psycopg.connect(url, autocommit=True) as session:
        session.execute("vacuum full analyze t")
        found = session.execute(
            "select pg_table_size('t') + sum(pg_relation_size(indexrelid)) from pg_index"
            " where indrelid = 't'::regclass and indexrelid::regclass::text not like '%lower%'"
        ).fetchone()
    assert found is not None
    assert 0.93 <= anew(weighed(url), 20000) / int(found[0]) <= 1.07


def test_dead_space_weighs_nothing(new_postgresql: Callable[[], str]) -> None:
    url = pg_zoo.build(new_postgresql(), SCRIPT)
    before = weighed(url)
    pg_zoo.build(url, "DELETE FROM t WHERE id % 10 > 0")
    after = weighed(url)
    assert before.row is not None
    assert after.row is not None
    assert abs(after.row / before.row - 1) < 0.03
    assert dict(after.entries)["few",] > 0


def test_long_values_weigh_what_is_kept_apart_and_a_wide_table_is_no_obstacle(
    new_postgresql: Callable[[], str],
) -> None:
    columns = ", ".join(f"c{number} int" for number in range(700))
    script = f"CREATE TABLE t ({columns}, b text); ALTER TABLE t ALTER b SET STORAGE EXTERNAL; "
    size = weighed(pg_zoo.build(new_postgresql(), script + "INSERT INTO t (b) VALUES (repeat('x', 100000))"))
    assert size.row is not None
    assert 100_000 < size.row < 120_000
