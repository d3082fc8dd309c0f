"""Every kind of column as a type of every dialect, and what is lost on the way."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from connectors.schema import Column, Kind, Match

MYSQL = frozenset({"mysql", "mariadb"})
KEY_CHARACTERS = 768
"""InnoDB: 3072 bytes per key, four for a character."""
_PG_OWN = frozenset(
    "inet cidr macaddr macaddr8 tsvector tsquery point line lseg box path polygon circle money pg_lsn jsonpath "
    "int4range int8range numrange tsrange tstzrange daterange int4multirange int8multirange nummultirange "
    "tsmultirange tstzmultirange datemultirange xid xid8 regclass".split()
)
_BINARY_COLLATION = {"mariadb": "utf8mb4_nopad_bin", "mysql": "utf8mb4_0900_bin"}
_FOLDING_COLLATION = {"mariadb": "utf8mb4_general_nopad_ci", "mysql": "utf8mb4_0900_ai_ci"}
_INTEGERS = {8: "tinyint", 16: "smallint", 24: "mediumint", 32: "int", 64: "bigint"}


@dataclass(frozen=True, slots=True)
class Typed:
    """A column of the target, and a sentence for what its type loses (code, message, remedy)."""

    column: Column
    lost: tuple[str, str, str] | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a column stands: what its type must be good for."""

    source: str
    target: str
    keyed: int = 0
    """Columns of the widest key or index that it is part of; 0: of none."""
    enum: str = ""
    """The name of its enum type, where the target creates one."""
    numbered: bool = False
    """It numbers itself, or a foreign key ties it to one that does: those are whole numbers everywhere."""
    child: bool = False
    """Part of a foreign key: what its length loses is said of the key that it refers to."""
    text_budget: bool = True
    """MySQL: room for another VARCHAR in the row."""


def typed(column: Column, place: Place) -> Typed:
    """The column in the target's types. Name, nullability and comment stay; default and expressions are dealt with elsewhere."""
    column = replace(column, default=None, generated=None, domain=None, collation=None, element=None)
    if same_family(place.source, place.target) and _keeps_native(column, place):
        return Typed(column)
    plain = replace(
        column, native="", folds=frozenset(), length=None, precision=None, scale=None, unsigned=False, enum=()
    )
    match place.target:
        case "postgresql":
            return _postgresql(column, plain, place)
        case "mysql" | "mariadb":
            return _mysql(column, plain, place)
        case "sqlite":
            return _sqlite(column, plain, place)
        case "mssql":
            return _mssql(column, plain, place)
        case _:
            return _oracle(column, plain, place)


def same_family(source: str, target: str) -> bool:
    return source == target or {source, target} <= MYSQL


def numeric_width(column: Column) -> int:
    """Bits that hold every value of an integer column with a sign."""
    bits = column.precision or 64
    return bits if not column.unsigned else {8: 16, 16: 32, 24: 32, 32: 64}.get(bits, 65)


def _keeps_native(column: Column, place: Place) -> bool:
    if place.target == "postgresql":
        element = column.native.removesuffix("[]").partition("(")[0].strip().strip('"')
        builtin = column.kind not in (Kind.OTHER, Kind.ENUM, Kind.ARRAY) or element in _PG_OWN
        return builtin or (column.kind is Kind.ARRAY and "." not in column.native and "_" not in element)
    return place.source == place.target or column.kind not in (Kind.UUID, Kind.OTHER, Kind.JSON)


def _text(plain: Column, native: str, length: int | None = None, kind: Kind = Kind.TEXT) -> Column:
    return replace(plain, native=native, kind=kind, length=length)


def _as_text(column: Column, made: Column) -> Typed:
    what = f"{column.native or 'untyped'} becomes text ({made.native}): its values are kept, its operators are not."
    return Typed(made, ("type-as-text", what, "Nothing to do, unless the application computes with it."))


def _wide(plain: Column, native: str) -> Typed:
    made = replace(plain, native=native, kind=Kind.DECIMAL, precision=20, scale=0)
    return Typed(made, ("type-wider", f"Unsigned 64-bit numbers become {native}.", "Nothing to do."))


def _narrow(made: Column) -> Typed:
    what = f"Unsigned 64-bit numbers become {made.native}, for it numbers itself: greater than 2^63-1 is refused."
    return Typed(made, ("type-narrower", what, "Nothing to do as long as no such number is there."))


