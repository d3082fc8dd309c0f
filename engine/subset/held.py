"""The selection of one run: made once from the moment that the run reads, and deleted with everything it kept when the run ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from connectors.schema import Schema
from engine.clone_run import Run
from engine.plan import selects
from engine.snapshots import Moment
from engine.subset.report import said
from engine.subset.selecting import SubsetSelection, select


@contextmanager
def selection_of(run: Run, schema: Schema, moment: Moment) -> Iterator[SubsetSelection | None]:
    """What the run's plan selects; None where it takes every row. A run that goes on under the moment in which it began selects the
    same rows in the same order again, so nothing of the first selection need be kept."""
    if not selects(run.plan):
        yield None
        return
    with run.phase("select"), moment.reader() as snapshot:
        selection = select(
            run.plan, schema, snapshot, run.key, run.folder.spill, progress=run.progress, control=run.control
        )
    run.subset = said(selection.report)
    try:
        yield selection
    finally:
        selection.close()
