"""The gauge: published figures, what it recommends, and that nothing but the plan has a say."""

from __future__ import annotations

import math
from dataclasses import fields, replace

import pytest

from connectors.names import TableName
from connectors.schema import Column, ForeignKey, Kind, Schema, Table, Unique
from engine.plan import Plan, Rule, TablePlan, Treatment
from engine.privacy.accountant import epsilon_of, rho_of
from engine.privacy.budget import Budget
from engine.privacy.events import GaussianQuery, SampledSteps
from engine.privacy.spec import How, Learn, PrivacySpec
from engine.problems import PlanError
from engine.synthesis import GENERATORS, generator_class
from engine.synthesis.estimate import estimate
from engine.synthesis.forest import CodeColumn, Node, Tree
from engine.synthesis.gauge import Band, band_of, choose, chosen, gauge, least_epsilon, parts_of
from engine.synthesis.presets import BEST, FALLBACK, PRESETS, SHARES, Shares

ALONE = parts_of("chain", count=False, children=0, columns=0)[-1:]
PARTS = parts_of("chain", count=False, children=2, columns=7)
PERSON, VISIT = TableName("person"), TableName("visit")
TREE = Tree((Node("person", (CodeColumn("age", 100),), None), Node("visit", (), 0, 20)))
SPEC = PrivacySpec("people", PERSON, 1.0, 1e-6, entities=30_000)


@pytest.mark.parametrize(
    ("entities", "epsilon", "published"),
    [(32_561, 1, 0.0061), (32_561, 4, 0.0022), (32_561, 8, 0.0016)],
)
def test_the_noise_of_training_alone_is_what_was_measured_before(
    entities: int, epsilon: float, published: float
) -> None:
    assert gauge(Budget(epsilon, 1e-6), entities, "chain", ALONE).noise == pytest.approx(published, rel=0.04)


@pytest.mark.parametrize(
    ("entities", "epsilon", "band", "model"),
    [
        (32_561, 1.0, Band.CLEAR, BEST),
        (20_000, 1.0, Band.FAINT, BEST),
        (4_500, 1.0, Band.DROWNED, FALLBACK),
        (4_500, 8.0, Band.CLEAR, BEST),
        (300, 4.0, Band.DROWNED, FALLBACK),
        (300, math.inf, Band.EXACT, BEST),
    ],
)
def test_few_entities_at_a_small_epsilon_are_for_the_marginals(
    entities: int, epsilon: float, band: Band, model: str
) -> None:
    budget = Budget(epsilon, 1e-6)
    assert band_of(budget, entities, PARTS) is band
    assert gauge(budget, entities, BEST, PARTS).band is band
    assert choose(budget, entities, PARTS) == model


def test_the_recommended_epsilon_is_the_least_with_a_clear_signal() -> None:
    assert [least_epsilon(1e-6, entities, PARTS) for entities in (300, 4_500, 32_561)] == [None, 8.0, 1.0]


@pytest.mark.parametrize("model", PRESETS)
def test_the_parts_of_a_budget_add_up_to_it(model: str) -> None:
    for asked in ({"count": True, "children": 3, "columns": 5}, {"count": False, "children": 0, "columns": 0}):
        parts = parts_of(model, **asked)  # type: ignore[arg-type]
        assert math.fsum(part.share for part in parts) == pytest.approx(1)
        assert all(part.share > 0 for part in parts)


def test_preprocessing_takes_between_a_tenth_and_a_fifth() -> None:
    assert 0.10 <= SHARES.count + SHARES.children + SHARES.domains <= 0.20
    assert {each.name for each in fields(Shares)} == {"count", "children", "domains", "marginals", "delta"}


def test_a_whole_release_as_the_gauge_divides_it_stays_within_its_budget() -> None:
    budget = Budget(1.0, 1e-6)
    at = gauge(budget, 30_000, "chain", PARTS)
    spent = [
        GaussianQuery(part.what, 1 / math.sqrt(2 * part.share * rho_of(budget)), part.delta * budget.delta)
        for part in PARTS[:-1]
    ]
    training = SampledSteps("training", at.batch / at.entities, at.sigma, at.steps)
    assert 0.99 <= epsilon_of([*spent, training], budget.delta) <= 1


