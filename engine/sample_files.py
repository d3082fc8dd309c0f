"""Files of sampled rows, Parquet or CSV: one for each table, written batch by batch."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as csv
import pyarrow.parquet as parquet

from connectors.names import TableName

_DIGITS = np.frombuffer(b"0123456789abcdef", np.uint8)


class FileKind(StrEnum):
    PARQUET = "parquet"
    CSV = "csv"


def file_writer(folder: Path, table: TableName, schema: pa.Schema, kind: FileKind) -> Any:
    """A file for one table, to be written by batches and closed."""
    path = folder / f"{str(table).replace('/', '_')}.{kind}"
    shape = _shape(schema, kind)
    return csv.CSVWriter(path, shape) if kind is FileKind.CSV else parquet.ParquetWriter(path, shape)


def _shape(schema: pa.Schema, kind: FileKind) -> pa.Schema:
    # Neither kind of file has a use for the metadata of carriers; CSV knows no durations and no bytes.
    fields = [pa.field(field.name, _type(field.type, kind)) for field in schema]
    return pa.schema(fields)


def _type(type_: pa.DataType, kind: FileKind) -> pa.DataType:
    odd = pa.types.is_duration(type_) or pa.types.is_fixed_size_binary(type_) or pa.types.is_binary(type_)
    if kind is FileKind.CSV and odd:
        return pa.int64() if pa.types.is_duration(type_) else pa.string()
    return type_


def as_stored(batch: pa.RecordBatch, kind: FileKind) -> pa.RecordBatch:
    """The batch in types that such a file holds."""
    shape = _shape(batch.schema, kind)
    arrays = [
        column if column.type == field.type else _spelt(column, field.type)
        for column, field in zip(batch.columns, shape, strict=True)
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=shape)


def _spelt(column: pa.Array, type_: pa.DataType) -> pa.Array:
    if pa.types.is_duration(column.type):
        return column.cast(type_)
    return _hexadecimal(column.cast(pa.binary()))


def _hexadecimal(column: pa.Array) -> pa.Array:
    """Bytes as two digits each, which no kernel of Arrow writes."""
    _, ends, content = column.buffers()
    places = np.frombuffer(ends, np.int32)[column.offset : column.offset + len(column) + 1]
    octets = np.frombuffer(content, np.uint8)[places[0] : places[-1]] if content is not None else np.zeros(0, np.uint8)
    digits = _DIGITS[np.stack([octets >> 4, octets & 15], axis=1)]
    offsets = pa.array((places - places[0]) * 2, pa.int32())
    texts = pa.StringArray.from_buffers(len(column), offsets.buffers()[1], pa.py_buffer(digits.tobytes()))
    return pc.if_else(column.is_valid(), texts, pa.scalar(None, pa.string()))
