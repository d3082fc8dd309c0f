"""An inferred key that is taken for true: by a person or a policy in a plan, or for judging the columns it joins."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from connectors.schema import ForeignKey, Schema
from engine.profiling.keys.inferred import InferredKey
from engine.subset.spec import DeclaredKey

LIKELY = 0.9
"""From this probability on the columns of an inferred key are judged as if it were declared."""
INFERRED = "inferred"
"""The name of such a key."""


def to_declared(key: InferredKey) -> DeclaredKey:
    """As `[[foreign_keys]]` in a plan; the columns of both ends are one masking domain from then on."""
    return DeclaredKey(key.table, key.parent, key.parent_columns, key.columns, where=key.where)


def with_likely(schema: Schema, keys: Iterable[InferredKey]) -> Schema:
    """The schema with the likely keys, so that a column that refers to people is known to. A key under a condition (polymorphic) is
    left out: its columns refer to several tables."""
    likely = [key for key in keys if key.probability >= LIKELY and key.where is None]
    made = {name: tuple(_foreign_key(key) for key in likely if key.table == name) for name in schema.by_name}
    tables = (replace(table, foreign_keys=table.foreign_keys + made[table.name]) for table in schema.tables)
    return replace(schema, tables=tuple(tables)) if likely else schema


def _foreign_key(key: InferredKey) -> ForeignKey:
    return ForeignKey(
        INFERRED, key.columns, key.parent, key.parent_columns, validated=False, enforced=False, virtual=True
    )
