"""The key store: small, private, and gone when it is closed."""

from __future__ import annotations

import errno
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from connectors.names import TableName
from connectors.rows import RowIds
from engine.jobs.control import Cancelled, Control, Progress
from engine.keys import MaskingKey
from engine.subset.closure import Closure
from engine.subset.store import Arrival, Frontier, RowStore
from engine.subset.tokens import Sealed, Tokens
from tests.engine.subset.closing import closing, database

KEY = MaskingKey("test", b"k" * 32)
NAMES = Tokens(TableName("t"), RowIds((pa.binary(),), True), KEY)


def named(start: int, stop: int) -> Sealed:
    return NAMES.seal(pa.table({"id0": [f"person-{number}@mail.invalid".encode() for number in range(start, stop)]}))


def fill(store: RowStore, rows: int) -> None:
    for start in range(0, rows, 50_000):
        store.stage(named(start, start + 50_000))


def test_no_value_is_in_what_is_spilled_and_only_the_owner_may_look(tmp_path: Path) -> None:
    store = RowStore(tmp_path, memory="24MB")
    store.create(0, bodies=True)
    fill(store, 400_000)
    assert store.settle(Arrival(0, -1, owned=True, bodies=True)).new == 400_000
    (folder,) = tmp_path.iterdir()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) > 5_000_000
    assert not any(b"person-" in path.read_bytes() or b"mail.invalid" in path.read_bytes() for path in files)
    store.close()
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_told_as_such_and_what_was_set_aside_is_forgotten(tmp_path: Path) -> None:
    store = RowStore(tmp_path, memory="1MB")
    store.create(0, bodies=True)
    with pytest.raises(OSError, match="no room") as caught, store.staging():
        fill(store, 400_000)
    assert caught.value.errno == errno.ENOSPC
    assert store.settle(Arrival(0, -1, bodies=True)).new == 0
    store.close()
    assert list(tmp_path.iterdir()) == []


def test_any_thread_reads_the_ordered_rows(tmp_path: Path) -> None:
    store = RowStore(tmp_path)
    store.create(0, bodies=True)
    store.stage(named(0, 20_000))
    store.settle(Arrival(0, -1, bodies=True))
    store.order(0, bodies=True)
    with ThreadPoolExecutor(4) as threads:
        parts = list(
            threads.map(lambda start: store.ordered(0, start, start + 500, bodies=True), range(0, 20_000, 500))
        )
    opened = pa.concat_tables(NAMES.open(part) for part in parts).column(0).to_pylist()
    assert sorted(opened) == sorted(NAMES.open(named(0, 20_000)).column(0).to_pylist())
    store.close()


def test_what_was_selected_is_read_in_parts_while_more_comes_in(tmp_path: Path) -> None:
    store = RowStore(tmp_path)
    store.create(0, bodies=True)
    store.stage(named(0, 10_000))
    store.settle(Arrival(0, -1, owned=False, bodies=True))
    opened = []
    for part in store.read(Frontier(0, 0, 10_000, bodies=True), 3_000):
        store.stage(named(5_000, 12_000))
        assert store.settle(Arrival(0, -1, bodies=True)).new == (0 if opened else 2_000)
        opened.append(NAMES.open(part))
        assert opened[-1].num_rows <= 3_000
    assert len({*pa.concat_tables(opened).column(0).to_pylist()}) == 10_000
    store.close()


def test_a_row_is_owned_once_whether_it_comes_or_becomes_so(tmp_path: Path) -> None:
    store = RowStore(tmp_path)
    store.create(0, bodies=True)
    store.stage(named(0, 10))
    assert store.settle(Arrival(0, -1, owned=False, bodies=True)).owned == 0
    for start, stop, new, owned in ((5, 15, 5, 10), (5, 15, 0, 0), (2, 8, 0, 3)):
        store.stage(named(start, stop))
        settled = store.settle(Arrival(0, -1, owned=True, bodies=True))
        assert (settled.new, settled.owned) == (new, owned)
    parts = store.read(Frontier(0, 0, 13, owned=True, bodies=True))
    found = pa.concat_tables(NAMES.open(part) for part in parts).column(0).to_pylist()
    assert sorted(found) == sorted(NAMES.open(named(2, 15)).column(0).to_pylist())
    store.close()


def test_nothing_is_left_when_a_closure_is_cancelled(tmp_path: Path) -> None:
    url = database(tmp_path, "create table t(id integer primary key); insert into t values (1);")
    control = Control()
    control.cancel()
    with closing(url, tmp_path, roots=["t"]) as case:
        schema, snapshot = case.closure.schema, case.snapshot
        with pytest.raises(Cancelled), Closure(schema, (), snapshot, KEY, tmp_path / "run", control=control) as closure:
            closure.add(TableName("t"), pa.table({"id0": [1]}), owned=True, reason="root")
    assert list((tmp_path / "run").iterdir()) == []


def test_a_closure_that_cannot_begin_leaves_nothing(tmp_path: Path) -> None:
    url = database(
        tmp_path, "create table p(id integer primary key); create table t(id integer, p int references p(id));"
    )
    with closing(url, tmp_path, roots=["t"]) as case:
        edges = case.closure.edges

        class Refusing:
            sizes = case.snapshot.sizes

            def row_ids(self, table: TableName) -> RowIds:
                raise KeyError(table)

        with pytest.raises(KeyError):
            Closure(case.closure.schema, edges, Refusing(), KEY, tmp_path / "other")  # type: ignore[arg-type]
    assert list((tmp_path / "other").iterdir()) == []


def test_progress_counts_rows_and_says_nothing_else(tmp_path: Path) -> None:
    told: list[Progress] = []
    url = database(tmp_path, "create table t(id integer primary key); insert into t values (1), (2);")
    with closing(url, tmp_path, roots=["t"]) as case:
        schema, snapshot = case.closure.schema, case.snapshot
        with Closure(schema, (), snapshot, KEY, tmp_path / "run", progress=told.append) as closure:
            closure.add(TableName("t"), pa.table({"id0": np.array([1, 2])}), owned=True, reason="root")
    assert told == [Progress("select", TableName("t"), 2, total_rows=2)]
