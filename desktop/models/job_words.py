"""Jobs in words: what a state, a phase or an event is called, with its tone. English; pages put it through `tr`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from desktop.models.jobs import JobView, LogEntry, TableView
from desktop.theme.tokens import Tone

KIND_WORDS = {"clone": "Run", "assess": "Assessment", "train": "Training", "verify": "Verification"}
STATE_WORDS = {
    "running": "Running",
    "paused": "Paused",
    "complete": "Complete",
    "failed": "Failed",
    "cancelled": "Cancelled",
    "lost": "Interrupted",
}
STATE_TONES = {
    "running": Tone.ACCENT,
    "paused": Tone.CAUTION,
    "complete": Tone.GOOD,
    "failed": Tone.BAD,
    "cancelled": Tone.PLAIN,
    "lost": Tone.CAUTION,
}
PHASE_WORDS = {
    "check": "Checking the plan against both databases",
    "prepare": "Preparing the tables",
    "select": "Selecting rows",
    "sizes": "Measuring what masks add to rows",
    "read entities": "Reading what is learned from",
    "domains": "Measuring what values there are",
    "learn": "Learning",
    "load": "Masking and loading rows",
    "synthesise": "Making synthetic rows",
    "finish": "Building keys and indexes",
    "clean up": "Clearing the target",
    "done": "Done",
    "measure": "Measuring the source",
    "verify": "Counting the target again",
    "residual": "Looking for values that stayed",
    "read": "Reading people of both sides",
    "assess": "Attacking and measuring",
    "report": "Writing the evidence",
}
ACTIVE_WORDS = {
    "load": "Loading",
    "prepare": "Reading",
    "synthesise": "Making",
    "verify": "Counting",
    "read": "Reading",
    "select": "Selecting",
    "sizes": "Measuring",
    "measure": "Measuring",
}
"""Of a table that is in hand, by the phase."""
STANDS_TONES = {"waiting": Tone.PLAIN, "active": Tone.ACCENT, "done": Tone.GOOD}
OUTCOME_WORDS = {
    "pass": "Pass",
    "fault": "Fault found",
    "unchecked": "Not all answered",
    "fail": "Fail",
    "not measured": "Not measured",
    "no policy": "Measured, no policy",
}
OUTCOME_TONES = {
    "pass": Tone.GOOD,
    "fault": Tone.BAD,
    "unchecked": Tone.CAUTION,
    "fail": Tone.BAD,
    "not measured": Tone.CAUTION,
    "no policy": Tone.ACCENT,
}


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence with the values that fill its {braces}."""

    text: str
    values: dict[str, str] = field(default_factory=dict)
    tone: Tone = Tone.PLAIN


def phase_words(phase: str) -> str:
    """Of a phase that nobody has named here (why a run waits) the phase's own words."""
    return PHASE_WORDS.get(phase, phase[:1].upper() + phase[1:])


def stands_words(table: TableView) -> str:
    """How far a table is."""
    if table.stands == "active":
        return ACTIVE_WORDS.get(table.phase, "In hand")
    return "Waiting" if table.stands == "waiting" else "Done"


def verdict_of(job: JobView) -> tuple[str, Tone]:
    """The word and tone of a job in a list: what it found, where it says so, else its state."""
    if job.state == "complete" and job.outcome in OUTCOME_WORDS:
        return OUTCOME_WORDS[job.outcome], OUTCOME_TONES[job.outcome]
    return STATE_WORDS.get(job.state, job.state), STATE_TONES.get(job.state, Tone.PLAIN)


def entry_words(entry: LogEntry) -> Said:
    """One line of the log."""
    if entry.kind in ("table", "phase"):
        return Said(phase_words(entry.phase))
    if entry.kind == "done":
        if entry.rows:
            return Said("Done with the table, {rows} rows", {"rows": f"{entry.rows:,}"}, Tone.GOOD)
        return Said("Done with the table", tone=Tone.GOOD)
    word, tone = _ENDS.get(entry.kind, (entry.kind, Tone.PLAIN))
    if entry.sentence:
        return Said("{word}: {sentence}", {"word": word, "sentence": entry.sentence}, tone)
    return Said(word, tone=tone)


_ENDS = {
    "started": ("Started", Tone.ACCENT),
    "paused": ("Paused", Tone.CAUTION),
    "resumed": ("Goes on", Tone.ACCENT),
    "complete": ("Complete", Tone.GOOD),
    "failed": ("Failed", Tone.BAD),
    "cancelled": ("Cancelled", Tone.CAUTION),
}


def clock(moment: str) -> str:
    """The time of day of a ledger's moment, as this place's clock has it; empty where it cannot be read."""
    try:
        return f"{datetime.fromisoformat(moment).astimezone():%H:%M:%S}"
    except ValueError:
        return ""


def lasted(job: JobView) -> float | None:
    """Seconds from its start to its end."""
    try:
        end = datetime.fromisoformat(job.finished or "")
        return max(0.0, (end - datetime.fromisoformat(job.started)).total_seconds())
    except ValueError:
        return None
