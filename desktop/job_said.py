"""What several places say of a job in the same words."""

from __future__ import annotations

from desktop.models.job_words import STATE_WORDS
from desktop.models.jobs import JobView
from desktop.models.shell import span
from desktop.words import tr


def state_said(state: str) -> str:
    return tr(STATE_WORDS.get(state, state))


def left_said(job: JobView) -> str:
    """`8 to 10 s left`; empty where nobody knows, or nothing is left."""
    if job.left is None or not job.alive:
        return ""
    low, high, unit = span(job.left)
    if low == high:
        return tr("about {high} {unit} left", high=high, unit=unit)
    if not low:
        return tr("at most {high} {unit} left", high=high, unit=unit)
    return tr("{low} to {high} {unit} left", low=low, high=high, unit=unit)
