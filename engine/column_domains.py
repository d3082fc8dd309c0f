"""Which domain a column belongs to: columns of one domain are masked alike in every table, database and run."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from connectors.names import TableName
from connectors.schema import Schema
from engine.domains import DomainSpec, domain_spec, shape
from engine.plan import Plan, Rule, Treatment

ColumnName = tuple[TableName, str]


class KeyFamilies:
    """Columns joined by foreign keys, position by position: one family each, whatever the shape of the key graph."""

    def __init__(self, edges: Iterable[tuple[ColumnName, ColumnName]]) -> None:
        self._above: dict[ColumnName, ColumnName] = {}
        children: set[ColumnName] = set()
        for child, parent in edges:
            children.add(child)
            self._above[self._root(child)] = self._root(parent)
        self._members: dict[ColumnName, list[ColumnName]] = defaultdict(list)
        for column in sorted({*self._above, *self._above.values()}):
            self._members[self._root(column)].append(column)
        self._names = {root: self._name(members, children) for root, members in self._members.items()}

    def of(self, column: ColumnName) -> tuple[ColumnName, ...]:
        """The column's whole family in a fixed order; itself alone where no foreign key touches it."""
        return tuple(self._members.get(self._root(column), (column,)))

    def name(self, column: ColumnName) -> str | None:
        """The referenced key's `table_column`; None where no foreign key touches the column."""
        return self._names.get(self._root(column))

    def all(self) -> Iterator[tuple[ColumnName, ...]]:
        for members in self._members.values():
            yield tuple(members)

    def _root(self, column: ColumnName) -> ColumnName:
        root = column
        while (above := self._above.get(root, root)) != root:
            root = above
        while (above := self._above.get(column, column)) != root:
            self._above[column] = root
            column = above
        return root

    @staticmethod
    def _name(members: list[ColumnName], children: set[ColumnName]) -> str:
        # A family without an ultimate parent is a cycle of keys; any fixed member names it.
        table, column = next((member for member in members if member not in children), members[0])
        return default_domain(table, column)


def key_families(schema: Schema) -> KeyFamilies:
    """The families of a schema."""
    return KeyFamilies(
        ((table.name, child), (key.parent, parent))
        for table in schema.tables
        for key in table.foreign_keys
        for child, parent in zip(key.columns, key.parent_columns, strict=True)
    )


def default_domain(table: TableName, column: str) -> str:
    """`table_column` in snake case, the same however a dialect folds names."""
    parts = (table.schema, table.name, column)
    return "_".join(snake(part) for part in parts if part is not None)


def snake(name: str) -> str:
    """`CustomerID` -> `customer_id`, `order-line 2` -> `order_line_2`."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return re.sub(r"\W+|_+", "_", spaced).strip("_").casefold() or "_"


def column_domains(plan: Plan, schema: Schema) -> dict[ColumnName, str]:
    """The domain of every column of the schema under this plan: said in its rule, in a joined column's rule, the masker's own,
    the key's name, or the column's own `table_column`."""
    families = key_families(schema)
    rules = rules_by_column(plan)
    return {
        (table.name, column.name): _domain((table.name, column.name), rules, families)
        for table in schema.tables
        for column in table.columns
    }


def domain_of(plan: Plan, schema: Schema, table: TableName, column: str) -> str:
    """The domain of one column; for many, take `column_domains`. Raises KeyError."""
    return column_domains(plan, schema)[table, column]


def domain_members(plan: Plan, schema: Schema) -> Mapping[str, tuple[ColumnName, ...]]:
    """Every domain of the plan with the masked columns in it."""
    members: dict[str, list[ColumnName]] = defaultdict(list)
    rules = rules_by_column(plan)
    # What a masker makes in a synthesised table it makes of random values: it is in no domain.
    made = {name for name, table in plan.tables.items() if table.treatment is Treatment.SYNTHESIZE}
    for column, domain in column_domains(plan, schema).items():
        rule = rules.get(column) if column[0] not in made else None
        if rule is not None and rule.masker is not None and rule.masker.name != "keep":
            members[domain].append(column)
    return {name: tuple(columns) for name, columns in members.items()}


def wanted_specs(plan: Plan, schema: Schema) -> dict[str, DomainSpec]:
    """What the masked columns of each domain together ask for; a domain whose columns have several shapes is left out."""
    specs: dict[str, DomainSpec] = {}
    rules = rules_by_column(plan)
    for name, members in domain_members(plan, schema).items():
        masker = rules[members[0]].masker
        columns = [schema.table(table).column(column) for table, column in members]
        if masker is not None and len({shape(column) for column in columns}) == 1:
            specs[name] = domain_spec(name, masker.name, masker.version, columns)
    return specs


def rules_by_column(plan: Plan) -> dict[ColumnName, Rule]:
    return {(table, column): rule for table, rule in plan.rules() for column in rule.columns}


def _domain(column: ColumnName, rules: Mapping[ColumnName, Rule], families: KeyFamilies) -> str:
    rule = rules.get(column)
    if rule is not None and rule.domain:
        return rule.domain
    said = (other.domain for member in families.of(column) if (other := rules.get(member)) is not None)
    if domain := next(filter(None, said), None):
        return domain
    if rule is not None and rule.masker is not None and rule.masker.domain:
        return rule.masker.domain
    return families.name(column) or default_domain(*column)
