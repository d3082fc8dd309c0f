"""How a run that cannot go on leaves its target: empty again, or marked incomplete; and how its error is told without a value."""

from __future__ import annotations

import errno
import traceback
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from connectors.database import Database, State, Target
from connectors.errors import ConnectError, DatabaseError, Lost, SnapshotLost
from connectors.schema import Schema
from engine.jobs.control import PauseEnded
from engine.jobs.ledger import JobError
from engine.masking.base import MaskError
from engine.sealed import SealError
from engine.synthesis.errors import SynthesisError

_ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Left:
    over: bool
    """Nothing is left that could be taken up again."""
    sentence: str


def left_behind(database: Database, session: Target, run: str, schema: Schema, *, fresh: bool) -> Left:
    """Empty the target and take the mark off it; where that fails, mark it incomplete over a new connection. A target that no longer
    carries the mark of this run is somebody else's and is left alone."""
    try:
        return _cleared(session, run, schema, fresh=fresh)
    except DatabaseError:
        return _again(database, run, schema, fresh=fresh)


def _cleared(session: Target, run: str, schema: Schema, *, fresh: bool) -> Left:
    marker = session.marker()
    if marker is None or marker.run != run:
        return Left(True, "the target no longer carries the mark of this run and was left as it is")
    if fresh:
        session.drop(schema)
    else:
        session.empty(schema.tables)
        session.finish(schema, fresh=False)
    session.release()
    return Left(True, "the target is empty again")


def _again(database: Database, run: str, schema: Schema, *, fresh: bool) -> Left:
    try:
        with database.target() as session:
            try:
                return _cleared(session, run, schema, fresh=fresh)
            except DatabaseError:
                session.set_state(State.INCOMPLETE)
                return Left(False, "the target could not be emptied and is marked incomplete; `--mode new` clears it")
    except DatabaseError:
        return Left(False, "the target cannot be reached and still carries the mark of an unfinished run")


_PASSING = (
    "53",
    "57",
    "58",
    "1021",
    "1114",
    "1205",
    "1213",
    "55P03",
    "40001",
    "40P01",
    "SQLITE_FULL",
    "SQLITE_BUSY",
    "SQLITE_IOERR",
)
"""Codes of a server that is full, stopping, or holds something locked: not the fault of any row."""


def passes(error: BaseException) -> bool:
    """May the same run get to its end once something outside it is mended? Never for a row that the target refuses."""
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    if isinstance(error, DatabaseError) and error.code is not None and error.code.startswith(_PASSING):
        return True
    return isinstance(error, (Lost, ConnectError, PauseEnded, JobError))


def left_to_resume(session: Target, run: str, error: BaseException, minutes: float | None, *, selects: bool) -> Left:
    """Leave what is loaded, marked incomplete where the target can still be reached, and say how the run goes on. `selects`: its
    rows are a subset, which belongs to one snapshot."""
    with suppress(DatabaseError):
        session.reconnect()
        if (marker := session.marker()) is not None and marker.run == run:
            session.set_state(State.INCOMPLETE)
    again = f"`lookalike jobs resume {run}`"
    if minutes is None or isinstance(error, SnapshotLost | PauseEnded):
        second = "" if selects else " or with `--second-snapshot`"
        ways = f"its snapshot of the source is over, so {again} goes on with `--restart`{second}"
    else:
        ways = f"{again} goes on from there, with the same snapshot within {minutes:g} minutes"
    return Left(
        False, f"what is loaded stays in the target, which is marked incomplete; {ways}, and `--mode new` clears it"
    )


def sentence_of(error: Exception) -> str:
    """Our own errors say it themselves; of any other only the kind and the place, for its text may quote a value."""
    if isinstance(error, DatabaseError | MaskError | SealError | JobError | PauseEnded | SynthesisError):
        return str(error).rstrip(".")
    if isinstance(error, OSError) and error.strerror:
        return f"a file of the workspace cannot be read or written: {error.strerror}"
    ours = [frame for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename).is_relative_to(_ROOT)]
    place = f" in {Path(ours[-1].filename).relative_to(_ROOT)}, line {ours[-1].lineno}" if ours else ""
    return f"an error of Lookalike itself ({type(error).__name__}{place})"
