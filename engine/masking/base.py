"""What a masker is: a frozen model whose fields are its options, and a function from batch to batch.

A new technique is one file with one subclass of `Masker` and one line in `engine.masking.MASKERS`; the contract tests in
`tests/contract/test_maskers.py` pick it up from there.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar, Literal

import pyarrow as pa
from pydantic import BaseModel, ConfigDict

from connectors.names import TableName
from connectors.schema import Column, Kind
from engine.domains import DomainSpec
from engine.keys import DomainKey, MaskingKey
from engine.problems import Problem, Severity


@dataclass(frozen=True, slots=True)
class Properties:
    """What a technique promises whatever its options; `check` reasons with these and the contract tests try to break them."""

    deterministic: bool = True
    """Equal in, equal out, in every table, database and run under one key and domain."""
    bijective: bool = False
    """Distinct in, distinct out: fit for a key or a unique column."""
    keeps_null: bool = True
    keeps_length: bool = False
    keeps_format: bool = False
    keeps_order: bool = False
    keeps_checksum: bool = False
    reads_value: bool = True
    """False: the output says nothing of the input (constant, null)."""
    keyed: bool = True
    """Another key gives other outputs. False: the technique uses none (keep, rounding, bands)."""
    overlap: Literal["none", "dense", "list", "kept"] = "dense"
    """How often an output may be one of the source's values by chance: `none` never (e-mail, phone, token, long keys);
    `dense` as often as a random map of the domain would (`expected_overlap`); `list` a shared frozen list; `kept` by design."""
    shortest_told: int = 1
    """Texts of fewer signs are as often equal by chance as not, and are no evidence of a leak."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A column with all that the schema says about it: what `check` and `mask` may know besides the values."""

    table: TableName
    column: Column
    unique: bool = False
    """It alone is a primary key, or under a unique constraint or index: distinct values must stay distinct."""
    key: bool = False
    """Part of a primary key or of a foreign key, or referred to by one."""
    role: str | None = None
    """What it holds for a masker of several columns: `street`, `city`..."""
    row_key: tuple[str, ...] = ()
    """The columns by which a row of the table is told from every other; empty where it has none such."""


@dataclass(frozen=True)
class Context:
    """What a masker is given beside the batch. Holds no secret that prints."""

    subjects: tuple[Subject, ...]
    """The rule's columns, in the rule's order."""
    key: DomainKey
    """Of the rule's domain."""
    by: pa.Array | None = None
    """The person key of each row (source values), where the rule names one."""
    by_key: DomainKey | None = None
    """Of the person key's own domain, so that all tables agree."""
    given: dict[str, pa.Array] = field(default_factory=dict)
    """The columns named by `from`, as they stand after their own masking."""
    row: dict[str, pa.Array] = field(default_factory=dict)
    """Source values of the columns that `reads_columns` asked for."""
    spec: DomainSpec | None = None
    """What is agreed about the domain beside its key (`KeyStore.join_domain`); None: the column speaks for itself."""
    keys: MaskingKey | None = None
    """Whence maskers built of others (full name, free text, JSON) take the keys of the other domains."""
    locale: str = "en_US"
    """The plan's: whose names and addresses the lists give where the rule does not say."""
    dialect: str = ""
    """Of the database that the values come from: what dates outside the calendar stand for (`connectors.arrow`)."""
    unknown_paths: Counter[str] = field(default_factory=Counter)
    """JSON paths met while masking that no rule names, with how often: maskers count here, and the run ends by naming them."""
    prepared: pa.Table | None = None
    """What the masker's first pass over the whole table has found; None for a masker without one."""

    @property
    def subject(self) -> Subject:
        return self.subjects[0]

    def domain(self, name: str) -> DomainKey:
        """The key of another domain, so that a full name agrees with first names; below the rule's own without `keys`."""
        return self.keys.domain(name) if self.keys is not None else self.key.child(name)


