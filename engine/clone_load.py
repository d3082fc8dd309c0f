"""The rows of a clone: what is asked of every table, in which order, and what the evidence learns of it while they move."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from connectors.database import Issue
from engine.build import Build
from engine.claim import Claim
from engine.clone_evidence import save, started
from engine.clone_run import Run
from engine.load import Sides, TableLoad, load
from engine.order import parents_first
from engine.orphans import proven_keys
from engine.pipeline import Pipeline
from engine.prepare import prepared
from engine.record import TableRecord, record_key, watched
from engine.snapshots import Moment
from engine.unknown_paths import unknown_path_issues


def load_tables(run: Run, claim: Claim, build: Build, pipeline: Pipeline, moment: Moment) -> list[TableRecord]:
    """Move the rows of every table that is read, and give what was measured of each. Raises what `load` raises."""
    done = claim.insist(lambda session: session.done())
    pipeline = prepared(
        pipeline, moment, run.store, begun=bool(done), progress=run.progress, control=run.control, pace=run.pace,
        selection=run.selection,
    )  # fmt: skip
    if run.copies is not None:
        pipeline, run.copies = run.copies.beside(pipeline)
    parallel = run.target.capabilities.parallel_writers
    sides = Sides(
        moment, claim.session, pipeline, record_key(run.key), run.store, run.id, done, run.pace, parallel,
        run.selection, run.copies,
    )  # fmt: skip
    records = load(sides, _loads(run, build, pipeline), run.progress, run.control)
    run.learn(list(unknown_path_issues(pipeline.unknown_paths())))
    run.learn([issue for record in records for issue in _unreadable_issues(record)])
    save(run, started(run, build))
    return records


def _unreadable_issues(record: TableRecord) -> Iterator[Issue]:
    for column, count in record.unreadable.items():
        are = "values are" if count > 1 else "value is"
        written = "were" if count > 1 else "was"
        message = f"{count:,} {are} not of this column's type ({record.name}.{column}) and {written} written empty."
        yield Issue("values-unreadable", message, "Mend them in the source, or keep the column.", record.name, column)


def _loads(run: Run, build: Build, pipeline: Pipeline) -> list[TableLoad]:
    loads_ = []
    for table in parents_first(pipeline.tables):
        wire = table.name in build.wire
        columns, derived = pipeline.reading(table.name, wire=wire)
        seen = watched(pipeline, table, wire=wire)
        proven = proven_keys(build, table, run.target)
        if run.selection is not None:
            copied = run.copies.rows(table.name) if run.copies is not None else 0
            table = replace(table, estimated_rows=run.selection.tables[table.name].rows + copied)
        loads_.append(TableLoad(table, build.target(table.name), columns, derived, seen, wire, proven))
    return loads_
