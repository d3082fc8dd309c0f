"""All problems of a plan at once, before anything is read: what is missing, what would break, what to know."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from connectors.database import Issue
from connectors.schema import Schema
from engine.check_assess import assess
from engine.check_conditions import Trial, conditions
from engine.check_coverage import coverage
from engine.check_declared import declared_keys
from engine.check_keys import keys
from engine.check_masks import masks
from engine.check_partitions import partitions
from engine.check_privacy import privacy
from engine.check_subset import subset
from engine.check_tables import tables
from engine.check_target import target
from engine.check_uniques import uniques
from engine.check_view import View, warning
from engine.domains import DomainSpec
from engine.drift import Present, drift
from engine.lock import Lock
from engine.plan import Plan
from engine.problems import Problem, Severity
from engine.subset.declared import declared

ACCEPTABLE = frozenset({
    "check-unknown", "unique-expression", "unique-overlaps", "unique-partial", "partition-key", "key-not-unique",
})  # fmt: skip
"""Errors that say "not proven" and not "wrong": a person may accept them as if they were warnings."""


def check(
    plan: Plan,
    schema: Schema,
    *,
    lock: Lock | None = None,
    target_schema: Schema | None = None,
    same_dialect: bool = True,
    agreed: Mapping[str, DomainSpec] | None = None,
    trial: Trial | None = None,
    present: Present | None = None,
    issues: Iterable[Issue] = (),
    strict: bool = False,
) -> tuple[Problem, ...]:
    """Every problem that stands: accepted ones are left out, and with `strict` warnings are errors.

    `target_schema`: of an existing target. `agreed`: the domains beside the plan's key. `trial`: tries a CHECK on masked rows.
    `present`: what a look at the source shows that its schema does not say. `issues`: what the databases say of their DDL."""
    view = View(plan, declared(plan, schema), target_schema, same_dialect, agreed)
    changed = drift(lock, schema, plan, present) if lock else ()
    found = list(
        dict.fromkeys(
            [*all_problems(view, trial), *subset(view), *declared_keys(view), *privacy(view), *assess(view), *changed]
        )
    )
    found += [from_issue(issue) for issue in issues]
    left = list(standing(plan, found))
    if strict:
        left = [replace(problem, severity=Severity.ERROR) for problem in left]
    return tuple(sorted(left, key=_order))


def all_problems(view: View, trial: Trial | None = None) -> Iterator[Problem]:
    """What every concern of masking finds, accepted or not."""
    yield from coverage(view)
    yield from masks(view)
    yield from keys(view)
    yield from uniques(view)
    yield from conditions(view, trial)
    yield from partitions(view)
    yield from tables(view)
    yield from target(view)


def from_issue(issue: Issue) -> Problem:
    """What a database says of its DDL, as a problem of the plan."""
    severity = Severity.ERROR if issue.blocking else Severity.WARNING
    return Problem(issue.code, severity, issue.message, issue.remedy, issue.table, issue.column)


def standing(plan: Plan, found: Iterable[Problem]) -> Iterator[Problem]:
    """The problems that no person has accepted, and then what was accepted and is no problem."""
    used: set[str] = set()
    for problem in found:
        if words := _accepted(plan, problem):
            used |= words
        else:
            yield problem
    for accepted in plan.accept:
        # What the residual scan of `verify` finds is accepted by the plan too, and nothing of it is known here.
        if accepted not in used and not accepted.startswith("residual-"):
            reason = f"accept names {accepted!r}, and there is no such warning."
            yield warning("accept-unused", reason, "Take it out, so that it does not hide a later one.")


def _accepted(plan: Plan, problem: Problem) -> set[str]:
    """The words by which the plan accepts it."""
    if problem.severity is not Severity.WARNING and problem.code not in ACCEPTABLE:
        return set()
    return {problem.code, f"{problem.code} {problem.table}", f"{problem.code} {problem.place}"} & set(plan.accept)


def _order(problem: Problem) -> tuple[bool, str, str, str]:
    return problem.severity is Severity.WARNING, str(problem.table or ""), problem.column or "", problem.code
