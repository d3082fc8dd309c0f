"""What must hold before and while a target is written: it is not the source, it is allowed, and it holds nothing but our own rows."""

from __future__ import annotations

import fnmatch
import secrets
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from connectors.database import Database, Marker, State, Target, Writer
from connectors.errors import TargetError
from connectors.merging import Joinable, Staging
from connectors.names import TableName
from connectors.reservations import Reserving


class Refused(TargetError):
    """The target is not one that this run may write. Nothing was written."""


class Mode(StrEnum):
    NEW = "new"
    """Into an empty target."""
    REPLACE = "replace"
    """Over a target that carries our own complete marker: the nightly case."""
    APPEND = "append"
    """Beside the rows of such a target: those whose key is there already stay as they are."""
    UPSERT = "upsert"
    """The same, and those whose key is there already take the columns of the plan."""


JOINING = frozenset({Mode.APPEND, Mode.UPSERT})


@dataclass(frozen=True, slots=True)
class Ground:
    """How a target stands before a run."""

    fresh: bool
    """The run makes the tables."""
    leftover: Marker | None = None
    """An own earlier run whose rows go first."""
    joined: Marker | None = None
    """The complete run whose rows stay, where rows of this one join them."""


def refuse_the_source(source: Database, target: Database) -> None:
    """Raise Refused when both are one database, however each address is spelt: by identity, and by a lock seen from the other side."""
    same = Refused("the target is the source itself: choose another database", code="target-is-source")
    if source.dialect != target.dialect:
        return
    if source.identity() == target.identity():
        raise same
    nonce = f"lookalike-{secrets.token_hex(12)}"
    with target.nonce_lock(nonce):
        if source.sees_lock(nonce):
            raise same


def refuse_foreign(session: Target) -> None:
    """Raise Refused when a target without a mark of ours holds rows."""
    if session.marker() is None and (occupied := session.occupied()):
        raise _foreign(occupied)


def refuse_unlisted(target: Database, allowed: Path) -> None:
    """Raise Refused when a list of allowed targets exists and does not name this one (a URL a line, `*` stands for anything)."""
    if not allowed.exists():
        return
    lines = (line.partition("#")[0].strip() for line in allowed.read_text(encoding="utf-8").splitlines())
    if not any(fnmatch.fnmatchcase(target.url, pattern) for pattern in lines if pattern):
        raise Refused(
            f"the target {target.url} is not on the list of allowed targets ({allowed}): add it there or choose another",
            code="target-not-allowed",
        )


def examine(
    target: Database,
    session: Target,
    tables: Collection[TableName],
    planned: Collection[TableName],
    mode: Mode | None,
    ours: Callable[[str], Collection[TableName] | None],
    own: str | None = None,
) -> Ground:
    """How the target stands. Raises Refused for foreign rows, another run's work, or half of the planned tables.

    `tables` are all that the target has, `planned` those the run will write; `ours` gives the tables of an earlier run; `own` is
    a run that begins once more: it may clear its own rows, and go on to clear those that it was told to replace. `mode` None:
    nobody has said what is to become of an unfinished run.
    """
    marker, occupied = session.marker(), set(session.occupied())
    if marker is not None:
        if marker.run != own:
            _refuse_to_take(target, marker, Mode.NEW if own and marker.state is not State.COMPLETE else mode)
        if foreign := occupied - set(recorded if (recorded := ours(marker.run)) is not None else planned):
            raise _foreign(foreign)
        return Ground(fresh=marker.fresh, leftover=marker)
    if mode is Mode.REPLACE and tables and own is None:
        raise Refused(
            "the target does not carry the mark of a complete run of ours, so it is not replaced: give an empty database "
            "and leave `--mode replace` away",
            code="target-not-ours",
        )
    if occupied:
        raise _foreign(occupied)
    missing = [name for name in planned if name not in set(tables)]
    if missing and len(missing) < len(planned):
        raise Refused(
            f"the target has some of the plan's tables and lacks {_listed(missing)}: create them, or give an empty database",
            code="target-incomplete-schema",
        )
    return Ground(fresh=bool(missing) or not planned)


def _refuse_to_take(target: Database, marker: Marker, mode: Mode | None) -> None:
    """Raise Refused where the rows of another run of ours must stay."""
    run = marker.run
    if marker.state is State.COMPLETE:
        if mode is not Mode.REPLACE:
            raise Refused(
                f"the target already holds the complete run {run}: `--mode replace` writes over it, `--mode append` and "
                "`--mode upsert` add to it",
                code="target-complete",
            )
        _refuse_reserved(target)
        return
    if target.sees_lock(run_lock(run)):
        raise Refused(
            f"run {run} is writing this target right now: wait for its end (`lookalike jobs show {run}`), or stop it "
            f"(`lookalike jobs cancel {run}`) and start again with `--mode new`",
            code="target-busy",
        )
    if mode is not Mode.NEW:
        raise Refused(
            f"the target holds the unfinished run {run}, not a complete one: `lookalike jobs resume {run}` finishes it, and "
            "`--mode new` clears its rows and starts again",
            code="target-unfinished",
        )


def _refuse_reserved(target: Database) -> None:
    """Raise Refused where somebody holds an entity of a target that would be cleared."""
    if not isinstance(target, Reserving):
        return
    with target.reservations() as kept:
        living = kept.living(datetime.now(UTC).isoformat(timespec="seconds"))
    if living:
        raise Refused(
            f"{len(living)} entities of the target are reserved, the first by {living[0].owner} until {living[0].until}: "
            "`--mode upsert` leaves them as they are, `lookalike entity release` gives them back",
            code="target-reserved",
        )


def still_ours(session: Writer, run: str) -> None:
    """Raise TargetError when the target no longer carries this run's mark; asked before each table."""
    marker = session.marker()
    if marker is None or marker.run != run or marker.state is not State.LOADING:
        raise TargetError("the target lost the mark of this run: somebody else is changing it", code="target-lost")


def staging(target: Database) -> AbstractContextManager[Staging]:
    """The session of rows that are to join a target. Raises Refused where its database cannot do that."""
    if not isinstance(target, Joinable):
        raise Refused(
            f"rows cannot join those of a {target.dialect} database: run with `--mode new` into an empty one",
            code="target-not-joinable",
        )
    return target.staging()


@contextmanager
def running(target: Database, run: str) -> Iterator[None]:
    """Let other runs see that this one lives, for as long as it does."""
    with target.nonce_lock(run_lock(run)):
        yield


def run_lock(run: str) -> str:
    return f"lookalike-run-{run}"[:60]


def _foreign(tables: Collection[TableName]) -> Refused:
    return Refused(
        f"the target holds rows that are not ours in {_listed(tables)}: give an empty database",
        code="target-foreign-data",
    )


def _listed(names: Collection[TableName]) -> str:
    shown = sorted(names)[:5]
    rest = len(names) - len(shown)
    return ", ".join(map(str, shown)) + (f" and {rest} more" if rest else "")
