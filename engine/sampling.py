"""Rows of a stored model as files, one for each table, written block by block. Sampling is post-processing: it spends nothing."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from connectors.database import Database
from connectors.names import TableName
from engine.jobs.control import Progress
from engine.keystore import KeyStore
from engine.learning import keys_of
from engine.sample_files import FileKind, as_stored, file_writer
from engine.synthesis.generate.blocks import generated
from engine.synthesis.generate.repairs import Repairs
from engine.synthesis.model import Model
from engine.synthesis.store import ModelError, ModelFolder
from engine.synthetic_load import outward, repairs_said
from engine.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be made."""

    entities: int | None = None
    where: str | None = None
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class Sampled:
    model: Model
    entities: int
    rows: Mapping[TableName, int]
    repairs: Repairs
    seed: int

    def said(self) -> dict[str, Any]:
        """For `sample --json`."""
        return self.model.to_json() | {
            "entities": self.entities,
            "rows": {str(name): count for name, count in self.rows.items()},
            "repairs": repairs_said(self.repairs),
            "seed": self.seed,
        }


def stored_models(workspace: Workspace, keystore: KeyStore) -> tuple[list[Model], dict[str, str]]:
    """Every stored model that can be read here; and of the others, by name, why not."""
    found, unreadable = [], {}
    for name in workspace.models:
        try:
            found.append(load_model(workspace, keystore, name))
        except ModelError as error:
            unreadable[name] = str(error)
    return found, unreadable


def load_model(workspace: Workspace, keystore: KeyStore, name: str) -> Model:
    """The model of that name under whichever key of this workspace it was made. Raises ModelError."""
    try:
        folder = workspace.model(name)
    except ValueError as error:
        raise ModelError(str(error)) from None
    refused = ModelError(f"there is no model {name} here: `lookalike models` lists them")
    if not folder.exists():
        raise refused
    for key in keystore.names():
        try:
            return ModelFolder(folder, keystore.get(key)).load()
        except ModelError as error:
            refused = error
    raise refused


def sample_model(
    workspace: Workspace,
    keystore: KeyStore,
    name: str,
    asked: Asked,
    folder: Path,
    kind: FileKind,
    keys: Database | None = None,
    *,
    progress: Callable[[Progress], None] = lambda _: None,
) -> Sampled:
    """Write new entities of a model into a new folder. Raises ModelError, GenerationError; then there is no folder."""
    model = load_model(workspace, keystore, name)
    if asked.where is not None and model.plan.privacy is not None:
        model = replace(model, plan=replace(model.plan, privacy=replace(model.plan.privacy, where=asked.where)))
    seed = secrets.randbits(63) if asked.seed is None else asked.seed
    linked = _linked(model, keys)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        return _written(model, keystore, asked, seed, linked, folder, kind, progress)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _written(
    model: Model,
    keystore: KeyStore,
    asked: Asked,
    seed: int,
    linked: Mapping[TableName, pa.Table],
    folder: Path,
    kind: FileKind,
    progress: Callable[[Progress], None],
) -> Sampled:
    wanted, repairs = asked.entities or model.entities, Repairs()
    rows = {owned.table: 0 for owned in model.structure.tables}
    blocks = generated(
        model.fitted, model.codebook, model.structure, model.schema, model.plan,
        key=keystore.get(model.plan.key), linked=linked, entities=wanted, seed=seed, repairs=repairs,
        balance=model.plan.privacy.balance if model.plan.privacy is not None else None,
    )  # fmt: skip
    root = model.structure.unit.table
    with ExitStack() as files:
        writers: dict[TableName, Any] = {}
        for block in blocks:
            for table, batch in block.items():
                if table not in writers:
                    writers[table] = files.enter_context(file_writer(folder, table, batch.schema, kind))
                writers[table].write_batch(as_stored(batch, kind))
                rows[table] += batch.num_rows
            progress(Progress("synthesise", root, rows[root], wanted, sum(rows.values())))
    return Sampled(model, rows[root], rows, repairs, seed)


def _linked(model: Model, keys: Database | None) -> dict[TableName, pa.Table]:
    """The keys that rows refer to, from a database that has them."""
    wanted = outward(model)
    if not wanted:
        return {}
    if keys is None:
        tables = ", ".join(sorted(map(str, wanted)))
        raise ModelError(f"rows of this model refer to {tables}: say by --keys in which database their keys are")
    with keys.snapshot() as snapshot:
        return {name: keys_of(snapshot, name, each.columns, each.most) for name, each in wanted.items()}
