"""An external command at work: batches go in and come out as Arrow IPC streams, within limits, and no message tells of them."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import weakref
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from threading import Event, Lock, Thread, Timer

import pyarrow as pa

PROBE = "--probe"
# Not imported: it needs modules that only POSIX has.
LAUNCHER = [sys.executable, "-I", "-S", str(Path(__file__).with_name("external_launch.py"))]
KEY = b"lookalike.key"
"""The schema's metadata that holds 32 bytes of the domain's key, in hexadecimal digits, so that the command can be keyed."""


class Broken(Exception):
    """Why a batch did not come back as it must, without a word of what was in it."""


@cache
def isolated() -> bool:
    """Can a command be kept from the network here?"""
    return subprocess.run([*LAUNCHER, PROBE], check=False, capture_output=True).returncode == 0


@dataclass(frozen=True)
class Limits:
    seconds: float
    """For one batch."""
    memory: int
    """Bytes of address space."""
    cpu: int
    """Seconds of CPU time for all batches."""


class Process:
    """One command that masks one column, batch after batch."""

    def __init__(
        self, program: bytes, arguments: tuple[str, ...], limits: Limits, type_: pa.DataType, key: bytes
    ) -> None:
        self.limits = limits
        self._schema = pa.schema([pa.field("value", type_)], {KEY: key.hex().encode()})
        folder = Path(tempfile.mkdtemp(prefix="lookalike-external-"))
        copy = folder / "command"
        # A copy of the very bytes that were compared: the file may be exchanged in the meantime.
        copy.write_bytes(program)
        copy.chmod(0o500)
        # What it writes to stderr may hold values, so nobody reads it.
        self._process = subprocess.Popen(
            [*LAUNCHER, str(limits.memory), str(limits.cpu), str(copy), *arguments],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=folder, env={},
            start_new_session=True,
        )  # fmt: skip
        self._end = weakref.finalize(self, _end, self._process, folder)
        self._writer: pa.RecordBatchStreamWriter | None = None
        self._reader: pa.RecordBatchStreamReader | None = None

    def mask(self, values: pa.Array) -> pa.Array:
        """The values as the command gives them back. Raises Broken, and then the process is no more."""
        too_late = Event()
        late = Timer(self.limits.seconds, _stop, [self._process, too_late])
        sender = Thread(target=self._send, args=[values], daemon=True)
        late.start()
        sender.start()
        try:
            found = self._received()
            sender.join()
            if len(found) != len(values) or found.type != values.type:
                raise Broken(
                    f"gave back {len(found):,} values of type {found.type} for {len(values):,} of {values.type}"
                )
            found.validate(full=True)
        except Broken:
            self._end()
            raise
        except (pa.ArrowException, OSError, EOFError, StopIteration, MemoryError, AttributeError):
            ended = "did not answer in time" if too_late.is_set() else "ended, or did not answer in Arrow IPC"
            self._end()
            raise Broken(ended) from None
        finally:
            late.cancel()
        return found

    def _send(self, values: pa.Array) -> None:
        """Runs beside the reading: a command may answer before it has read all."""
        try:
            if self._writer is None:
                self._writer = pa.ipc.new_stream(self._process.stdin, self._schema)
            self._writer.write_batch(pa.record_batch([values], schema=self._schema))
            if self._process.stdin is not None:
                self._process.stdin.flush()
        except (OSError, ValueError, pa.ArrowException):
            return  # the reading side sees that the command is gone

    def _received(self) -> pa.Array:
        if self._reader is None:
            self._reader = pa.ipc.open_stream(self._process.stdout)
        batch = self._reader.read_next_batch()
        if batch.num_columns != 1:
            raise Broken(f"gave back {batch.num_columns} columns for one")
        return batch.column(0)


def _stop(process: subprocess.Popen[bytes], too_late: Event) -> None:
    too_late.set()
    _kill(process)


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End the command and all that it started."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)


def _end(process: subprocess.Popen[bytes], folder: Path) -> None:
    _kill(process)
    process.wait()
    for pipe in (process.stdin, process.stdout):
        try:
            pipe.close() if pipe is not None else None
        except OSError:
            continue  # what was not sent yet has nobody to go to
    shutil.rmtree(folder, ignore_errors=True)


@dataclass
class Processes:
    """The commands at work for one rule of a plan: one for each column that it masks, ended with the plan."""

    lock: Lock = field(default_factory=Lock, compare=False)
    running: dict[str, Process] = field(default_factory=dict, compare=False)

    def __reduce__(self) -> tuple[type[Processes], tuple[()]]:
        """A copy of the plan starts commands of its own."""
        return Processes, ()
