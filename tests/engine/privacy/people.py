"""Entities in memory: persons with visits, some of them odd."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from connectors.names import TableName
from connectors.schema import ForeignKey
from engine.privacy.budget import Budget, PrivacyUnit
from engine.privacy.entities import Entities, EntityRows
from engine.privacy.ledger import MemoryLedger
from engine.privacy.private import PrivateEntities
from engine.privacy.spending import Spending
from engine.synthesis.structure import Owned, Structure

PERSON, VISIT = TableName("person"), TableName("visit")
_KEY = ForeignKey("fk", ("person",), PERSON, ("id",))
STRUCTURE = Structure(PrivacyUnit(PERSON, ("id",)), (Owned(PERSON, None, None), Owned(VISIT, _KEY, 0)), ())


def persons(columns: dict[str, Any], visits: dict[str, Any] | None = None, parent: Any = ()) -> Entities:
    """Persons with these columns; `parent` says whose each visit is, in order."""
    table = pa.table(columns)
    places = np.arange(len(table))
    below = np.asarray(parent, np.int64)
    rows = EntityRows(pa.table(visits or {}), below, below)
    return Entities(STRUCTURE, (EntityRows(table, places, places), rows))


def private(
    entities: Entities, epsilon: float = float("inf"), *, population: int | None = None, delta: float = 1e-6
) -> PrivateEntities:
    return PrivateEntities(entities, population, Spending(Budget(epsilon, delta), MemoryLedger()))
