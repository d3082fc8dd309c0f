"""What the ledger remembers of a job: events whose fields are counts, names and our own sentences, never a cell value."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any


class JobState(StrEnum):
    RUNNING = "running"
    PAUSED = "paused"
    COMPLETE = "complete"
    FAILED = "failed"
    CANCELLED = "cancelled"
    LOST = "lost"
    """The process is gone and nobody wrote an end: killed, or the machine went down."""

    @property
    def alive(self) -> bool:
        return self in (JobState.RUNNING, JobState.PAUSED)


class Request(StrEnum):
    """What a person may ask of a running job."""

    CANCEL = "cancel"
    PAUSE = "pause"
    RESUME = "resume"


@dataclass(frozen=True, slots=True)
class Event:
    kind: str
    """`started`, `phase`, `table`, `done` (with a table), `paused`, `resumed`, `failed`, `cancelled`, `complete`."""
    at: str
    """ISO 8601, UTC."""
    phase: str | None = None
    table: str | None = None
    rows: int | None = None
    sentence: str | None = None
    """One of our own sentences; a driver's text never comes here."""

    def to_json(self) -> str:
        return json.dumps({name: value for name, value in asdict(self).items() if value is not None}, sort_keys=True)


def event_from_json(text: str) -> Event:
    fields: dict[str, Any] = json.loads(text)
    return Event(**fields)


def now() -> str:
    """The moment, as every ledger writes it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")
