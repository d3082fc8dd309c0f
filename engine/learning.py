"""Learn a model of the entities of a source: the one verb that leads private data to a generator.

Nothing is spent before the plan has passed its check; every access is in the population's ledger before it happens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pyarrow as pa

from connectors.database import Form, Read, ReadColumn, Snapshot
from connectors.names import TableName
from connectors.schema import Schema
from engine.jobs.control import Control, Progress
from engine.jobs.events import now
from engine.keys import MaskingKey
from engine.plan import Plan
from engine.preparing import prepared
from engine.privacy.accountant import epsilon_of, guarantee
from engine.privacy.budget import Budget
from engine.privacy.guarantee import Guarantee, NoGuarantee
from engine.privacy.ledger import Ledger
from engine.privacy.reading import read_entities
from engine.privacy.spec import PrivacySpec
from engine.privacy.spending import Spending
from engine.snapshots import Moment
from engine.synthesis.checkpoint import Checkpoint
from engine.synthesis.classes import structure_of
from engine.synthesis.codebook import Codebook
from engine.synthesis.gauge import chosen
from engine.synthesis.generator import Training, TrainingProgress
from engine.synthesis.model import Model
from engine.synthesis.structure import Goes, Structure
from engine.versions import versions


def learn(
    plan: Plan,
    schema: Schema,
    moment: Moment,
    key: MaskingKey,
    ledger: Ledger,
    *,
    name: str,
    progress: Callable[[Progress], None] = lambda _: None,
    control: Control | None = None,
    checkpoint: Checkpoint | None = None,
) -> Model:
    """A model of the entities that the plan's privacy section names, as they are at this moment. Raises OverBudget, TrainingError,
    Cancelled; what was spent until then stays in the ledger."""
    spec, control = _spec(plan), control or Control()
    structure = structure_of(plan, schema)
    spending = Spending(Budget(spec.epsilon, spec.delta), ledger)
    with moment.reader() as snapshot:
        progress(Progress("read entities"))
        entities = read_entities(snapshot, schema, structure, plan, key, control=control)
        public = public_keys(snapshot, structure)
    progress(Progress("domains"))
    forest, codebook = prepared(entities, learned_from(spec), spending, plan, schema, public, checkpoint)
    generator = chosen(spec, codebook.tree, forest.population)
    training = Training(control, _reported(progress, spending, spec), "auto", checkpoint)
    fitted = generator.fit(forest, training)
    return Model(
        name=name,
        generator=generator,
        fitted=fitted,
        codebook=codebook,
        structure=structure,
        schema=_without_counts(schema),
        plan=plan,
        guarantee=_guarantee(spending, spec, structure, codebook),
        events=spending.events,
        made=now(),
        entities=round(codebook.population / (1 - spec.holdout)),
        versions=versions(),
    )


def _without_counts(schema: Schema) -> Schema:
    """The schema without what the database says of how many rows there are: a stored model holds no figure of real data."""
    return replace(schema, tables=tuple(replace(table, estimated_rows=None) for table in schema.tables))


def learned_from(spec: PrivacySpec) -> int | None:
    """How many entities take part where a number is declared: all but those that are held out."""
    return max(1, round(spec.entities * (1 - spec.holdout))) if spec.entities is not None else None


def public_keys(snapshot: Snapshot, structure: Structure) -> dict[TableName, pa.Table]:
    """The keys of every public table that a row of the entity refers to."""
    wanted: dict[TableName, set[str]] = {}
    for owned in structure.tables:
        for link in owned.links:
            if link.goes is Goes.PUBLIC:
                wanted.setdefault(link.key.parent, set()).update(link.key.parent_columns)
    return {table: keys_of(snapshot, table, tuple(sorted(columns))) for table, columns in wanted.items()}


def keys_of(snapshot: Snapshot, table: TableName, columns: tuple[str, ...], most: int | None = None) -> pa.Table:
    """These columns of a table, in form `arrow`; of `most` rows, where that is said."""
    asked = tuple(ReadColumn(column, Form.ARROW) for column in columns)
    batches = list(snapshot.read(Read(table, asked, limit=most)))
    return pa.Table.from_batches(batches) if batches else pa.table({column: pa.nulls(0) for column in columns})


def _spec(plan: Plan) -> PrivacySpec:
    if plan.privacy is None:
        raise AssertionError("a plan without [privacy] does not pass its check")
    return plan.privacy


def _guarantee(
    spending: Spending, spec: PrivacySpec, structure: Structure, codebook: Codebook
) -> Guarantee | NoGuarantee:
    return guarantee(
        spending.events,
        spending.budget,
        structure.unit,
        spec.population,
        bounds=codebook.bounds,
        attested=tuple(_attested(spec, codebook)),
        public=tuple(str(table) for table in structure.public),
    )


def _attested(spec: PrivacySpec, codebook: Codebook) -> Iterator[str]:
    if spec.entities is not None:
        yield f"there are {spec.entities:,} rows of {spec.unit} (declared in the plan)"
    if spec.apart is not None:
        yield f"nobody among them is of another population of this database ({spec.apart} answers for it)"
    if spec.discarded is not None:
        yield f"what was learned of {spec.population} without noise is destroyed ({spec.discarded} answers for it)"
    yield from codebook.attested


def _reported(
    progress: Callable[[Progress], None], spending: Spending, spec: PrivacySpec
) -> Callable[[TrainingProgress], None]:
    """Steps of training as the progress of a job. Epsilon is priced now and then: that takes a tenth of a second."""
    said = ""

    def report(at: TrainingProgress) -> None:
        nonlocal said
        epsilon = None
        if spending.promises and (not said or at.step % 200 == 0 or at.step == at.steps):
            epsilon = epsilon_of(spending.events, spec.delta)
            said = f"epsilon {epsilon:.2f} so far"
        loss = f"loss {at.loss:.3f}" if at.loss is not None else ""
        note = ", ".join(part for part in (said, loss) if part)
        # Without a promise the loss is one of the data themselves: it is shown, and kept in no curve.
        kept = at.loss if spending.promises else None
        progress(
            Progress(
                "learn",
                total_rows=at.step,
                total_estimated=at.steps,
                unit="step",
                note=note,
                loss=kept,
                epsilon=epsilon,
            )
        )

    return report
