"""What a declared type means in SQLite, where a type is only a word: the kind that people who write that word have in mind."""

from __future__ import annotations

import re
from dataclasses import dataclass

from connectors.schema import Kind

_DECLARED = re.compile(r"\s*([^(]*?)\s*(?:\(\s*([+-]?\d+)\s*(?:,\s*([+-]?\d+)\s*)?\))?\s*([^()]*?)\s*\Z")

_KINDS = {
    Kind.BOOLEAN: "BOOLEAN BOOL BIT LOGICAL",
    Kind.INTEGER: "YEAR SERIAL BIGSERIAL SMALLSERIAL COUNTER AUTONUMBER",
    Kind.DECIMAL: "DECIMAL NUMERIC DEC NUMBER MONEY SMALLMONEY CURRENCY",
    Kind.FLOAT: "SINGLE",
    Kind.TEXT: "STRING ENUM SET LONG",
    Kind.DATE: "DATE",
    Kind.TIME: "TIME",
    Kind.TIMESTAMP: "DATETIME TIMESTAMP DATETIME2 SMALLDATETIME",
    Kind.TIMESTAMPTZ: "TIMESTAMPTZ DATETIMEOFFSET",
    Kind.UUID: "UUID GUID UNIQUEIDENTIFIER",
    Kind.JSON: "JSON JSONB",
    Kind.XML: "XML",
    Kind.BINARY: "BINARY VARBINARY IMAGE BYTEA RAW BYTES LONGVARBINARY ROWVERSION",
}
_BY_WORD = {word: kind for kind, words in _KINDS.items() for word in words.split()}


@dataclass(frozen=True, slots=True)
class Declared:
    kind: Kind
    length: int | None = None
    precision: int | None = None
    scale: int | None = None


def declared(native: str) -> Declared:
    """The kind and size that this declared type stands for. SQLite itself enforces neither (unless the table is STRICT)."""
    match = _DECLARED.match(native.upper())
    if match is None:
        return Declared(Kind.TEXT if "ENUM" in native.upper() else _by_affinity(native))
    words, first, second, rest = match.groups()
    kind = _kind(f"{words} {rest}".strip())
    size = abs(int(first)) if first else None
    if kind is Kind.INTEGER:
        return Declared(kind, precision=64)
    if kind is Kind.DECIMAL:
        return Declared(kind, *_digits(int(first or 0), int(second or 0)))
    if kind in (Kind.TEXT, Kind.BINARY):
        return Declared(kind, length=size)
    return Declared(kind)


def _digits(precision: int, scale: int) -> tuple[None, int | None, int | None]:
    """No length, and the digits of `(precision, scale)`: a negative scale is zeros before the point, one beyond the
    precision zeros behind it."""
    if precision < 1:
        return None, None, None
    return None, max(precision - min(scale, 0), scale), max(scale, 0)


def affinity(native: str) -> str:
    """SQLite's own rule (datatype3.html, section 3.1), in its order."""
    text = native.upper()
    if "INT" in text:
        return "INTEGER"
    if any(part in text for part in ("CHAR", "CLOB", "TEXT")):
        return "TEXT"
    if "BLOB" in text or not text.strip():
        return "BLOB"
    return "REAL" if any(part in text for part in ("REAL", "FLOA", "DOUB")) else "NUMERIC"


def _kind(words: str) -> Kind:
    if words.startswith(("TIMESTAMP", "DATETIME", "TIME")) and "WITH TIME ZONE" in words:
        return Kind.TIMESTAMPTZ
    if words.endswith("WITHOUT TIME ZONE"):
        return _kind(words.removesuffix("WITHOUT TIME ZONE").strip())
    for word in (words, words.split(" ")[0]):
        if word in _BY_WORD:
            return _BY_WORD[word]
    return _by_affinity(words)


def _by_affinity(words: str) -> Kind:
    kinds = {"INTEGER": Kind.INTEGER, "TEXT": Kind.TEXT, "REAL": Kind.FLOAT, "NUMERIC": Kind.OTHER}
    if not words.strip():
        return Kind.OTHER
    return kinds.get(affinity(words), Kind.BINARY)
