"""An inferred key that a person, or a policy, takes for true: what the plan says of it."""

from __future__ import annotations

from engine.profiling.keys.inferred import InferredKey
from engine.subset.spec import DeclaredKey


def to_declared(key: InferredKey) -> DeclaredKey:
    """As `[[foreign_keys]]` in a plan; the columns of both ends are one masking domain from then on."""
    return DeclaredKey(key.table, key.parent, key.parent_columns, key.columns, where=key.where)
