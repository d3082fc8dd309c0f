"""One dialect's schema as another's DDL: tables, keys, indexes and whatever else means the same there; an Issue for the rest.

The statements are written here and not by SQLAlchemy's CreateTable: every native type is chosen by `portable_types`, so what
would be left to it is quoting, which doubles `%` for the driver's sake.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property

from connectors.database import Issue, Script, Statement
from connectors.names import TableName
from connectors.portable_constraints import constraints
from connectors.portable_expressions import Route, computed, default
from connectors.portable_names import Names, fits
from connectors.portable_tables import create_table
from connectors.portable_types import MYSQL, Place, numeric_width, typed
from connectors.portable_views import programs
from connectors.portable_writer import Writer
from connectors.schema import Column, Kind, Schema, Table

DEFAULT_SCHEMAS = {"postgresql": "public", "sqlite": "main", "mssql": "dbo"}
_WITH_SCHEMAS = frozenset({"postgresql", "mssql", "oracle"})
_ROW_BYTES = 60_000
"""MySQL: all columns of a row but its long texts must fit into 65,535 bytes."""


@dataclass
class _Work:
    """What is gathered on the way."""

    source: Schema
    target: str
    writer: Writer
    issues: list[Issue] = field(default_factory=list)
    before: list[Statement] = field(default_factory=list)

    @cached_property
    def numbered(self) -> set[tuple[TableName, str]]:
        """The columns that number themselves, and those that foreign keys tie to them."""
        tables = self.source.tables
        found = {(table.name, column.name) for table in tables for column in table.columns if column.identity}
        pairs = [
            {(table.name, child), (key.parent, parent)}
            for table in tables
            for key in table.foreign_keys
            for child, parent in zip(key.columns, key.parent_columns, strict=True)
        ]
        while more := [pair for pair in pairs if pair & found and not pair <= found]:
            found.update(*more)
        return found


def portable_ddl(schema: Schema, dialect: str) -> tuple[Schema, Script]:
    """The schema in the target's names and types, table by table in the same order, and the script that makes it."""
    work = _Work(schema, dialect, Writer(dialect))
    names = _table_names(work)
    _schemas(work, names)
    tables = tuple(_table(work, table, names) for table in schema.tables)
    tables = _agreeing(tables) if dialect in MYSQL else tables
    finished, statements = [], list[Statement]()
    for source, made in zip(schema.tables, tables, strict=True):
        kept, found, issues = constraints(work.writer, source, made, tables, _route(work, source, made))
        finished.append(kept)
        work.before.append(create_table(work.writer, kept))
        statements += found
        work.issues += issues
    made_schema = Schema(dialect, DEFAULT_SCHEMAS.get(dialect, ""), tuple(finished))
    later, issues = programs(work.writer, schema, names)
    work.issues += issues
    # Foreign keys when every key that they refer to is there.
    statements.sort(key=lambda statement: statement.kind == "foreign key")
    return made_schema, Script((*work.before, *statements, *later), tuple(work.issues))


def _table_names(work: _Work) -> dict[TableName, TableName]:
    """Where each table goes; schemas are folded into the name where the target has none."""
    spaces: dict[str | None, Names] = {}
    names = {}
    for table in sorted(work.source.tables, key=lambda table: table.name.schema is not None):
        schema = table.name.schema if work.target in _WITH_SCHEMAS else None
        wanted = table.name.name if schema == table.name.schema else f"{table.name.schema}_{table.name.name}"
        name = spaces.setdefault(schema, Names(work.target)).take(wanted)
        names[table.name] = TableName(name, schema)
        if names[table.name] != table.name:
            message = f"The table {table.name} is called {names[table.name]} in the target."
            work.issues.append(Issue("table-renamed", message, "Nothing to do.", table.name))
    work.writer.names = spaces
    return names


def _schemas(work: _Work, names: dict[TableName, TableName]) -> None:
    for schema in sorted({name.schema for name in names.values() if name.schema is not None}):
        work.before.append(work.writer.create_schema(schema))


def _table(work: _Work, table: Table, names: dict[TableName, TableName]) -> Table:
    """The table in the target's types; its constraints are still the source's, but for the names of tables."""
    columns = tuple(_columns(work, table, names[table.name]))
    if table.partitions:
        message = f"The {len(table.partitions)} partitions of {table.name} become one table."
        work.issues.append(Issue("partitions", message, "Nothing to do.", table.name))
    if table.inherits:
        message = f"{table.name} no longer inherits: a query of its parent does not see its rows."
        work.issues.append(Issue("inheritance", message, "Query both tables.", table.name))
    return replace(
        table,
        name=names[table.name],
        columns=columns,
        foreign_keys=tuple(replace(k, parent=names[k.parent]) for k in table.foreign_keys if k.parent in names),
        partitions=(),
        partition_key=None,
        inherits=(),
        options=(),
        estimated_rows=table.estimated_rows,
    )


