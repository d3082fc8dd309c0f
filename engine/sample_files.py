"""Files of sampled rows, Parquet or CSV: one for each table, written batch by batch."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as csv
import pyarrow.parquet as parquet

from connectors.names import TableName


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
    # Bytes as hexadecimal digits: no kernel does it, and only columns of identifiers come here.
    return pa.array([None if value is None else value.hex() for value in column.to_pylist()], type_)
