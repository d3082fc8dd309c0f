"""Polymorphic keys: one column says which table a row refers to, another one which row of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from sqlglot import exp

from connectors.schema import Kind, Table
from engine.condition_text import SQLGLOT
from engine.profiling.keys.candidate import Candidate, Features
from engine.profiling.keys.lookups import Lookups
from engine.profiling.keys.material import Material, ParentKey
from engine.profiling.keys.names import alike, says_key, stem
from engine.profiling.keys.pairs import ENOUGH
from engine.profiling.keys.values import Values
from engine.profiling.naming import tokens

LABELS = 50
"""Most different values of a column that tells tables apart."""
_TYPE_WORDS = frozenset("type typ kind class klass klasse art tipo soort name model table entity object cls ct".split())
_VAGUE = frozenset("""
    record row object entity ref reference target item source subject resource owner parent model related linked foreign table
    objekt datensatz objet objeto oggetto
""".split())  # fmt: skip


@dataclass(frozen=True)
class Discriminated:
    """A column of labels and the column of keys that it speaks of."""

    table: Table
    label: Values
    key: Values


def polymorphic_keys(material: Material, lookups: Lookups) -> Iterator[Candidate]:
    """A key for each label that is the name of a table in which all rows of that label have their parent."""
    parents = [
        parent for parent in material.parents if len(parent.columns) == 1 and (parent.primary or not parent.declared)
    ]
    for table in material.schema.tables:
        for pair in _pairs(material, table):
            yield from _of_pair(material, pair, parents, lookups)


def _pairs(material: Material, table: Table) -> Iterator[Discriminated]:
    columns = [each for column in table.stored if (each := material.values.get((table.name, column.name))) is not None]
    labels = [each for each in columns if _is_label(each)]
    keys = [each for each in columns if says_key(each.column.name) and len(each.distinct) and not _refers(table, each)]
    for label in labels:
        about = _about(label.column.name)
        same = [key for key in keys if key is not label and stem(key.column.name) == about]
        vague = [
            key for key in keys if key is not label and set(stem(key.column.name)) <= _VAGUE and stem(key.column.name)
        ]
        for key in same or (vague if len(vague) == 1 else []):
            yield Discriminated(table, label, key)


def _is_label(values: Values) -> bool:
    """A few texts, each of many rows or at least with hope for more."""
    kinds = values.column.kind in (Kind.TEXT, Kind.ENUM)
    words = tokens(values.column.name)
    return kinds and 0 < len(values.distinct) <= LABELS and bool(words) and words[-1] in _TYPE_WORDS


def _about(column: str) -> tuple[str, ...]:
    """`commentable_type` -> commentable."""
    words = tokens(column)
    while len(words) > 1 and words[-1] in _TYPE_WORDS:
        words = words[:-1]
    return words


def _refers(table: Table, values: Values) -> bool:
    name = (values.column.name,)
    return table.primary_key == name or any(key.columns == name and key.where is None for key in table.foreign_keys)


def _of_pair(
    material: Material, pair: Discriminated, parents: list[ParentKey], lookups: Lookups
) -> Iterator[Candidate]:
    # One label after the other: there are few, and each is a question of its own.
    for label, code in zip(pair.label.texts.to_pylist(), pair.label.distinct, strict=True):
        parent = _called(material, label, pair, parents)
        if parent is None:
            continue
        labelled = pair.key.present & pair.label.present & (pair.label.rows == code)
        looked, found = lookups.found_together([replace(pair.key, present=labelled)], parent)
        if looked and found >= ENOUGH * looked:
            yield _candidate(material, pair, parent, label, (looked, found), int(labelled.sum()))


def _called(material: Material, label: str, pair: Discriminated, parents: list[ParentKey]) -> ParentKey | None:
    """The table that the label names: `post`, `Posts`, `App\\Models\\Post`, `blog.post`."""
    words = tokens(re.split(r"[\\./:]+", label.strip())[-1])
    for parent in parents:
        called = any(alike(words, nouns) for nouns in material.names.nouns(parent.name))
        if words and called and parent.values[0].shape == pair.key.shape:
            return parent
    return None


def _candidate(
    material: Material, pair: Discriminated, parent: ParentKey, label: str, counts: tuple[int, int], rows: int
) -> Candidate:  # fmt: skip
    column = pair.key.column
    features = Features(
        name=1.0, says_key=True, alike=column.native == parent.values[0].column.native, primary=parent.primary,
        declared=parent.declared, itself=pair.table.name == parent.name, looked=counts[0], found=counts[1],
        coverage=min(1.0, counts[0] / max(1, min(parent.rows, rows))), parents=parent.rows,
    )  # fmt: skip
    said = f"a label of {pair.label.column.name} is the name of {parent.name}"
    where = condition(pair.label.column.name, label, material.schema.dialect)
    return Candidate(pair.table.name, (column.name,), parent, features, said, where=where, rows=rows)


def condition(column: str, label: str, dialect: str) -> str:
    """`"commentable_type" = 'post'`, quoted as the dialect does."""
    equal = exp.EQ(this=exp.column(column, quoted=True), expression=exp.Literal.string(label))
    return equal.sql(SQLGLOT.get(dialect, dialect))
