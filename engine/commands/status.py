"""Exit statuses: part of the command line's contract."""

from __future__ import annotations

from enum import IntEnum


class Status(IntEnum):
    DONE = 0
    FAILED = 1
    USAGE = 2
    PLAN = 3
    """The plan has problems."""
    REFUSED = 4
    """By policy: an unsafe or foreign target, a forbidden database, a spent privacy budget."""
    CANCELLED = 5
    """The target is empty or marked."""
    FAULT = 6
    """Verification found a fault."""


class UsageError(Exception):
    """The command line cannot be followed as it was written; `str()` is one sentence."""


STATUSES: dict[str, Status] = {
    "engine.commands.status.UsageError": Status.USAGE,
    "connectors.errors.UrlError": Status.USAGE,
    "engine.assessment.policy.PolicyError": Status.USAGE,
    "engine.problems.PlanError": Status.PLAN,
    "connectors.errors.AskedError": Status.PLAN,
    "connectors.errors.TargetError": Status.REFUSED,
    "engine.roles.RoleError": Status.REFUSED,
    "engine.privacy.budget.OverBudget": Status.REFUSED,
    "engine.privacy.anchor.LedgerFault": Status.REFUSED,
    "engine.jobs.control.Cancelled": Status.CANCELLED,
    "builtins.KeyboardInterrupt": Status.CANCELLED,
    "engine.assessment.assessed.SealBroken": Status.FAULT,
    "engine.catalog.store.CatalogError": Status.FAILED,
    "engine.jobs.ledger.JobError": Status.FAILED,
    "engine.vault.VaultError": Status.FAILED,
    "connectors.errors.DatabaseError": Status.FAILED,
    "engine.masking.base.MaskError": Status.FAILED,
    "engine.synthesis.errors.SynthesisError": Status.FAILED,
}
"""Errors that are sentences for a person. Anything else is a mistake of ours. By name: to import them all takes longer than a short
command does, and one that is raised is imported already."""


def status_of(error: BaseException) -> Status | None:
    """The exit status of an error that a person can act on; None for a mistake of ours."""
    names = (f"{kind.__module__}.{kind.__qualname__}" for kind in type(error).__mro__)
    return next((STATUSES[name] for name in names if name in STATUSES), None)
