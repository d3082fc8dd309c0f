"""Every column of a synthesised table is made, or learned over a domain that is known or paid for; no real value is taken over."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from connectors.arrow import carrier
from connectors.names import TableName
from connectors.schema import Column, Kind, Table
from engine.check_view import View, error
from engine.plan import Rule, Treatment
from engine.privacy.spec import How, Learn
from engine.problems import Problem
from engine.synthesis.facts import limits_of, listed
from engine.synthesis.generate.rebuilt import can_rebuild

NUMBERS = (Kind.INTEGER, Kind.DECIMAL, Kind.FLOAT)
TIMES = (Kind.DATE, Kind.TIME, Kind.TIMESTAMP, Kind.TIMESTAMPTZ)
MODELLED = (*NUMBERS, *TIMES, Kind.BOOLEAN, Kind.TEXT, Kind.ENUM, Kind.JSON)
_PARSED: dict[Kind, Callable[[str], date | time]] = {
    Kind.DATE: date.fromisoformat,
    Kind.TIME: time.fromisoformat,
    Kind.TIMESTAMP: datetime.fromisoformat,
    Kind.TIMESTAMPTZ: datetime.fromisoformat,
}
_PAY = 'Write { learn = "paid" }'


@dataclass(frozen=True, slots=True)
class Told:
    """What the DDL alone says of a column's values: free facts, which no row was looked at for."""

    values: tuple[str | int | float | bool, ...] = ()
    """All of them."""
    limits: tuple[float, float] | None = None


def told_by_ddl(table: Table, column: Column, dialect: str) -> Told:
    """Nothing, where the DDL leaves the values open."""
    if values := listed(table, column, dialect):
        return Told(values)
    if column.kind not in (*NUMBERS, *TIMES):
        return Told()
    return Told(limits=limits_of(table, column, str(carrier(column)), dialect).both)


def modelled(column: Column) -> bool:
    """Is there a domain for its type? A SET is none of its labels but any of them together."""
    is_set = column.kind is Kind.ENUM and column.native.casefold().startswith("set(")
    return column.kind in MODELLED and not is_set


def learned(view: View) -> Iterator[Problem]:
    for table in view.schema.tables:
        treatment = view.treatment(table.name)
        rules = view.plan.tables[table.name].rules if treatment is not None else ()
        stored = {column.name: column for column in table.stored}
        for rule in rules:
            if treatment is Treatment.SYNTHESIZE and set(rule.columns) <= stored.keys():
                yield from _rule(view, table, rule)
            elif rule.learn is not None and treatment not in (Treatment.SYNTHESIZE, Treatment.EMPTY, Treatment.DROP):
                reason = "It is to be learned, and the rows of this table are not synthesised."
                remedy = 'Write treatment = "synthesize", or a mask for the column.'
                yield error("learn-not-synthesised", reason, remedy, table.name, rule.columns[0])


def _rule(view: View, table: Table, rule: Rule) -> Iterator[Problem]:
    name = rule.columns[0]
    if rule.learn is not None:
        yield from _learn(view, table, table.column(name), rule.learn)
    if rule.masker is not None:
        yield from _made(view, table, rule)


def _made(view: View, table: Table, rule: Rule) -> Iterator[Problem]:
    """A mask in a synthesised table works on random values; what needs the real ones cannot be one."""
    masker = rule.masker
    if masker is None:
        return
    for column in rule.columns:
        if masker.name == "keep":
            reason = "A synthetic row has no value of the source to keep."
            yield error("keep-synthesised", reason, f'{_PAY}, or {{ mask = "..." }}.', table.name, column)
        elif (why := can_rebuild(masker, table.column(column))) is not None:
            remedy = f'{_PAY}, or another mask, such as {{ mask = "null" }}.'
            yield error("mask-synthesised", f"{why}.", remedy, table.name, column)
        else:
            yield from masker.check(view.subjects[table.name, column])


