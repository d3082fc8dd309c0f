"""The job ledger: one SQLite file in the workspace. A worker writes progress and events; windows read and write requests."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from connectors.names import parse_table_name
from engine.jobs.control import Progress, Stands, TableProgress
from engine.jobs.events import Event, JobState, Request, event_from_json, now

SILENCE = 60.0
"""Seconds without a heartbeat after which a job of another machine counts as lost."""

_TABLES = """
CREATE TABLE IF NOT EXISTS jobs (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, state TEXT NOT NULL, pid INTEGER NOT NULL, host TEXT NOT NULL,
    started TEXT NOT NULL, heartbeat TEXT NOT NULL, finished TEXT, progress TEXT, about TEXT NOT NULL, sentence TEXT
);
CREATE TABLE IF NOT EXISTS events (
    job TEXT NOT NULL REFERENCES jobs (id), ordinal INTEGER NOT NULL, event TEXT NOT NULL, PRIMARY KEY (job, ordinal)
);
CREATE TABLE IF NOT EXISTS requests (
    id INTEGER PRIMARY KEY, job TEXT NOT NULL REFERENCES jobs (id), request TEXT NOT NULL, at TEXT NOT NULL, taken TEXT
);
CREATE TABLE IF NOT EXISTS tables (
    job TEXT NOT NULL REFERENCES jobs (id), name TEXT NOT NULL, place INTEGER NOT NULL, phase TEXT NOT NULL, rows INTEGER NOT NULL,
    estimated INTEGER, stands TEXT NOT NULL, changed INTEGER NOT NULL, PRIMARY KEY (job, name)
);
CREATE TABLE IF NOT EXISTS curve (
    id INTEGER PRIMARY KEY, job TEXT NOT NULL REFERENCES jobs (id), step INTEGER NOT NULL, loss REAL, epsilon REAL
);
CREATE INDEX IF NOT EXISTS curve_of_job ON curve (job, id);
"""


class JobError(Exception):
    """No such job, or it is not in a state for that, or the ledger cannot be used; `str()` is one sentence."""


@dataclass(frozen=True, slots=True)
class Job:
    id: str
    kind: str
    state: JobState
    pid: int
    host: str
    started: str
    heartbeat: str
    finished: str | None = None
    progress: Progress | None = None
    about: Mapping[str, str] | None = None
    """What it works on: plan, source, target (without secrets), mode."""
    sentence: str | None = None
    """How it ended."""
    outcome: str | None = None
    """The same in one word, for programs: of a verification `pass`, `unchecked` or `fault`, of an assessment its verdict, of a failure
    its code."""

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"progress": _progress_fields(self.progress)}


@dataclass(frozen=True, slots=True)
class TableRow:
    """How far a job is with one table."""

    name: str
    place: int
    """In the order in which the job named its tables first."""
    phase: str
    rows: int
    estimated: int | None
    stands: Stands
    changed: int
    """Goes up with every change of any table of the job."""

    def to_json(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if name != "changed"}


@dataclass(frozen=True, slots=True)
class Point:
    """One point of a training's curve."""

    step: int
    loss: float | None
    epsilon: float | None