def _integer(plain: Column, native: str, bits: int) -> Column:
    return replace(plain, native=native, kind=Kind.INTEGER, precision=bits)


def _whole(column: Column, plain: Column, place: Place, wide: str) -> Typed:
    """Integers of dialects that know no unsigned ones."""
    width = numeric_width(column)
    if width <= 64:
        bits = next(bits for bits in (16, 32, 64) if width <= bits)
        return Typed(_integer(plain, {16: "smallint", 32: "integer", 64: "bigint"}[bits], bits))
    return _narrow(_integer(plain, "bigint", 64)) if place.numbered else _wide(plain, wide)


def _decimal(column: Column, plain: Column, native: str) -> Column:
    precision, scale = column.precision, column.scale or 0
    size = f"({precision},{scale})" if precision else ""
    return replace(
        plain, native=native + size, kind=Kind.DECIMAL, precision=precision, scale=scale if precision else None
    )


def _limit(column: Column, place: Place) -> int | None:
    """The length that the source itself enforces: SQLite enforces none."""
    return None if place.source == "sqlite" else column.length


def _postgresql(column: Column, plain: Column, place: Place) -> Typed:
    match column.kind:
        case Kind.BOOLEAN | Kind.DATE | Kind.UUID | Kind.JSON | Kind.XML | Kind.INTERVAL:
            if column.kind is Kind.XML or (column.kind is Kind.INTERVAL and place.source != "postgresql"):
                return _as_text(column, _text(plain, "text"))
            return Typed(replace(plain, native=column.kind.value, kind=column.kind))
        case Kind.INTEGER:
            return _whole(column, plain, place, "numeric(20,0)")
        case Kind.DECIMAL:
            return Typed(_decimal(column, plain, "numeric"))
        case Kind.FLOAT:
            return Typed(replace(plain, native="double precision", kind=Kind.FLOAT))
        case Kind.TIME:
            made = replace(plain, native="time without time zone", kind=Kind.TIME)
            what = "A time of day here ends at 24:00: negative and longer ones are refused."
            beyond = place.source in MYSQL
            return Typed(made, ("time-range", what, "Nothing to do as long as there is none.") if beyond else None)
        case Kind.TIMESTAMP:
            return Typed(replace(plain, native="timestamp without time zone", kind=Kind.TIMESTAMP))
        case Kind.TIMESTAMPTZ:
            return Typed(replace(plain, native="timestamp with time zone", kind=Kind.TIMESTAMPTZ))
        case Kind.BINARY:
            return Typed(replace(plain, native="bytea", kind=Kind.BINARY))
        case Kind.BIT:
            size = f"({column.length})" if column.length else ""
            return Typed(replace(plain, native=f"bit varying{size}", kind=Kind.BIT, length=column.length))
        case Kind.ENUM if place.enum:
            return Typed(replace(plain, native=place.enum, kind=Kind.ENUM, enum=column.enum, length=column.length))
        case Kind.TEXT | Kind.ENUM:
            length = _limit(column, place)
            limited = bool(length and length <= 10_485_760 and "text" not in column.native.lower())
            native = f"character varying({length})" if limited else "text"
            return _folded(column, _text(plain, native, length if limited else None), place)
        case _:
            return _as_text(column, _text(plain, "text"))


def _folded(column: Column, made: Column, place: Place) -> Typed:
    if Match.CASE in column.folds and place.keyed and place.target in ("postgresql", "oracle"):
        what = "It ignored case in the source and does not here: keys that differ by case only are no longer equal."
        return Typed(made, ("collation", what, "Nothing to do, unless the application relies on it."))
    return Typed(made)


