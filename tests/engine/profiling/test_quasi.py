"""Sets of columns that single people out: answers worked out by hand, brute force on small tables, and estimates from samples."""

from itertools import combinations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.names import TableName
from connectors.schema import Column, ForeignKey, Kind, Schema, Table, Unique
from engine.profiling.discover import Looked
from engine.profiling.facts import Sample
from engine.profiling.finding import Finding
from engine.profiling.pitman import counted, estimated
from engine.profiling.quasi import RISKY, quasi_sets
from engine.profiling.sampling import TableSample

PATIENT = TableName("patient")
ENTITIES = {"zip": "postal_code", "born": "birth_date", "sex": "gender", "town": "city", "name": "last_name"}


def told(columns: dict[str, list], *, size: int | None = None, table: TableName = PATIENT, **more):
    """The sets of one table of people, the columns' entities as above."""
    key = Unique("pk", ("id",), primary=True)
    described = [Column("id", "integer", Kind.INTEGER, precision=64, nullable=False)]
    described += [Column(name, "text", Kind.TEXT) for name in columns]
    rows = len(next(iter(columns.values())))
    values = {"id": pa.array(range(rows))} | {name: pa.array(value) for name, value in columns.items()}
    samples = TableSample({n: Sample(v, whole=size is None) for n, v in values.items()}, size=size or rows)
    schema = Schema("sqlite", "main", (Table(table, tuple(described), uniques=(key,), **more), *PEOPLE))
    findings = [Finding(table, name, ENTITIES.get(name), 1.0, ()) for name in columns]
    return quasi_sets(Looked(schema, {table: samples}), findings)


PEOPLE = (
    Table(
        TableName("person"),
        (
            Column("id", "integer", Kind.INTEGER, nullable=False),
            Column("last_name", "text", Kind.TEXT),
            Column("first_name", "text", Kind.TEXT),
        ),
        uniques=(Unique("pk", ("id",), primary=True),),
    ),
)


def test_two_columns_that_single_out_only_together_are_one_set():
    """Four towns of four rows each, four sexes in each: nobody is alone by one of them, everybody by both."""
    found = told({"town": list("aaaabbbbccccdddd"), "sex": list("mfxd") * 4})
    assert [(each.columns, each.unique, each.low, each.high, each.below, each.rows) for each in found] == [
        (("sex", "town"), 1.0, 1.0, 1.0, 1.0, 16)
    ]


def test_shares_are_those_counted_by_hand():
    """Ten rows: zip 1 once, zip 2 three times, zip 3 six times."""
    (found,) = told({"zip": ["1", "2", "2", "2", *"333333"], "sex": ["m"] * 10})
    assert (found.columns, found.unique, found.below) == (("zip",), 0.1, 0.4)


def test_a_larger_set_is_told_only_where_it_is_much_worse():
    """By zip or by sex a tenth of the rows is alone, by both four tenths; with the town nobody else."""
    zips = ["1", "2", "2", "2", *"333333"]
    found = told({"zip": zips, "sex": list("mmfxmmmfff")})
    assert [(each.columns, each.unique) for each in found] == [(("sex", "zip"), 0.4), (("sex",), 0.1), (("zip",), 0.1)]
    alike = told({"zip": zips, "town": [*"aaaaa", *"aaaaa"]})
    assert [each.columns for each in alike] == [("zip",)]


def test_direct_identifiers_and_keys_are_no_part_of_any_set():
    assert told({"name": [f"n{n}" for n in range(40)], "sex": ["m", "f"] * 20}) == ()


def test_columns_that_part_the_rows_alike_are_one():
    """A code of the town says what the town says."""
    found = told({"town": list("aaaabbbbccccdddd"), "zip": list("1111222233334444"), "sex": list("mfxd") * 4})
    assert [each.columns for each in found] == [("sex", "town")]


def test_rows_of_one_person_do_not_hide_her():
    """Three visits of one person are equal in all: she is alone, and counted once."""
    visits = {"town": [*"aaa", *"bbbbbbb"], "sex": ["f"] * 10, "person_id": [1, 1, 1, 2, 3, 4, 5, 6, 7, 8]}
    key = ForeignKey("of", ("person_id",), TableName("person"), ("id",))
    found = told(visits, table=TableName("visit"), foreign_keys=(key,))
    assert [(each.columns, each.unique, each.rows) for each in found] == [(("town",), 1 / 8, 10)]


def test_tables_that_hold_no_people_have_no_sets():
    assert told({"town": list("abcdefgh"), "zip": list("12345678")}, table=TableName("warehouse")) == ()


def test_nothing_is_told_where_all_columns_together_single_nobody_out():
    assert told({"sex": ["m", "f"] * 50, "town": ["a", "a", "b", "b"] * 25}) == ()


TABLES = st.integers(2, 4).flatmap(
    lambda width: st.lists(st.tuples(*[st.integers(0, 3)] * width), min_size=5, max_size=60)
)


@settings(max_examples=60)
@given(TABLES)
def test_what_is_told_is_what_brute_force_finds(rows):
    """Of a whole table: the shares are exact, nothing risky is missed that no smaller set stands for, and no set is told in vain."""
    names = list(ENTITIES)[: len(rows[0])]
    columns = {name: [f"v{row[place]}" for row in rows] for place, name in enumerate(names)}

    def alone(chosen):
        cells = [tuple(columns[name][row] for name in chosen) for row in range(len(rows))]
        return sum(cells.count(cell) == 1 for cell in cells) / len(cells)

    found = {frozenset(each.columns): each.unique for each in told(columns)}
    assert all(found[chosen] == pytest.approx(alone(chosen)) for chosen in found)
    assert all(share >= RISKY for share in found.values())
    if alone(names) < RISKY:
        assert not found
    for size in (1, 2):
        for chosen in combinations(names, size):
            if alone(chosen) >= RISKY and len(found) < 8:
                assert any(alone(other) >= alone(chosen) - 0.25 - 1e-9 for other in found)


def test_all_rows_told_apart_in_a_small_part_of_a_table_leave_the_whole_open():
    """Of a thousand different rows of a million nobody can say how many twins were not met; of a thousand among 1,100 one can."""
    sizes = np.ones(1000, np.int64)
    open_, closed = estimated(sizes, 1_000_000, 5), estimated(sizes, 1_100, 5)
    assert open_.low < 0.3 < 0.9 < open_.high
    assert open_.low < closed.low
    assert closed.unique > 0.95
    assert open_.below >= open_.unique


def test_nobody_is_alone_where_every_value_is_met_often():
    few = estimated(np.full(10, 100, np.int64), 1_000_000, 5)
    assert few.high < 0.001
    assert few.below < 0.001


@pytest.mark.parametrize("classes", [300, 5_000, 60_000])
@pytest.mark.parametrize("skew", [0.1, 10.0])
def test_a_sample_tells_how_many_of_the_table_are_alone(classes, skew):
    """Tables made of known classes, even and uneven: the truth lies in the interval, and nearer than the sample's own share."""
    random = np.random.default_rng(classes)
    table = random.choice(classes, 50_000, p=random.dirichlet(np.full(classes, skew)))
    truth = counted(np.bincount(table)[np.bincount(table) > 0], 5)
    sizes = np.unique(random.choice(table, 1000, replace=False), return_counts=True)[1]
    found = estimated(sizes, 50_000, 5)
    assert found.low - 0.002 <= truth.unique <= found.high + 0.002
    assert abs(found.unique - truth.unique) <= abs((sizes == 1).sum() / 1000 - truth.unique) + 0.002
    assert found.below == pytest.approx(truth.below, abs=0.15)
