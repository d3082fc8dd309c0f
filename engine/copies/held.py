"""The copies of one run, decided once its rows are selected."""

from __future__ import annotations

from engine.build import Build
from engine.clone_run import Run
from engine.copies.copies import Copies
from engine.copies.decide import Asked, decide
from engine.pipeline import Pipeline
from engine.snapshots import Moment


def copies_of(run: Run, build: Build, pipeline: Pipeline, moment: Moment) -> Copies | None:
    """What the run's plan copies; None where it copies nothing. Raises PlanError.

    A run into an empty target copies an entity into the same people each time; one whose rows join others' makes new ones."""
    if run.selection is None or run.selection.entity is None:
        return None
    salt = run.id if run.joins is not None else ""
    with run.phase("copies"), moment.reader() as snapshot:
        target = run.target if run.joins is not None else None
        asked = Asked(run.source, snapshot, run.selection, target, build.names, run.store)
        return decide(run.selection.entity, pipeline, run.key, salt, asked)
