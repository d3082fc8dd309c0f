"""A sample of a table, asked of each dialect that has a server here: spread over it, cut by the database, whole where it is small."""

import time
from itertools import pairwise

import pyarrow as pa
import pytest

from connectors import open_database
from connectors.names import TableName
from connectors.sampling import Coverage, coverage_of
from tests.shop import HERE, Plain

every_dialect = pytest.mark.parametrize("new_database", HERE, indirect=True)
ROWS, CUT = 1000, 100
NUMBERS = {
    "sqlite": "with recursive g(n) as (select 1 union all select n + 1 from g where n < {}) select {} from g",
    "postgresql": "select {1} from generate_series(1, {0}) g(n)",
    "mariadb": "select {1} from (select seq as n from seq_1_to_{0}) g",
}


def fill(plain: Plain, table: str, body: str, count: int, values: str) -> None:
    tail = " default charset=utf8mb4" if plain.dialect == "mariadb" else ""
    plain.run(
        f'create table "{table}" ({body}){tail};\n'
        + f'insert into "{table}" '
        + NUMBERS[plain.dialect].format(count, values)
    )


def sample(url: str, table: str, rows: int = ROWS, cut: int = CUT) -> pa.RecordBatch | None:
    """All columns; None of a table without rows."""
    with open_database(url) as database, database.snapshot() as snapshot:
        described = database.describe().table(TableName(table))
        batches = list(snapshot.sample(described.name, [c.name for c in described.stored], rows, cut))
    assert len(batches) <= 1
    return batches[0] if batches else None


@every_dialect
def test_a_large_table_is_sampled_quickly_and_from_all_its_parts(new_database):
    plain = Plain(new_database())
    fill(
        plain,
        "large",
        "id integer not null primary key, word varchar(40)",
        200_000,
        "n, 'word ' || n" if plain.dialect != "mariadb" else "n, concat('word ', n)",
    )
    with open_database(plain.url) as database, database.snapshot() as snapshot:
        started = time.process_time()
        (found,) = snapshot.sample(TableName("large"), ["word", "id"], ROWS, CUT)
        assert time.process_time() - started < 1
    ids = sorted(found.column(1).to_pylist())
    assert found.schema.names == ["word", "id"]
    assert len(set(ids)) == len(ids)
    assert ROWS * 0.8 <= len(ids) <= ROWS
    assert coverage_of(found.schema) is Coverage.SPREAD
    assert all(second - first < 10_000 for first, second in pairwise([0, *ids, 200_001]))
    assert found.column(0).to_pylist() == [f"word {number}" for number in found.column(1).to_pylist()]
