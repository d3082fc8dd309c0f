"""What an attacker sees of each table with people, and of each person with all that they own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from connectors.names import TableName
from connectors.schema import Table
from engine.assessment.comparison import Entity, Side
from engine.assessment.features import Drawer, Drawn, chosen
from engine.assessment.recognised import hidden, recognised_by
from engine.assessment.sides import Sides
from engine.assessment.spec import AssessSpec
from engine.assessment.view import Carries, Frame, Made, View
from engine.plan import Plan, Treatment


@dataclass(frozen=True, slots=True)
class Viewer:
    plan: Plan
    spec: AssessSpec
    tables: Mapping[TableName, Table]
    made: Mapping[TableName, Made]
    entities: Sequence[Entity]
    sides: Sides
    carries: Mapping[tuple[TableName, str], Carries]
    left: list[str]

    def views(self) -> tuple[View, ...]:
        """Of every table with rows of people that is treated row by row, then of every entity with tables of its own."""
        tables = [table for table in self.tables.values() if self._seen(table.name)]
        others = sorted(str(name) for name in self.tables if self._treated(name) and not self._somebodys(name))
        if others:
            self.left.append(
                f"{', '.join(others)}: not attacked, for no row of theirs is a person's; [assess] people says who are."
            )
        entities = [entity for entity in self.entities if len(entity.tables) > 1]
        return (*(self._table(table) for table in tables), *(self._entity(entity) for entity in entities))

    def _seen(self, table: TableName) -> bool:
        copied = self.entities and self.plan.tables[table].treatment is Treatment.COPY
        return self._somebodys(table) and (self._treated(table) or bool(copied))

    def _treated(self, table: TableName) -> bool:
        return self.plan.tables[table].treatment in (Treatment.MASK, Treatment.SYNTHESIZE)

    def _table(self, table: Table) -> View:
        return self._view(str(table.name), table, list(self._drawer(table.name).own(table)), False)

    def _entity(self, entity: Entity) -> View:
        drawer = self._drawer(entity.root)
        drawn = [*drawer.own(self.tables[entity.root]), *drawer.owned(entity)]
        return self._view(entity.scope, self.tables[entity.root], drawn, True)

    def _view(self, scope: str, table: Table, drawn: Sequence[Drawn], entity: bool) -> View:
        kept, lost = chosen(drawn)
        if lost:
            self.left.append(f"{scope}: {lost} features of {len(drawn)} were left out, the least telling ones.")
        sides = self._sides(table.name)
        frames = [
            Frame(tuple(each.values[place] for each in kept), side.tables[table.name].num_rows)
            for place, side in enumerate(sides)
        ]
        return View(
            scope,
            table.name,
            self.made[table.name],
            tuple(each.feature for each in kept),
            frames[0],
            frames[1],
            frames[2] if len(frames) > 2 else None,
            self.sides.matches.get(table.name),
            self.sides.known.whole[table.name],
            self.sides.target.whole[table.name],
            recognised_by(table, kept, self.spec.quasi_identifiers, self._somebodys(table.name)),
            hidden(table, kept, self.spec.sensitive, self._somebodys(table.name)),
            entity,
        )

    def _somebodys(self, table: TableName) -> bool:
        """Are its rows people's? Where nobody knows who the people are, those of every table may be."""
        return not self.entities or any(table == owns.table for entity in self.entities for owns in entity.tables)

    def _drawer(self, table: TableName) -> Drawer:
        return Drawer(self.plan, self.tables, self.carries, self._sides(table))

    def _sides(self, table: TableName) -> list[Side]:
        """Known, target, and a control where this table has one."""
        control = self.sides.control
        return [self.sides.known, self.sides.target, *([control] if control and table in control.tables else [])]
