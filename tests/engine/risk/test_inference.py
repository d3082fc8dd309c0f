"""Attribute inference: copies tell secrets, the population alone does not; small frames give the answer worked out by hand."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from engine.assessment.context import Context
from engine.assessment.rates import wilson
from engine.assessment.result import Risk, State
from engine.assessment.view import Carries, Feature, FeatureKind, Made, View
from engine.jobs.control import Control
from engine.risk.guessing import Attacked, by_keys, others
from engine.risk.inference import Inference
from tests.assessing import PERSON, view_of
from tests.engine.risk.made_people import half_copied, people, shuffled

KNOWN, HELD = people(600, 1), people(300, 2)
SECRETS = ("income", "job")
MEASURES = {"knn income", "knn job", "gtcap job", "worst"}


def attacked(view: View, seed: int = 0) -> dict[str, Risk]:
    return {risk.measure: risk for risk in Inference().attack(view, Context(seed=seed))}


def values(risk: Risk) -> float:
    assert risk.risk is not None
    return risk.risk.value


def test_a_copied_table_tells_every_secret() -> None:
    """All near 1 with an alarm, with held-out people as control and with each one's own record hidden."""
    own = {"made": Made.COPIED, "match": np.arange(600), "carries": Carries.KEPT}
    for view in (view_of(KNOWN, KNOWN, HELD, sensitive=SECRETS), view_of(KNOWN, KNOWN, sensitive=SECRETS, **own)):
        found = attacked(view)
        assert set(found) == MEASURES
        for risk in found.values():
            assert values(risk) > 0.95
            assert risk.alarm
            assert risk.control is not None


def test_shuffled_columns_tell_nothing() -> None:
    """What hangs together no more tells no more of members than of others, and of a masked person no more than without the record."""
    masked = {"made": Made.MASKED, "match": np.arange(600), "carries": Carries.ALTERED}
    for view in (view_of(KNOWN, shuffled(KNOWN), HELD), view_of(KNOWN, shuffled(KNOWN), **masked)):
        for risk in attacked(view).values():
            assert not risk.alarm
            assert values(risk) < 0.1


def test_half_a_copy_is_half_the_risk() -> None:
    """With every second person copied half of what could be told beyond the control is told."""
    found = attacked(view_of(KNOWN, half_copied(KNOWN, people(600, 3)), people(600, 9), sensitive=SECRETS))
    for measure in ("knn income", "knn job", "gtcap job"):
        assert values(found[measure]) == pytest.approx(0.5, abs=0.1)
    assert found["worst"].alarm


def test_what_the_population_tells_is_no_alarm() -> None:
    """A secret that follows from another column is guessed of everybody, held out or not: much is told, nobody is exposed."""
    sure = [rows.append_column("code", rows.column("city")) for rows in (KNOWN, people(600, 4), HELD)]
    found = attacked(view_of(sure[0], sure[1], sure[2], sensitive=("code",)))["knn code"]
    assert found.main is not None
    assert found.main.value > 0.9
    assert not found.alarm


def test_other_people_alarm_hardly_ever() -> None:
    """Of twenty targets of other people at most one alarms, though nine secrets and ways are tried on each."""
    alarms, worst = 0, 0
    for seed in range(20):
        found = attacked(view_of(people(250, 100 + seed), people(250, 200 + seed), people(250, 300 + seed)), seed)
        alarms += any(risk.alarm for risk in found.values())
        worst += found["worst"].risk is not None and found["worst"].risk.low > 0
    assert alarms <= 1
    assert worst <= 1


def test_without_held_out_people_nothing_is_alarmed() -> None:
    """Members and the population cannot be told apart: the result says so."""
    found = attacked(view_of(KNOWN, KNOWN, sensitive=SECRETS))["knn income"]
    assert (found.state, found.alarm, found.control) == (State.MEASURED, False, None)
    assert "no held-out records" in found.because


def test_the_worst_is_held_for_all_secrets() -> None:
    """It names the secret, and its interval is wider than that of the same figure alone."""
    found = attacked(view_of(KNOWN, half_copied(KNOWN, people(600, 3)), HELD, sensitive=SECRETS))
    worst = found["worst"].risk
    alone = found[f"{found['worst'].facts['by']} {found['worst'].facts['secret']}"].risk
    assert worst is not None
    assert alone is not None
    assert worst.value == alone.value
    assert worst.low < alone.low
    assert worst.high > alone.high


def test_a_replaced_secret_is_not_measured() -> None:
    """The plan calls it sensitive, the target has nothing of it: said under its own name."""
    found = attacked(view_of(KNOWN, KNOWN, HELD, carries={"income": Carries.REPLACED}, sensitive=SECRETS))
    assert found["knn income"].state is State.NOT_MEASURED
    assert "replaced" in found["knn income"].because
    assert found["knn job"].state is State.MEASURED


def test_guesses_and_baseline_as_worked_by_hand() -> None:
    """Eight cooks live in x and twelve smiths in y; the target has most of y as cooks.

    `gtcap` guesses cook of both cities: right for eight of twenty. The baseline always says smith: right for twelve.
    """
    city, job = ["x"] * 8 + ["y"] * 12, ["cook"] * 8 + ["smith"] * 12
    known = pa.table({"city": city, "job": job})
    target = pa.table({"city": city, "job": ["cook"] * 8 + ["cook"] * 7 + ["smith"] * 5})
    found = attacked(view_of(known, target, known, quasi=("city",), sensitive=("job",)))["gtcap job"]
    assert found.main == found.control == wilson(8, 20)
    assert found.baseline == wilson(12, 20)
    assert (found.state, found.alarm) == (State.INVALID, False)


def test_keys_that_nobody_has_are_matched_as_far_as_they_go() -> None:
    """Age 30 in c is nobody's: those who share one key with it decide, two bakers against one smith."""
    target = pa.table(
        {"age": [30.0, 30.0, 50.0, 70.0], "city": ["a", "b", "c", "d"], "job": ["baker", "smith", "baker", "smith"]}
    )
    asked = pa.table({"age": [30.0, 71.0], "city": ["c", "d"], "job": ["none", "none"]})
    view = view_of(asked, target)
    labels = view.features[2].labels
    assert labels is not None
    found = by_keys(view, {2: (0, 1)}, {0: 2.0, 1: 0.0}, Attacked(view.known, None, None), Control())[2].main
    assert [labels[int(code)].as_py() for code in found] == ["baker", "smith"]


def test_figures_of_the_same_column_are_not_known() -> None:
    """Of whom the sum is secret the mean is not known either."""
    invoice = type(PERSON)("invoice")
    features = [
        Feature("city", FeatureKind.CATEGORY, Carries.KEPT, PERSON, "city"),
        *(Feature(f"t {made}", FeatureKind.NUMBER, Carries.KEPT, invoice, "total", made) for made in ("sum", "mean")),
        Feature("invoice count", FeatureKind.NUMBER, Carries.SHAPE, invoice, None, "count"),
    ]
    view = view_of(KNOWN, KNOWN)
    made = type(view)("person", PERSON, Made.COPIED, tuple(features), view.known, view.target)
    assert others(made, range(4), 1) == (0, 3)
