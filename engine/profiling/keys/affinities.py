"""Which columns are named after which parents, for a whole schema: only names that have something in common are compared."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from connectors.names import TableName
from engine.profiling.keys.material import Material, ParentKey
from engine.profiling.keys.names import affinity, column_hooks, parent_hooks

Named = dict[tuple[TableName, str], tuple[float, str]]


class Affinities:
    """Columns by what their names can have in common with a parent's."""

    def __init__(self, material: Material) -> None:
        self._names = material.names
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
        return found

    def _alike(self, parent: ParentKey) -> Iterator[tuple[TableName, str]]:
        for hook in parent_hooks(parent.name, parent.columns[0], self._names):
            yield from self._columns.get(hook, ())
