"""What may be claimed at the end. Only `engine.privacy.accountant` makes a `Guarantee`."""

from __future__ import annotations

from dataclasses import dataclass

from engine.privacy.budget import Neighbours, PrivacyUnit


@dataclass(frozen=True, slots=True)
class NoGuarantee:
    """There is no formal guarantee, and this is why."""

    reason: str = "keyed pseudonymisation is not differential privacy"


@dataclass(frozen=True, slots=True)
class Guarantee:
    """(epsilon, delta)-differential privacy of one release of a population. What all releases come to says its ledger."""

    population: str
    unit: PrivacyUnit
    epsilon: float
    """Rounded up."""
    delta: float
    accountant: str
    """`PLD, dp-accounting 0.6.0`."""
    neighbours: Neighbours = Neighbours.ADD_OR_REMOVE_ONE
    bounds: tuple[tuple[str, int], ...] = ()
    """Child table -> rows of one parent that are used at most."""
    attested: tuple[str, ...] = ()
    """Facts that a person answers for: `person.age lies in 17 to 90 (attested by ...)`. Not covered if they were read off the data."""
    public: tuple[str, ...] = ()
    """Tables that are not covered."""
