"""Epsilons against an independent accountant, a closed form and each other."""

from __future__ import annotations

import math
import warnings

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from connectors.names import TableName
from engine.privacy import accountant
from engine.privacy.accountant import epsilon_of, gaussian_of, guarantee, noise_multiplier, rho_of
from engine.privacy.budget import Budget, OverBudget, PrivacyUnit
from engine.privacy.events import Event, GaussianQuery, LaplaceQuery, SampledSteps, Unprotected
from engine.privacy.guarantee import Guarantee, NoGuarantee

ADULT, BATCH, STEPS, DELTA = 32_561, 512, 2_000, 1e-6
UNIT = PrivacyUnit(TableName("customer"), ("id",))

sigmas = st.floats(0.5, 50)
gaussians = st.builds(GaussianQuery, st.just("counts"), sigmas)
laplaces = st.builds(LaplaceQuery, st.just("counts"), st.floats(0.01, 2))
trainings = st.builds(SampledSteps, st.just("steps"), st.floats(0.001, 0.1), st.floats(0.6, 20), st.integers(1, 1000))
events = st.one_of(gaussians, laplaces, trainings)


@pytest.mark.parametrize(("sigma", "claimed"), [(3.13, 1), (1.77, 2), (1.11, 4), (0.80, 8)])
def test_training_costs_what_opacus_prv_accountant_says(sigma: float, claimed: float) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from opacus.accountants import PRVAccountant

        other = PRVAccountant()
        other.history = [(sigma, BATCH / ADULT, STEPS)]
        independent = other.get_epsilon(delta=DELTA)
    ours = epsilon_of([SampledSteps("steps", BATCH / ADULT, sigma, STEPS)], DELTA)
    assert ours == pytest.approx(independent, abs=0.02)
    assert ours <= claimed


@given(sigmas, st.sampled_from([1e-5, 1e-6, 1e-9]))
@settings(max_examples=20)
def test_one_gaussian_query_costs_what_its_closed_form_says_and_no_less(sigma: float, delta: float) -> None:
    exact = _balle_wang(sigma, delta)
    found = epsilon_of([GaussianQuery("counts", sigma)], delta)
    assert exact <= found + 1e-9
    assert found <= exact * 1.001 + 2e-4


def test_many_gaussian_queries_are_one_of_their_summed_precision() -> None:
    assert epsilon_of([GaussianQuery("a", 10.0)] * 25, DELTA) == epsilon_of([GaussianQuery("b", 2.0)], DELTA)


@given(st.floats(0.001, 20))
@settings(max_examples=30)
def test_one_pure_query_costs_its_epsilon(epsilon: float) -> None:
    assert epsilon - 1e-5 <= epsilon_of([LaplaceQuery("counts", epsilon)], DELTA) <= epsilon * 1.001 + 2e-4


@given(st.lists(st.floats(0.05, 1), min_size=2, max_size=12))
@settings(max_examples=20)
def test_pure_queries_together_cost_no_more_than_their_sum(each: list[float]) -> None:
    assert epsilon_of([LaplaceQuery("counts", epsilon) for epsilon in each], DELTA) <= math.fsum(each) * 1.01 + 1e-3


@given(st.lists(st.one_of(gaussians, trainings), max_size=3), st.lists(laplaces, min_size=1, max_size=3))
@settings(max_examples=8)
def test_pure_queries_are_added_to_all_the_rest_since_their_answers_may_set_its_parameters(
    rest: list[Event], pure: list[LaplaceQuery]
) -> None:
    together = epsilon_of([*rest, *pure], DELTA)
    assert together == pytest.approx(epsilon_of(rest, DELTA) + math.fsum(each.epsilon for each in pure), abs=3e-4)


@pytest.mark.parametrize("one", [GaussianQuery("q", 5.0), GaussianQuery("q", 1000.0), SampledSteps("q", 0.01, 1, 2000)])
def test_a_tiny_epsilon_at_a_large_delta_is_priced_on_a_grid_that_ends(one: Event) -> None:
    cost = accountant._merged([one])
    cells = accountant._by_renyi(cost, 1e-12) / accountant._grid(cost, accountant._by_renyi(cost, 0.3))
    assert cells <= 10_000
    assert epsilon_of([one], 0.3) == 0


@given(st.lists(events, max_size=4), events)
@settings(max_examples=12)
def test_another_event_never_makes_it_cheaper(before: list[Event], one: Event) -> None:
    assert epsilon_of([*before, one], DELTA) >= epsilon_of(before, DELTA) * 0.999 - 2e-4


@given(st.lists(events, min_size=1, max_size=4))
@settings(max_examples=8)
def test_the_order_of_events_and_their_blocks_do_not_matter(done: list[Event]) -> None:
    halves = [
        part
        for event in reversed(done)
        for part in (
            (SampledSteps(event.what, event.q, event.sigma, 1), SampledSteps("", event.q, event.sigma, event.steps - 1))
            if isinstance(event, SampledSteps)
            else (event,)
        )
    ]
    assert epsilon_of(halves, DELTA) == epsilon_of(done, DELTA)


@given(trainings)
@settings(max_examples=8)
def test_the_fallback_is_an_upper_bound_too(training: SampledSteps) -> None:
    cost = accountant._merged([training])
    assert accountant._by_renyi(cost, DELTA) >= epsilon_of([training], DELTA) * 0.999 - 2e-4


