"""The selection of one run: made once from the moment that the run reads, and deleted with everything it kept when the run ends."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from connectors.database import Issue
from connectors.schema import Schema
from engine.clone_run import Run
from engine.plan import selects
from engine.snapshots import Moment
from engine.subset.report import said
from engine.subset.same import refuse_others
from engine.subset.selecting import SubsetSelection, select
from engine.subset.store import FOLDER

_NOTHING = Issue(
    "subset-empty",
    "The subset has no row at all, so every table of the target is empty.",
    "See whether the conditions and keys of its roots mean rows of this source.",
)


@contextmanager
def selection_of(run: Run, schema: Schema, moment: Moment) -> Iterator[SubsetSelection | None]:
    """What the run's plan selects; None where it takes every row. A run that goes on under the moment in which it began selects the
    same rows in the same order again, so nothing of the first selection is kept but digests. Raises SnapshotLost where it does not."""
    if not selects(run.plan):
        yield None
        return
    with run.phase("select"), moment.reader() as snapshot:
        _forget_killed(run.folder.spill)
        selection = select(
            run.plan,
            schema,
            snapshot,
            run.key,
            run.folder.spill,
            progress=run.progress,
            control=run.control,
            pace=run.pace,
        )
    with selection:
        refuse_others(run.folder.spill, selection.digests())
        run.subset = said(selection.report)
        if not selection.report.rows:
            run.learn([_NOTHING])
        yield selection


def _forget_killed(spill: Path) -> None:
    """Delete what an attempt that was killed has left of its selection."""
    for left in spill.glob(f"{FOLDER}*"):
        shutil.rmtree(left, ignore_errors=True)
