"""Values masked by a command of your own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import ClassVar

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field, PrivateAttr, field_validator

from connectors.schema import Kind
from engine.masking.base import Context, Masker, MaskError, Properties, Subject
from engine.masking.external_allow import NotAllowed, allowed_program
from engine.masking.external_process import Broken, Limits, Process, Processes, isolated
from engine.problems import Problem, Severity


class External(Masker):
    """Each batch by a command: an Arrow IPC stream of one column `value` on its standard input, another on its standard output with a
    batch for each, of as many values, of the same type, NULL where it was NULL.

    Off, until a file that no plan can write (the site-wide `external.toml`, or where LOOKALIKE_EXTERNAL points) allows the command
    by path and SHA-256: a guard against plans from elsewhere, not against whoever runs them. It runs as a process of its own for
    each column, with an empty environment and folder, no open files of ours, not a byte to write into files, limits of time and
    memory, and no network where the system allows that without root; it may read what you may read. What it hides is its own
    affair: nothing here proves it. 32 bytes of the domain's key are in the schema's metadata under `lookalike.key`, for commands
    that mask by a key.
    """

    name = "external"
    title = "By a command of your own (off by default)"
    kinds = frozenset(Kind)
    properties = Properties(deterministic=False, keyed=False, overlap="kept")
    EXAMPLES: ClassVar[tuple[dict[str, object], ...]] = ({"command": "/opt/example/mask"},)

    command: str
    """The command's absolute path."""
    arguments: tuple[str, ...] = ()
    """What it is called with."""
    timeout: float = Field(default=60, gt=0, le=3600)
    """Seconds that a batch may take."""
    memory: int = Field(default=4096, ge=64)
    """Megabytes of address space that it may take."""
    cpu: int = Field(default=3600, ge=1)
    """Seconds of CPU time that it may take for a column."""

    _processes: Processes = PrivateAttr(default_factory=Processes)

    @field_validator("command")
    @classmethod
    def _absolute(cls, command: str) -> str:
        if not os.path.isabs(command):
            raise ValueError("a command is named by its absolute path")
        return command

    def check(self, subject: Subject) -> Iterator[Problem]:
        yield from super().check(subject)
        if os.name != "posix":
            reason = "external commands cannot be held in limits on this system."
            yield self.problem(subject, "external-system", reason, "Run the plan on Linux or macOS.")
            return
        try:
            allowed_program(self.command)
        except NotAllowed as error:
            yield self.problem(subject, error.code, error.reason, error.remedy)
            return
        if not isolated():
            reason = f"{self.command} cannot be kept from the network here: it is not isolated."
            remedy = "Allow unprivileged user namespaces, or accept this warning."
            yield self.problem(subject, "external-network", reason, remedy, Severity.WARNING)
        if subject.unique or subject.key:
            reason = "the column is unique or a key, and nothing is known of what the command does."
            yield self.problem(subject, "mask-not-unique", reason, "Mask it with `pseudonym`.")

    def mask_column(self, values: pa.Array, context: Context) -> pa.Array:
        try:
            masked = self._masked(values, context)
            if not masked.is_null().equals(values.is_null()):
                raise Broken("gave back NULLs at other places")
            limit = context.subject.column.length
            if limit is not None and pa.types.is_string(masked.type) and _longest(masked) > limit:
                raise Broken(f"gave back a text of more than {limit} characters")
        except Broken as error:
            reason, remedy = f"the command {self.command} {error}.", "Mend it, or choose another mask."
            raise MaskError(context.subject, "external-broken", reason, remedy) from None
        except NotAllowed as error:
            raise MaskError(context.subject, error.code, error.reason, error.remedy) from None
        return masked

    def _masked(self, values: pa.Array, context: Context) -> pa.Array:
        name = f"{context.subject.table}.{context.subject.column.name}"
        with self._processes.lock:
            process = self._processes.running.pop(name, None) or self._started(values.type, context)
            masked = process.mask(values)
            self._processes.running[name] = process
        return masked

    def _started(self, type_: pa.DataType, context: Context) -> Process:
        limits = Limits(self.timeout, self.memory << 20, self.cpu)
        return Process(allowed_program(self.command), self.arguments, limits, type_, context.key.secret("external"))


def _longest(texts: pa.Array) -> int:
    longest: int | None = pc.max(pc.utf8_length(texts)).as_py()
    return longest or 0
