"""From entities to codes: the codebook and the noisy marginals of one release, paid for once also where training is taken up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from connectors.names import TableName
from connectors.schema import Schema
from engine.plan import Plan
from engine.privacy.entities import Entities
from engine.privacy.private import PrivateEntities, PrivateForest
from engine.privacy.spending import Spending
from engine.synthesis.build import build
from engine.synthesis.checkpoint import Checkpoint, once
from engine.synthesis.codebook import Codebook
from engine.synthesis.handle import Measured, Place
from engine.synthesis.measuring import measured


def prepared(
    entities: Entities,
    population: int | None,
    spending: Spending,
    plan: Plan,
    schema: Schema,
    public: Mapping[TableName, pa.Table],
    checkpoint: Checkpoint | None = None,
) -> tuple[PrivateForest, Codebook]:
    """The handle that models are given, and what its codes stand for. `population`: as declared; None: it is paid for."""
    kept = checkpoint.read("codebook") if checkpoint is not None else None
    private = PrivateEntities(entities, kept["population"] if kept else population, spending)
    made = once(checkpoint, "codebook", lambda: build(private, plan, schema, entities.structure, public).to_data())
    codebook = Codebook.from_data(made)
    forest = private.encoded(codebook)
    known = once(checkpoint, "measured", lambda: _data(measured(forest, codebook).measured))
    forest.measured = _measured(known)
    return forest, codebook


def _data(known: Measured) -> dict[str, Any]:
    return {
        "marginals": [[place.node, place.column, shares.tolist()] for place, shares in known.marginals.items()],
        "counts": [[node, shares.tolist()] for node, shares in known.counts.items()],
    }


def _measured(data: Mapping[str, Any]) -> Measured:
    return Measured(
        marginals={Place(node, column): np.array(shares) for node, column, shares in data["marginals"]},
        counts={node: np.array(shares) for node, shares in data["counts"]},
    )
