"""Test a connection step by step: each says what it found as it happens, has a limit of time, and can be given up.

    for step in probe("postgresql://reader@db/clinic", use=Use.READ): ...

No sentence holds a password or a driver's own text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from enum import StrEnum
from importlib import import_module
from time import perf_counter
from typing import Any, Protocol

from connectors import open_database
from connectors.database import Database
from connectors.errors import DatabaseError
from connectors.patience import TooLong, patiently
from connectors.use import Use

LIMIT_S = 10.0
COURSES = {
    "postgresql": "connectors.pg_probe:course",
    "mysql": "connectors.my_probe:course",
    "mariadb": "connectors.my_probe:course",
    "sqlite": "connectors.sqlite_probe:course",
    "mssql": "connectors.ms_probe:course",
    "oracle": "connectors.ora_probe:course",
}
NOT_TRIED = "Not tried."


class State(StrEnum):
    OK = "ok"
    WARN = "warn"
    """It works, and somebody should know this."""
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a test, done."""

    name: str
    """`dns`, `tcp`, `tls`, `login`; `file`, `readable`, `database`; `version`, `tables`, `rights`."""
    state: State
    sentence: str
    seconds: float
    facts: Mapping[str, Any] = field(default_factory=dict)
    """The same for scripts: `tables`, `may_write`..."""


@dataclass(frozen=True, slots=True)
class Found:
    """What one step came to."""

    state: State
    sentence: str
    last: bool = False
    """There is nothing for the later steps to look at."""
    facts: Mapping[str, Any] = field(default_factory=dict)


Work = Callable[[], Found]


class Course(Protocol):
    """The steps of one dialect, in order; a later one uses what an earlier one has opened."""

    def steps(self, use: Use) -> list[tuple[str, Work]]: ...

    def close(self) -> None: ...


def probe(
    url: str, *, use: Use = Use.ANY, limit: float = LIMIT_S, check: Callable[[], None] = lambda: None
) -> Iterator[Step]:
    """Every step of the test, as it is done; after one that failed the others are skipped. Raises UrlError for what is no address,
    and what `check` raises: it is asked many times a second, also while a step waits."""
    with closing(_course(url, limit)) as course:
        over = False
        for name, work in course.steps(use):
            if over:
                yield Step(name, State.SKIPPED, NOT_TRIED, 0.0)
                continue
            began = perf_counter()
            found = _found(name, work, course, limit, check)
            over = found.last or found.state is State.FAILED
            yield Step(name, found.state, found.sentence, perf_counter() - began, found.facts)


def _course(url: str, limit: float) -> Course:
    scheme = url.partition(":")[0].partition("+")[0].lower()
    scheme = {"postgres": "postgresql", "sqlserver": "mssql"}.get(scheme, scheme)
    module, _, name = COURSES.get(scheme, "connectors.probe:plain").partition(":")
    made: Course = getattr(import_module(module), name)(url, limit)
    return made


def _found(name: str, work: Work, course: Course, limit: float, check: Callable[[], None]) -> Found:
    try:
        return patiently(work, limit, check, late=course.close)
    except TooLong:
        # What is large is no fault of the connection.
        state = State.WARN if name == "tables" else State.FAILED
        return Found(state, f"No answer within {limit:g} seconds.", last=True)
    except DatabaseError as error:
        return Found(State.FAILED, sentence(error))
    except ImportError as error:
        return Found(
            State.FAILED, f"The driver is not installed ({error.name or 'unknown'}): install it, then test again."
        )


def sentence(error: DatabaseError) -> str:
    """An error of ours as a whole sentence; the name of a host, a file or a login keeps its case."""
    text = str(error)
    first = text.partition(" ")[0]
    text = text[:1].upper() + text[1:] if first.isalpha() else text
    return text if text.endswith(".") else f"{text}."


class Opened:
    """The last steps of every course: what the open database says of itself."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.database: Database | None = None

    def close(self) -> None:
        if self.database is not None:
            self.database.close()

    def steps(self, use: Use) -> list[tuple[str, Work]]:
        return [("login", self.log_in), *self.asked(use)]

    def asked(self, use: Use) -> list[tuple[str, Work]]:
        return [("version", self.version), ("tables", lambda: self.tables(use)), ("rights", lambda: self.rights(use))]

    def log_in(self) -> Found:
        self.database = open_database(self._url)
        return Found(State.OK, "Logged in.")

    @property
    def _open(self) -> Database:
        assert self.database is not None, "a step before has opened it"
        return self.database

    def version(self) -> Found:
        identity = self._open.identity()
        facts = {"dialect": self._open.dialect, "server": identity.server, "database": identity.database}
        return Found(State.OK, f"{self._open.version()}.", facts=facts)

    def tables(self, use: Use) -> Found:
        """How many this login sees; none is worth a word but of a target, for a source without tables is a login without rights."""
        tables = len(self._open.describe().tables)
        if tables == 0 and use is Use.WRITE:
            return Found(State.OK, "It is empty, as a new target is.", facts={"tables": 0})
        if tables == 0:
            said = "It has no table, or none that this login may see."
        else:
            said = "1 table." if tables == 1 else f"{tables:,} tables."
        return Found(State.OK if tables else State.WARN, said, facts={"tables": tables})

    def rights(self, use: Use) -> Found:
        """Is this login fit for what it is wanted for?"""
        rights = self._open.may_write()
        return Found(*_fitness(rights, use), facts={"may_write": list(rights)})


def _fitness(rights: Sequence[str], use: Use) -> tuple[State, str]:
    if not rights and use is Use.WRITE:
        return State.FAILED, "This login may only read, and a target is written: give it the right to create tables."
    if not rights:
        return State.OK, "This login may only read."
    some = ", ".join(rights[:3]) + (f" and {len(rights) - 3} more" if len(rights) > 3 else "")
    if use is Use.READ:
        return State.WARN, f"This login may write ({some}): a source wants one that may only read."
    return State.OK, f"This login may write ({some})."


def plain(url: str, limit: float) -> Course:
    """The course of a dialect that another distribution brings: its login says everything."""
    return Opened(url)
