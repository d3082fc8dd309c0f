"""Which columns are named after which parents, for a whole schema: only names that have something in common are compared."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from connectors.names import TableName
from engine.profiling.keys.joins import Joins
from engine.profiling.keys.material import Material, ParentKey
from engine.profiling.keys.names import affinity, column_hooks, parent_hooks, says_key, stem
from engine.profiling.naming import tokens

LIKE = 0.9
"""How well a column is named whose name another one has that refers to the parent."""
Named = dict[tuple[TableName, str], tuple[float, str]]


class Affinities:
    """Columns by what their names can have in common with a parent's."""

    def __init__(self, material: Material, joins: Joins) -> None:
        self._names, self._schema, self._joins = material.names, material.schema, joins
        self._called: dict[tuple[str, ...], list[tuple[TableName, str]]] = defaultdict(list)
        for table, column in material.values:
            self._called[tokens(column)].append((table, column))
        self._columns: dict[str, list[tuple[TableName, str]]] = defaultdict(list)
        for table, column in material.values:
            for hook in column_hooks(table, column, material.names):
                self._columns[hook].append((table, column))

    def of(self, parent: ParentKey) -> Named:
        """The columns whose names say the parent, each with how well and in which words."""
        found: Named = {}
        for table, column in dict.fromkeys(self._alike(parent)):
            name, said = affinity(table, column, parent.name, parent.columns[0], self._names)
            if name:
                found[table, column] = name, said
        for like, (table, column) in self._referring(parent):
            for other in self._called[tokens(column)] if says_key(column) and stem(column) else ():
                if found.get(other, (0.0, ""))[0] < LIKE:
                    found[other] = LIKE, f"named like {column} of {table}, which {like}"
        return found

    def _referring(self, parent: ParentKey) -> Iterator[tuple[str, tuple[TableName, str]]]:
        """Columns of which the database, or a text, says that they refer to the parent."""
        for table, key in self._schema.references_to(parent.name):
            if key.parent_columns == parent.columns and len(key.columns) == 1:
                yield "refers to it", (table.name, key.columns[0])
        for place in sorted(self._joins.partners((parent.name, parent.columns[0]))):
            yield "is joined to it", place

    def _alike(self, parent: ParentKey) -> Iterator[tuple[TableName, str]]:
        for hook in parent_hooks(parent.name, parent.columns[0], self._names):
            yield from self._columns.get(hook, ())
