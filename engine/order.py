"""Parents before children, as far as there is such an order: the tables of one cycle of foreign keys stand together."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.names import TableName
from connectors.schema import Table


def parents_first(tables: Sequence[Table]) -> list[Table]:
    """The tables in the order of their strongly connected components (Tarjan, Depth-First Search and Linear Graph Algorithms,
    SIAM J. Comput. 1(2), 1972, doi 10.1137/0201010): a component comes after all that it refers to."""
    by_name = {table.name: table for table in tables}
    parents = {t.name: [k.parent for k in t.foreign_keys if k.parent in by_name] for t in tables}
    return [by_name[name] for component in components(parents) for name in component]


def components(parents: dict[TableName, list[TableName]]) -> list[list[TableName]]:
    """Strongly connected components of "refers to", each after the ones it refers to."""
    found: list[list[TableName]] = []
    index: dict[TableName, int] = {}
    low: dict[TableName, int] = {}
    stack: list[TableName] = []
    on_stack: set[TableName] = set()
    for root in parents:
        if root in index:
            continue
        # A loop with its own stack: a chain of a thousand tables would be too deep for recursion.
        work = [(root, iter(parents[root]))]
        while work:
            name, rest = work[-1]
            if name not in index:
                index[name] = low[name] = len(index)
                stack.append(name)
                on_stack.add(name)
            for parent in rest:
                if parent not in index:
                    work.append((parent, iter(parents[parent])))
                    break
                if parent in on_stack:
                    low[name] = min(low[name], index[parent])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[name])
                if low[name] == index[name]:
                    found.append(_unwind(stack, on_stack, name))
    return found


def _unwind(stack: list[TableName], on_stack: set[TableName], root: TableName) -> list[TableName]:
    component: list[TableName] = []
    while not component or component[-1] != root:
        component.append(stack.pop())
        on_stack.discard(component[-1])
    return component[::-1]
