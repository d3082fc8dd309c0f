"""Defaults, checks and computed columns in another dialect's words: only what means the same there, else None.

An expression is taken apart into comparisons, arithmetic and a few functions over columns and literals; what is compared must
be of one family, for PostgreSQL would refuse a table that SQLite takes. Anything else is left out, and the caller says so.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from connectors.portable_types import MYSQL, number_of, same_family
from connectors.schema import Column, Kind, Match

SQLGLOT = {
    "postgresql": "postgres",
    "mysql": "mysql",
    "mariadb": "mysql",
    "sqlite": "sqlite",
    "mssql": "tsql",
    "oracle": "oracle",
}
_NUMBER, _TEXT, _MOMENT, _TRUTH, _ANY = "number", "text", "moment", "truth", "any"
_FAMILY = {
    Kind.INTEGER: _NUMBER, Kind.DECIMAL: _NUMBER, Kind.FLOAT: _NUMBER, Kind.TEXT: _TEXT, Kind.ENUM: _TEXT,
    Kind.DATE: _MOMENT, Kind.TIMESTAMP: _MOMENT,
}  # fmt: skip
_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE)
_ARITHMETIC = (exp.Add, exp.Sub, exp.Mul)
_PLAIN_CASTS = {
    exp.DataType.Type.TEXT, exp.DataType.Type.VARCHAR, exp.DataType.Type.CHAR, exp.DataType.Type.BPCHAR,
    exp.DataType.Type.DECIMAL, exp.DataType.Type.INT, exp.DataType.Type.BIGINT, exp.DataType.Type.SMALLINT,
    exp.DataType.Type.DOUBLE, exp.DataType.Type.FLOAT, exp.DataType.Type.DATE, exp.DataType.Type.TIMESTAMP,
}  # fmt: skip
_ISO_DATE = re.compile(r"(?!0000)\d{4}-(?!00)\d\d-(?!00)\d\d")
_ISO_MOMENT = re.compile(r"(?!0000)\d{4}-(?!00)\d\d-(?!00)\d\d([ T]\d\d:\d\d(:\d\d(\.\d{1,6})?)?)?")
_NOW = re.compile(
    r"\(*\s*(now\(\)|(current_timestamp|localtimestamp)(\(\d?\))?|datetime\('now'(,\s*'localtime')?\))\s*\)*", re.I
)
_TODAY = re.compile(r"\(*\s*(current_date(\(\))?|curdate\(\)|date\('now'\)|\('now'::text\)::date)\s*\)*", re.I)
_UUID = re.compile(r"\(*\s*(public\.)?(gen_random_uuid|uuid_generate_v[14]|uuid|newid)\(\)\s*\)*", re.I)
_LONG = ("longtext", "mediumtext", "text", "json", "longblob", "mediumblob", "blob")
_NEW_UUID = {"postgresql": "gen_random_uuid()", "mysql": "(uuid())", "mariadb": "(uuid())", "mssql": "newid()"}


class _Foreign(Exception):
    """Something in the expression has no certain equal in the other dialect."""


@dataclass(frozen=True, slots=True)
class Route:
    """From which dialect to which, with the columns that an expression may name."""

    source: str
    target: str
    columns: Mapping[str, Column]
    """The source's, by name."""
    made: Mapping[str, Column]
    """The target's, by name."""


def condition(text: str, route: Route) -> str | None:
    """A CHECK or the WHERE of a partial index in the target's words."""
    return _translated(text, route, lambda node: _expression(node, route) == _TRUTH)


def computed(text: str, column: Column, route: Route) -> str | None:
    """The expression of a generated column in the target's words."""
    return _translated(text, route, lambda node: _expression(node, route) == _FAMILY.get(column.kind))


def default(text: str, column: Column, made: Column, route: Route) -> str | None:
    """A literal or the current moment, as a DEFAULT of the target; an empty text for NULL, which needs none."""
    if same_family(route.source, route.target) and _own_words(text, route):
        return f"({text})" if route.target in MYSQL and made.native.startswith(_LONG) else text
    if _NOW.fullmatch(text.strip()):
        return _now(made, route.target)
    if _TODAY.fullmatch(text.strip()):
        return _today(made, route.target)
    if _UUID.fullmatch(text.strip()):
        return _NEW_UUID.get(route.target)
    try:
        value = _literal(sqlglot.parse_one(text, read=SQLGLOT[route.source]))
    except (SqlglotError, _Foreign):
        return None
    if value is None:
        return ""
    if column.kind is Kind.BIT and isinstance(value, str) and column.length and value.isdecimal():
        return _bits(int(value), column.length, made, route.target)
    return _written(value, column, made, route.target)


