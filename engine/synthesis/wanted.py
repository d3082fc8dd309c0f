"""Learned columns with all that is public about them: their type, what the schema leaves to them, what the plan declares."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pyarrow as pa

from connectors.names import TableName
from connectors.schema import Column, Kind
from engine.privacy.entities import ColumnPlace
from engine.privacy.spec import How, Learn, Provenance
from engine.synthesis.domains.moments import DAY
from engine.synthesis.domains.scale import Scalar, number_of
from engine.synthesis.facts import NUMBERS, Limits


@dataclass(frozen=True, slots=True)
class Wanted:
    """A learned column, and all that is public about it."""

    at: ColumnPlace
    column: Column
    carrier: str
    learn: Learn
    limits: Limits
    listed: tuple[Scalar, ...]
    public: pa.Array | None = None
    """The keys of the public table that it refers to."""
    rebuilt: bool = False

    @property
    def name(self) -> str:
        return self.column.name

    @property
    def is_number(self) -> bool:
        return self.column.kind in NUMBERS and self.public is None

    @property
    def is_document(self) -> bool:
        """Is it learned path by path?"""
        return self.column.kind is Kind.JSON and not self.listed

    @property
    def nullable(self) -> bool:
        return self.column.nullable

    @property
    def free(self) -> Provenance:
        """Where what is known without asking comes from."""
        return Provenance.OFFICER if self.learn.how in (How.RANGE, How.VALUES) else Provenance.DDL


def declared(learn: Learn, carrier: str) -> Limits:
    """What the plan says of a range."""
    if learn.how is not How.RANGE:
        return Limits()
    low, high = (None if end is None else number_of(end, carrier) for end in (learn.low, learn.high))
    return Limits(low, high)


def attested(each: Wanted, table: TableName) -> str | None:
    """As a sentence of the guarantee."""
    who = each.learn.attested
    if each.free is not Provenance.OFFICER or who is None:
        return None
    column = f"{table}.{each.name}"
    if each.learn.how is How.VALUES:
        return f"{column} is one of {len(each.learn.values)} values (attested by {who})"
    return f"{column} lies in {each.learn.low} to {each.learn.high} (attested by {who})"


def day(each: Wanted) -> float:
    return 1.0 if each.column.kind is Kind.DATE else DAY


def in_days(each: Wanted) -> Limits:
    low, high = each.limits.low, each.limits.high
    return Limits(
        None if low is None else math.floor(low / day(each)), None if high is None else math.floor(high / day(each))
    )


def clip(each: Wanted) -> tuple[float, float] | None:
    """Microseconds."""
    unit = DAY if each.column.kind is Kind.DATE else 1.0
    low, high = each.limits.low, each.limits.high
    if low is None and high is None:
        return None
    return (-9e18 if low is None else low * unit), (9e18 if high is None else high * unit)