def test_every_model_has_a_preset() -> None:
    assert set(PRESETS) == set(GENERATORS)
    assert {BEST, FALLBACK} <= set(PRESETS)


def test_auto_becomes_the_best_model_with_its_preset_and_the_options_of_the_plan() -> None:
    made = chosen(replace(SPEC, options={"hidden": 24}), TREE, 30_000)
    assert isinstance(made, generator_class(BEST))
    said = made.model_dump()
    assert (said["steps"], said["batch"], said["hidden"]) == (PRESETS[BEST].steps, PRESETS[BEST].batch, 24)
    assert chosen(replace(SPEC, model="vae"), TREE, 30).name == "vae"


def _schema() -> Schema:
    number = Column("id", "INTEGER", Kind.INTEGER, nullable=False)
    person = Table(
        PERSON, (number, Column("age", "INTEGER", Kind.INTEGER)), uniques=(Unique("pk", ("id",), primary=True),)
    )
    visit = Table(
        VISIT,
        (number, Column("person", "INTEGER", Kind.INTEGER)),
        uniques=(Unique("pk", ("id",), primary=True),),
        foreign_keys=(ForeignKey("of", ("person",), PERSON, ("id",)),),
    )
    return Schema("sqlite", "main", (person, visit))


def _plan(spec: PrivacySpec | None) -> Plan:
    key = Learn(How.KEY)
    return Plan(
        "p",
        "k",
        {
            PERSON: TablePlan(
                Treatment.SYNTHESIZE,
                (Rule(("id",), None, learn=key), Rule(("age",), None, learn=Learn(How.PAID))),
            ),
            VISIT: TablePlan(
                Treatment.SYNTHESIZE, (Rule(("id",), None, learn=key), Rule(("person",), None, learn=key))
            ),
        },
        privacy=spec,
    )


def test_an_estimate_divides_the_budget_among_what_the_plan_does_not_declare() -> None:
    found = estimate(_plan(SPEC), _schema())
    assert [part.what for part in found.parts] == [
        "rows of one parent in 1 table",
        "values and ranges of 1 column",
        "one-way marginals and numbers of children",
        "training in noisy steps",
    ]
    declared = estimate(_plan(replace(SPEC, bounds={VISIT: 20}, entities=None)), _schema())
    assert [part.what for part in declared.parts][:2] == ["the number of entities", "values and ranges of 1 column"]


def test_an_estimate_recommends_by_the_declared_number() -> None:
    few = estimate(_plan(replace(SPEC, entities=4_500)), _schema())
    assert (few.model, few.epsilon) == (FALLBACK, 8.0)
    assert "Training needs an epsilon of about 8" in " ".join(few.sentences())
    named = estimate(_plan(replace(SPEC, entities=4_500, model="chain")), _schema())
    assert 'Recommended: model = "marginals"' in " ".join(named.sentences())
    enough = estimate(_plan(SPEC), _schema())
    assert (enough.model, enough.epsilon, enough.gauges[0].band) == (BEST, 1.0, Band.CLEAR)


def test_an_estimate_without_a_declared_number_says_what_decides() -> None:
    found = estimate(_plan(replace(SPEC, entities=None)), _schema())
    assert found.to_json()["recommended"] == {"model": None, "epsilon": None}
    assert [each.band for each in found.gauges] == [Band.DROWNED, Band.DROWNED, Band.FAINT, Band.CLEAR]
    assert "entities = N" in found.sentences()[0]


def test_an_estimate_at_an_infinite_epsilon_promises_nothing() -> None:
    found = estimate(_plan(replace(SPEC, epsilon=math.inf)), _schema())
    assert found.to_json()["epsilon"] is None
    assert found.gauges[0].band is Band.EXACT
    assert "no differential privacy" in found.sentences()[0]


def test_a_plan_without_privacy_has_no_estimate() -> None:
    with pytest.raises(PlanError):
        estimate(_plan(None), _schema())
