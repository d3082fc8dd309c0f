"""What a run and the keeper of its snapshot say to each other: where the keeper is found, questions, answers, errors.

Both ends are our own processes of one user: the socket lies in a folder that only this user may enter, and each side proves that it
knows a key of this run before anything is unpickled. Batches go as Arrow IPC messages; nothing of them is ever written to a file.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pyarrow as pa

from connectors import errors
from connectors.errors import DatabaseError, ReadError

FAMILY = "AF_UNIX"
FILE = "keeper.json"
ATTACH, DISMISS, READER, STOP = "attach", "dismiss", "reader", "stop"
VALUE, SCHEMA, BATCH, END, ERROR = "value", "schema", "batch", "end", "error"


@dataclass(frozen=True, slots=True)
class Order:
    """What a new keeper is told, on its standard input: the address may hold a password."""

    url: str
    folder: str
    """Of the run: there the keeper says where it is found."""
    minutes: float
    """How long it waits without a run."""
    readers: int
    """How many readers the run would use."""

    def __repr__(self) -> str:
        return f"Order({self.folder!r})"


@dataclass(frozen=True, slots=True)
class Door:
    """Where a keeper is found, in a file of the run's folder that only its owner may read."""

    address: str
    key: str
    pid: int
    minutes: float
    token: str | None
    """Of the moment, where readers of its own may share it: the keeper then serves no rows."""
    readers: int
    """How many readers it serves, where there is no token."""

    def __repr__(self) -> str:
        return f"Door({self.pid})"

    def dumps(self) -> bytes:
        return json.dumps(asdict(self)).encode()


def door(folder: Path) -> Door | None:
    """Where the keeper of this run says that it is; None where none is, or none any more."""
    try:
        return Door(**json.loads((folder / FILE).read_bytes()))
    except FileNotFoundError:
        return None


def send_batches(link: Connection, batches: Iterator[pa.RecordBatch]) -> None:
    """Send batches until their end, or until the other side asks to stop. A schema goes ahead of the first batch that has it."""
    schema = None
    for batch in batches:
        if batch.schema is not schema and not (schema is not None and batch.schema.equals(schema, check_metadata=True)):
            link.send(SCHEMA)
            link.send_bytes(batch.schema.serialize())
        schema = batch.schema
        link.send(BATCH)
        link.send_bytes(batch.serialize())
        if link.poll() and link.recv()[0] == STOP:
            break
    link.send(END)


def received(link: Connection) -> Iterator[pa.RecordBatch]:
    """The batches that the other side sends. Whoever stops early has it told so, and what is on its way is dropped."""
    schema, ended = None, False
    try:
        while (kind := answered(link)) != END:
            content = pa.py_buffer(link.recv_bytes())
            if kind == SCHEMA:
                schema = pa.ipc.read_schema(content)
            else:
                yield pa.ipc.read_record_batch(content, schema)
        ended = True
    except DatabaseError:
        ended = True
        raise
    finally:
        if not ended:
            _stop(link)


def _stop(link: Connection) -> None:
    try:
        link.send((STOP,))
        while (kind := link.recv()) in (SCHEMA, BATCH):
            link.recv_bytes()
        assert kind == END or kind[0] == ERROR
    except (OSError, EOFError):
        link.close()


def answered(link: Connection) -> Any:
    """The next word of the other side. Raises the error that it met."""
    answer = link.recv()
    if isinstance(answer, tuple) and answer[0] == ERROR:
        raise unpacked(answer[1])
    return answer


def packed(error: DatabaseError) -> dict[str, Any]:
    """An error of ours as plain fields: a sentence and names, as they are everywhere."""
    fields = {"table": error.table, "column": error.column, "constraint": error.constraint, "code": error.code}
    return {"kind": type(error).__name__, "message": str(error), "fields": fields}


def unpacked(error: dict[str, Any]) -> DatabaseError:
    kind = getattr(errors, error["kind"], ReadError)
    found: DatabaseError = kind(error["message"], **error["fields"])
    return found
