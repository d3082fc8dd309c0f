"""Runs of the command line that are killed at a moment chosen by what they are seen to do, and gone on with afterwards."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar

import psycopg
import pymysql
from sqlalchemy.engine import make_url

from connectors import open_database
from engine.masking.email import Email
from engine.masking.first_name import FirstName
from engine.masking.keep import Keep
from engine.masking.pseudonym import Pseudonym
from engine.plan import Plan, Rule, TablePlan, Treatment
from engine.plan_toml_write import write_plan
from engine.subset.spec import Subset
from tests.faults.fingerprint import fingerprint
from tests.walk.line import Answer, Desk

AIMS = ("DDL", "chunk", "sequence", "index", "validation", "end", "any")
"""Of any run; one that takes a subset can also be aimed at while it is selected ("select")."""
_PATIENCE = 300.0
LOOK = 0.01
"""Seconds between two looks: the watch must not be what the machine is busy with."""


@dataclass(frozen=True)
class Seen:
    """A running job, as its ledger and its target show it."""

    phase: str = ""
    steps: int = 0
    chunks: int = 0
    state: str = ""
    doing: str = ""
    """The statement that the target is busy with, where a server says so."""


class Line(Desk):
    """A desk whose plan masks a person's columns of an estate and keeps the rest."""

    subset: ClassVar[Subset | None] = None
    """Which rows; None: all."""

    def decide(self, url: str) -> None:
        with open_database(url) as source:
            schema = source.describe()
        masks = {"email": Email(), "name": FirstName()}
        keys = {("person", "id"), ("profile", "person"), ("purchase", "person"), ("event", "person")}
        tables = {}
        for table in schema.tables:
            rules = []
            for column in table.stored:
                masker = Pseudonym() if (table.name.name, column.name) in keys else masks.get(column.name, Keep())
                rules.append(Rule((column.name,), masker, reason="for the test"))
            tables[table.name] = TablePlan(Treatment.MASK, tuple(rules))
        self.plan_path.write_text(write_plan(Plan("estate", "estate", tables, subset=self.subset)))

    def words(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "engine.cli", *self._words(words, text=False)]

    @property
    def jobs(self) -> Path:
        return self.folder / "workspace" / "jobs.db"

    def newest(self) -> str | None:
        if not self.jobs.exists():
            return None
        with (
            contextlib.closing(sqlite3.connect(self.jobs, timeout=20)) as connection,
            contextlib.suppress(sqlite3.OperationalError),
        ):
            row = connection.execute("select id from jobs order by started desc limit 1").fetchone()
            return str(row[0]) if row else None
        return None

    def keeper(self, job: str) -> int | None:
        """The process that keeps the job's snapshot."""
        file = self.folder / "workspace" / "runs" / job / "keeper.json"
        with contextlib.suppress(FileNotFoundError):
            return int(json.loads(file.read_bytes())["pid"])
        return None


class Watch:
    """Looks at a target and at the ledger from outside, as often as it is asked."""

    def __init__(self, line: Line, target: str) -> None:
        self._line, self._url = line, make_url(target)
        self._kind = self._url.get_backend_name()
        self._connection: Any = None

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()

    def look(self) -> Seen:
        phase = ""
        with contextlib.suppress(sqlite3.Error, psycopg.Error, pymysql.err.MySQLError):
            phase = self._phase()
            return Seen(phase, **self._target())
        return Seen(phase)

    def _phase(self) -> str:
        with contextlib.closing(sqlite3.connect(self._line.jobs, timeout=20)) as connection:
            row = connection.execute(
                "select json_extract(event, '$.phase') from events order by rowid desc limit 1"
            ).fetchone()
            return str(row[0] or "") if row else ""

    def _target(self) -> dict[str, Any]:
        names = {"postgresql": "lookalike__.{}", "mariadb": "lookalike__{}", "sqlite": "lookalike__{}"}[self._kind]
        seen: dict[str, Any] = {"doing": self._doing()}
        for key, sql in (
            ("state", f"select state from {names.format('marker')}"),
            ("steps", f"select count(*) from {names.format('step')}"),
            ("chunks", f"select count(*) from {names.format('chunk')}"),
        ):
            with contextlib.suppress(
                psycopg.errors.UndefinedTable, pymysql.err.ProgrammingError, sqlite3.OperationalError
            ):
                seen[key] = self._ask(sql)
        return seen

    def _doing(self) -> str:
        if self._kind == "postgresql":
            sql = (
                "select query from pg_stat_activity where datname = current_database() and state = 'active' "
                "and pid <> pg_backend_pid() order by query_start desc limit 1"
            )
        elif self._kind == "mariadb":
            sql = (
                "select info from information_schema.processlist where db = database() and command = 'Query' "
                "and id <> connection_id() limit 1"
            )
        else:
            return ""
        return str(self._ask(sql) or "")

    def _ask(self, sql: str) -> Any:
        cursor = self._open().cursor()
        cursor.execute(sql)
        row = cursor.fetchone()
        cursor.close()
        return row[0] if row else None

    def _open(self) -> Any:
        if self._kind == "sqlite":
            # Each look on a connection of its own: an open one would keep the writer from its commit.
            self.close()
            self._connection = sqlite3.connect(f"file:{self._url.database}?mode=ro", uri=True, timeout=0)
        elif self._connection is None and self._kind == "postgresql":
            self._connection = psycopg.connect(self._url.render_as_string(hide_password=False), autocommit=True)
        elif self._connection is None:
            self._connection = pymysql.connect(
                host=self._url.host, port=self._url.port or 3306, user=self._url.username,
                password=str(self._url.password), database=self._url.database, autocommit=True,
            )  # fmt: skip
        return self._connection


