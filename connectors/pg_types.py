"""PostgreSQL's types: which kind a type is, and which expression reads it as bytes or as a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from connectors.pg_connect import Connection, query
from connectors.schema import Kind

_KINDS = {
    "bool": Kind.BOOLEAN, "int2": Kind.INTEGER, "int4": Kind.INTEGER, "int8": Kind.INTEGER, "oid": Kind.INTEGER,
    "numeric": Kind.DECIMAL, "float4": Kind.FLOAT, "float8": Kind.FLOAT, "text": Kind.TEXT, "varchar": Kind.TEXT,
    "bpchar": Kind.TEXT, "char": Kind.TEXT, "name": Kind.TEXT, "date": Kind.DATE, "time": Kind.TIME,
    "timestamp": Kind.TIMESTAMP, "timestamptz": Kind.TIMESTAMPTZ, "interval": Kind.INTERVAL, "uuid": Kind.UUID,
    "json": Kind.JSON, "jsonb": Kind.JSON, "xml": Kind.XML, "bytea": Kind.BINARY, "bit": Kind.BIT, "varbit": Kind.BIT,
}  # fmt: skip

_AS_THEY_COME = {"bool", "int2", "int4", "int8", "float4", "float8", "text", "varchar", "date", "time", "timestamp",
                 "timestamptz", "bytea"}  # fmt: skip
"""What the Arrow driver reads without loss: infinities and BC dates wrap round and wrap back (connectors/arrow.py)."""

_WHOLE = _AS_THEY_COME | {"bpchar", "json", "uuid", "money"}
"""What the Arrow driver reads bit by bit as the server sends it: no function of the server has to make bytes of it first."""

TYPES = """
SELECT t.oid::int8, n.nspname, t.typname, t.typtype::text, t.typcategory::text, t.typbasetype::int8, t.typtypmod,
       t.typelem::int8, t.typlen, t.typnotnull, format_type(t.oid, -1), format_type(t.oid, NULL),
       CASE WHEN t.typtype = 'd' THEN format_type(t.typbasetype, t.typtypmod) END,
       (SELECT array_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid),
       sn.nspname, s.proname,
       s.oid IS NOT NULL AND (s.proargtypes[0] = t.oid OR a.typtype = 'p' OR EXISTS (
         SELECT FROM pg_cast c WHERE c.castsource = t.oid AND c.casttarget = a.oid AND c.castcontext = 'i')),
       (SELECT count(*) FROM pg_attribute f JOIN pg_type ft ON ft.oid = f.atttypid
        WHERE t.typtype = 'c' AND f.attrelid = t.typrelid AND f.attnum > 0 AND NOT f.attisdropped
        HAVING NOT coalesce(bool_or(ft.typtype = 'd'), false))
FROM pg_type t
JOIN pg_namespace n ON n.oid = t.typnamespace
LEFT JOIN pg_proc s ON s.oid = t.typsend
LEFT JOIN pg_namespace sn ON sn.oid = s.pronamespace
LEFT JOIN pg_type a ON a.oid = s.proargtypes[0]
"""


@dataclass(frozen=True, slots=True)
class PgType:
    oid: int
    schema: str
    name: str
    typtype: str
    """b base, c composite, d domain, e enum, r range, m multirange."""
    category: str
    base: int
    """The type below a domain, else 0."""
    typmod: int
    """A domain's own length or precision, else -1."""
    element: int
    """Of an array, else 0."""
    required: bool
    """A domain that forbids NULL."""
    declared: str
    """As SQL names it without a length: casts to it cut nothing off."""
    printed: str
    below: str
    """A domain's base type with its length, else empty."""
    labels: tuple[str, ...]
    send: str | None
    """The function that gives its binary form; None where only text travels."""

    fields: int = 0
    """Of a composite without domains, which may forbid NULL: how many values it is made of."""

    @property
    def builtin(self) -> bool:
        return self.schema == "pg_catalog"

    @property
    def kind(self) -> Kind:
        if self.typtype == "e":
            return Kind.ENUM
        if self.category == "A" and self.element:
            return Kind.ARRAY
        if self.builtin:
            return _KINDS.get(self.name, Kind.OTHER)
        return Kind.TEXT if self.name == "citext" else Kind.OTHER


def read_types(connection: Connection) -> dict[int, PgType]:
    """Every type of the database by its oid, in one query."""
    types = {}
    for row in query(connection, TYPES):
        oid, schema, name, typtype, category, base, typmod, element, length, required, declared, printed = row[:12]
        below, labels, send_schema, send_name, sendable, fields = row[12:]
        # oidvector and its like have elements but are no arrays for anybody.
        element = element if length == -1 and category == "A" else 0
        send = f"{quote(send_schema)}.{quote(send_name)}" if sendable else None
        types[oid] = PgType(
            oid, schema, name, typtype, category, base, typmod, element, required, declared, printed,
            below or "", tuple(labels or ()), send, int(fields or 0),
        )  # fmt: skip
    return {oid: type_ if _portable(type_, types) else _text_only(type_) for oid, type_ in types.items()}


def base_type(types: Mapping[int, PgType], oid: int) -> PgType:
    """The type below a domain over a domain over ...; the type itself where it is none."""
    type_ = types[oid]
    while type_.base:
        type_ = types[type_.base]
    return type_


def wire_expression(column: str, declared: PgType, base: PgType) -> str:
    """SQL that gives the bytes of the column (or its text, where the type has no bytes that mean the same elsewhere)."""
    if base.send is None:
        return f"{column}::pg_catalog.text"
    if base.builtin and base.name in _WHOLE:
        return column
    # A polymorphic send function does not see through a domain.
    return f"{base.send}({column}::{base.declared})" if declared.base else f"{base.send}({column})"


def from_text(column: str, type_: PgType) -> str:
    """SQL that makes a value of the type of its text."""
    if type_.builtin and type_.name == "regclass":
        # The cast from text looks for a relation whatever the text says; the type's own reader knows `-` and plain oids.
        return f"pg_catalog.regclassin(pg_catalog.textout({column}))"
    return f"{column}::{type_.declared}"


def value_expression(column: str, base: PgType, length: int | None = None) -> str:
    """SQL that gives the column in a form that becomes its Arrow carrier without loss. `length`: the column's own, for char."""
    if base.builtin and base.name == "bpchar" and length is None:
        # Without a length nothing pads it again, and the cast to text would cut its spaces off.
        return f"pg_catalog.textin(pg_catalog.bpcharout({column}))"
    if base.builtin and base.name in _AS_THEY_COME:
        return column
    if base.builtin and base.name == "oid":
        return f"{column}::pg_catalog.int8"
    if base.builtin and base.name == "uuid":
        return f"pg_catalog.uuid_send({column})"
    return f"{column}::pg_catalog.text"


def quote(identifier: str) -> str:
    return '"' + identifier.replace('"', '""') + '"'


def _portable(type_: PgType, types: Mapping[int, PgType]) -> bool:
    # Arrays and rows carry the oids of their elements' types: a type that somebody made has another one in another database,
    # so equal values would have other bytes, and servers before 14 refuse them.
    if type_.element:
        return types[type_.element].builtin and _portable(types[type_.element], types)
    if type_.typtype == "c":
        return False
    # reg* are oids of this database; the server's own reader of binary tsquery refuses an empty one, its writer of binary xml
    # leaves the declaration out.
    return not (type_.builtin and (type_.name.startswith("reg") or type_.name in ("tsquery", "xml")))


def _text_only(type_: PgType) -> PgType:
    return replace(type_, send=None)
