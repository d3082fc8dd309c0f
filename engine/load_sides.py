"""What a load is given, and what its parts share: the tables to move, the two databases, the pace."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from connectors.database import Derived, ReadColumn, Target
from connectors.errors import DatabaseError
from connectors.names import TableName
from connectors.schema import Table
from engine.copies.copies import Copies
from engine.keys import DomainKey
from engine.pace import Pace
from engine.pipeline import Pipeline
from engine.record import Watched
from engine.record_store import RecordStore
from engine.snapshots import Moment
from engine.subset.selection import Selection


class RunFailed(DatabaseError):
    """A run that had begun to write went wrong; `str()` says what happened, and how the target was left."""


@dataclass(frozen=True, slots=True)
class TableLoad:
    """One table to move."""

    source: Table
    target: Table
    columns: tuple[ReadColumn, ...]
    derived: tuple[Derived, ...]
    watched: tuple[Watched, ...]
    wire: bool
    proven: frozenset[str] = frozenset()
    """Foreign keys without orphans, unless the target says otherwise (`engine.orphans`)."""


@dataclass(frozen=True, slots=True)
class Sides:
    """Everything that a load touches."""

    moment: Moment
    target: Target
    pipeline: Pipeline
    key: DomainKey
    store: RecordStore
    run: str
    done: Mapping[tuple[TableName, int], int]
    """Chunks that an earlier attempt of this run has committed."""
    pace: Pace = field(default_factory=Pace)
    parallel_writers: bool = False
    """Several connections can load the target at once."""
    selection: Selection | None = None
    """The rows that are moved; None: all."""
    copies: Copies | None = None
    """Of an entity, which travel behind the rows themselves."""

    @property
    def lanes(self) -> int:
        """Lanes that both databases have connections for."""
        readers = self.pace.lanes if self.moment.readers is None else min(self.moment.readers, self.pace.lanes)
        return readers if self.parallel_writers else 1