def _columns(work: _Work, table: Table, name: TableName) -> Iterator[Column]:
    keyed, numbered = _keyed(work.source, table), work.numbered
    room = _ROW_BYTES
    seen: set[str] = set()
    made: list[Column] = []
    for column in table.columns:
        _check_name(work, table, column, seen)
        place = Place(
            work.source.dialect,
            work.target,
            keyed=keyed.get(column.name, 0),
            enum=_enum(work, column, name),
            numbered=(table.name, column.name) in numbered,
            child=any(column.name in key.columns for key in table.foreign_keys),
            text_budget=room >= 2_100,
        )
        result = typed(column, place)
        if result.lost is not None:
            work.issues.append(Issue(*result.lost, table.name, column.name))
        room -= 4 * (result.column.length or 4)
        made.append(_identity(work, table, column, result.column))
    route = Route(work.source.dialect, work.target, *({c.name: c for c in group} for group in (table.columns, made)))
    for column, target in zip(table.columns, made, strict=True):
        yield _with_expressions(work, table, column, target, route)


def _keyed(schema: Schema, table: Table) -> dict[str, int]:
    """Per column, the most columns of a key or index that it is part of."""
    groups = [unique.columns for unique in table.uniques] + [key.columns for key in table.foreign_keys]
    groups += [key.parent_columns for _, key in schema.references_to(table.name)]
    found: dict[str, int] = {}
    for group in groups:
        for name in group:
            found[name] = max(found.get(name, 0), len(group))
    return found


def _check_name(work: _Work, table: Table, column: Column, seen: set[str]) -> None:
    folded = column.name.lower() if work.target != "postgresql" else column.name
    if not fits(column.name, work.target) or folded in seen:
        why = (
            "its name is too long, or holds what no name may"
            if folded not in seen
            else "two columns differ by case only"
        )
        message = f"The column cannot be made in {work.target}: {why}."
        work.issues.append(
            Issue("column-name", message, "Rename it in the source, or drop the table.", table.name, column.name, True)
        )
    seen.add(folded)


def _enum(work: _Work, column: Column, table: TableName) -> str:
    """The name of the enum type that PostgreSQL needs, made here."""
    several = column.native.lower().startswith("set(")
    if column.kind is not Kind.ENUM or work.target != "postgresql" or not column.enum or several:
        return ""
    if any(len(label.encode()) > 63 for label in column.enum):
        return ""
    own = work.source.dialect == "postgresql"
    wanted = column.native.rpartition(".")[2].strip('"') if own else f"{table.name}_{column.name}"
    name, statement = work.writer.enum_type(wanted, column.enum, table.schema)
    if statement is not None:
        work.before.append(statement)
    return name


def _identity(work: _Work, table: Table, column: Column, made: Column) -> Column:
    if not (column.identity or _serial(column)) or column.kind is not Kind.INTEGER:
        return replace(made, identity=None)
    words = "auto_increment" if work.target in MYSQL | {"sqlite"} else "by default"
    alone = table.primary_key == (column.name,)
    if (work.target == "sqlite" and not alone) or (work.target in MYSQL and table.primary_key[:1] != (column.name,)):
        message = "It no longer numbers itself: only a primary key does so here."
        work.issues.append(Issue("identity", message, "Give its values in INSERT.", table.name, column.name))
        return replace(made, identity=None)
    return replace(
        made, identity=column.identity if column.identity == words == "by default" else words, nullable=False
    )


def _serial(column: Column) -> bool:
    """Numbered by a sequence through its default."""
    return (column.default or "").lower().lstrip("(").startswith("nextval(")


def _with_expressions(work: _Work, table: Table, column: Column, made: Column, route: Route) -> Column:
    if column.generated is not None:
        expression = computed(column.generated, column, route)
        if expression is not None:
            return replace(made, generated=expression)
        # Its values would be computed from unmasked ones, so they are not copied.
        message = f"The computed column {column.name} of {table.name} becomes a plain one, and stays empty."
        work.issues.append(Issue("generated", message, "Fill it in the target.", table.name, column.name))
        return replace(made, nullable=True)
    if column.default is None or made.identity or (_serial(column) and column.kind is Kind.INTEGER):
        return made
    text = default(column.default, column, made, route)
    if text is None:
        message = "Its default has no equal in the target."
        work.issues.append(Issue("default", message, "Give the value in INSERT.", table.name, column.name))
    return replace(made, default=text or None)


def _route(work: _Work, source: Table, made: Table) -> Route:
    return Route(
        work.source.dialect,
        work.target,
        {column.name: column for column in source.columns},
        {column.name: column for column in made.columns},
    )


def _agreeing(tables: tuple[Table, ...]) -> tuple[Table, ...]:
    """MySQL: both ends of a foreign key have one type, so the wider (or longer) of the two is taken for both."""
    found = {(table.name, column.name): column for table in tables for column in table.columns}
    pairs = [
        ((table.name, child), (key.parent, parent))
        for table in tables
        for key in table.foreign_keys
        for child, parent in zip(key.columns, key.parent_columns, strict=True)
    ]
    changed = True
    while changed:
        changed = False
        for child, parent in pairs:
            a, b = found[child], found[parent]
            if a.kind is b.kind and a.native != b.native and a.kind in (Kind.INTEGER, Kind.TEXT):
                wide = max(a, b, key=lambda column: (numeric_width(column), column.length or 0, column.native))
                for place, column in ((child, a), (parent, b)):
                    found[place] = _like(column, wide)
                changed = True
    return tuple(
        replace(table, columns=tuple(found[table.name, column.name] for column in table.columns)) for table in tables
    )


def _like(column: Column, wide: Column) -> Column:
    return replace(
        column, native=wide.native, length=wide.length, precision=wide.precision, unsigned=wide.unsigned,
        collation=wide.collation, folds=wide.folds,
    )  # fmt: skip
