"""Some rows of a table, spread over it, and what could not be read of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from connectors.arrow import DATES, TIMESTAMPS
from connectors.database import Snapshot
from connectors.errors import DatabaseError, Lost
from connectors.sampling import DOCUMENT, Coverage, coverage_of, rows_of, unfit_of
from connectors.schema import Column, Kind, Schema, Table
from engine.masking.array_text import element_column, is_element, pieces, plain
from engine.masking.image_headers import read_header
from engine.profiling.facts import LONGEST, Sample
from engine.profiling.finding import NotExamined

_DENIED = frozenset({"42501", "1142", "1143", "1044", "229", "230", "942", "1031", "SQLITE_AUTH", "SQLITE_PERM"})
"""Codes by which databases say that a login lacks the right (Oracle's 942: so that it does not even say what is there)."""
_DOCUMENTS = (Kind.JSON, Kind.XML)
_REPLACED = "\N{REPLACEMENT CHARACTER}"
_MISCODED = frozenset({"22021", "22P05"})
_HEADS = 20
"""Values that are looked at for what sort of file they are."""
_CONTROL = r"[\x00-\x08\x0e-\x1f\x7f]"


@dataclass(frozen=True)
class TableSample:
    columns: Mapping[str, Sample] = field(default_factory=dict)
    """Of every column that could be read: the same rows in each."""
    not_examined: tuple[NotExamined, ...] = ()
    size: int = 0
    """Rows of the whole table, as near as its catalog knows."""


def sample_table(snapshot: Snapshot, table: Table, rows: int) -> TableSample:
    """At most about `rows` rows of every stored column. Raises Lost."""
    asked = [column.name for column in table.stored]
    refused: dict[str, DatabaseError] = {}
    try:
        read = _read(snapshot, table, asked, rows)
    except Lost:
        raise
    except DatabaseError as error:
        refused = _refused(snapshot, table, asked, rows, error)
        asked = [name for name in asked if name not in refused]
        read = _read(snapshot, table, asked, rows) if asked else None
    columns = {name: _sample(read, table.column(name)) for name in asked} if read is not None else {}
    missed = (*_unread(table, refused, asked), *_missed(table, read, asked, columns))
    return TableSample(columns, missed, _size(table, read))


def _size(table: Table, read: pa.RecordBatch | None) -> int:
    if read is None or coverage_of(read.schema) is Coverage.WHOLE:
        return 0 if read is None else int(read.num_rows)
    known = max(rows_of(read.schema) or 0, table.estimated_rows or 0)
    # Of a table that nobody has counted it is only known that it has more.
    return int(max(known or 10 * read.num_rows, read.num_rows + 1))


def unusable_views(snapshot: Snapshot, schema: Schema) -> tuple[NotExamined, ...]:
    """Views that the database cannot answer from. Of the others the definitions are looked at: no row of a view is copied."""
    codes = ((view.name, snapshot.unusable(view.name)) for view in schema.views)
    words = "the database cannot answer from this view (it says {})"
    return tuple(NotExamined(name, None, "view", words.format(code)) for name, code in codes if code is not None)


def _read(snapshot: Snapshot, table: Table, columns: Sequence[str], rows: int) -> pa.RecordBatch | None:
    """The rows; None where there is none. One character more than is looked at, so that it shows what is cut."""
    batches = list(snapshot.sample(table.name, columns, rows, LONGEST + 1)) if columns else []
    return (
        next(iter(batches), None)
        if len(batches) < 2
        else pa.Table.from_batches(batches).combine_chunks().to_batches()[0]
    )


def _refused(
    snapshot: Snapshot, table: Table, columns: Sequence[str], rows: int, error: DatabaseError
) -> dict[str, DatabaseError]:
    """The columns that keep a table from being read, each with the reason: halves are read, and halves of those that fail."""
    if len(columns) == 1:
        return {columns[0]: error}
    refused: dict[str, DatabaseError] = {}
    middle = len(columns) // 2
    for half in (columns[:middle], columns[middle:]):
        try:
            _read(snapshot, table, half, rows)
        except Lost:
            raise
        except DatabaseError as found:
            refused |= _refused(snapshot, table, half, rows, found)
    return refused


def _sample(read: pa.RecordBatch, column: Column) -> Sample:
    values, most = _calendar(read.column(column.name)), _most(column)
    whole = coverage_of(read.schema) is Coverage.WHOLE
    if pa.types.is_string(values.type):
        present = len(values) - values.null_count
        spelt = unfit_of([read.schema.field(column.name)]) * 2 > present
        cut = _above(pc.utf8_length(values), most)
        if column.kind is Kind.ARRAY and column.element and element_column(column).kind is Kind.TEXT:
            elements = _elements(values)
            values, spelt = (values, False) if elements is None else (elements, True)
        return Sample(pc.utf8_slice_codeunits(values, 0, most), whole, cut, spelt)
    if pa.types.is_binary(values.type):
        shown = _legible(pc.binary_slice(values, 0, most))
        return Sample(shown, whole, _above(pc.binary_length(values), most), pa.types.is_string(shown.type))
    return Sample(values, whole)


def _elements(arrays: pa.Array) -> pa.Array | None:
    """What stands in arrays of texts, at most as many as there are arrays; None where nothing does."""
    texts = pc.unique(arrays.drop_null()).to_pylist()
    # A text of an array is cut by a grammar of quotes; these are the few of a sample.
    found = [plain(piece) for text in texts for piece in pieces(text)[1] if is_element(piece)]
    return pa.array(found[: len(arrays)], pa.string()) if found else None


def _most(column: Column) -> int:
    return LONGEST * (DOCUMENT if column.kind in _DOCUMENTS else 1)


def _above(lengths: pa.Array, most: int) -> int:
    return int(pc.sum(pc.greater(lengths, most)).as_py() or 0)


def _calendar(values: pa.Array) -> pa.Array:
    """Without the special values of dates (infinity, 0000-00-00): they say nothing, and no function of Arrow's takes them."""
    if pa.types.is_date32(values.type):
        numbers, (least, greatest) = values.view(pa.int32()), DATES
    elif pa.types.is_timestamp(values.type):
        numbers, (least, greatest) = values.view(pa.int64()), TIMESTAMPS
    else:
        return values
    known = pc.and_(pc.greater_equal(numbers, least), pc.less_equal(numbers, greatest))
    return pc.if_else(known, values, pa.scalar(None, values.type))


def _legible(values: pa.Array) -> pa.Array:
    """Bytes that are texts as texts; any others as they are."""
    try:
        shown = values.cast(pa.string())
    except pa.ArrowInvalid:
        return values
    return values if _any(pc.match_substring_regex(shown, _CONTROL)) or not _any(shown.is_valid()) else shown


def _any(booleans: pa.Array) -> bool:
    return bool(pc.any(booleans).as_py())


def _unread(table: Table, refused: Mapping[str, DatabaseError], read: Sequence[str]) -> Iterator[NotExamined]:
    """What the database refused: the table in one sentence where nothing of it can be read for one reason."""
    reasons = {name: _reason(error) for name, error in refused.items()}
    if not read and len(set(reasons.values())) == 1:
        code, words = next(iter(reasons.values()))
        yield NotExamined(table.name, None, code, words, blocking=True)
        return
    for name, (code, words) in reasons.items():
        yield NotExamined(table.name, name, code, words, blocking=True)


def _reason(error: DatabaseError) -> tuple[str, str]:
    if error.code in _DENIED:
        return "no-permission", "this login may not read it"
    if error.code in _MISCODED:
        return "encoding", "the database holds texts there that are not in its encoding, and gives none of them"
    told = f" (it says {error.code})" if error.code else ""
    return "unreadable", f"the database could not read it{told}"


def _missed(
    table: Table, read: pa.RecordBatch | None, asked: Sequence[str], samples: Mapping[str, Sample]
) -> Iterator[NotExamined]:
    """What was read and tells nothing, or not all."""
    if read is None:
        if asked:
            yield NotExamined(table.name, None, "empty", "it has no rows")
        return
    if coverage_of(read.schema) is Coverage.START:
        yield NotExamined(table.name, None, "start", f"only its first {read.num_rows} rows: no key leads to others")
    for name, sample in samples.items():
        column = table.column(name)
        for code, words, blocking in _of_column(table, column, sample, unfit_of([read.schema.field(name)])):
            yield NotExamined(table.name, name, code, words, blocking)


def _of_column(table: Table, column: Column, sample: Sample, unfit: int) -> Iterator[tuple[str, str, bool]]:
    """Code, reason, and whether somebody must decide."""
    present = sample.rows - sample.values.null_count + (0 if pa.types.is_string(sample.values.type) else unfit)
    if not present:
        rows = "none of its rows" if sample.whole else f"none of {sample.rows} rows"
        yield "all-null", f"{rows} has a value", not sample.whole
    if unfit:
        seen = "they were read as texts" if pa.types.is_string(sample.values.type) else "they were left out"
        yield "type", f"{unfit} of {present} values are not of its type {column.native}: {seen}", False
    if pa.types.is_binary(sample.values.type) and present:
        yield from _of_bytes(table, column, sample)
    elif sample.cut:
        yield (
            "cut",
            f"{sample.cut} of {present} values are longer than the {_most(column)} characters that were read",
            False,
        )
    if pa.types.is_string(sample.values.type):
        if damaged := int(pc.sum(pc.match_substring(sample.values, _REPLACED)).as_py() or 0):
            yield "encoding", f"{damaged} of {present} texts hold what is no character of their encoding", False
        if column.kind is Kind.OTHER and column.fields:
            yield "type", f"values of {column.native} were read as one text each", False


def _of_bytes(table: Table, column: Column, sample: Sample) -> Iterator[tuple[str, str, bool]]:
    heads = sample.distinct.slice(0, _HEADS).to_pylist()
    if all(read_header(head) is not None for head in heads):
        yield "binary", "its values are pictures, and what they show was not looked at", False
    elif column.name not in table.primary_key and not any(column.name in key.columns for key in table.foreign_keys):
        yield "binary", "its values are bytes that are no text and no picture", True