def _mysql(column: Column, plain: Column, place: Place) -> Typed:
    match column.kind:
        case Kind.BOOLEAN:
            return Typed(_integer(plain, "tinyint(1)", 8))
        case Kind.INTEGER:
            sign = " unsigned" if column.unsigned else ""
            bits = column.precision if column.precision in _INTEGERS else 64
            return Typed(replace(_integer(plain, _INTEGERS[bits] + sign, bits), unsigned=column.unsigned))
        case Kind.DECIMAL:
            return _mysql_decimal(column, plain, place)
        case Kind.FLOAT:
            return Typed(replace(plain, native="double", kind=Kind.FLOAT))
        case Kind.DATE | Kind.TIME:
            native = "date" if column.kind is Kind.DATE else "time(6)"
            return Typed(replace(plain, native=native, kind=column.kind))
        case Kind.TIMESTAMP:
            return Typed(replace(plain, native="datetime(6)", kind=Kind.TIMESTAMP))
        case Kind.TIMESTAMPTZ:
            made = replace(plain, native="datetime(6)", kind=Kind.TIMESTAMP)
            what = "A moment with its zone becomes datetime(6) in UTC: timestamp here ends in 2038."
            return Typed(made, ("timestamp-utc", what, "Nothing to do, unless the application asks for local time."))
        case Kind.UUID:
            native = "char(36) CHARACTER SET ascii COLLATE ascii_bin"
            return Typed(replace(_text(plain, native, 36), collation="ascii_bin"))
        case Kind.JSON:
            return Typed(replace(plain, native="json", kind=Kind.JSON))
        case Kind.BINARY:
            return _mysql_binary(column, plain, place)
        case Kind.BIT if column.length and column.length <= 64 and "vary" not in column.native.lower():
            return Typed(replace(plain, native=f"bit({column.length})", kind=Kind.BIT, length=column.length))
        case Kind.ENUM if _mysql_labels(column):
            labels = ",".join("'" + label.replace("\\", "\\\\").replace("'", "''") + "'" for label in column.enum)
            collation = _BINARY_COLLATION[place.target]
            native = f"enum({labels}) CHARACTER SET utf8mb4 COLLATE {collation}"
            return Typed(replace(plain, native=native, kind=Kind.ENUM, enum=column.enum, length=column.length))
        case Kind.TEXT | Kind.ENUM:
            return _mysql_text(column, plain, place)
        case _:
            return _as_text(column, _mysql_text(column, plain, place).column)


def _mysql_labels(column: Column) -> bool:
    """Can these labels be those of an ENUM? It cuts off spaces at their ends, and its length is limited."""
    plain = column.enum and not column.native.lower().startswith("set(")
    return bool(plain) and all(label == label.rstrip(" ") and len(label) <= 255 for label in column.enum)


def _mysql_decimal(column: Column, plain: Column, place: Place) -> Typed:
    if column.precision and column.precision <= 65 and (column.scale or 0) <= 30:
        return Typed(_decimal(column, plain, "decimal"))
    native, length = ("varchar(255)", 255) if place.keyed else ("longtext", None)
    return _as_text(column, _text(plain, f"{native} CHARACTER SET ascii COLLATE ascii_bin", length))


def _mysql_binary(column: Column, plain: Column, place: Place) -> Typed:
    limit = KEY_CHARACTERS // max(place.keyed, 1)
    length = _limit(column, place)
    if place.keyed or (length and length <= 500 and place.text_budget):
        length = min(length or limit, limit)
        return Typed(replace(plain, native=f"varbinary({length})", kind=Kind.BINARY, length=length))
    return Typed(replace(plain, native="longblob", kind=Kind.BINARY))


def _mysql_text(column: Column, plain: Column, place: Place) -> Typed:
    folds = column.folds & {Match.CASE, Match.ACCENT}
    collation = (_FOLDING_COLLATION if folds and place.source != "sqlite" else _BINARY_COLLATION)[place.target]
    tail = f" CHARACTER SET utf8mb4 COLLATE {collation}"
    plain = replace(plain, collation=collation, folds=frozenset(folds if collation.endswith("_ci") else ()))
    length, limit = _limit(column, place), KEY_CHARACTERS // max(place.keyed, 1)
    if place.keyed:
        fits = length is not None and length <= limit
        chosen = length if fits and length else min(limit, 255)
        made = _text(plain, f"varchar({chosen}){tail}", chosen)
        if fits or place.child:
            return Typed(made)
        what = f"A key needs a length here: it becomes varchar({chosen}), and longer values are refused."
        return Typed(made, ("key-length", what, "Nothing to do as long as no value is longer."))
    if length and length <= 500 and place.text_budget:
        return Typed(_text(plain, f"varchar({length}){tail}", length))
    return Typed(_text(plain, f"longtext{tail}"))


