"""Move the rows: lanes of one reader, one masker and one writer each take the chunks of all tables from one line.

A lane whose connection drops, or whose chunk meets a deadlock, is taken down; what it had not committed goes back to the line, and
after a pause a new lane goes on. Nothing is lost or doubled by that: each chunk is committed with its row in the target.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext

from connectors.database import Writer
from connectors.errors import ConnectError, DatabaseError, Lost, SnapshotLost
from engine.jobs.control import Control, Progress
from engine.load_crew import Crew, Stop, Stopped
from engine.load_lane import Lane, Shared
from engine.load_pace import Gate
from engine.load_sides import RunFailed, Sides, TableLoad
from engine.load_tally import Tally
from engine.load_work import Work
from engine.record import TableRecord

__all__ = ["CHUNK_ROWS", "RunFailed", "Sides", "TableLoad", "load"]

CHUNK_ROWS = 200_000
ATTEMPTS = 8
"""Lanes in a row that may fail without committing a chunk: with the pauses between them, more than a minute."""
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0

_PASSING = {"40P01", "40001", "55P03", "1205", "1213"}
"""Deadlock, serialization failure, a lock that was not given in time: another attempt may meet none."""

OpenWriter = Callable[[], AbstractContextManager[Writer]]


def load(
    sides: Sides, tables: Sequence[TableLoad], progress: Callable[[Progress], None], control: Control
) -> list[TableRecord]:
    """Move these tables in this order and give what was measured of each. Raises what any side raised, or Cancelled."""
    tally = Tally(sides, tables, progress)
    gate = Gate(sides.pace, control, lambda why: progress(Progress(why)))
    shared = Shared(
        sides, Work(sides.store, tally, tables, CHUNK_ROWS, sides.selection, sides.copies), tally, gate, control
    )
    others = Crew()
    for number in range(1, sides.lanes):
        others.start(f"lane-{number}", lambda: _keep_going(shared, sides.target.writer, others.stop))
    try:
        _keep_going(shared, _Claimed(sides), others.stop)
        others.wait()
    except Stopped:
        others.raise_failure()
        raise
    finally:
        others.disband()
    return tally.records()


class _Claimed:
    """The session that holds the claim, as the writer of the first lane: from the second time on it is connected anew."""

    def __init__(self, sides: Sides) -> None:
        self._target, self._opened = sides.target, False

    def __call__(self) -> AbstractContextManager[Writer]:
        if self._opened:
            self._target.reconnect()
        self._opened = True
        return nullcontext(self._target)


def _keep_going(shared: Shared, open_writer: OpenWriter, stop: Stop) -> None:
    """Run lanes one after the other until one comes to the end of the line. Raises what does not pass by itself."""
    failures = 0
    while True:
        lane = Lane(shared, stop)
        try:
            with open_writer() as writer:
                return lane.run(writer)
        except DatabaseError as error:
            shared.work.give_back(lane.unfinished)
            # Counted here and not by a library's decorator: a chunk that got through starts the count anew.
            failures = 1 if lane.committed else failures + 1
            if not _passes(error) or not lane.ended:
                raise
            if failures >= ATTEMPTS:
                raise _said(error, failures) from None
        _pause(failures, shared, stop)


def _passes(error: DatabaseError) -> bool:
    """May the same chunk get through another time?"""
    if isinstance(error, SnapshotLost):
        return False
    return isinstance(error, (Lost, ConnectError)) or error.code in _PASSING


def _pause(failures: int, shared: Shared, stop: Stop) -> None:
    """Twice as long each time, and never the same for two lanes."""
    longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (failures - 1))
    shared.gate.sleep(longest * random.uniform(0.5, 1.0), stop)


def _said(error: DatabaseError, times: int) -> DatabaseError:
    return type(error)(
        f"{str(error).rstrip('.')}; tried {times} times",
        table=error.table, column=error.column, constraint=error.constraint, code=error.code,
    )  # fmt: skip
