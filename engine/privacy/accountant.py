"""What events cost: the only place that turns noise into an epsilon, and the only one that makes a `Guarantee`.

Epsilon comes from the privacy loss distribution of all events together (Koskela, Jalko, Honkela 2020; discretised from above by
connect-the-dots, Doroshenko et al. 2022, doi 10.56553/popets-2022-0122), and from Renyi DP (Mironov 2017) where that fails. Both are
upper bounds. What is said is rounded up to `DIGITS` digits after the point.

- A threshold's delta is taken off the target first; what is left is for the noise.
- Pure epsilons are added to what all the rest comes to. A privacy loss distribution composes events whose parameters were fixed
  before any of them; the answer of a pure query may set the parameters of the others (a noisy number of entities sets the sampling
  rate). For each of its answers the rest is (epsilon, delta)-DP by its own price, and the answer itself is no more than
  e^(pure epsilon) times as likely: the sum holds whatever the rest is, so long as it keeps to the budget after each answer.
- All other answers may decide what is asked, never what is charged: sigma, rate, steps and deltas are those of the plan.
- Noise on counts is continuous Gaussian noise rounded to whole numbers, and so no less private than what is priced.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from typing import Any

from engine.privacy.budget import Budget, OverBudget, PrivacyUnit
from engine.privacy.events import Event, GaussianQuery, LaplaceQuery, SampledSteps, Unprotected
from engine.privacy.guarantee import Guarantee, NoGuarantee

DIGITS = 4
LEAST_SIGMA = 0.5
"""Less noise than this is never asked for: it would be a promise in name only, and accountants lose their precision there."""
_MOST_SIGMA = 1e4
_FINEST = 2e-4
"""The grid of losses, as a share of epsilon: 2e-4 costs 0.05 s and less than 0.0002 of epsilon (2,000 steps, epsilon 0.03 to 190)."""
_MOST_CELLS = 10_000
"""Of that grid from the middle to an end, where almost nothing lies beyond: a tiny epsilon at a large delta would ask for millions."""
_BEYOND = 1e-12
_LEAST_EPSILON = 1e-3
_MOST_EPSILON = 1e3
"""Above this an epsilon says nothing; Renyi DP's figure will do."""
_ORDERS = (2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 20, 24, 28, 32, 40, 48, 64, 96, 128, 256)
_SIGMA_STEP = 1.001
_THRESHOLDS = 0.1
"""What a release takes of delta for its thresholds (`engine.synthesis.presets.Shares.delta`)."""


def epsilon_of(events: Iterable[Event], delta: float) -> float:
    """The least epsilon that is proven for these events together at this delta, rounded up; infinite where there is none."""
    return _priced(_merged(events), delta).epsilon


def guarantee(
    events: Iterable[Event],
    budget: Budget,
    unit: PrivacyUnit,
    population: str,
    *,
    bounds: tuple[tuple[str, int], ...] = (),
    attested: tuple[str, ...] = (),
    public: tuple[str, ...] = (),
) -> Guarantee | NoGuarantee:
    """What may be claimed of a release that did these events to a population, at the budget's delta."""
    known = tuple(events)
    if not budget.promises:
        return NoGuarantee("epsilon is infinite: nothing was clipped and no noise was added")
    unprotected = next((event for event in known if isinstance(event, Unprotected)), None)
    if unprotected is not None:
        return NoGuarantee(f"data was read without noise: {unprotected.what}")
    priced = _priced(_merged(known), budget.delta)
    if not math.isfinite(priced.epsilon):
        return NoGuarantee(f"no epsilon can be proven at delta {budget.delta:g} for what was done")
    return Guarantee(
        population, unit, priced.epsilon, budget.delta, priced.by, bounds=bounds, attested=attested, public=public
    )


def noise_multiplier(
    events: Iterable[Event], q: float, steps: int, budget: Budget, reserved: Sequence[Event] = ()
) -> float:
    """The least sigma, not below 0.5, with which so many steps keep these and the reserved events within the budget.

    Up to 0.1 % more than the least. Raises OverBudget.
    """

    def fits(sigma: float) -> bool:
        planned = SampledSteps("", q, sigma, steps)
        return epsilon_of((*known, planned), budget.delta) <= budget.epsilon

    known = (*events, *reserved)
    if not fits(_MOST_SIGMA):
        spent = epsilon_of(known, budget.delta)
        raise OverBudget(
            f"of epsilon {budget.epsilon:g} at delta {budget.delta:g} the queries before training take {spent:g}, which leaves "
            "no training: declare more domains in the plan, or raise epsilon"
        )
    return _least(fits, LEAST_SIGMA, _MOST_SIGMA)


def rho_of(budget: Budget) -> float:
    """The zCDP rho with rho + 2 sqrt(rho ln(1/delta)) = epsilon (Bun, Steinke 2016, proposition 1.3); infinite without a promise."""
    if not budget.promises:
        return math.inf
    log = math.log(1 / budget.delta)
    # (sqrt(L + e) - sqrt(L))^2, written without the difference of two nearly equal numbers.
    return (budget.epsilon / (math.sqrt(log + budget.epsilon) + math.sqrt(log))) ** 2


