"""Which inferred foreign keys a plan can take for true, and what speaks against the others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from connectors.schema import Schema
from engine.check_declared import declared_keys
from engine.check_view import View
from engine.plan import Plan
from engine.problems import errors
from engine.profiling.keys.accept import to_declared
from engine.profiling.keys.inferred import InferredKey
from engine.subset.declared import declared


def with_keys(plan: Plan, schema: Schema, keys: Iterable[InferredKey], least: float) -> Plan:
    """The plan with the inferred keys that are sure enough and that nothing speaks against."""
    for key in sorted(keys, key=lambda key: -key.probability):
        if key.probability >= least and against(plan, schema, key) is None:
            plan = _taking(plan, key)
    return plan


def against(plan: Plan, schema: Schema, key: InferredKey) -> str | None:
    """Why `check` would refuse the plan if it took this key, in a sentence."""
    for other in plan.foreign_keys:
        if (other.table, other.columns, other.where) == (key.table, key.columns, key.where):
            return f"The plan takes these columns for a key to {other.parent}."
    alone = _taking(replace(plan, foreign_keys=()), key)
    found = errors(declared_keys(View(alone, declared(alone, schema))))
    return found[0].reason if found else None


def _taking(plan: Plan, key: InferredKey) -> Plan:
    return replace(plan, foreign_keys=(*plan.foreign_keys, to_declared(key)))
