"""Sampled rows as files: what a kind of file cannot hold is spelt."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.csv as csv
import pytest

from connectors.names import TableName
from engine.sample_files import FileKind, as_stored, file_writer

VALUES = [b"\x00\xff\x10", None, b"", b"abc", b"\x7f"]


@pytest.mark.parametrize("start", [0, 1, 2])
def test_bytes_in_csv_are_hexadecimal_digits_and_null_stays_null(tmp_path: Path, start: int) -> None:
    batch = pa.record_batch({"n": pa.array(range(5)), "raw": pa.array(VALUES, pa.binary())}).slice(start)
    with file_writer(tmp_path, TableName("t"), batch.schema, FileKind.CSV) as writer:
        writer.write_batch(as_stored(batch, FileKind.CSV))
    options = csv.ConvertOptions(
        column_types={"raw": pa.string()}, strings_can_be_null=True, quoted_strings_can_be_null=False
    )
    read = csv.read_csv(tmp_path / "t.csv", convert_options=options)
    assert read["raw"].to_pylist() == [None if value is None else value.hex() for value in VALUES[start:]]


def test_a_key_of_sixteen_bytes_is_spelt_whole() -> None:
    keys = pa.array([bytes(range(16)), None], pa.binary(16))
    stored = as_stored(pa.record_batch({"id": keys}), FileKind.CSV)
    assert stored["id"].to_pylist() == [bytes(range(16)).hex(), None]
