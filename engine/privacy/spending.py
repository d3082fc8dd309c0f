"""What one release spends: every event is checked against its budget and written down before anything is done."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, NoReturn

from engine.privacy.accountant import epsilon_of, noise_multiplier, rho_of
from engine.privacy.budget import Budget, OverBudget
from engine.privacy.events import Event, GaussianQuery, LaplaceQuery, Unprotected

if TYPE_CHECKING:
    from engine.privacy.ledger import Ledger

_ROUNDING = 1e-6
"""Sums of shares of a budget may miss it by so much."""


class Spending:
    """One release: its budget, and the ledger that knows what it was charged so far, also before it was interrupted."""

    def __init__(self, budget: Budget, ledger: Ledger) -> None:
        self.budget = budget
        self._ledger = ledger

    @property
    def events(self) -> tuple[Event, ...]:
        """Everything charged to this release, blocks of one training together."""
        return self._ledger.released()

    @property
    def promises(self) -> bool:
        return self.budget.promises

    def rho(self, share: float) -> float:
        """The zCDP rho that a share of the whole budget is worth; infinite where nothing is promised."""
        return share * rho_of(self.budget) if self.promises else math.inf

    def noise_multiplier(self, q: float, steps: int, reserved: Sequence[Event] = ()) -> float:
        """The least sigma with which so many sampled steps stay within what is left after `reserved`. Raises OverBudget."""
        return noise_multiplier(self.events, q, steps, self.budget, reserved) if self.promises else 0.0

    def gaussian(self, what: str, rho: float, delta: float = 0.0) -> float:
        """Charge a Gaussian query of this rho and give its sigma: `rho = 1 / (2 sigma^2)` (Bun, Steinke 2016, proposition 1.6).
        Without a promise 0, and what is read is unprotected."""
        if not self.promises:
            self.charge(Unprotected(what))
            return 0.0
        if not 0 < rho < math.inf:
            raise ValueError("the rho of a query is greater than 0")
        sigma = math.sqrt(1 / (2 * rho))
        self.charge(GaussianQuery(what, sigma, delta))
        return sigma

    def pure(self, what: str, share: float) -> float:
        """Charge a pure query of this share of epsilon and give its epsilon. Without a promise 0, and what is read is unprotected."""
        if not self.promises:
            self.charge(Unprotected(what))
            return 0.0
        epsilon = share * self.budget.epsilon
        self.charge(LaplaceQuery(what, epsilon))
        return epsilon

    def charge(self, event: Event) -> None:
        """Write the event down. Raises OverBudget, and then nothing is written."""
        self.check(event)
        self.write(event)

    def check(self, event: Event) -> None:
        """Raises OverBudget where the release cannot bear this event as well."""
        if not self.promises:
            return
        if epsilon_of([*self.events, event], self.budget.delta) > self.budget.epsilon * (1 + _ROUNDING):
            raise OverBudget(
                f"{event.what} would take this release over its epsilon of {self.budget.epsilon:g}. "
                "Raise the plan's epsilon, or let it ask less of the data."
            )

    def write(self, event: Event) -> None:
        """Write an event down that was checked already, as a part of a greater one."""
        self._ledger.append(event)

    def refuse(self, what: str) -> NoReturn:
        """Raises OverBudget: no budget that promises anything bears it."""
        raise OverBudget(f"{what} cannot be had at a finite epsilon. Only a plan with epsilon = inf reads them.")
