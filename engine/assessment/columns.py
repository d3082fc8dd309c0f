"""Which columns of which tables are compared, and the one type in which both sides of a column are held."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

import pyarrow as pa
import pyarrow.compute as pc

from connectors.arrow import carrier
from connectors.names import TableName
from connectors.schema import Column, ForeignKey, Kind, Schema, Table
from engine.plan import Plan, Treatment

CUT = 200
"""Characters of a text that are looked at."""
_DOCUMENTS = frozenset({Kind.BINARY, Kind.JSON, Kind.XML})
_TEXTS = frozenset({Kind.TEXT, Kind.ENUM, Kind.ARRAY, Kind.OTHER})
_ISO = r"^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?Z?)?$"
_FITTING = 0.95
"""The least share of a target's texts that are moments, where all of the source's are."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One table of both sides."""

    table: Table
    """The source's, with only the columns that are read and the foreign keys that both sides have."""
    target: Table
    columns: Mapping[str, str]
    """Source's column name -> the target's."""
    keys: frozenset[str]
    """Columns of primary keys and of foreign keys, at either end: held as they are, to the letter."""

    def type(self, name: str) -> pa.DataType:
        """In which both sides hold a column: its carrier, where numbers with a point that are no key are floats."""
        column = self.table.column(name)
        return pa.float64() if column.kind is Kind.DECIMAL and name not in self.keys else carrier(column)

    @property
    def primary(self) -> tuple[Column, ...]:
        """The columns of the primary key, where both sides have all of them."""
        names = self.table.primary_key
        return tuple(map(self.table.column, names)) if set(names) <= set(self.columns) else ()

    @property
    def shown(self) -> tuple[str, ...]:
        """What is compared: all that is read, save bytes."""
        return tuple(name for name in self.columns if self.table.column(name).kind is not Kind.BINARY)


def compared_tables(
    plan: Plan, schema: Schema, target: Schema, names: Mapping[TableName, TableName]
) -> tuple[dict[TableName, Compared], list[str]]:
    """The plan's tables that have rows on both sides, and what is left out with the reason."""
    left: list[str] = []
    both = {}
    for table in schema.tables:
        there = target.by_name.get(names.get(table.name, table.name))
        treatment = plan.tables[table.name].treatment
        if treatment is Treatment.EMPTY:
            left.append(f"{table.name} was not examined: the plan empties it.")
        elif there is None:
            left.append(f"{table.name} was not examined: the target has no such table.")
        else:
            both[table.name] = table, there
    left += [
        f"{name} was not examined: the source has no such table." for name in plan.tables if _gone(plan, schema, name)
    ]
    referred = _referred([table for table, _ in both.values()])
    found = {}
    for name, (table, there) in both.items():
        made = _compared(table, there, both, referred.get(name, frozenset()), left)
        if made.columns:
            found[name] = made
        else:
            left.append(f"{name} was not examined: no column of it can be compared.")
    return {name: _among(made, found) for name, made in found.items()}, left


def _gone(plan: Plan, schema: Schema, name: TableName) -> bool:
    return name not in schema.by_name and plan.tables[name].treatment is not Treatment.DROP


def followed(key: ForeignKey) -> bool:
    """Does this key hold for all rows, by columns?"""
    return bool(key.columns) and key.where is None


def _referred(tables: Sequence[Table]) -> dict[TableName, frozenset[str]]:
    found: dict[TableName, frozenset[str]] = {}
    for key in (key for table in tables for key in table.foreign_keys if followed(key)):
        found[key.parent] = found.get(key.parent, frozenset()) | set(key.parent_columns)
    return found


def _compared(
    table: Table, target: Table, both: Mapping[TableName, object], referred: frozenset[str], left: list[str]
) -> Compared:
    own = [key for key in table.foreign_keys if followed(key) and key.parent in both]
    keys = frozenset(table.primary_key) | {name for key in own for name in key.columns} | referred
    there = {column.name: column.name for column in target.columns}
    folded = {name.casefold(): name for name in there}
    columns, documents, missing, made = {}, [], [], []
    for column in table.columns:
        named = there.get(column.name) or folded.get(column.name.casefold())
        if named is None:
            missing.append(column.name)
        elif column.name not in keys and column.kind in _DOCUMENTS:
            documents.append(column.name)
        elif column.name not in keys and column.generated is not None:
            made.append(column.name)
        else:
            columns[column.name] = named
    for which, why in (
        (documents, "documents and bytes"),
        (made, "made of other columns"),
        (missing, "not in the target"),
    ):
        if which:
            left.append(f"{table.name}: {', '.join(which)} not compared: {why}.")
    read = tuple(column for column in table.columns if column.name in columns)
    return Compared(replace(table, columns=read, foreign_keys=tuple(own)), target, columns, keys)


