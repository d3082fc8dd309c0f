"""How a run that cannot go on leaves its target: empty again, or marked incomplete; and how its error is told without a value."""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from pathlib import Path

from connectors.database import Database, State, Target
from connectors.errors import DatabaseError
from connectors.schema import Schema
from engine.masking.base import MaskError

_ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Left:
    clean: bool
    sentence: str


def left_behind(database: Database, session: Target, schema: Schema, *, fresh: bool) -> Left:
    """Empty the target and take the mark off it; where that fails, mark it incomplete over a new connection."""
    try:
        _clear(session, schema, fresh=fresh)
    except DatabaseError:
        return _again(database, schema, fresh=fresh)
    return Left(True, "the target is empty again")


def _clear(session: Target, schema: Schema, *, fresh: bool) -> None:
    if fresh:
        session.drop(schema)
    else:
        session.empty(schema.tables)
        session.finish(schema, fresh=False)
    session.release()


def _again(database: Database, schema: Schema, *, fresh: bool) -> Left:
    try:
        with database.target() as session:
            try:
                _clear(session, schema, fresh=fresh)
                return Left(True, "the target is empty again")
            except DatabaseError:
                session.set_state(State.INCOMPLETE)
                return Left(False, "the target could not be emptied and is marked incomplete; `--mode new` clears it")
    except DatabaseError:
        return Left(False, "the target cannot be reached and still carries the mark of an unfinished run")


def sentence_of(error: Exception) -> str:
    """Our own errors say it themselves; of any other only the kind and the place, for its text may quote a value."""
    if isinstance(error, DatabaseError | MaskError):
        return str(error).rstrip(".")
    ours = [frame for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename).is_relative_to(_ROOT)]
    place = f" in {Path(ours[-1].filename).relative_to(_ROOT)}, line {ours[-1].lineno}" if ours else ""
    return f"an error of Lookalike itself ({type(error).__name__}{place})"
