"""Lanes, retries and pace: whatever happens on the way, the target equals the source and the record says so."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pymysql
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.engine import make_url

from connectors import open_database
from connectors.database import Marker, State
from connectors.errors import Lost, SnapshotLost, WriteError
from connectors.names import TableName
from engine import load as loading
from engine.jobs.control import Cancelled, Control, Progress
from engine.keys import MaskingKey
from engine.load import Sides, TableLoad, load
from engine.masking.keep import Keep
from engine.masking.keyed_token import Token
from engine.pace import Pace
from engine.pipeline import compile_plan
from engine.plan import Plan, Rule, TablePlan, Treatment
from engine.record import TableRecord, record_key, to_bytes, watched
from engine.record_store import RecordStore
from engine.snapshots import held_here
from engine.workspace import open_workspace
from tests.connectors import pg_zoo

KEY = MaskingKey("k", b"k" * 32)
RUN = "run"
PEOPLE, VISITS = 900, 2000
TABLES = [
    "create table person (id int primary key, mail varchar(60), note varchar(300))",
    "create table visit (person int, at int, place varchar(40))",
    "create table hollow (id int primary key)",
]
_runs = itertools.count()
Each = settings(deadline=None, suppress_health_check=list(HealthCheck))


def filled(url: str) -> str:
    """A source: parents, children without a key (some of them orphans), and nothing."""
    if url.startswith("postgresql"):
        with psycopg.connect(url, autocommit=True) as connection:
            for table in TABLES:
                connection.execute(table.encode())
            connection.execute(
                f"insert into person select n, 'p' || n || '@x.test', repeat('n', n % 300) from generate_series(1, {PEOPLE}) n"
            )
            connection.execute(
                f"insert into visit select n % {PEOPLE + 20}, n, 'ward ' || n % 7 from generate_series(1, {VISITS}) n"
            )
            connection.execute("alter table visit add foreign key (person) references person not valid")
            connection.execute("analyze")
        return url
    for statement in (
        *TABLES,
        f"insert into person select seq, concat('p', seq, '@x.test'), repeat('n', seq % 300) from seq_1_to_{PEOPLE}",
        f"insert into visit select seq % {PEOPLE + 20}, seq, concat('ward ', seq % 7) from seq_1_to_{VISITS}",
    ):
        _on_mariadb(url, statement)
    return url


def _on_mariadb(url: str, statement: str) -> tuple[tuple[object, ...], ...]:
    address = make_url(url)
    with (
        pymysql.connect(
            host=address.host, port=address.port or 3306, user=address.username, password=str(address.password),
            database=address.database, autocommit=True,
        ) as connection,
        connection.cursor() as cursor,
    ):  # fmt: skip
        cursor.execute(statement)
        return cursor.fetchall()


def emptied(url: str) -> str:
    """The same tables without a row, and without any trace of an earlier load."""
    if url.startswith("postgresql"):
        pg_zoo.build(pg_zoo.cleared(url), *(f"{table};" for table in TABLES))
    else:
        for (name,) in _on_mariadb(url, "show tables"):
            _on_mariadb(url, f"drop table `{name}`")
        for table in TABLES:
            _on_mariadb(url, table)
    return url


def moved(
    source_url: str,
    target_url: str,
    folder: Path,
    *,
    lanes: int = 1,
    progress: Callable[[Progress], None] = lambda _: None,
    control: Control | None = None,
    pace: Pace | None = None,
) -> list[TableRecord]:
    """Load the tables: tokens for the mails, the rest kept."""
    with open_database(source_url) as source, open_database(target_url) as target, target.target() as session:
        schema, there = source.describe(), target.describe()
        tables = {
            table.name: TablePlan(
                Treatment.MASK,
                tuple(Rule((c.name,), Token() if c.name == "mail" else Keep(), reason="t") for c in table.stored),
            )
            for table in schema.tables
        }
        pipeline = compile_plan(Plan("p", "k", tables), schema, KEY)
        session.claim(Marker(RUN, "f", State.LOADING, "s", "now", True, "v"))
        session.begin(schema, fresh=True)
        loads = []
        for table in schema.tables:
            columns, derived = pipeline.reading(table.name, wire=True)
            seen = watched(pipeline, table, wire=True)
            loads.append(TableLoad(table, there.table(table.name), columns, derived, seen, True))
        store = RecordStore(open_workspace(folder / f"w{next(_runs)}").run(RUN), RUN, KEY)
        with held_here(source) as moment:
            sides = Sides(
                moment, session, pipeline, record_key(KEY), store, RUN, {}, pace or Pace(connections=lanes), True
            )
            load(sides, loads, progress, control or Control())
        return [record for table in schema.tables if (record := store.table(table.name)) is not None]


def told(records: list[TableRecord]) -> list[tuple[object, ...]]:
    """What a record says, without how long it took and into how many chunks the table was cut."""
    return [(r.name, r.orphans, r.unreadable, r.widths, r.canons, to_bytes(r.measures)) for r in records]


def content(url: str) -> list[list[tuple[object, ...]]]:
    questions = [f"select * from {table}" for table in ("person", "visit", "hollow")]
    if url.startswith("postgresql"):
        with psycopg.connect(url) as connection:
            return [sorted(connection.execute(question.encode()).fetchall()) for question in questions]
    return [sorted(_on_mariadb(url, question)) for question in questions]


@pytest.fixture(scope="module")
def sides(request, tmp_path_factory):  # type: ignore[no-untyped-def]
    """Source, target, and what one lane in one chunk makes of them."""
    create = request.getfixturevalue(f"new_{request.param}")
    source, target = filled(create()), create()
    records = moved(source, emptied(target), tmp_path_factory.mktemp("single"))
    return source, target, told(records), content(target)


SERVERS = pytest.mark.parametrize("sides", ["postgresql", "mariadb"], indirect=True)
ON_POSTGRESQL = pytest.mark.parametrize("sides", ["postgresql"], indirect=True)


@pytest.fixture(autouse=True)
def no_patience(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(loading, "FIRST_PAUSE", 0.05)


class Cutter:
    """Drops a connection of the load whenever so many rows more have gone through."""

    def __init__(self, url: str, moments: list[int]) -> None:
        self.url, self.moments, self.cuts = url, sorted(moments), 0

    def __call__(self, progress: Progress) -> None:
        if self.moments and progress.total_rows >= self.moments[0]:
            self.moments.pop(0)
            self.cuts += self._cut()

    def _cut(self) -> int:
        if not self.url.startswith("postgresql"):
            mine = "select id from information_schema.processlist where db = database() and command = 'Query' and info like 'LOAD%'"
            found = _on_mariadb(self.url, mine)
            for (number,) in found:
                _on_mariadb(self.url, f"kill connection {number}")
            return len(found)
        with psycopg.connect(self.url, autocommit=True, application_name="test") as connection:
            busy = """
                select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = current_database() and pid in (
                  select pid from pg_stat_activity where datname = current_database() and query ilike 'copy%' and state = 'active'
                  limit 1)"""
            return connection.execute(busy.encode()).fetchone()[0]  # type: ignore[index]


@SERVERS
@settings(parent=Each, max_examples=6)
@given(
    lanes=st.integers(1, 4), rows=st.integers(40, 700),
    into=st.lists(st.integers(0, PEOPLE + VISITS), max_size=2), out_of=st.lists(st.integers(0, PEOPLE + VISITS), max_size=2),
)  # fmt: skip
def test_whatever_lanes_chunks_and_dropped_connections_target_and_record_are_those_of_one_quiet_lane(
    sides, tmp_path_factory, lanes, rows, into, out_of
) -> None:  # type: ignore[no-untyped-def]
    source, target, records, rows_there = sides
    cutters = [Cutter(target, into)]
    if source.startswith("postgresql"):
        cutters.append(Cutter(source, out_of))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loading, "CHUNK_ROWS", rows)
        found = moved(
            source, emptied(target), tmp_path_factory.mktemp("lanes"), lanes=lanes,
            progress=lambda progress: [cut(progress) for cut in cutters],  # type: ignore[arg-type,return-value]
        )  # fmt: skip
    assert content(target) == rows_there
    assert told(found) == records


@SERVERS
def test_a_writer_whose_connection_drops_in_every_chunk_gives_up_with_a_sentence(sides, tmp_path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    source, target, *_ = sides
    monkeypatch.setattr(loading, "ATTEMPTS", 3)
    cutter = Cutter(target, list(range(1, 400)))

    def cut(progress: Progress) -> None:
        cutter.moments = [1]
        cutter(progress)

    with pytest.raises(Lost, match="3 times"):
        moved(source, emptied(target), tmp_path, progress=cut)
    assert cutter.cuts == 3


@ON_POSTGRESQL
def test_a_snapshot_that_is_over_is_not_tried_again(sides, tmp_path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    source, target, *_ = sides
    ended = False

    def end(progress: Progress) -> None:
        nonlocal ended
        if progress.total_rows and not ended:
            ended = True
            with psycopg.connect(source, autocommit=True) as connection:
                connection.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity"
                    " where datname = current_database() and pid <> pg_backend_pid()"
                )

    monkeypatch.setattr(loading, "CHUNK_ROWS", 50)
    with pytest.raises(SnapshotLost):
        moved(source, emptied(target), tmp_path, lanes=2, progress=end)


@ON_POSTGRESQL
def test_a_chunk_that_meets_a_deadlock_is_loaded_again(sides, tmp_path) -> None:  # type: ignore[no-untyped-def]
    source, target, records, rows_there = sides
    rivals: list[threading.Thread] = []

    def rival() -> None:
        with psycopg.connect(target) as connection:
            connection.execute("set deadlock_timeout = '10min'")
            connection.execute("lock table lookalike__.chunk in exclusive mode")
            connection.execute("lock table person in access exclusive mode")

    def meet(progress: Progress) -> None:
        if progress.total_rows and not rivals:
            rivals.append(threading.Thread(target=rival))
            rivals[0].start()
            _wait_for_lock(target)

    found = moved(source, emptied(target), tmp_path, progress=meet)
    rivals[0].join()
    assert content(target) == rows_there
    assert told(found) == records


def _wait_for_lock(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for _ in range(200):
            if connection.execute("select count(*) from pg_locks where not granted").fetchone()[0]:  # type: ignore[index]
                return
            time.sleep(0.05)
    raise AssertionError("nobody waits")


@ON_POSTGRESQL
def test_a_row_that_the_target_refuses_ends_all_lanes_at_once(sides, tmp_path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    source, target, *_ = sides
    monkeypatch.setattr(loading, "CHUNK_ROWS", 100)
    emptied(target)
    with psycopg.connect(target) as connection:
        connection.execute("alter table visit add check (at <> 1500)")
    before = threading.active_count()
    with pytest.raises(WriteError, match="CHECK"):
        moved(source, target, tmp_path, lanes=3)
    assert threading.active_count() == before


@SERVERS
def test_a_cancelled_load_ends_in_every_lane(sides, tmp_path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    source, target, *_ = sides
    monkeypatch.setattr(loading, "CHUNK_ROWS", 100)
    control, before = Control(), threading.active_count()

    def stop(progress: Progress) -> None:
        if progress.total_rows > 300:
            control.cancel()

    with pytest.raises(Cancelled):
        moved(source, emptied(target), tmp_path, lanes=3, progress=stop, control=control)
    assert threading.active_count() == before


@ON_POSTGRESQL
def test_a_throttled_load_takes_the_time_that_its_rows_are_given(sides, tmp_path) -> None:  # type: ignore[no-untyped-def]
    source, target, records, _ = sides
    started = time.monotonic()
    found = moved(source, emptied(target), tmp_path, pace=Pace(connections=2, rows_per_second=1500))
    assert time.monotonic() - started >= 0.8 * (PEOPLE + VISITS) / 1500
    assert told(found) == records


@SERVERS
def test_a_forgotten_table_is_empty_and_loaded_anew_and_the_others_stay(sides, tmp_path) -> None:  # type: ignore[no-untyped-def]
    source, target, _, rows_there = sides
    moved(source, emptied(target), tmp_path)
    with open_database(target) as goal, goal.target() as session:
        schema = goal.describe()
        session.claim(Marker(RUN, "f", State.LOADING, "s", "now", True, "v"))
        visit = schema.table(TableName("visit"))
        session.forget(visit)
        assert {name for name, _ in session.done()} == {TableName("person"), TableName("hollow")}
    assert content(target)[:2] == [rows_there[0], []]