def _translated(text: str, route: Route, accept: Callable[[exp.Expr], bool]) -> str | None:
    try:
        if same_family(route.source, route.target) and _own_words(text, route):
            return text
        tree = sqlglot.parse_one(text, read=SQLGLOT[route.source]).transform(_plain)
        if not accept(tree):
            return None
        for node in tree.find_all(exp.Column):
            node.this.replace(exp.to_identifier(_column(node, route).name, quoted=True))
        return tree.sql(SQLGLOT[route.target])
    except (SqlglotError, _Foreign):
        return None


def _own_words(text: str, route: Route) -> bool:
    """Does this name nothing but the dialect's own types and functions? Then it means the same in the same dialect."""
    try:
        tree = sqlglot.parse_one(text, read=SQLGLOT[route.source])
    except SqlglotError:
        return False
    foreign = tree.find(exp.Anonymous, exp.Dot, exp.Subquery, exp.Select, exp.ObjectIdentifier, exp.Command)
    types = (type_.this for type_ in tree.find_all(exp.DataType))
    return foreign is None and exp.DataType.Type.USERDEFINED not in types


def _plain(node: exp.Expr) -> exp.Expr:
    """Without PostgreSQL's casts of literals and columns, and `= ANY (ARRAY[...])` as IN."""
    if isinstance(node, exp.EQ) and isinstance(node.expression, exp.Any):
        array = node.expression.this
        while isinstance(array, exp.Paren | exp.Cast):
            array = array.this
        if isinstance(array, exp.Array):
            return exp.In(
                this=node.this.transform(_plain), expressions=[item.transform(_plain) for item in array.expressions]
            )
    if isinstance(node, exp.Cast) and node.to.this in _PLAIN_CASTS:
        inner = node.this
        while isinstance(inner, exp.Paren):
            inner = inner.this
        if isinstance(inner, exp.Literal | exp.Neg | exp.Column | exp.Cast):
            return inner.transform(_plain)
    return node


def _column(node: exp.Column, route: Route) -> Column:
    wanted = node.name
    if wanted in route.columns and not node.table:
        return route.columns[wanted]
    found = [column for name, column in route.columns.items() if name.lower() == wanted.lower()]
    if len(found) != 1 or node.table:
        raise _Foreign
    return found[0]


def _expression(node: exp.Expr, route: Route) -> str:
    """The family of what this gives. Raises _Foreign."""
    match node:
        case exp.Paren():
            return _expression(node.this, route)
        case exp.And() | exp.Or():
            return _same((node.this, node.expression), route, _TRUTH)
        case exp.Not():
            return _same((node.this,), route, _TRUTH)
        case exp.Is() if isinstance(node.expression, exp.Null):
            _expression(node.this, route)
            return _TRUTH
        case exp.Between():
            return _compared((node.this, node.args["low"], node.args["high"]), route)
        case exp.In() if node.expressions and not node.args.get("query"):
            return _compared((node.this, *node.expressions), route)
        case exp.Neg():
            return _same((node.this,), route, _NUMBER)
        case exp.Coalesce():
            return _one_family((node.this, *node.expressions), route)
        case exp.Length():
            _same((node.this,), route, _TEXT)
            return _NUMBER if route.source not in MYSQL or "binary" not in node.args else _refuse()
        case exp.Lower() | exp.Upper() | exp.Trim() if not node.expression:
            return _same((node.this,), route, _TEXT)
        case exp.DPipe() if route.source not in MYSQL:
            return _same((node.this, node.expression), route, _TEXT)
        case exp.Concat() if route.source in MYSQL:
            return _same(tuple(node.expressions), route, _TEXT)
        case exp.Literal():
            return _TEXT if node.is_string else _NUMBER
        case exp.Column():
            return _family(_column(node, route), route)
    if isinstance(node, _COMPARISONS):
        return _compared((node.this, node.expression), route)
    if isinstance(node, _ARITHMETIC):
        return _same((node.this, node.expression), route, _NUMBER)
    return _refuse()


def _family(column: Column, route: Route) -> str:
    made = route.made[column.name]
    if column.kind is Kind.BOOLEAN and (made.kind is Kind.BOOLEAN or route.target in MYSQL):
        return _TRUTH
    family = _FAMILY.get(column.kind)
    if family is None or _FAMILY.get(made.kind) != family or made.native.startswith("DECIMAL TEXT"):
        raise _Foreign
    # SQLite compares dates as the texts they are; so would the check, and PostgreSQL not.
    if family == _MOMENT and "sqlite" in (route.source, route.target):
        raise _Foreign
    return family