def _among(made: Compared, found: Mapping[TableName, Compared]) -> Compared:
    """The table with those of its keys whose columns are read at both ends."""
    kept = tuple(
        key
        for key in made.table.foreign_keys
        if key.parent in found
        and set(key.columns) <= set(made.columns)
        and set(key.parent_columns) <= set(found[key.parent].columns)
    )
    return replace(made, table=replace(made.table, foreign_keys=kept))


# Values.


def brought(values: pa.Array, compared: Compared, name: str) -> tuple[pa.Array, int]:
    """A column of either side in the type in which both are held, and how many values do not fit it and are NULL."""
    found, lost = fitted(values, compared.type(name))
    if compared.table.column(name).kind in _TEXTS and name not in compared.keys:
        found = pc.utf8_slice_codeunits(found, 0, CUT)
    return found, lost


def fitted(values: pa.Array, type_: pa.DataType) -> tuple[pa.Array, int]:
    """The values in a type, NULL where one does not fit, and how many do not."""
    if values.type == type_:
        return values, 0
    try:
        made = values.cast(type_, safe=not pa.types.is_floating(type_))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        made = _one_by_one(values, type_)
    return made, made.null_count - values.null_count


def _one_by_one(values: pa.Array, type_: pa.DataType) -> pa.Array:
    """By each distinct value: Arrow refuses a whole column for a single one that does not fit."""
    encoded = values.dictionary_encode()
    cast = _uuid if pa.types.is_fixed_size_binary(type_) else _scalar
    made = pa.array([cast(scalar, type_) for scalar in encoded.dictionary], type_)
    return made.take(encoded.indices)


def _scalar(scalar: pa.Scalar, type_: pa.DataType) -> object:
    try:
        return pa.array([scalar.as_py()], scalar.type).cast(type_)[0].as_py()
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, ValueError, OverflowError):
        return None


def _uuid(scalar: pa.Scalar, type_: pa.DataType) -> bytes | None:
    try:
        value = scalar.as_py()
        return UUID(value).bytes if isinstance(value, str) else UUID(bytes=value).bytes
    except (ValueError, TypeError, OverflowError):
        return None


def with_moments(sides: Sequence[pa.Table], names: Sequence[str], target: int) -> list[pa.Table]:
    """The sides of one table, with texts that are dates or timestamps in ISO 8601 as timestamps: SQLite and CSV have no type for them.
    `target`: which side may hold some that are not."""
    tables = list(sides)
    for name in names:
        columns = [table.column(name) for table in tables]
        if not pa.types.is_string(columns[0].type):
            continue
        shares = [_moments(column) for column in columns]
        least = [_FITTING if place == target else 1.0 for place in range(len(tables))]
        if all(share is None for share in shares) or any(
            share is not None and share < needed for share, needed in zip(shares, least, strict=True)
        ):
            continue
        made = [_as_moments(column) for column in columns]
        if all(column is not None for column in made):
            tables = [
                table.set_column(table.schema.get_field_index(name), name, column)
                for table, column in zip(tables, made, strict=True)
            ]
    return tables


def _moments(column: pa.ChunkedArray) -> float | None:
    """The share of texts that are spelt as moments; None without any text. A first look spares reading what is clearly none."""
    texts = column.drop_null()
    if not len(texts):
        return None
    few = pc.match_substring_regex(texts.slice(0, 100), _ISO)
    share = float(pc.mean(few.cast(pa.float64())).as_py())
    return (
        share if share < _FITTING else float(pc.mean(pc.match_substring_regex(texts, _ISO).cast(pa.float64())).as_py())
    )


def _as_moments(column: pa.ChunkedArray) -> pa.ChunkedArray | None:
    """The texts as timestamps, NULL where one is none; None where some name a day that does not exist."""
    spelt = pc.match_substring_regex(column, _ISO)
    texts = pc.if_else(spelt, pc.replace_substring(column, "Z", ""), pa.scalar(None, pa.string()))
    try:
        return texts.cast(pa.timestamp("us"))
    except pa.ArrowInvalid:
        return None
