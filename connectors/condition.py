"""Conditions that a person writes: only a text that is one condition by itself ever becomes a part of a statement of ours.

The session is read-only as well; this keeps a text from closing our parentheses, from swallowing our bound values and from
hiding anything in a comment.
"""

from __future__ import annotations

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from connectors.errors import ReadError
from connectors.names import TableName

SQLGLOT = {"postgresql": "postgres", "mariadb": "mysql", "mssql": "tsql"}
"""Dialects that sqlglot calls otherwise."""
_REFUSED = (exp.DDL, exp.DML, exp.Command, exp.Into, exp.Lock, exp.Placeholder, exp.Parameter)


def refuse_statement(text: str, dialect: str, table: TableName) -> None:
    """Raises ReadError where the text is anything but one condition: a subquery in it is fine, a second statement, a write, a
    comment, a placeholder are not."""
    tree = _parsed(text, dialect)
    if tree is None or any(_refused(node) for node in tree.walk()):
        raise ReadError(
            f"{table}: a condition on this table is not one SQL condition: write what could follow WHERE, without a second "
            "statement, comments or placeholders",
            table=table,
        )


def _parsed(text: str, dialect: str) -> exp.Expr | None:
    """None where the text is no condition, is more than one, or holds a comment."""
    read = SQLGLOT.get(dialect, dialect)
    try:
        tokens = sqlglot.tokenize(text, read=read)
        if not tokens or any(token.comments or token.token_type is sqlglot.TokenType.SEMICOLON for token in tokens):
            return None
        return sqlglot.parse_one(text, read=read, into=exp.Condition)
    except (SqlglotError, ValueError, RecursionError):
        return None


def _refused(node: exp.Expr) -> bool:
    # `$name` is a placeholder of SQLite's, which sqlglot takes for a name.
    named = isinstance(node, exp.Identifier) and not node.args.get("quoted") and node.name.startswith("$")
    return named or isinstance(node, _REFUSED)