class MaskError(Exception):
    """A value that this technique cannot mask, met while running. Names the column, never the value."""

    def __init__(self, subject: Subject, code: str, reason: str, remedy: str) -> None:
        super().__init__(f"{subject.table}.{subject.column.name}: {reason} {remedy}")
        self.table, self.column, self.code = subject.table, subject.column.name, code
        self.reason, self.remedy = reason, remedy


class FirstPass(ABC):
    """One rule's look at a whole table before any of its rows is masked. Its memory may not grow with the rows, save where the
    masker says how much it does."""

    @abstractmethod
    def observe(self, batch: pa.RecordBatch, context: Context) -> None:
        """Take in the rule's columns of some rows, source values. Batches come in any cuts."""

    @abstractmethod
    def found(self) -> pa.Table:
        """What `mask` needs of it, in any columns that Arrow can write down. It is sealed, for it may hold cell values."""


class Masker(BaseModel):
    """Base of every technique. Fields are its options: TOML keys, form fields, command-line help and documentation."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: ClassVar[str]
    title: ClassVar[str]
    """A few words for a list: "E-mail address, a function of its own value"."""
    properties: ClassVar[Properties] = Properties()
    kinds: ClassVar[frozenset[Kind]] = frozenset({Kind.TEXT})
    """Columns it can be put on."""
    domain: ClassVar[str | None] = None
    """The domain that its columns share by default (`email`, `first_name`); None: the column's own (`table_column`)."""
    roles: ClassVar[tuple[str, ...]] = ()
    """For a masker of several columns: the parts it knows. Empty: one column."""
    several: ClassVar[bool] = False
    """It takes any number of columns; a rule may then leave the roles out."""
    version: ClassVar[int] = 1
    """Of the algorithm: a change of any output raises it, and `PLAN.lock` remembers which one a plan was made with."""

    def check(self, subject: Subject) -> Iterator[Problem]:
        """What would break on this column, before anything is read. The base refuses kinds that are not in `kinds`."""
        if subject.column.kind not in self.kinds:
            yield self.problem(
                subject,
                "mask-kind",
                f"{self.name} masks {', '.join(sorted(self.kinds))}, and this column is {subject.column.native}.",
                "Choose a mask for this type; `lookalike plan` proposes one.",
            )

    def bijective_on(self, subject: Subject) -> bool:
        """Do distinct values stay distinct on this very column with these options?"""
        return self.properties.bijective

    def reads_columns(self, subject: Subject) -> tuple[str, ...]:
        """Other columns of the row whose source values `mask` needs in `context.row`."""
        return ()

    def recombines(self) -> bool:
        """Are the values that a row gets in the rule's columns always those that some row of the source has in them together? What a
        condition says of these columns alone then holds for all rows as before."""
        return False

    def expected_overlap(self, subject: Subject, distinct_source: int, distinct_target: int) -> float | None:
        """How many of the target's distinct values are expected among the source's by chance; None: use `properties.overlap`."""
        return None

    def prepare(self, subjects: tuple[Subject, ...]) -> FirstPass | None:
        """A new first pass over the table of these columns; None where rows can be masked without one."""
        return None

    def mask(self, batch: pa.RecordBatch, context: Context) -> pa.RecordBatch:
        """The rule's columns masked: same names, types, order and length; NULL stays NULL where `keeps_null`."""
        columns = [self.mask_column(batch.column(0), context)]
        return pa.RecordBatch.from_arrays(columns, schema=batch.schema)

    def mask_column(self, values: pa.Array, context: Context) -> pa.Array:
        """One column. Values come in the carrier of the column's kind (`connectors.arrow.carrier`) and go back in it."""
        raise TypeError(f"{type(self).__name__} defines neither mask nor mask_column")

    def problem(
        self, subject: Subject, code: str, reason: str, remedy: str, severity: Severity = Severity.ERROR
    ) -> Problem:
        return Problem(code, severity, reason, remedy, subject.table, subject.column.name)
