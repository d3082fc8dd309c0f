"""Words that several parts of the Evidence page share."""

from __future__ import annotations

from datetime import datetime

from desktop.job_said import state_said
from desktop.models.evidence import AssessmentEntry, RunEntry
from desktop.words import tr


def moment(text: str) -> str:
    """A moment of a record, by the clock of this place."""
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return text
    return f"{when.astimezone():%Y-%m-%d %H:%M}"


def plain(text: str) -> str:
    """Without the marks around names of techniques: labels here know no markup."""
    return text.replace("`", "")


def run_state(state: str) -> str:
    return state_said(state) if state else tr("Unknown")


def verdict_word(verdict: str) -> str:
    return {
        "pass": tr("Pass"), "fail": tr("Fail"), "not measured": tr("Not measured"), "no policy": tr("No policy"),
        "does not apply": tr("Does not apply"), "invalid": tr("Proves nothing"), "measured": tr("Measured"),
    }.get(verdict, verdict)  # fmt: skip


def run_said(run: RunEntry) -> str:
    """A line of the chooser: when, what, how it ended, whether it is assessed."""
    if not run.id:
        return tr("Targets whose run is not known here")
    assessed, judged = run.assessed, tr("not assessed")
    if assessed is not None:
        judged = tr("assessed: {verdict}", verdict=verdict_word(assessed.verdict).lower())
    return " · ".join((moment(run.started), run.plan, run_state(run.state).lower(), judged))


def assessment_said(entry: AssessmentEntry) -> str:
    word = verdict_word(entry.verdict).lower() if entry.complete else run_state(entry.state).lower()
    return " · ".join(filter(None, (moment(entry.began), entry.policy, word)))


def family_said(family: str) -> str:
    return {
        "validity": tr("Validity"), "fidelity": tr("Fidelity"), "utility": tr("Utility"),
        "diversity": tr("Diversity"), "bias": tr("Bias"),
    }.get(family, family)  # fmt: skip


def family_asks(family: str) -> str:
    """What the family asks, in words."""
    return {
        "validity": tr("Does the database keep its own rules?"),
        "fidelity": tr("How like the source is it? The ceiling is how like each other two halves of the source are."),
        "utility": tr("Does work done on it come to the same? The floor is what comes of labels that were permuted."),
        "diversity": tr("Does it have what the source has, also what is rare?"),
        "bias": tr("Are groups treated as in the source?"),
    }.get(family, "")  # fmt: skip
