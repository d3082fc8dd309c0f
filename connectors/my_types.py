"""What a MySQL or MariaDB column is: `COLUMN_TYPE` and its collation as the words of connectors.schema.

TINYINT(1) is an integer of 8 bits and no boolean: the server keeps any of -128..127 in it, and real databases do.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from connectors.schema import Column, Kind, Match

_INTEGERS = {"tinyint": 8, "smallint": 16, "mediumint": 24, "int": 32, "integer": 32, "bigint": 64}
_TEXTS = {"char", "varchar", "tinytext", "text", "mediumtext", "longtext"}
_BINARIES = {"binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob"}
_SPATIAL = {
    "geometry", "point", "linestring", "polygon", "multipoint", "multilinestring", "multipolygon",
    "geometrycollection", "geomcollection",
}  # fmt: skip
_KINDS = {
    "decimal": Kind.DECIMAL, "numeric": Kind.DECIMAL, "float": Kind.FLOAT, "double": Kind.FLOAT, "real": Kind.FLOAT,
    "date": Kind.DATE, "datetime": Kind.TIMESTAMP, "timestamp": Kind.TIMESTAMPTZ, "time": Kind.TIME,
    "year": Kind.INTEGER, "bit": Kind.BIT, "enum": Kind.ENUM, "set": Kind.ENUM, "json": Kind.JSON, "uuid": Kind.UUID,
    **dict.fromkeys(_INTEGERS, Kind.INTEGER), **dict.fromkeys(_TEXTS, Kind.TEXT),
    **dict.fromkeys(_BINARIES, Kind.BINARY),
}  # fmt: skip
_SAFE_CHARSETS = {"", "binary", "ascii", "latin1", "utf8", "utf8mb3", "utf8mb4"}
_LABEL = re.compile(r"'((?:[^']|'')*)'")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_PLAIN = {"n": "\n", "r": "\r", "0": "\0"}
_BASE = re.compile(r"[a-z0-9_]+")


def base_type(native: str) -> str:
    """`int` of `int(10) unsigned`."""
    match = _BASE.match(native.lower())
    return match.group() if match else native


def is_spatial(column: Column) -> bool:
    return base_type(column.native) in _SPATIAL


def is_raw(column: Column) -> bool:
    """Does the text protocol give this column's bytes as they are stored, in no character set?"""
    return column.kind in (Kind.BINARY, Kind.BIT) or base_type(column.native) in _SPATIAL | {"vector"}


def charset(column: Column) -> str:
    """Of a text column: `utf8mb4` of `utf8mb4_general_ci`; empty for every other column."""
    return (column.collation or "").partition("_")[0]


def converts_unsafely(column: Column) -> bool:
    """Has this text a character set that UTF-8 and back does not give again? Some have two codes for one character, or none."""
    return column.kind in (Kind.TEXT, Kind.JSON) and charset(column) not in _SAFE_CHARSETS


def fraction(column: Column) -> int:
    """Digits of a second that a DATETIME, TIMESTAMP or TIME keeps."""
    match = re.search(r"\((\d)\)", column.native)
    return int(match.group(1)) if match else 0


def column_of(row: Mapping[str, Any], json: bool) -> Column:
    """The column that a row of information_schema.COLUMNS tells of. `json`: a CHECK makes it JSON, as MariaDB does."""
    native = str(row["COLUMN_TYPE"])
    base = str(row["DATA_TYPE"]).lower()
    kind = Kind.JSON if json else _KINDS.get(base, Kind.OTHER)
    extra = str(row["EXTRA"] or "").upper()
    collation = row["COLLATION_NAME"] if kind in (Kind.TEXT, Kind.ENUM, Kind.JSON) else None
    return Column(
        name=str(row["COLUMN_NAME"]),
        native=native,
        kind=kind,
        nullable=row["IS_NULLABLE"] == "YES",
        length=_length(base, native, row),
        precision=_precision(base, row),
        scale=_integer(row["NUMERIC_SCALE"]) if kind is Kind.DECIMAL else None,
        unsigned="unsigned" in native.lower().split() or "zerofill" in native.lower().split() or base == "year",
        range=_RANGES.get(base),
        identity="auto_increment" if "AUTO_INCREMENT" in extra else None,
        generated=_generated(row, extra),
        comment=row["COLUMN_COMMENT"] or None,
        enum=tuple(map(_label, _LABEL.findall(native))) if kind is Kind.ENUM else (),
        collation=collation,
        folds=folds(collation),
        hidden="INVISIBLE" in extra,
    )


_RANGES = {
    "year": (1901, 2155),
    # 1970-01-01 00:00:01 to 2038-01-19 03:14:07 UTC; MariaDB 11.5 reaches further on some machines, none less far.
    "timestamp": (1_000_000, 2_147_483_647_000_000),
}


def folds(collation: str | None) -> frozenset[Match]:
    """What a collation ignores, told by its name; where the name leaves it open, the wider answer."""
    if not collation or collation == "binary":
        return frozenset()
    parts = set(collation.split("_"))
    found = set()
    if "0900" not in parts and "nopad" not in parts:
        found.add(Match.PAD)
    if "ci" in parts:
        found.add(Match.CASE)
        if "as" not in parts:
            found.add(Match.ACCENT)
    return frozenset(found)


def _label(printed: str) -> str:
    """A label as it is, of how the catalog prints it."""
    return _ESCAPED.sub(lambda match: _PLAIN.get(match.group(1), match.group(1)), printed).replace("''", "'")


def _generated(row: Mapping[str, Any], extra: str) -> str | None:
    # ROW START and ROW END of a system-versioned table have no expression, and are not to be written either.
    if "GENERATED" not in extra or "DEFAULT_GENERATED" in extra.split():
        return None
    return str(row["GENERATION_EXPRESSION"] or extra)


def _length(base: str, native: str, row: Mapping[str, Any]) -> int | None:
    if base == "bit":
        match = re.search(r"\((\d+)\)", native)
        return int(match.group(1)) if match else 1
    if base in _BINARIES:
        return _integer(row["CHARACTER_OCTET_LENGTH"])
    length = _integer(row["CHARACTER_MAXIMUM_LENGTH"])
    # TEXT types are bounded in bytes: four of them are enough for any character.
    return length // 4 if length is not None and base.endswith("text") else length


def _precision(base: str, row: Mapping[str, Any]) -> int | None:
    if base == "year":
        return 16
    return _INTEGERS.get(base) or (_integer(row["NUMERIC_PRECISION"]) if base in ("decimal", "numeric") else None)


def _integer(value: Any) -> int | None:
    return None if value is None else int(value)