def _learn(view: View, table: Table, column: Column, learn: Learn) -> Iterator[Problem]:
    refers = [key for key in table.foreign_keys if column.name in key.columns]
    public = any(len(key.columns) == 1 and view.treatment(key.parent) is Treatment.PUBLIC for key in refers)
    alone = any(set(u.columns) == {column.name} and not u.where and not u.expression for u in table.uniques)
    at = (table.name, column.name)
    if learn.how is How.KEY:
        if not refers and not any(column.name in unique.columns for unique in table.uniques):
            reason = "It is to be a new key, and it is in no key of the table."
            yield error("new-no-key", reason, f'{_PAY}, or {{ mask = "..." }}.', *at)
        return
    if refers and not public:
        reason = f"It refers to {refers[0].parent}, so its values come from there and are not learned."
        yield error("learn-key", reason, 'Write { new = "key" }.', *at)
    elif alone:
        reason = "Its values must be unique, and what is learned repeats."
        yield error("learn-unique", reason, 'Write { new = "key" }, or a mask that makes distinct values.', *at)
    elif not modelled(column):
        reason = f"Columns of type {column.native} are not modelled."
        yield error("learn-type", reason, 'Write { mask = "..." }, such as { mask = "null" }, for it.', *at)
    elif learn.how is How.SCHEMA and not public and told_by_ddl(table, column, view.schema.dialect) == Told():
        reason = (
            "Its domain is to come from the DDL, which says nothing of it: no enum, CHECK, boolean or public table."
        )
        yield error("learn-schema", reason, f'{_PAY}, or {{ learn = "range" }} or "values" that somebody attests.', *at)
    elif learn.how is How.RANGE:
        yield from _range(table.name, column, learn)
    elif learn.how is How.VALUES:
        yield from _values(table, column, learn, told_by_ddl(table, column, view.schema.dialect))


def _attested(at: tuple[TableName, str], learn: Learn) -> Iterator[Problem]:
    if not (learn.attested or "").strip():
        reason = (
            f"Nobody answers for its {learn.how.value}: if it was read off the data, the guarantee does not cover it."
        )
        yield error("learn-attested", reason, 'Add attested = "name", or write { learn = "paid" }.', *at)


def _range(table: TableName, column: Column, learn: Learn) -> Iterator[Problem]:
    at = (table, column.name)
    yield from _attested(at, learn)
    if column.kind not in (*NUMBERS, *TIMES):
        reason = f"A column of type {column.native} has no range."
        yield error("learn-range", reason, f'{_PAY}, or {{ learn = "values" }}.', *at)
    elif learn.low is None or learn.high is None:
        yield error("learn-range", "Its range has no low or no high end.", "Write low = and high =.", *at)
    else:
        low, high = _end(column.kind, learn.low), _end(column.kind, learn.high)
        if low is None or high is None:
            wanted = "numbers" if column.kind in NUMBERS else f"{column.kind.value}s as ISO 8601 writes them"
            yield error("learn-range", f"The ends of its range must be {wanted}.", "Correct low and high.", *at)
        elif low > high:
            yield error("learn-range", "The low end of its range is above the high end.", "Swap low and high.", *at)


def _end(kind: Kind, value: float | str) -> Any:
    """What compares with another end; None where it is not of the kind."""
    if kind in NUMBERS:
        return value if isinstance(value, int | float) else None
    try:
        # ISO 8601 has fixed widths, so its texts are in order as the moments are.
        return _PARSED[kind](str(value)).isoformat()
    except ValueError:
        return None


def _values(table: Table, column: Column, learn: Learn, told: Told) -> Iterator[Problem]:
    at = (table.name, column.name)
    yield from _attested(at, learn)
    if column.kind is Kind.JSON:
        reason = "A document is learned path by path, so it has no list of values."
        yield error("learn-values", reason, f"{_PAY}.", *at)
    elif not learn.values:
        yield error("learn-values", "The list of its values is empty.", "Write values = [...].", *at)
    elif len(set(map(str, learn.values))) < len(learn.values):
        yield error("learn-values", "A value is listed twice.", "Leave one of them.", *at)
    elif wrong := [place for place, value in enumerate(learn.values, 1) if not _is_of(column, value)]:
        reason = f"Value {wrong[0]} of its list is none of type {column.native}."
        yield error("learn-values", reason, "Correct it.", *at)
    elif beyond := _outside(column, learn.values, told):
        reason = f"Value {beyond} of its list is outside what the DDL allows."
        yield error("learn-values", reason, 'Take it out, or write { learn = "schema" }.', *at)


def _outside(column: Column, values: Collection[str | int | float | bool], told: Told) -> int | None:
    """The place of the first value that the DDL does not allow."""
    allowed = set(map(str, told.values))
    for place, value in enumerate(values, 1):
        beyond = False
        if told.limits and column.kind in NUMBERS and isinstance(value, int | float):
            beyond = not told.limits[0] <= value <= told.limits[1]
        if beyond or (allowed and str(value) not in allowed):
            return place
    return None


def _is_of(column: Column, value: str | int | float | bool) -> bool:
    if column.kind in (Kind.TEXT, Kind.ENUM):
        return isinstance(value, str) and (column.length is None or len(value) <= column.length)
    if column.kind is Kind.BOOLEAN:
        return isinstance(value, bool)
    if column.kind is Kind.INTEGER:
        return isinstance(value, int) and not isinstance(value, bool)
    if column.kind in NUMBERS:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return _end(column.kind, value) is not None
