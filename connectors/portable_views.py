"""Views, triggers and free sequences for another dialect: carried where sqlglot is sure of every word, else one Issue each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel, SqlglotError

from connectors.database import Issue, Phase, Statement
from connectors.names import TableName
from connectors.portable_expressions import SQLGLOT
from connectors.portable_names import Names
from connectors.portable_writer import Writer
from connectors.schema import Schema, View

_HEAD = re.compile(r"\s*create\b.*?\bview\b", re.IGNORECASE | re.DOTALL)


def programs(
    writer: Writer, schema: Schema, names: Mapping[TableName, TableName]
) -> tuple[list[Statement], list[Issue]]:
    """Sequences, then views in the order they need each other; an Issue for each trigger, routine note and lost view."""
    statements: list[Statement] = []
    issues: list[Issue] = []
    for view, statement in _views(writer, schema, names):
        if statement is None:
            message = f"The view {view.name} has no certain equal in the target."
            issues.append(Issue("view", message, "Make it by hand in the target, where it is needed."))
        else:
            statements.append(statement)
    for trigger in schema.triggers:
        message = (
            f"The trigger {trigger.name} of {trigger.table} is not carried: triggers are programs of their dialect."
        )
        issues.append(Issue("trigger", message, "Write it for the target, where it is needed.", trigger.table))
    for sequence in schema.sequences:
        if sequence.owner is not None or _numbers(schema, sequence.name):
            continue
        if writer.dialect in ("postgresql", "mariadb", "mssql", "oracle"):
            statements.insert(0, _sequence(writer, sequence.name))
        else:
            message = f"The sequence {sequence.name} has no equal in the target."
            issues.append(Issue("sequence", message, "Number rows in the application."))
    return statements, issues


def _numbers(schema: Schema, name: TableName) -> bool:
    """Does a column's default draw from this sequence? Then the column numbers itself in the target."""
    calls = re.compile(rf"nextval\(.*\b{re.escape(name.name)}\b", re.IGNORECASE)
    return any(calls.search(column.default or "") for table in schema.tables for column in table.columns)


def _sequence(writer: Writer, name: TableName) -> Statement:
    made = TableName(writer.names.setdefault(name.schema, Names(writer.dialect)).take(name.name), name.schema)
    made = made if writer.dialect != "mariadb" else TableName(made.name)
    return Statement(Phase.AFTER, "sequence", str(made), f"CREATE SEQUENCE {writer.relation(made)}")


def _views(
    writer: Writer, schema: Schema, names: Mapping[TableName, TableName]
) -> Iterator[tuple[View, Statement | None]]:
    trees = {view.name: _tree(view, schema) for view in schema.views}
    known = dict(names) | {view.name: TableName(view.name.name, view.name.schema) for view in schema.views}
    done: set[TableName] = set()
    waiting = list(schema.views)
    while waiting:
        ready = [
            view for view in waiting if not (_reads(trees[view.name], schema) & {v.name for v in waiting} - {view.name})
        ]
        for view in ready or waiting:
            yield view, _statement(writer, view, trees[view.name], schema, known)
            done.add(view.name)
        waiting = [view for view in waiting if view.name not in done]


def _tree(view: View, schema: Schema) -> exp.Expr | None:
    text = view.definition.strip().rstrip(";")
    try:
        tree = sqlglot.parse_one(text, read=SQLGLOT[schema.dialect])
    except (SqlglotError, RecursionError):
        return None
    query = tree.expression if isinstance(tree, exp.Create) else tree
    return query if isinstance(query, exp.Query) else None


def _reads(tree: exp.Expr | None, schema: Schema) -> set[TableName]:
    return {_named(node, schema) for node in tree.find_all(exp.Table)} if tree is not None else set()


def _named(node: exp.Table, schema: Schema) -> TableName:
    return TableName(node.name, node.db if node.db and node.db != schema.default_schema else None)


def _statement(
    writer: Writer, view: View, tree: exp.Expr | None, schema: Schema, known: Mapping[TableName, TableName]
) -> Statement | None:
    if tree is None or view.materialized or tree.find(exp.Anonymous, exp.Command, exp.JSONExtract):
        return None
    folded = {str(name).lower(): made for name, made in known.items()}
    common = {cte.alias_or_name.lower() for cte in tree.find_all(exp.CTE)}
    for node in tree.find_all(exp.Table):
        name = _named(node, schema)
        made = folded.get(str(name).lower())
        if made is None:
            if name.name.lower() in common:
                continue
            return None
        node.set("this", exp.to_identifier(made.name, quoted=True))
        node.set("db", exp.to_identifier(made.schema, quoted=True) if made.schema else None)
        node.set("catalog", None)
    _requalify(tree, schema)
    try:
        body = tree.sql(SQLGLOT[writer.dialect], identify=True, unsupported_level=ErrorLevel.RAISE)
    except SqlglotError:
        return None
    target = writer.relation(known[view.name])
    columns = _columns(view, writer)
    return Statement(Phase.AFTER, "view", str(view.name), f"CREATE VIEW {target}{columns} AS {body}")


def _requalify(tree: exp.Expr, schema: Schema) -> None:
    """`db`.`table`.`column` as MySQL prints it becomes `table`.`column`."""
    for column in tree.find_all(exp.Column):
        column.set("db", None)
        column.set("catalog", None)


def _columns(view: View, writer: Writer) -> str:
    """The column list of `CREATE VIEW v (a, b) AS ...`, where it was written."""
    head = _HEAD.match(view.definition)
    try:
        tree = sqlglot.parse_one(view.definition, read="sqlite") if head else None
    except SqlglotError:
        return ""
    written = tree.this if isinstance(tree, exp.Create) else None
    if not isinstance(written, exp.Schema):
        return ""
    return f" ({writer.columns([item.name for item in written.expressions])})"