def gaussian_of(budget: Budget) -> GaussianQuery:
    """The Gaussian query that costs what a budget allows: a stand-in for a release whose events are not known yet."""
    most, delta = _MOST_SIGMA / min(budget.epsilon, 1.0), _THRESHOLDS * budget.delta

    def fits(sigma: float) -> bool:
        return epsilon_of([GaussianQuery("", sigma, delta)], budget.delta) <= budget.epsilon

    return GaussianQuery("a release of this budget", _least(fits, 1 / most, most), delta)


@dataclass(frozen=True, slots=True)
class _Cost:
    """Events as accountants take them: alike for all sequences of events that cost alike."""

    delta: float
    """Of thresholds."""
    precision: float
    """Gaussian queries are one of this 1/sigma^2: their losses are Gaussian, and add up."""
    pure: float
    """Of pure queries, added up."""
    sampled: tuple[tuple[float, float, int], ...]
    endless: bool


@dataclass(frozen=True, slots=True)
class _Priced:
    epsilon: float
    by: str


def _merged(events: Iterable[Event]) -> _Cost:
    deltas: list[float] = []
    precisions: list[float] = []
    pure: list[float] = []
    sampled: Counter[tuple[float, float]] = Counter()
    endless = False
    for event in events:
        match event:
            case GaussianQuery(sigma=sigma, delta=delta) if sigma > 0 and delta >= 0:
                deltas.append(delta)
                precisions.append(sigma**-2)
            case LaplaceQuery(epsilon=epsilon) if 0 < epsilon < math.inf:
                pure.append(epsilon)
            case SampledSteps(q=q, sigma=sigma, steps=steps) if sigma > 0 and 0 < q <= 1 and steps >= 0:
                sampled[q, sigma] += steps
            case _:
                endless = True
    blocks = tuple(sorted((*key, steps) for key, steps in sampled.items() if steps))
    return _Cost(math.fsum(deltas), math.fsum(precisions), math.fsum(pure), blocks, endless)


@lru_cache(maxsize=4096)
def _priced(cost: _Cost, delta: float) -> _Priced:
    left = delta - cost.delta
    if cost.endless or not 0 < left < 1:
        return _Priced(math.inf, "none")
    if not (cost.precision or cost.sampled):
        return _Priced(_up(cost.pure), _name("PLD"))
    rough = _by_renyi(cost, left)
    if rough <= _MOST_EPSILON:
        try:
            return _Priced(_up(cost.pure + _by_losses(cost, left, _grid(cost, rough))), _name("PLD"))
        except (ArithmeticError, ValueError, MemoryError):
            pass  # it overflows or loses its precision at extreme parameters; the other bound holds as well
    return _Priced(_up(cost.pure + rough), _name("RDP"))


def _grid(cost: _Cost, rough: float) -> float:
    """How finely losses are told apart: by what they come to at the target, and no finer than their whole range bears."""
    return max(max(rough, _LEAST_EPSILON) * _FINEST, _by_renyi(cost, _BEYOND) / _MOST_CELLS)


def _by_losses(cost: _Cost, delta: float, grid: float) -> float:
    # Imported here, for it takes seconds, and the command line must start without it.
    from dp_accounting.pld.pld_privacy_accountant import PLDAccountant

    accountant = PLDAccountant(value_discretization_interval=grid)
    for event in _noise(cost):
        accountant.compose(event)
    return float(accountant.get_epsilon(delta))


def _by_renyi(cost: _Cost, delta: float) -> float:
    from dp_accounting.rdp.rdp_privacy_accountant import RdpAccountant

    accountant = RdpAccountant(_ORDERS)
    for event in _noise(cost):
        accountant.compose(event)
    return float(accountant.get_epsilon(delta))


def _noise(cost: _Cost) -> Iterable[Any]:
    from dp_accounting import dp_event

    if cost.precision:
        yield dp_event.GaussianDpEvent(cost.precision**-0.5)
    for q, sigma, steps in cost.sampled:
        yield dp_event.SelfComposedDpEvent(dp_event.PoissonSampledDpEvent(q, dp_event.GaussianDpEvent(sigma)), steps)


def _least(fits: Callable[[float], bool], low: float, high: float) -> float:
    """The least value that fits, to a tenth of a per cent from above; more of it always fits."""
    if fits(low):
        return low
    while high / low > _SIGMA_STEP:
        middle = math.sqrt(low * high)
        low, high = (low, middle) if fits(middle) else (middle, high)
    return high


def _up(epsilon: float) -> float:
    """Rounded up to four digits after the point."""
    if not math.isfinite(epsilon):
        return math.inf
    rounded = round(epsilon, DIGITS)
    return rounded if rounded >= epsilon else round(rounded + 10**-DIGITS, DIGITS)


def _name(accountant: str) -> str:
    return f"{accountant}, dp-accounting {version('dp-accounting')}"
