"""Values by those of a table of your own."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, Literal

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import model_validator

from connectors.schema import Kind
from engine.masking.base import Context, Masker, MaskError, Properties, Subject
from engine.masking.choose import by_distinct, cut
from engine.masking.codes import LONGEST, code
from engine.problems import Problem

EXAMPLE = str(Path(__file__).parent / "lookup_example.csv")


class Lookup(Masker):
    """Each value becomes what a CSV file says: a line per value, two columns `from,to`, without or with that header.

    The file's SHA-256 is part of the plan, so a changed file is a changed plan. Values are compared exactly. What the mask hides
    depends on the file alone, and whoever has it can turn the mask round.
    """

    name = "lookup"
    title = "Replacement from a CSV file"
    kinds = frozenset({Kind.TEXT, Kind.ENUM})
    properties = Properties(overlap="kept")
    version = 1
    EXAMPLES: ClassVar[tuple[dict[str, object], ...]] = ({"file": EXAMPLE},)

    file: str
    """Path of the CSV file, UTF-8; relative to the working directory."""
    missing: Literal["null", "token", "error"] = "token"
    """What becomes of a value that the file does not have: NULL, a keyed code, or the end of the run."""
    sha256: str = ""
    """Of the file; written into the plan when the mask is made, and compared when the plan is read again."""

    @model_validator(mode="before")
    @classmethod
    def _hash(cls, options: Any) -> Any:
        if not isinstance(options, dict) or not isinstance(options.get("file"), str):
            return options
        found = hashlib.sha256(_bytes(options["file"])).hexdigest()
        if options.get("sha256") not in (None, "", found):
            raise ValueError(
                f"the file {options['file']} has changed since the plan was made: remove `sha256` to take the new one"
            )
        pairs(options["file"], found)
        return {**options, "sha256": found}

    def check(self, subject: Subject) -> Iterator[Problem]:
        yield from super().check(subject)
        targets = pairs(self.file, self.sha256)[1]
        limit = subject.column.length
        if limit is not None and pc.any(pc.greater(pc.utf8_length(targets), limit)).as_py():
            yield self.problem(
                subject,
                "mask-length",
                f"the file has values longer than {limit} characters.",
                "Shorten them in the file.",
            )
        if self.missing == "null" and not subject.column.nullable:
            yield self.problem(
                subject,
                "mask-null",
                "a value that the file does not have would become NULL.",
                'Use `missing = "token"`.',
            )
        if subject.column.enum and set(targets.to_pylist()) - set(subject.column.enum):
            yield self.problem(
                subject, "mask-enum", "the file has values that are no label of the enum.", "Use labels only."
            )

    def mask_column(self, values: pa.Array, context: Context) -> pa.Array:
        return by_distinct(values, lambda texts: self._replaced(texts, context))

    def _replaced(self, texts: pa.Array, context: Context) -> pa.Array:
        sources, targets = pairs(self.file, self.sha256)
        found = pc.index_in(texts, value_set=sources)
        masked = targets.take(found)
        unknown = pc.and_(pc.is_null(found), pc.is_valid(texts))
        if self.missing == "token":
            return pc.if_else(
                unknown, cut(code(context.key.cmac(texts), LONGEST), context.subject.column.length), masked
            )
        if self.missing == "error" and pc.any(pc.and_(unknown, pc.not_equal(texts, ""))).as_py():
            raise MaskError(
                context.subject,
                "lookup-missing",
                f"a value is not in {self.file}.",
                'Add it, or say `missing = "token"`.',
            )
        return masked


def _bytes(file: str) -> bytes:
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise ValueError(f"the file {file} cannot be read: {error.strerror}") from None


@cache
def pairs(file: str, sha256: str) -> tuple[pa.Array, pa.Array]:
    """Sources and targets of a file of this hash. Raises ValueError."""
    data = _bytes(file)
    if hashlib.sha256(data).hexdigest() != sha256:
        raise ValueError(f"the file {file} has changed since the plan was made")
    try:
        rows = [row for row in csv.reader(data.decode("utf-8-sig").splitlines()) if row]
    except (UnicodeDecodeError, csv.Error):
        raise ValueError(f"the file {file} is no CSV in UTF-8") from None
    if any(len(row) != 2 for row in rows):
        raise ValueError(f"the file {file} needs two columns, from and to, in every line")
    if rows and [cell.strip().lower() for cell in rows[0]] == ["from", "to"]:
        rows = rows[1:]
    if len({source for source, _ in rows}) != len(rows):
        raise ValueError(f"the file {file} names a value twice")
    return pa.array([source for source, _ in rows], pa.string()), pa.array([target for _, target in rows], pa.string())
