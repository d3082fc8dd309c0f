"""Exit statuses: part of the command line's contract."""

from __future__ import annotations

from enum import IntEnum

from connectors.errors import AskedError, DatabaseError, TargetError, UrlError
from engine.assessment.assessed import SealBroken
from engine.assessment.policy import PolicyError
from engine.catalog.store import CatalogError
from engine.jobs.control import Cancelled
from engine.jobs.ledger import JobError
from engine.masking.base import MaskError
from engine.privacy.anchor import LedgerFault
from engine.privacy.budget import OverBudget
from engine.problems import PlanError
from engine.roles import RoleError
from engine.synthesis.errors import SynthesisError
from engine.vault import VaultError


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


STATUSES: dict[type[BaseException], Status] = {
    UsageError: Status.USAGE,
    UrlError: Status.USAGE,
    PolicyError: Status.USAGE,
    PlanError: Status.PLAN,
    AskedError: Status.PLAN,
    TargetError: Status.REFUSED,
    RoleError: Status.REFUSED,
    OverBudget: Status.REFUSED,
    LedgerFault: Status.REFUSED,
    Cancelled: Status.CANCELLED,
    KeyboardInterrupt: Status.CANCELLED,
    SealBroken: Status.FAULT,
    CatalogError: Status.FAILED,
    JobError: Status.FAILED,
    VaultError: Status.FAILED,
    DatabaseError: Status.FAILED,
    MaskError: Status.FAILED,
    SynthesisError: Status.FAILED,
}
"""Errors that are sentences for a person. Anything else is a mistake of ours."""


def status_of(error: BaseException) -> Status | None:
    """The exit status of an error that a person can act on; None for a mistake of ours."""
    return next((STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES), None)