class Ledger:
    """The ledger file. Every call is one short transaction of its own, so any thread or process may call."""

    def __init__(self, path: Path) -> None:
        self._path = path
        if not path.exists():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        with self._open() as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.executescript(_TABLES)
        self._renew()

    def _renew(self) -> None:
        """Add what a ledger of an earlier version lacks."""
        with self._open() as connection:
            if _has_outcome(connection):
                return
        with self._transaction() as connection:
            if not _has_outcome(connection):
                connection.execute("ALTER TABLE jobs ADD COLUMN outcome TEXT")

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self._path, timeout=20, isolation_level=None)) as connection:
                connection.row_factory = sqlite3.Row
                connection.execute("PRAGMA synchronous = NORMAL")
                yield connection
        except sqlite3.Error as error:
            raise JobError(f"the job ledger {self._path} cannot be used ({error})") from None

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._open() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def start(self, job_id: str, kind: str, about: Mapping[str, str]) -> None:
        """Enter a job that this process runs from now on; an ended job of that id goes on under this process."""
        moment = now()
        with self._transaction() as connection:
            row = connection.execute("SELECT * FROM jobs WHERE id = ?", (job_id,)).fetchone()
            if row is not None and _job(row).state.alive:
                raise JobError(f"job {job_id} is running already (process {row['pid']})")
            connection.execute(
                "INSERT INTO jobs (id, kind, state, pid, host, started, heartbeat, about) VALUES (?, ?, ?, ?, ?, ?, ?, ?) "
                "ON CONFLICT (id) DO UPDATE SET state = excluded.state, pid = excluded.pid, host = excluded.host, "
                "heartbeat = excluded.heartbeat, finished = NULL, sentence = NULL, outcome = NULL",
                (job_id, kind, JobState.RUNNING, os.getpid(), _host(), moment, moment, json.dumps(dict(about))),
            )
            connection.execute("UPDATE requests SET taken = ? WHERE job = ? AND taken IS NULL", (moment, job_id))
            _append(connection, job_id, Event("started", moment))

    def beat(
        self,
        job_id: str,
        state: JobState,
        progress: Progress | None,
        tables: Sequence[TableProgress] = (),
        points: Sequence[Point] = (),
        events: Sequence[Event] = (),
    ) -> list[Request]:
        """Say that the job lives and how far it is, with what is new; take the requests that came in since."""
        with self._transaction() as connection:
            _enter_tables(connection, job_id, tables)
            connection.executemany(
                "INSERT INTO curve (job, step, loss, epsilon) VALUES (?, ?, ?, ?)",
                [(job_id, each.step, each.loss, each.epsilon) for each in points],
            )
            for event in events:
                _append(connection, job_id, event)
            connection.execute(
                "UPDATE jobs SET heartbeat = ?, state = ?, progress = coalesce(?, progress) WHERE id = ?",
                (now(), state, _progress_json(progress), job_id),
            )
            rows = connection.execute(
                "UPDATE requests SET taken = ? WHERE job = ? AND taken IS NULL RETURNING id, request", (now(), job_id)
            ).fetchall()
        return [Request(row["request"]) for row in sorted(rows, key=lambda row: int(row["id"]))]

    def record(self, job_id: str, *events: Event) -> None:
        with self._transaction() as connection:
            for event in events:
                _append(connection, job_id, event)

    def finish(self, job_id: str, state: JobState, sentence: str | None = None, outcome: str | None = None) -> None:
        """Write how the job ended."""
        moment = now()
        with self._transaction() as connection:
            connection.execute(
                "UPDATE jobs SET state = ?, finished = ?, heartbeat = ?, sentence = ?, outcome = ? WHERE id = ?",
                (state, moment, moment, sentence, outcome, job_id),
            )
            _append(connection, job_id, Event(state.value, moment, sentence=sentence))

    def request(self, job_id: str, request: Request) -> None:
        """Ask a running job for something. Raises JobError when it does not run."""
        job = self.job(job_id)
        if not job.state.alive:
            raise JobError(f"job {job_id} does not run: it is {job.state.value}")
        with self._transaction() as connection:
            connection.execute("INSERT INTO requests (job, request, at) VALUES (?, ?, ?)", (job_id, request, now()))

    def job(self, job_id: str) -> Job:
        """Raises JobError when there is no such job."""
        with self._open() as connection:
            row = connection.execute("SELECT * FROM jobs WHERE id = ?", (job_id,)).fetchone()
        if row is None:
            raise JobError(f"there is no job {job_id} in this workspace; `lookalike jobs list` shows them")
        return _job(row)

    def jobs(self, most: int | None = None) -> list[Job]:
        """Newest first; not more than `most`."""
        with self._open() as connection:
            rows = connection.execute(
                "SELECT * FROM jobs ORDER BY started DESC, id DESC LIMIT ?", (-1 if most is None else most,)
            ).fetchall()
        return [_job(row) for row in rows]

    def events(self, job_id: str, after: int = 0, most: int | None = None) -> list[Event]:
        """In their order, without the first `after`."""
        with self._open() as connection:
            rows = connection.execute(
                "SELECT event FROM events WHERE job = ? AND ordinal > ? ORDER BY ordinal LIMIT ?",
                (job_id, after, -1 if most is None else most),
            ).fetchall()
        return [event_from_json(row["event"]) for row in rows]

    def tables(self, job_id: str, after: int = 0, most: int | None = None) -> list[TableRow]:
        """How far each table is that changed `after`, in the order in which they did."""
        with self._open() as connection:
            rows = connection.execute(
                "SELECT name, place, phase, rows, estimated, stands, changed FROM tables WHERE job = ? AND changed > ? "
                "ORDER BY changed LIMIT ?",
                (job_id, after, -1 if most is None else most),
            ).fetchall()
        return [TableRow(**dict(row) | {"stands": Stands(row["stands"])}) for row in rows]

    def rows(self, job_id: str) -> tuple[int, int | None]:
        """Of all its tables: rows so far, and as estimated; None where no table's are."""
        with self._open() as connection:
            rows, estimated = connection.execute(
                "SELECT coalesce(sum(rows), 0), sum(estimated) FROM tables WHERE job = ?", (job_id,)
            ).fetchone()
        return rows, estimated

    def curve(self, job_id: str, after: int = 0, most: int | None = None) -> tuple[list[Point], int]:
        """The points of its training, and the number to ask with for those that come later."""
        with self._open() as connection:
            rows = connection.execute(
                "SELECT id, step, loss, epsilon FROM curve WHERE job = ? AND id > ? ORDER BY id LIMIT ?",
                (job_id, after, -1 if most is None else most),
            ).fetchall()
        points = [Point(row["step"], row["loss"], row["epsilon"]) for row in rows]
        return points, rows[-1]["id"] if rows else after