def _sqlite(column: Column, plain: Column, place: Place) -> Typed:
    match column.kind:
        case Kind.BOOLEAN | Kind.DATE | Kind.TIME | Kind.TIMESTAMP | Kind.UUID:
            return Typed(replace(plain, native=column.kind.value.upper(), kind=column.kind))
        case Kind.TIMESTAMPTZ:
            return Typed(replace(plain, native="TIMESTAMPTZ", kind=Kind.TIMESTAMPTZ))
        case Kind.INTEGER:
            if numeric_width(column) <= 64:
                return Typed(_integer(plain, "INTEGER", 64))
            narrow = _narrow(_integer(plain, "INTEGER", 64))
            return narrow if place.numbered else _wide(plain, "DECIMAL TEXT(20,0)")
        case Kind.DECIMAL:
            if column.precision and column.precision <= 15:
                return Typed(_decimal(column, plain, "DECIMAL"))
            made = _decimal(column, plain, "DECIMAL TEXT")
            what = "SQLite keeps 15 digits of a number: longer decimals are kept as text."
            return Typed(made, ("decimal-as-text", what, "Cast it where the application computes with it."))
        case Kind.FLOAT:
            return Typed(replace(plain, native="REAL", kind=Kind.FLOAT))
        case Kind.JSON:
            # A bare JSON column has numeric affinity, which would turn the document 1.0 into 1.
            return Typed(replace(plain, native="JSON TEXT", kind=Kind.JSON))
        case Kind.BINARY:
            return Typed(replace(plain, native="BLOB", kind=Kind.BINARY))
        case Kind.TEXT | Kind.ENUM:
            length = column.length if "text" not in column.native.lower() else None
            made = _text(plain, f"VARCHAR({length})" if length else "TEXT", length)
            if Match.CASE in column.folds:
                made = replace(made, collation="NOCASE", folds=frozenset({Match.CASE}))
            return Typed(made)
        case _:
            return _as_text(column, _text(plain, "TEXT"))


def _mssql(column: Column, plain: Column, place: Place) -> Typed:
    natives = {
        Kind.BOOLEAN: "bit", Kind.DATE: "date", Kind.TIME: "time(6)", Kind.TIMESTAMP: "datetime2(6)",
        Kind.TIMESTAMPTZ: "datetimeoffset(6)", Kind.UUID: "uniqueidentifier", Kind.FLOAT: "float(53)",
    }  # fmt: skip
    if column.kind in natives:
        return Typed(replace(plain, native=natives[column.kind], kind=column.kind))
    if column.kind is Kind.INTEGER:
        return _whole(column, plain, place, "decimal(20,0)")
    if column.kind is Kind.DECIMAL and column.precision and column.precision <= 38:
        return Typed(_decimal(column, plain, "decimal"))
    if column.kind is Kind.BINARY:
        native = f"varbinary({900 // place.keyed})" if place.keyed else "varbinary(max)"
        return Typed(replace(plain, native=native, kind=Kind.BINARY))
    length, limit = _limit(column, place), 850 // place.keyed if place.keyed else 4000
    size = min(length or limit, limit) if place.keyed or (length and length <= limit) else None
    made = _text(plain, f"nvarchar({size or 'max'}) COLLATE Latin1_General_100_BIN2_UTF8", size)
    return Typed(made) if column.kind in (Kind.TEXT, Kind.ENUM) else _as_text(column, made)


def _oracle(column: Column, plain: Column, place: Place) -> Typed:
    natives = {
        Kind.BOOLEAN: "number(1)", Kind.DATE: "date", Kind.TIME: "interval day(3) to second(6)",
        Kind.TIMESTAMP: "timestamp(6)", Kind.TIMESTAMPTZ: "timestamp(6) with time zone", Kind.UUID: "raw(16)",
        Kind.FLOAT: "binary_double",
    }  # fmt: skip
    if column.kind in natives:
        return Typed(replace(plain, native=natives[column.kind], kind=column.kind))
    if column.kind is Kind.INTEGER:
        return Typed(_integer(plain, "number(20)" if column.unsigned else "number(19)", 64))
    if column.kind is Kind.DECIMAL and (column.precision or 0) <= 38:
        return Typed(_decimal(column, plain, "number"))
    if column.kind is Kind.BINARY:
        native = f"raw({2000 // place.keyed})" if place.keyed else "blob"
        return Typed(replace(plain, native=native, kind=Kind.BINARY))
    length, limit = _limit(column, place), 1000 // max(place.keyed, 1)
    size = min(length or limit, limit) if place.keyed or (length and length <= limit) else None
    made = _text(plain, f"varchar2({size} char)" if size else "clob", size)
    return _folded(column, made, place) if column.kind in (Kind.TEXT, Kind.ENUM) else _as_text(column, made)


def number_of(text: str) -> bool:
    return re.fullmatch(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", text) is not None
