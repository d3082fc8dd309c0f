"""PyMySQL with two doors more: a result as Arrow columns, and LOAD DATA LOCAL from memory. Never a row as Python objects.

PyMySQL makes a Python object of every cell, which costs three times the server's own client. The text protocol is cut here
with numpy instead: one pass finds the rows, then each column of all rows of a batch is found at once.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable
from contextlib import suppress
from typing import Any

import numpy as np
import pyarrow as pa
from pymysql import err
from pymysql.connections import Connection, MySQLResult
from pymysql.constants import COMMAND
from pymysql.converters import escape_string
from pymysql.protocol import OKPacketWrapper

PARAMETER = "\0"
"""Where a value goes in SQL text: no identifier and no expression of this database can hold a NUL, unlike `%s` or `?`."""

_BLOCK = 1 << 20
_PIECE = 1 << 17
_WHOLE = 0xFFFFFF
"""A packet of this size goes on in the next one."""
_END, _ERROR, _NULL = 0xFE, 0xFF, 0xFB
_INLINE = 12
"""Arrow's view arrays hold values up to this length in the view itself."""


class Wire(Connection):  # type: ignore[misc]
    """One connection. `select` and `run` are for small answers, `stream` and `load` for tables."""

    _streaming = False

    def connect(self, sock: Any = None) -> None:
        super().connect(sock)
        # Negotiated, then off: a server that asks for a local file out of turn gets an exception, never a file.
        self._local_infile = False

    def run(self, sql: str | bytes, *values: Any) -> int:
        """Execute one statement; the rows that it changed."""
        rows: int = self.query(bind(sql, values) if isinstance(sql, str) else sql)
        return rows

    def select(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """All rows of a small answer: text as str, binary strings as bytes, everything else as the server's text."""
        self.query(bind(sql, values))
        return list(self._result.rows or ())

    def value(self, sql: str, *values: Any) -> Any:
        """The first cell of the first row, or None."""
        rows = self.select(sql, *values)
        return rows[0][0] if rows else None

    def warnings(self) -> int:
        """Warnings of the last statement."""
        return int(self._result.warning_count)

    def stream(self, sql: str, batch_rows: int, batch_bytes: int) -> Generator[list[pa.Array], None, None]:
        """The answer as batches of Arrow binary columns, in bounded memory. Closing early reads the rest and drops it."""
        self._execute_command(COMMAND.COM_QUERY, sql)
        result = MySQLResult(self)
        result.init_unbuffered_query()
        result.unbuffered_active = False
        rows = _Rows(self)
        self._streaming = True
        try:
            while rows.fill(batch_rows, batch_bytes):
                block, starts = rows.take()
                yield _columns(block, starts, result.field_count)
        finally:
            while rows.fill(batch_rows, batch_bytes):
                rows.take()
            self._streaming = False

    def load(self, sql: str, pieces: Iterable[memoryview]) -> tuple[int, int]:
        """Run LOAD DATA LOCAL with these bytes as its file: the rows and the warnings that the server counted."""
        self._execute_command(COMMAND.COM_QUERY, sql)
        if not self._read_packet().is_load_local_packet():
            raise err.InterfaceError(0, "LOAD DATA LOCAL was answered with something else")
        try:
            for piece in pieces:
                for start in range(0, len(piece), _PIECE):
                    self.write_packet(piece[start : start + _PIECE])
        except BaseException:
            # The protocol must come to its end before a rollback; what the server thinks of half a file does not matter.
            with suppress(err.MySQLError):
                self.write_packet(b"")
                self._read_packet()
            raise
        self.write_packet(b"")
        answer = OKPacketWrapper(self._read_packet())
        self.server_status = answer.server_status
        return answer.affected_rows, answer.warning_count

    def _execute_command(self, command: int, sql: str | bytes) -> None:
        if self._streaming:
            raise err.InterfaceError(0, "the batches of the read before are not finished")
        super()._execute_command(command, sql)


def bind(sql: str, values: Iterable[Any]) -> str:
    """The statement with its values as literals."""
    literals = iter([literal(value) for value in values])
    return re.sub(PARAMETER, lambda _: next(literals), sql)


def literal(value: Any) -> str:
    """A value as SQL text, for a session without NO_BACKSLASH_ESCAPES."""
    if value is None:
        return "NULL"
    if isinstance(value, bytes):
        return f"x'{value.hex()}'"
    return f"'{escape_string(value)}'" if isinstance(value, str) else str(value)


class _Rows:
    """The rows of one answer as they come from the socket: packets found, their content not yet looked at."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._data = bytearray()
        self._at = 0
        self._starts: list[int] = []
        self._ended = False

    def fill(self, rows: int, size: int) -> bool:
        """Read until so many rows or bytes are here, or the answer ends. False when there is nothing more."""
        while not self._ended and len(self._starts) < rows and self._at < size:
            if not self._scan(rows, size):
                self._data += self._receive()
        return bool(self._starts)

    def take(self) -> tuple[bytes, np.ndarray]:
        """The rows found so far: their bytes, and where each one begins."""
        block = bytes(memoryview(self._data)[: self._at])
        starts = np.array(self._starts, dtype=np.int64)
        del self._data[: self._at]
        self._at, self._starts = 0, []
        return block, starts

    def _scan(self, rows: int, size: int) -> bool:
        """Step over the whole packets at hand; False when more bytes are needed. Each one's length tells where the next
        begins, so this loop over rows cannot be an array operation."""
        data, at, starts, have = self._data, self._at, self._starts, len(self._data)
        while at + 4 < have and len(starts) < rows and at < size:
            length = data[at] | data[at + 1] << 8 | data[at + 2] << 16
            end = at + 4 + length
            if length == _WHOLE:
                end = self._join(at)
            if end > have or not end:
                self._at = at
                return False
            have = len(data)
            if data[at + 4] >= _END and self._final(at + 4, length):
                break
            starts.append(at + 4)
            at = end
        self._at = at
        return self._ended or len(starts) >= rows or at >= size

    def _final(self, at: int, length: int) -> bool:
        """Is this packet the end of the answer? Raises the server's error."""
        if self._data[at] == _ERROR:
            self._ended = True
            err.raise_mysql_exception(bytes(self._data[at : at + length]))
        self._ended = length < 9
        return self._ended

    def _join(self, at: int) -> int:
        """Make one packet of a row that goes on in the next ones: where it ends, or 0 while it is not all here."""
        data, ends, length = self._data, [at + 4 + _WHOLE], _WHOLE
        while length == _WHOLE:
            header = ends[-1]
            if header + 4 > len(data):
                return 0
            length = int.from_bytes(data[header : header + 3], "little")
            ends.append(header + 4 + length)
        if ends[-1] > len(data):
            return 0
        for header in reversed(ends[:-1]):
            del data[header : header + 4]
        return ends[-1] - 4 * (len(ends) - 1)

    def _receive(self) -> bytes:
        try:
            received: bytes = self._wire._rfile.read1(_BLOCK)
        except OSError:
            received = b""
        if not received:
            self._ended = True
            self._wire._force_close()
            raise err.OperationalError(2013, "Lost connection to the server during a query")
        return received


def _columns(block: bytes, starts: np.ndarray, width: int) -> list[pa.Array]:
    """Each column of these rows, cut from the text protocol: a length, then so many bytes; 0xFB alone is NULL."""
    data = np.frombuffer(block + b"\0" * 16, dtype=np.uint8)
    buffer = pa.py_buffer(block)
    columns = []
    at = starts
    for _ in range(width):
        first = data[at]
        length = first.astype(np.int64)
        at = at + 1
        for code, size in ((0xFC, 2), (0xFD, 3), (0xFE, 8)):
            wide = np.flatnonzero(first == code)
            if wide.size:
                length[wide] = sum(data[at[wide] + place].astype(np.int64) << 8 * place for place in range(size))
                at[wide] += size
        null = first == _NULL
        length[null] = 0
        columns.append(_slices(buffer, data, at, length, null))
        at = at + length
    return columns


def _slices(buffer: pa.Buffer, data: np.ndarray, at: np.ndarray, length: np.ndarray, null: np.ndarray) -> pa.Array:
    """The binary array of these slices of the buffer, copied together by Arrow and not by us."""
    views = np.zeros((len(at), 16), dtype=np.uint8)
    views[:, :4] = length.astype("<i4").view(np.uint8).reshape(-1, 4)
    head = np.lib.stride_tricks.sliding_window_view(data, _INLINE)[at]
    head[np.arange(_INLINE) >= length[:, None]] = 0
    views[:, 4:] = head
    long = np.flatnonzero(length > _INLINE)
    views[long, 8:12] = 0
    views[long, 12:] = at[long].astype("<i4").view(np.uint8).reshape(-1, 4)
    valid = pa.py_buffer(np.packbits(~null, bitorder="little")) if null.any() else None
    array = pa.Array.from_buffers(pa.binary_view(), len(at), [valid, pa.py_buffer(views), buffer])
    return array.cast(pa.binary())