def _compared(parts: tuple[exp.Expr, ...], route: Route) -> str:
    families = {_expression(part, route) for part in parts}
    texts = [part for part in parts if isinstance(part, exp.Literal) and part.is_string]
    if families == {_MOMENT, _TEXT} and all(_ISO_MOMENT.fullmatch(part.this) for part in texts):
        literal = {_expression(part, route) for part in parts if part not in texts}
        return _TRUTH if literal == {_MOMENT} else _refuse()
    if len(families) != 1 or families == {_TRUTH}:
        raise _Foreign
    columns = [_column(node, route) for part in parts for node in part.find_all(exp.Column)]
    if families == {_TEXT} and any(column.folds & {Match.CASE, Match.ACCENT} for column in columns):
        # 'a' passes a check on 'A' in the source, and would not here.
        raise _Foreign
    return _TRUTH


def _same(parts: tuple[exp.Expr, ...], route: Route, family: str) -> str:
    return family if {_expression(part, route) for part in parts} == {family} else _refuse()


def _one_family(parts: tuple[exp.Expr, ...], route: Route) -> str:
    families = {_expression(part, route) for part in parts}
    return families.pop() if len(families) == 1 else _refuse()


def _refuse() -> str:
    raise _Foreign


def _literal(node: exp.Expr) -> str | bool | None:
    """The text of a literal, a truth value, or None for NULL. Raises _Foreign."""
    match node:
        case exp.Paren() | exp.Cast():
            if isinstance(node, exp.Cast) and isinstance(node.to, exp.ObjectIdentifier):
                raise _Foreign
            return _literal(node.this)
        case exp.Neg():
            inner = _literal(node.this)
            return f"-{inner}" if isinstance(inner, str) else _refuse()
        case exp.Literal():
            return str(node.this)
        case exp.Boolean():
            return bool(node.this)
        case exp.Null():
            return None
        case exp.BitString():
            return str(int(node.this, 2)) if node.this else _refuse()
        case exp.Column() if node.this.args.get("quoted") and not node.table:
            # SQLite takes a double-quoted word that is no column for a text.
            return str(node.name)
    return _refuse()


def _written(value: str | bool, column: Column, made: Column, target: str) -> str | None:
    text = {True: "1", False: "0"}[value] if isinstance(value, bool) else value
    if made.kind is Kind.BOOLEAN or column.kind is Kind.BOOLEAN:
        truth = {"1": True, "t": True, "true": True, "0": False, "f": False, "false": False}.get(text.strip().lower())
        if truth is None:
            return None
        words = ("true", "false") if target == "postgresql" else ("1", "0")
        return words[0] if truth else words[1]
    if made.kind in (Kind.INTEGER, Kind.DECIMAL, Kind.FLOAT):
        whole = made.kind is not Kind.INTEGER or re.fullmatch(r"[+-]?\d+", text.strip())
        return text.strip() if number_of(text.strip()) and whole else None
    return _quoted(text, made, target) if _fits(text, made) else None


def _bits(number: int, length: int, made: Column, target: str) -> str | None:
    digits = f"{number:0{length}b}"
    if made.kind is Kind.BIT:
        return f"{'b' if target in MYSQL else 'B'}'{digits}'"
    return f"'{digits}'" if made.kind is Kind.TEXT else None


def _fits(text: str, made: Column) -> bool:
    """Would the target take this text for a value of the column? It would refuse the whole table otherwise."""
    match made.kind:
        case Kind.DATE:
            return bool(_ISO_DATE.fullmatch(text))
        case Kind.TIMESTAMP | Kind.TIMESTAMPTZ:
            return bool(_ISO_MOMENT.fullmatch(text))
        case Kind.TIME:
            return bool(re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?", text))
        case Kind.UUID:
            return bool(re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", text))
        case Kind.ENUM:
            return text in made.enum
        case Kind.JSON:
            return _is_json(text)
        case Kind.TEXT:
            return made.length is None or len(text) <= made.length
    return False


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _quoted(text: str, made: Column, target: str) -> str:
    escaped = text.replace("'", "''")
    if target in MYSQL:
        escaped = escaped.replace("\\", "\\\\")
    literal = f"'{escaped}'"
    # Texts without a length take an expression as default only, in parentheses.
    return f"({literal})" if target in MYSQL and made.native.startswith(_LONG) else literal


def _now(made: Column, target: str) -> str | None:
    if made.kind in (Kind.TIMESTAMP, Kind.TIMESTAMPTZ):
        return f"CURRENT_TIMESTAMP{'(6)' if target in MYSQL and '(6)' in made.native else ''}"
    return _today(made, target)


def _today(made: Column, target: str) -> str | None:
    if made.kind is not Kind.DATE:
        return None
    return {"postgresql": "CURRENT_DATE", "sqlite": "CURRENT_DATE", "oracle": "CURRENT_DATE"}.get(
        target, "(CURRENT_DATE)" if target in MYSQL else "(getdate())"
    )