def _append(connection: sqlite3.Connection, job_id: str, event: Event) -> None:
    connection.execute(
        "INSERT INTO events SELECT ?, coalesce(max(ordinal), 0) + 1, ? FROM events WHERE job = ?",
        (job_id, event.to_json(), job_id),
    )


def _enter_tables(connection: sqlite3.Connection, job_id: str, tables: Sequence[TableProgress]) -> None:
    if not tables:
        return
    (last, place) = connection.execute(
        "SELECT coalesce(max(changed), 0), count(*) FROM tables WHERE job = ?", (job_id,)
    ).fetchone()
    connection.executemany(
        "INSERT INTO tables (job, name, place, phase, rows, estimated, stands, changed) VALUES (?, ?, ?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (job, name) DO UPDATE SET phase = excluded.phase, rows = excluded.rows, estimated = excluded.estimated, "
        "stands = excluded.stands, changed = excluded.changed",
        [
            (job_id, str(each.table), place + number, each.phase, each.rows, each.estimated, each.stands, last + number)
            for number, each in enumerate(tables, 1)
        ],
    )


def _has_outcome(connection: sqlite3.Connection) -> bool:
    return any(row["name"] == "outcome" for row in connection.execute("PRAGMA table_info(jobs)"))


def _job(row: sqlite3.Row) -> Job:
    fields = dict(row)
    progress, about = fields.pop("progress"), json.loads(fields.pop("about"))
    state = JobState(fields.pop("state"))
    job = Job(**fields, state=state, progress=_progress(progress), about=about)
    return replace(job, state=JobState.LOST) if state.alive and not lives(job) else job


def lives(job: Job) -> bool:
    """Whether its process is there: one of this machine is asked for; any other job must have written lately."""
    if job.host != _host() or os.name != "posix":
        silence = datetime.now(UTC) - datetime.fromisoformat(job.heartbeat)
        return silence.total_seconds() < SILENCE
    try:
        os.kill(job.pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return not _is_zombie(job.pid)


def _is_zombie(pid: int) -> bool:
    """A process that ended, and that its parent has not asked for, still has its number."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (OSError, IndexError):
        return False


def _host() -> str:
    """This machine and its boot: process ids mean nothing on another one or after a restart."""
    boot = Path("/proc/sys/kernel/random/boot_id")
    name = os.uname().nodename if hasattr(os, "uname") else os.environ.get("COMPUTERNAME", "")
    return f"{name} {boot.read_text().strip()}" if boot.exists() else name


def _progress_json(progress: Progress | None) -> str | None:
    return None if progress is None else json.dumps(_progress_fields(progress))


def _progress_fields(progress: Progress | None) -> dict[str, Any] | None:
    """Without what is said of single tables: that has a table of its own."""
    if progress is None:
        return None
    fields = asdict(replace(progress, tables=()))
    del fields["tables"]
    return fields | {"table": str(progress.table) if progress.table else None}


def _progress(text: str | None) -> Progress | None:
    if text is None:
        return None
    fields = json.loads(text)
    table = fields.pop("table")
    return Progress(**fields, table=parse_table_name(table) if table else None)