@dataclass
class Course:
    """How long an uninterrupted run took, and what it left: the measure of the others."""

    seconds: float
    steps_before: int
    steps: int
    chunks: int
    left: dict[str, object]


@dataclass
class Killed:
    """One kill, and what came of it."""

    aim: str
    hit: str
    seen: Seen
    job: str
    more: dict[str, Any] = field(default_factory=dict)


def uninterrupted(line: Line, source: str, target: str) -> Course:
    """Run to the end under watch."""
    seen = list[Seen]()
    begun = time.monotonic()
    process = started(line.words("run", str(line.plan_path), "--source", source, "--target", target))
    watch = Watch(line, target)
    while process.poll() is None:
        if line.jobs.exists():
            seen.append(watch.look())
        time.sleep(LOOK)
    watch.close()
    _, err = process.communicate()
    assert process.returncode == 0, err.decode()
    before = max((s.steps for s in seen if s.phase == "load"), default=0)
    return Course(
        time.monotonic() - begun, before, max(s.steps for s in seen), max(s.chunks for s in seen), fingerprint(target)
    )


def killed(line: Line, words: list[str], target: str, aim: str, course: Course, rng: random.Random) -> Killed | None:
    """Start this run and kill it with SIGKILL when it is seen at what is aimed at; None where it was over before."""
    reached = _aimed(aim, course, rng)
    delay = rng.choice((0.0, rng.uniform(0, 0.01), rng.uniform(0, 0.1)))
    before = line.newest()
    process = started(words)
    watch, seen = Watch(line, target), Seen()
    begun = time.monotonic()
    try:
        while process.poll() is None:
            if time.monotonic() - begun > _PATIENCE:
                process.kill()
                raise AssertionError(f"the run hangs: {watch.look()}")
            # A run that resumes is in the ledger from the start.
            if line.newest() in (None, before) and "run" in words[:5]:
                time.sleep(0.01)
                continue
            seen = watch.look()
            if reached(seen, time.monotonic() - begun):
                time.sleep(delay)
                break
            time.sleep(LOOK)
        ended = process.poll()
        process.kill()
        process.wait()
        if ended is None:
            after = watch.look()
            seen = replace(after, doing=after.doing or seen.doing)
    finally:
        watch.close()
        process.communicate()
    job = line.newest()
    if ended is not None or job is None:
        return None
    return Killed(aim, _hit(seen, course), seen, job)


def started(words: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)


def _aimed(aim: str, course: Course, rng: random.Random) -> Callable[[Seen, float], bool]:
    steps = rng.randint(0, max(0, course.steps_before - 1))
    after = rng.randint(course.steps_before, max(course.steps_before, course.steps - 1))
    chunks = rng.randint(0, max(0, course.chunks - 1))
    moment = rng.uniform(0.2, 1.0) * course.seconds
    word = rng.choice(("INDEX", "UNIQUE", "PRIMARY KEY"))
    conditions: dict[str, Callable[[Seen, float], bool]] = {
        "DDL": lambda seen, _: seen.state == "loading" and seen.steps >= steps,
        "select": lambda seen, _: seen.phase == "select",
        "chunk": lambda seen, _: seen.chunks > chunks,
        "sequence": lambda seen, _: seen.chunks >= course.chunks or seen.phase == "finish",
        "index": lambda seen, _: seen.phase == "finish" and (word in seen.doing.upper() or seen.steps >= after),
        "validation": lambda seen, _: "FOREIGN KEY" in seen.doing.upper() or "VALIDATE" in seen.doing.upper()
        or (seen.steps >= course.steps - 3 and seen.phase == "finish"),
        "end": lambda seen, _: seen.state == "complete",
        "any": lambda _, elapsed: elapsed >= moment,
    }  # fmt: skip
    return conditions[aim]


def _hit(seen: Seen, course: Course) -> str:
    """The phase that the kill has met, by what the target holds afterwards."""
    doing = seen.doing.upper()
    if seen.state == "complete":
        return "end"
    if not seen.state:
        return "before the claim"
    if not seen.chunks and seen.steps < course.steps_before:
        return "DDL"
    if seen.chunks < course.chunks:
        return "chunk"
    if "FOREIGN KEY" in doing or "VALIDATE" in doing:
        return "validation"
    return "sequence" if seen.steps <= course.steps_before else "index"


def resumed(line: Line, job: str, *more: str) -> Answer:
    return line.lookalike("jobs", "resume", job, *more)


def kill_keeper(line: Line, job: str) -> bool:
    """Kill the keeper as hard as the worker; False where none is there."""
    pid = line.keeper(job)
    if pid is None:
        return False
    os.kill(pid, signal.SIGKILL)
    while _alive(pid):
        time.sleep(0.02)
    return True


def _alive(pid: int) -> bool:
    """Does it run? One that nobody has buried yet does not."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


@contextlib.contextmanager
def no_keeper_left(line: Line) -> Iterator[None]:
    """At the end no keeper of this workspace may live on."""
    yield
    left = list((line.folder / "workspace" / "runs").glob("*/keeper.json"))
    assert left == [], left
