"""Coverage: every value that can be kept is kept, few rows are added, and what is reported is what a plain count finds."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors import open_database
from connectors.database import Snapshot
from connectors.names import TableName
from engine.subset.coverage import Covered, Pool, addition
from engine.subset.spec import Coverage
from tests.engine.subset.closing import KEY

TABLE = TableName("t")
COLUMNS = ("a", "b", "c")
VALUE = st.sampled_from([None, "", "x", "y", "z", "x "])
ROW = st.tuples(VALUE, VALUE, VALUE)
Row = tuple[str | None, str | None, str | None]


@contextmanager
def table_of(rows: list[Row]) -> Iterator[Snapshot]:
    """A table of these rows in a SQLite file, numbered by its rowids from 1."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "t.db"
        connection = sqlite3.connect(path)
        connection.execute("create table t (a text, b text, c text)")
        connection.executemany("insert into t values (?, ?, ?)", rows)
        connection.commit()
        connection.close()
        with open_database(f"sqlite:///{path}") as database, database.snapshot() as snapshot:
            yield snapshot


def added(rows: list[Row], goal: Coverage, selected: Collection[int] = ()) -> tuple[list[int], Covered]:
    """The places of the rows that are added, and what is said of them."""
    with table_of(rows) as snapshot:
        made = addition(goal, snapshot, KEY, lambda _, ids: np.isin(ids.column(0).to_numpy() - 1, list(selected)))
    return [number - 1 for number in made.ids.column(0).to_pylist()], made.covered


def counts(rows, goal):
    """Plainly: how often each value, and each pair if asked for, occurs."""
    sets = [(c,) for c in goal.columns] + (list(combinations(goal.columns, 2)) if goal.pairs else [])
    return Counter((of, tuple(row[COLUMNS.index(c)] for c in of)) for row in rows for of in sets)


def met(rows, taken, goal):
    """The values that are held often enough."""
    have = counts([rows[n] for n in taken], goal)
    return {value for value, there in counts(rows, goal).items() if have[value] >= min(there, goal.times)}


@given(
    st.lists(ROW, max_size=40),
    st.sets(st.integers(0, 39), max_size=10),
    st.sampled_from([("a",), ("b", "a"), COLUMNS]),
    st.integers(1, 3),
    st.booleans(),
)
@settings(max_examples=60)
def test_every_value_survives_as_often_as_asked_or_as_the_source_has_it(rows, selected, columns, times, pairs):
    selected = {n for n in selected if n < len(rows)}
    goal = Coverage(TABLE, columns, times, pairs)
    more, covered = added(rows, goal, selected)
    every = counts(rows, goal)
    assert not set(more) & selected
    assert met(rows, selected | set(more), goal) == set(every)
    assert covered.values == covered.reached == len(every)
    assert covered.before == len(met(rows, selected, goal))
    assert covered.scarce == sum(count < times for count in every.values())
    assert covered.added == len(more) == len(set(more)) <= sum(min(count, times) for count in every.values())


def test_one_row_that_holds_much_is_preferred_to_many_that_hold_little():
    rows = [("q", "q", "q"), *[("x", "q", "q"), ("q", "y", "q"), ("q", "q", "z")] * 3, ("x", "y", "z")]
    assert added(rows, Coverage(TABLE, COLUMNS), selected={0})[0] == [10]


def test_every_pair_is_held_by_hardly_more_rows_than_must_be():
    """Three columns of 6, 5 and 4 values over all 120 combinations: 30 rows are the least that can hold every pair."""
    rows = [(f"a{n % 6}", f"b{n // 6 % 5}", f"c{n // 30}") for n in range(120)]
    assert 30 <= len(added(rows, Coverage(TABLE, COLUMNS, pairs=True))[0]) <= 40


@given(st.lists(ROW, min_size=1, max_size=40), st.integers(1, 3), st.randoms(use_true_random=False))
@settings(max_examples=20)
def test_which_rows_are_added_does_not_depend_on_the_order_in_which_a_source_gives_them(rows, times, random):
    """Pools of the same rows, in two orders and two settlings."""
    values = np.unique(np.array([[hash_of(v) for v in row] for row in rows], np.uint64))
    hashes = np.array([[hash_of(v) for v in row] for row in rows], np.uint64)
    ranks = np.arange(len(rows), dtype=np.uint64) * np.uint64(7919)
    chosen = []
    for _ in range(2):
        order = np.array(random.sample(range(len(rows)), len(rows)))
        pool = Pool(values, np.full(len(values), times), pa.schema([("id0", pa.int64())]))
        for part in np.array_split(order, 3):
            pool.add(pa.table({"id0": part}), hashes[part], ranks[part])
            pool._settle()
        chosen.append(pool.chosen().column(0).to_pylist())
    assert chosen[0] == chosen[1]


def hash_of(value: str | None) -> int:
    return 1 + [None, "", "x", "y", "z", "x "].index(value)
