"""The keeper holds the moment of the source that a run reads, whatever becomes of the run, and never for longer than it is wanted."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pyarrow as pa
import pymysql
import pytest
from sqlalchemy.engine import make_url

from connectors import open_database
from connectors.database import Form, Read, ReadColumn, Snapshot
from connectors.errors import ConnectError, ReadError, SnapshotLost
from connectors.names import TableName
from connectors.rows import Follow, Rows
from connectors.schema import ForeignKey
from engine.keeper_link import FILE, door
from engine.keeper_moment import Keeping, KeptMoment, dismiss, find, keep

ROOT = Path(__file__).parents[2]
T = TableName("t")
ROWS = 3_000
MORE_THAN_A_SOCKET_HOLDS = 100_000
READ = Read(T, (ReadColumn("id", Form.ARROW), ReadColumn("word", Form.ARROW)), batch_rows=500)
EVERYWHERE = pytest.mark.parametrize("new_database", ["sqlite", "postgresql", "mariadb"], indirect=True)


def filled(url: str, rows: int = ROWS) -> str:
    with _session(url) as cursor:
        cursor.execute("create table t (id integer primary key, word varchar(20))")
        cursor.execute("create table child (id integer primary key, t integer)")
        for start in range(0, rows, 500):
            cursor.execute("insert into t values " + ", ".join(f"({n}, 'w{n}')" for n in range(start, start + 500)))
    return url


class _session:
    def __init__(self, url: str) -> None:
        import sqlite3

        parts = make_url(url)
        if parts.get_backend_name() == "sqlite":
            self._connection = sqlite3.connect(str(parts.database), timeout=0.2)
            self._connection.execute("pragma journal_mode = wal")
        elif parts.get_backend_name() == "postgresql":
            self._connection = psycopg.connect(url)  # type: ignore[assignment]
        else:
            self._connection = pymysql.connect(  # type: ignore[assignment]
                host=parts.host, port=parts.port or 3306, user=parts.username, password=str(parts.password),
                database=parts.database,
            )  # fmt: skip

    def __enter__(self):  # type: ignore[no-untyped-def]
        return self._connection.cursor()

    def __exit__(self, *_: object) -> None:
        self._connection.commit()
        self._connection.close()


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    made = tmp_path / "run"
    made.mkdir(mode=0o700)
    yield made
    dismiss(made)
    assert gone(made)


def gone(folder: Path, seconds: float = 5) -> bool:
    """Is nothing of the keeper left there, soon?"""
    deadline = time.monotonic() + seconds
    while list(folder.iterdir()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not list(folder.iterdir())


def words(snapshot: Snapshot) -> int:
    return sum(batch.num_rows for batch in snapshot.read(READ))


@EVERYWHERE
def test_a_kept_moment_reads_as_the_source_was_when_it_began_also_for_the_next_process(new_database, folder) -> None:  # type: ignore[no-untyped-def]
    url = filled(new_database())
    with open_database(url) as source:
        first = keep(folder, Keeping(url), source)
        with _session(url) as cursor:
            cursor.execute("insert into t values (100000, 'late')")
            cursor.execute("delete from t where id < 10")
        with first.reader() as reader:
            assert words(reader) == ROWS
        first.close()
        again = find(folder, source)
        assert again is not None
        with again.reader() as reader:
            assert words(reader) == ROWS
            assert reader.count(T) == ROWS
            assert len(reader.chunks(T, 1000)) > 1
        again.dismiss()
        assert gone(folder)
        assert find(folder, source) is None


@EVERYWHERE
def test_a_reader_that_stops_early_or_fails_reads_on(new_database, folder) -> None:  # type: ignore[no-untyped-def]
    url = filled(new_database())
    with open_database(url) as source:
        moment = keep(folder, Keeping(url), source)
        with moment.reader() as reader:
            for _ in range(3):
                batches = reader.read(READ)
                assert next(batches).num_rows <= 500
                batches.close()  # type: ignore[attr-defined]
            with pytest.raises(ReadError, match="nowhere"):
                reader.count(TableName("nowhere"))
            with pytest.raises(ReadError):
                list(reader.read(Read(TableName("nowhere"), READ.columns)))
            assert words(reader) == ROWS
        moment.dismiss()


def test_rows_and_pairs_that_a_keeper_serves_equal_what_is_read_here(new_sqlite, folder) -> None:  # type: ignore[no-untyped-def]
    url = filled(new_sqlite())
    with _session(url) as cursor:
        cursor.execute("insert into child select id, id % 7 from t")
    refers = ForeignKey("plan", ("t",), T, ("id",), virtual=True)
    some = Rows(T, where="id % 3 = 0", columns=("word",), batch_rows=100)
    with open_database(url) as source:
        moment = keep(folder, Keeping(url), source)
        with moment.reader() as served, source.snapshot() as here:
            for table in (T, TableName("child")):
                assert served.row_ids(table) == here.row_ids(table)
            assert served.sizes([T]) == here.sizes([T])
            assert list(served.rows(some)) == list(here.rows(some))
            among = pa.Table.from_batches([batch.select(["id0"]) for batch in here.rows(some)])
            for down, left in ((True, among), (False, None)):
                step = Follow(TableName("child"), refers, down, left, batch_rows=100)
                pairs = list(here.follow(step))
                assert sum(batch.num_rows for batch in pairs) > 100
                assert list(served.follow(step)) == pairs
            with pytest.raises(ReadError, match="t: a condition"):
                list(served.rows(Rows(T, where="nowhere = 1")))
        moment.dismiss()


def test_what_a_keeper_serves_equals_what_is_read_here(new_sqlite, folder) -> None:  # type: ignore[no-untyped-def]
    url = filled(new_sqlite())
    with _session(url) as cursor:
        cursor.execute("update t set word = x'00ff' where id % 7 = 0")
        cursor.execute("update t set word = 5 where id % 11 = 0")
    with open_database(url) as source:
        moment = keep(folder, Keeping(url), source)
        for form in Form:
            request = Read(T, tuple(ReadColumn(name, form) for name in ("id", "word")), batch_rows=700)
            with moment.reader() as there, source.snapshot() as here:
                served, read = list(there.read(request)), list(here.read(request))
                assert [batch.schema.metadata for batch in served] == [batch.schema.metadata for batch in read]
                assert all(a.equals(b, check_metadata=True) for a, b in zip(served, read, strict=True))
                assert there.unreadable_values(T) == here.unreadable_values(T)
        moment.dismiss()


STARTED = """
import sys, time
from pathlib import Path
from connectors import open_database
from engine.keeper_moment import Keeping, keep
url = sys.stdin.readline().strip()
with open_database(url) as source:
    moment = keep(Path(sys.argv[1]), Keeping(url, float(sys.argv[2])), source)
    print("kept", flush=True)
    time.sleep(60)
