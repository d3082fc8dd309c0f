"""What an attacker can tell of a training stays below what is claimed; of a broken one he tells more than was claimed."""

from __future__ import annotations

import pytest

from tests.engine.synthesis.auditing import Mutant, audit, bound
from tests.engine.synthesis.neighbours import random_toy

CLAIMED = 4.0
CANARIES = 1000


def test_a_training_keeps_its_claim() -> None:
    audited = audit(random_toy, CLAIMED, CANARIES, steps=8)
    assert audited.bound <= CLAIMED
    # Else the attacker saw nothing, and the test would prove nothing.
    assert audited.right > 0.55


@pytest.mark.parametrize("mutant", list(Mutant))
def test_a_training_without_noise_or_clipping_is_caught(mutant: Mutant) -> None:
    clip = 0.01 if mutant is Mutant.CLIPPING else 1.0
    assert audit(random_toy, CLAIMED, CANARIES, steps=8, mutant=mutant, clip=clip).bound > CLAIMED


@pytest.mark.parametrize(("right", "known"), [(600, 0.30), (700, 0.73), (800, 1.25), (900, 2.02), (1000, 5.8)])
def test_bounds_are_those_of_the_theorem(right: int, known: float) -> None:
    """At delta 1e-6 and 95 % confidence, all of 1,000 guessed."""
    assert bound(1000, 1000, right, 1e-6, 0.05) == pytest.approx(known, abs=0.03)


def test_guesses_that_are_no_better_than_coins_bound_nothing() -> None:
    assert bound(1000, 1000, 510, 1e-6, 0.05) == 0.0
