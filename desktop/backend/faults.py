"""Any exception of the engine as a Fault: the sentences of a person's mistakes, a crash report without data for ours."""

from __future__ import annotations

from dataclasses import replace

from connectors.errors import ConnectError, DatabaseError, Lost
from desktop.faults import Fault, Why
from engine.commands.status import Status, status_of
from engine.crash import crash_report
from engine.jobs.control import Cancelled
from engine.printing import plural
from engine.problems import PlanError
from engine.vault import VaultError, VaultLocked


def fault_of(error: BaseException, *, locked: bool) -> Fault:
    """`locked`: there is no open vault, so that a VaultError asks for a passphrase."""
    fault = _fault(error, locked=locked)
    # A plain number: unpickling a Status would load half of the engine into the window, for seconds.
    return replace(fault, status=int(fault.status))


def _fault(error: BaseException, *, locked: bool) -> Fault:
    status = status_of(error)
    if isinstance(error, Cancelled):
        return Fault("Cancelled.", Why.CANCELLED, status=Status.CANCELLED)
    if isinstance(error, PlanError) and error.problems:
        first = error.problems[0]
        return Fault(_said(error), Why.PERSON, _text(first.table), first.column, first.line, Status.PLAN)
    if status is None:
        if isinstance(error, OSError):
            return Fault(
                f"{error.filename or 'A file'}: {error.strerror or type(error).__name__}.", status=Status.FAILED
            )
        return Fault(crash_report(error), Why.OURS)
    if isinstance(error, VaultLocked):
        # The command line's sentence names its options.
        return Fault(
            "The vault with keys and passwords is locked: unlock it with its passphrase.", Why.LOCKED, status=status
        )
    if isinstance(error, VaultError):
        return Fault(_sentence(error), Why.LOCKED if locked else Why.PERSON, status=status)
    why = Why.LOST if isinstance(error, Lost | ConnectError) else Why.PERSON
    table, column = (error.table, error.column) if isinstance(error, DatabaseError) else (None, None)
    return Fault(_sentence(error), why, _text(table), column, status=status)


def _said(error: PlanError) -> str:
    """The first problem as a person reads it, without its code; and how many there are beside it."""
    first, others = error.problems[0], len(error.problems) - 1
    place = f"Line {first.line}: " if first.line is not None else f"{first.place}: " if first.place else ""
    more = f" And {plural(others, 'more problem', 'more problems')}." if others else ""
    return f"{place}{first.reason} {first.remedy}".rstrip() + more


def _sentence(error: BaseException) -> str:
    text = str(error) or type(error).__name__
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _text(table: object) -> str | None:
    return str(table) if table is not None else None