"""


def killed_run(url: str, folder: Path, minutes: float) -> None:
    """Start a run that has its moment kept, and kill its whole process group."""
    process = subprocess.Popen(
        [sys.executable, "-c", STARTED, str(folder), str(minutes)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        start_new_session=True,
    )  # fmt: skip
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"{url}\n".encode())
        process.stdin.close()
        assert process.stdout.readline() == b"kept\n"
        os.killpg(process.pid, signal.SIGKILL)


def test_killing_the_run_with_its_process_group_leaves_the_moment_and_shows_no_password(new_mariadb, folder) -> None:  # type: ignore[no-untyped-def]
    url = filled(new_mariadb())
    killed_run(url, folder, 1)
    found = door(folder)
    assert found is not None
    for place in ("cmdline", "environ"):
        assert b"secret@" not in Path(f"/proc/{found.pid}/{place}").read_bytes()
    assert "secret" not in (folder / FILE).read_text() + repr(found) + repr(Keeping(url))
    assert stat.S_IMODE((folder / FILE).stat().st_mode) == 0o600
    assert os.getsid(found.pid) == found.pid
    with open_database(url) as source:
        moment = find(folder, source)
        assert moment is not None
        with moment.reader() as reader:
            assert words(reader) == ROWS
        moment.dismiss()


def test_a_keeper_without_a_run_ends_when_its_time_is_over(new_sqlite, folder) -> None:  # type: ignore[no-untyped-def]
    url = filled(new_sqlite())
    killed_run(url, folder, 0.02)
    assert door(folder) is not None
    assert gone(folder)


def test_a_keeper_whose_run_has_lost_its_folder_ends(new_sqlite, tmp_path) -> None:  # type: ignore[no-untyped-def]
    url, run = filled(new_sqlite()), tmp_path / "run"
    run.mkdir()
    with open_database(url) as source:
        moment = keep(run, Keeping(url), source)
        (run / FILE).unlink()
        assert moment._process is not None
        assert moment._process.wait(5) == 0
        assert gone(run)
        with pytest.raises(SnapshotLost, match="is gone"), moment.reader():
            pass


def test_a_killed_keeper_is_a_lost_snapshot_and_not_a_broken_pipe(new_sqlite, folder) -> None:  # type: ignore[no-untyped-def]
    url = filled(new_sqlite(), MORE_THAN_A_SOCKET_HOLDS)
    with open_database(url) as source:
        moment = keep(folder, Keeping(url), source)
        with moment.reader() as reader:
            batches = reader.read(READ)
            next(batches)
            os.kill(json.loads((folder / FILE).read_bytes())["pid"], signal.SIGKILL)
            with pytest.raises(SnapshotLost, match="is gone"):
                list(batches)
        with pytest.raises(SnapshotLost), moment.reader():
            pass
        assert find(folder, source) is None
        (folder / "keeper.sock").unlink()


def test_a_session_that_the_server_ends_is_a_lost_snapshot(new_postgresql, new_mariadb, folder) -> None:  # type: ignore[no-untyped-def]
    url = filled(new_postgresql())
    with open_database(url) as source:
        moment = keep(folder, Keeping(url), source)
        with _session(url) as cursor:
            cursor.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() "
                "and state = 'idle in transaction'"
            )
        with pytest.raises(SnapshotLost), moment.reader():
            pass
        moment.dismiss()
    url = filled(new_mariadb())
    with open_database(url) as source:
        moment = keep(folder, Keeping(url), source)
        with _session(url) as cursor:
            cursor.execute(
                "select id from information_schema.processlist where db = database() and id <> connection_id()"
            )
            ids = [row[0] for row in cursor.fetchall()]
            for number in ids:
                cursor.execute(f"kill {number}")
        with moment.reader() as reader, pytest.raises(SnapshotLost):
            words(reader)
        moment.dismiss()


def test_a_source_that_cannot_be_opened_there_is_said_as_here(new_sqlite, folder) -> None:  # type: ignore[no-untyped-def]
    url = filled(new_sqlite())
    with open_database(url) as source, pytest.raises(ConnectError, match="no SQLite file"):
        keep(folder, Keeping(url + ".gone"), source)


def test_several_readers_of_mariadb_see_one_moment_where_the_login_may_lock(new_mariadb, folder) -> None:  # type: ignore[no-untyped-def]
    url = filled(new_mariadb())
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            with _session(url) as cursor:
                cursor.execute(f"insert into t values ({200_000 + number}, 'more')")
                cursor.execute(f"insert into child values ({number}, {200_000 + number})")
                number += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        with open_database(url) as source:
            moment = keep(folder, Keeping(url, readers=3), source)
            assert moment.readers == 3
            with moment.reader() as a, moment.reader() as b, moment.reader() as c:
                assert len({(each.count(T), each.count(TableName("child"))) for each in (a, b, c)}) == 1
                assert a.count(T) - ROWS == c.count(TableName("child"))
            moment.dismiss()
    finally:
        stop.set()
        writer.join()


def test_a_login_that_may_not_lock_reads_with_one_session(new_mariadb, folder) -> None:  # type: ignore[no-untyped-def]
    url = filled(new_mariadb())
    parts = make_url(url)
    with _session(url) as cursor:
        cursor.execute("create user if not exists 'reader'@'%' identified by 'r'")
        cursor.execute(f"grant select on `{parts.database}`.* to 'reader'@'%'")
    reader = parts.set(username="reader", password="r").render_as_string(hide_password=False)
    with open_database(reader) as source:
        moment: KeptMoment = keep(folder, Keeping(reader, readers=3), source)
        assert moment.readers == 1
        moment.dismiss()