def test_a_delta_of_thresholds_is_taken_off_first() -> None:
    plain = epsilon_of([GaussianQuery("counts", 3.0)], 5e-7)
    assert epsilon_of([GaussianQuery("categories", 3.0, delta=5e-7)], DELTA) == plain
    assert epsilon_of([GaussianQuery("categories", 3.0, delta=DELTA)], DELTA) == math.inf


@given(st.floats(1e-9, 1e6))
@example(0.30000000000000004)
@example(1.0)
def test_epsilon_is_rounded_up_to_four_digits(epsilon: float) -> None:
    rounded = accountant._up(epsilon)
    assert epsilon <= rounded < epsilon + 1.0001e-4
    assert rounded == round(rounded, 4)


def test_nothing_done_costs_nothing() -> None:
    assert epsilon_of([], DELTA) == 0


@pytest.mark.parametrize(
    "endless",
    [
        Unprotected("read"),
        GaussianQuery("counts", 0.0),
        GaussianQuery("counts", math.nan),
        GaussianQuery("counts", 3.0, delta=-1e-6),
        LaplaceQuery("counts", math.inf),
        LaplaceQuery("counts", -1.0),
        SampledSteps("steps", 0.1, 0.0, 10),
        SampledSteps("steps", 1.5, 1.0, 10),
    ],
)
def test_what_protects_nothing_has_no_epsilon(endless: Event) -> None:
    assert epsilon_of([GaussianQuery("counts", 3.0), endless], DELTA) == math.inf


def test_noise_far_too_small_is_priced_by_the_fallback() -> None:
    assert epsilon_of([SampledSteps("steps", 0.02, 0.05, 3000)], DELTA) > 1000
    assert guarantee([GaussianQuery("counts", 0.001)], Budget(1, DELTA), UNIT, "people").accountant.startswith("RDP")  # type: ignore[union-attr]


@pytest.mark.parametrize("epsilon", [0.1, 1, 8])
def test_noise_for_training_spends_the_budget_nearly_and_never_more(epsilon: float) -> None:
    budget = Budget(epsilon, DELTA)
    before, reserved = [GaussianQuery("categories", 20 / epsilon, delta=1e-7)], [GaussianQuery("latent", 20 / epsilon)]
    sigma = noise_multiplier(before, BATCH / ADULT, STEPS, budget, reserved)
    spent = epsilon_of([*before, SampledSteps("steps", BATCH / ADULT, sigma, STEPS), *reserved], DELTA)
    assert epsilon * 0.995 - 2e-4 <= spent <= epsilon


def test_noise_is_never_below_a_half() -> None:
    assert noise_multiplier([], 0.001, 1, Budget(50, DELTA)) == 0.5


def test_a_budget_that_is_spent_leaves_no_training() -> None:
    with pytest.raises(OverBudget, match="leaves no training"):
        noise_multiplier([GaussianQuery("categories", 1.0)], 0.01, 100, Budget(1, DELTA))


@given(st.floats(0.01, 20), st.sampled_from([1e-5, 1e-9]))
def test_rho_is_worth_its_epsilon(epsilon: float, delta: float) -> None:
    rho = rho_of(Budget(epsilon, delta))
    assert rho + 2 * math.sqrt(rho * math.log(1 / delta)) == pytest.approx(epsilon)
    assert rho_of(Budget(math.inf, delta)) == math.inf


def test_a_query_in_place_of_a_release_costs_that_release() -> None:
    assert 0.99 <= epsilon_of([gaussian_of(Budget(1, DELTA))], DELTA) <= 1


def test_a_guarantee_says_what_was_spent_and_by_whose_account() -> None:
    said = guarantee(
        [GaussianQuery("counts", 5.0)], Budget(1, DELTA), UNIT, "people", bounds=(("orders", 20),), public=("genre",)
    )
    assert isinstance(said, Guarantee)
    assert said.epsilon == epsilon_of([GaussianQuery("counts", 5.0)], DELTA)
    assert (said.delta, said.bounds, said.public, said.unit) == (DELTA, (("orders", 20),), ("genre",), UNIT)
    assert said.accountant.startswith("PLD, dp-accounting ")


@pytest.mark.parametrize(
    ("done", "epsilon", "reason"),
    [
        ([GaussianQuery("counts", 5.0)], math.inf, "epsilon is infinite"),
        ([GaussianQuery("counts", 5.0), Unprotected("all of training")], 1.0, "read without noise: all of training"),
        ([GaussianQuery("counts", 5.0, delta=1e-3)], 1.0, "no epsilon can be proven"),
    ],
)
def test_without_a_bound_there_is_no_guarantee_and_the_reason_is_said(
    done: list[Event], epsilon: float, reason: str
) -> None:
    said = guarantee(done, Budget(epsilon, DELTA), UNIT, "people")
    assert isinstance(said, NoGuarantee)
    assert reason in said.reason


def _balle_wang(sigma: float, delta: float) -> float:
    """Theorem 8 of Balle and Wang 2018 (arXiv 1805.06530), solved for epsilon."""
    low, high = 0.0, 10_000.0

    def exceeded(epsilon: float) -> float:
        half, far = 1 / (2 * sigma), epsilon * sigma
        return float(norm.cdf(half - far) - math.exp(min(700, epsilon + norm.logcdf(-half - far))))

    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if exceeded(middle) > delta else (low, middle)
    return high
