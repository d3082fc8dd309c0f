"""The build's audit beside what is claimed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pyarrow as pa

from connectors.names import TableName
from connectors.schema import Schema
from engine.assessment.comparison import Comparison
from engine.assessment.context import Context
from engine.assessment.result import Rests, State
from engine.privacy.budget import PrivacyUnit
from engine.privacy.guarantee import Guarantee, NoGuarantee
from engine.risk.audit import Audit, bounds
from tests.assessing import comparison_of, table_of

MEASURED = Path(__file__).parents[2] / "bench" / "results" / "synthesis_audit.json"
CLAIM = Guarantee("people", PrivacyUnit(TableName("person"), ("id",)), 2.5, 1e-6, "PLD, dp-accounting 0.6.0")


def comparison(*models: str, guarantees: tuple[Guarantee | NoGuarantee, ...] = (CLAIM,)) -> Comparison:
    rows = pa.table({"id": [1]})
    made = comparison_of(Schema("sqlite", "main", (table_of("person", rows),)), {"person": rows}, {"person": rows})
    return replace(made, models=models, guarantees=guarantees)


def test_the_packaged_bounds_are_those_that_were_measured() -> None:
    """Date, command, claim, canaries and every model's bound agree with the result file."""
    said, packaged = json.loads(MEASURED.read_text()), bounds()
    assert {name: packaged[name] for name in ("date", "command")} == {name: said[name] for name in ("date", "command")}
    for name in ("claimed_epsilon", "delta", "canaries"):
        assert packaged[name] == said["settings"][name]
    for model, bound in packaged["epsilon_at_least"].items():
        assert bound == said["models"][model]["as_it_is"]["epsilon_at_least"]
    assert set(packaged["epsilon_at_least"]) == set(said["models"]) - {"toy"}


def test_the_bound_stands_beside_the_claim() -> None:
    """The target's epsilon, the bound, and the claim at which it was measured; it is said to be of a toy database, and no risk."""
    (risk,) = Audit().measure(comparison("chain"), "target", Context())
    assert risk.facts["epsilon claimed for the target"] == 2.5
    assert risk.facts["epsilon at least, on the toy database"] == 0.896
    assert risk.facts["epsilon claimed for the toy database"] == 4.0
    assert "toy database" in risk.because
    assert "not on yours" in risk.because
    assert (risk.risk, risk.alarm, risk.rests) == (None, False, Rests.DECLARED)


def test_hybrid_is_trained_as_the_chain() -> None:
    (risk,) = Audit().measure(comparison("hybrid"), "target", Context())
    assert risk.facts["audited training"] == "chain"


def test_what_was_not_audited_is_said() -> None:
    """No guarantee, no steps, an unknown technique, none at all: not measured, each with its own reason."""
    cases = {
        "No epsilon is claimed": comparison("chain", guarantees=(NoGuarantee(),)),
        "no training steps": comparison("marginals"),
        "not audited": comparison("copula"),
        "not known": comparison(),
    }
    for said, each in cases.items():
        (risk,) = Audit().measure(each, "target", Context())
        assert risk.state is State.NOT_MEASURED
        assert said in risk.because


def test_every_population_and_technique_has_its_line() -> None:
    two = comparison("vae", "gan", guarantees=(CLAIM, replace(CLAIM, population="shops")))
    measures = [risk.measure for risk in Audit().measure(two, "target", Context())]
    assert measures == ["people, vae", "people, gan", "shops, vae", "shops, gan"]
