"""Source and target side by side: samples of whole entities as columns, with the foreign keys as places of rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pyarrow as pa

from connectors.names import TableName
from connectors.schema import ForeignKey, Schema
from engine.assessment.view import Carries, Made, Places, View
from engine.plan import Plan
from engine.privacy.guarantee import Guarantee, NoGuarantee


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """What was read of one side. Where an entity was taken, all its rows were."""

    tables: Mapping[TableName, pa.Table]
    """Source's table name -> its compared columns under the source's column names, in form `arrow`, one chunk each."""
    parents: Mapping[tuple[TableName, str], Places]
    """(Child table, name of its foreign key) -> for each row the place of its parent in the parent's table, NOBODY without one."""
    whole: Mapping[TableName, int] = field(default_factory=dict)
    """Rows there are in all, of which `tables` holds all or a random sample."""

    def __repr__(self) -> str:
        return f"Side({len(self.tables)} tables)"


@dataclass(frozen=True, slots=True)
class Owns:
    """One table of an entity and the way to it."""

    table: TableName
    key: ForeignKey | None
    """Along which its parent owns it; None for the root."""
    parent: TableName | None = None


@dataclass(frozen=True, slots=True)
class Entity:
    """A root table whose rows are people (or what else a plan protects), and what they own."""

    root: TableName
    made: Made
    tables: tuple[Owns, ...]
    """The root first, every parent before its children."""

    @property
    def scope(self) -> str:
        owned = ", ".join(str(owns.table) for owns in self.tables[1:])
        return f"{self.root} with {owned}" if owned else str(self.root)


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    plan: Plan
    schema: Schema
    """The source's, of the tables that stand in the target too."""
    known: Side
    """What the target was made of."""
    target: Side
    control: Side | None
    """Held-out entities with their rows, and rows outside a subset. None: there are none."""
    carries: Mapping[tuple[TableName, str], Carries]
    """(Table, column) -> what the target's column has of the source's."""
    made: Mapping[TableName, Made]
    entities: tuple[Entity, ...]
    views: tuple[View, ...]
    """One of every table with rows of people, and one of every entity that owns other tables' rows."""
    guarantees: tuple[Guarantee | NoGuarantee, ...] = ()
    models: tuple[str, ...] = ()
    """Techniques whose rows are in the target: `chain`, `vae`..."""
    left: tuple[str, ...] = ()
    """What was not examined, and why: one sentence each."""
    target_schema: Schema | None = None
    """The target's, as its database describes itself under its own names; None: it has the source's tables under their names."""
    target_names: Mapping[TableName, TableName] = field(default_factory=dict)
    """Source's table name -> the target's, where they differ."""
    orphans: Mapping[tuple[TableName, str], int] = field(default_factory=dict)
    """(Child table, name of its foreign key) -> the source's rows without a parent, 0 too, as the run counted them."""

    def view(self, scope: str) -> View:
        """The view of this scope. Raises KeyError."""
        for view in self.views:
            if view.scope == scope:
                return view
        raise KeyError(scope)

    @property
    def keys(self) -> tuple[tuple[TableName, ForeignKey], ...]:
        """Every foreign key that both sides have, with its child table."""
        return tuple(
            (table.name, key)
            for table in self.schema.tables
            for key in table.foreign_keys
            if (table.name, key.name) in self.target.parents and (table.name, key.name) in self.known.parents
        )
