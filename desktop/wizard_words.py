"""What each step of the way is called, why it is taken, and what came of it."""

from __future__ import annotations

from desktop.models.wizard import At, Step, Told
from desktop.words import tr


def title_of(step: Step) -> str:
    titles = {
        Step.SECRETS: tr("A masking key"),
        Step.BUILD: tr("A clinic that nobody was ever in"),
        Step.CONNECT: tr("A source and a target"),
        Step.DECIDE: tr("Every column decided"),
        Step.RUN: tr("The target is made"),
        Step.VERIFY: tr("The target is verified"),
        Step.ASSESS: tr("The target is attacked"),
    }
    return titles[step]


def why_of(step: Step) -> str:
    whys = {
        Step.SECRETS: tr(
            "Under one key a person gets the same mask in every table, so joins still hold. It lies in the vault."
        ),
        Step.BUILD: tr(
            "Fourteen tables of patients, visits and payments, drawn from a seed: names, diagnoses, free text."
        ),
        Step.CONNECT: tr("The source is opened read-only and refused as a target; only the target is ever written."),
        Step.DECIDE: tr(
            "A sample of each table is looked at. What may be personal gets the safest mask; what stays says why."
        ),
        Step.RUN: tr(
            "A process of its own reads one moment of the source, masks it, and loads the target: whole, or empty."
        ),
        Step.VERIFY: tr(
            "Rows are counted, foreign keys followed, and masked columns searched for values of the source."
        ),
        Step.ASSESS: tr(
            "Would somebody who knows a person find them? Attacks are tried, and held against pure guessing."
        ),
    }
    return whys[step]


def outcome_of(told: Told) -> str:
    """What came of it, in a few words; empty while nothing did."""
    if told.at is At.FAILED:
        return tr("did not work")
    if told.at is At.RUNNING:
        return tr("working…") if not told.counts else tr("{rows} rows so far", rows=f"{told.counts['rows']:,}")
    if told.at is At.WAITING:
        return ""
    return _done(told)


def _done(told: Told) -> str:
    counts = {name: f"{count:,}" for name, count in told.counts.items()}
    if told.step is Step.BUILD:
        return tr("{tables} tables, {rows} rows, {patients} patients", **counts)
    if told.step is Step.DECIDE:
        return tr("{masked} columns masked, {kept} kept with a reason, {undecided} undecided", **counts)
    if told.step is Step.RUN and counts:
        return tr("{rows} rows", **counts)
    return tr("done")


def own_title(place: str) -> str:
    titles = {
        "connections": tr("Save a source and a target"),
        "project": tr("Say where the plan goes"),
        "discover": tr("Look for personal data, and decide"),
        "run": tr("Run, and verify"),
        "evidence": tr("Read the evidence"),
    }
    return titles[place]


def own_why(place: str) -> str:
    whys = {
        "connections": tr("For the source, a login that can only read is best. The target is an empty database."),
        "project": tr("A plan is a text file with a decision for every column; the command line reads the same one."),
        "discover": tr("A column without a decision blocks the run, so nothing slips through."),
        "run": tr("It is checked first. The window may be closed meanwhile."),
        "evidence": tr("What was done, what was verified and what risk is left: to print or to pass on."),
    }
    return whys[place]
