"""Values by those of a table of your own."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from io import StringIO
from itertools import chain
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import model_validator

from connectors.schema import Kind
from connectors.uuids import uuid_text
from engine.masking.base import Context, Masker, MaskError, Properties, Subject
from engine.masking.choose import by_distinct, cut
from engine.masking.codes import LONGEST, code
from engine.prf import Words, to_range
from engine.problems import Problem

EXAMPLE = str(Path(__file__).parent / "lookup_example.csv")


class Lookup(Masker):
    """Each value becomes what a CSV file says: a line per value, two columns `from,to`, without or with that header.

    With `key` another column of the row is looked up instead, and lines may share a key: a keyed choice among those that match (a city
    of the row's postcode). A column that the rule names in `from` is taken as it stands after masking, any other as in the source.
    The file's SHA-256 is part of the plan, so a changed file is a changed plan. Values are compared exactly. What the mask hides
    depends on the file alone: without `key` whoever has it can turn the mask round, with `key` the row still says its key's line.
    """

    name = "lookup"
    title = "Replacement from a CSV file"
    kinds = frozenset({Kind.TEXT, Kind.ENUM})
    properties = Properties(overlap="kept")
    version = 1
    EXAMPLES: ClassVar[tuple[dict[str, object], ...]] = ({"file": EXAMPLE}, {"file": EXAMPLE, "missing": "any"})

    file: str
    """Path of the CSV file, UTF-8; relative to the working directory."""
    key: str | None = None
    """The column of the same row that is looked up, instead of the value itself."""
    match: str | None = None
    """The file's column, by its heading, that is compared; without it the first of two."""
    take: str | None = None
    """The file's column, by its heading, that the values come from; without it the second of two."""
    missing: Literal["null", "token", "any", "error"] = "token"
    """What becomes of a row without a line in the file: NULL, a keyed code, a keyed choice among all lines, or the end of the run."""
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
        headings = options.get("match"), options.get("take")
        if (headings[0] is None) != (headings[1] is None):
            raise ValueError("`match` and `take` name two columns of the file: give both or none")
        lines = read_lines(options["file"], found, *headings)
        if options.get("key") is None and len(lines.keys) != len(lines.targets):
            raise ValueError(f"the file {options['file']} names a value twice")
        return {**options, "sha256": found}

    def check(self, subject: Subject) -> Iterator[Problem]:
        yield from super().check(subject)
        targets = self._lines.targets
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

        if self.key is not None and subject.key:
            reason = f"it is part of a key, and equal values would differ with {self.key}."
            yield self.problem(subject, "mask-not-unique", reason, "Mask it with `pseudonym`.")

    def reads_columns(self, subject: Subject) -> tuple[str, ...]:
        return () if self.key is None else (self.key,)

    def mask_column(self, values: pa.Array, context: Context) -> pa.Array:
        if self.key is None:
            return by_distinct(values, lambda texts: self._replaced(texts, texts, context))
        known = context.given[self.key] if self.key in context.given else context.row[self.key]
        texts = values.cast(pa.string())
        return pc.if_else(texts.is_valid(), self._replaced(texts, _as_text(known), context), None).cast(values.type)

    @property
    def _lines(self) -> Lines:
        return read_lines(self.file, self.sha256, self.match, self.take)

    def _replaced(self, texts: pa.Array, keys: pa.Array, context: Context) -> pa.Array:
        """What the lines of these keys say; `texts` choose among the lines of one key."""
        lines, words = self._lines, context.key.cmac(texts)
        found = pc.index_in(keys, value_set=lines.keys, skip_nulls=True)
        place = found.fill_null(0).to_numpy(zero_copy_only=False)
        chosen = lines.starts[place] + to_range_of(words[:, 0], lines.starts[place + 1] - lines.starts[place])
        unknown = pc.and_(pc.is_null(found), pc.is_valid(texts))
        masked = pc.if_else(pc.is_null(found), None, lines.targets.take(pa.array(chosen)))
        if self.missing == "token":
            return pc.if_else(unknown, cut(code(words, LONGEST), context.subject.column.length), masked)
        if self.missing == "any":
            return pc.if_else(unknown, lines.targets.take(pa.array(to_range(words[:, 1], len(lines.targets)))), masked)
        if self.missing == "error" and pc.any(pc.and_(unknown, pc.not_equal(texts, ""))).as_py():
            raise MaskError(
                context.subject,
                "lookup-missing",
                f"a value is not in {self.file}.",
                'Add it, or say `missing = "token"`.',
            )
        return masked


def to_range_of(words: Words, sizes: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """A number below each size, from the upper half of each word."""
    return (words >> np.uint64(32)).astype(np.int64) * sizes >> 32


def _as_text(values: pa.Array) -> pa.Array:
    return uuid_text(values) if pa.types.is_fixed_size_binary(values.type) else values.cast(pa.string())


@dataclass(frozen=True, slots=True)
class Lines:
    """The file's lines, those of one key together."""

    keys: pa.Array
    starts: npt.NDArray[np.int64]
    """Where the lines of each key begin, and behind the last one their number."""
    targets: pa.Array


def _bytes(file: str) -> bytes:
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise ValueError(f"the file {file} cannot be read: {error.strerror}") from None


@cache
def read_lines(file: str, sha256: str, match: str | None = None, take: str | None = None) -> Lines:
    """The two columns of a file of this hash. Raises ValueError."""
    data = _bytes(file)
    if hashlib.sha256(data).hexdigest() != sha256:
        raise ValueError(f"the file {file} has changed since the plan was made")
    try:
        rows = [row for row in csv.reader(StringIO(data.decode("utf-8-sig"), newline="")) if row]
    except (UnicodeDecodeError, csv.Error):
        raise ValueError(f"the file {file} is no CSV in UTF-8") from None
    pairs = _two_columns(rows, file) if match is None or take is None else _named(rows, match, take, file)
    if not pairs:
        raise ValueError(f"the file {file} has no line")
    targets: dict[str, list[str]] = {}
    for key, target in pairs:
        targets.setdefault(key, []).append(target)
    starts = np.cumsum([0, *map(len, targets.values())], dtype=np.int64)
    return Lines(pa.array(list(targets), pa.string()), starts, pa.array(chain(*targets.values()), pa.string()))


def _two_columns(rows: list[list[str]], file: str) -> list[tuple[str, str]]:
    if any(len(row) != 2 for row in rows):
        raise ValueError(
            f"the file {file} needs two columns, from and to, in every line, or name two by `match` and `take`"
        )
    headed = bool(rows) and [cell.strip().lower() for cell in rows[0]] == ["from", "to"]
    return [(source, target) for source, target in rows[headed:]]


def _named(rows: list[list[str]], match: str, take: str, file: str) -> list[tuple[str, str]]:
    headings = [cell.strip() for cell in rows[0]] if rows else []
    for heading in (match, take):
        if headings.count(heading) != 1:
            raise ValueError(f"the first line of the file {file} does not name one column {heading!r}")
    if any(len(row) != len(headings) for row in rows):
        raise ValueError(f"the lines of the file {file} have different numbers of columns")
    first, second = headings.index(match), headings.index(take)
    return [(row[first], row[second]) for row in rows[1:]]
