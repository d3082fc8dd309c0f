"""An assessment made by hand: masked people with a synthesised table beside them, every state of a result in it."""

from __future__ import annotations

from connectors.names import TableName
from engine.assessment.assessed import Assessed, Spent, TableAssessed
from engine.assessment.policy import read_policy
from engine.assessment.result import Interval, Quality, Rests, Risk, State, not_measured, unknown
from engine.assessment.verdict import Scope, judge
from engine.assessment.view import Made
from engine.privacy.budget import PrivacyUnit
from engine.privacy.guarantee import Guarantee, NoGuarantee

GUARANTEE = Guarantee("shoppers", PrivacyUnit(TableName("shopper"), ("id",)), 3.0, 1e-6, "PLD, dp-accounting 0.6.0")
SCOPES = {
    "target": Scope("target", None),
    "customer": Scope("table", Made.MASKED),
    "customer with invoice": Scope("entity", Made.MASKED),
    "shopper": Scope("table", Made.SYNTHETIC),
}
RISKS = (
    Risk(
        "classes", "customer", "prosecutor maximum", risk=Interval(0.25, 0.2, 0.31), facts={"k": 4, "people": 1200},
        rests=Rests.TARGET,
    ),
    Risk(
        "rematching", "customer with invoice", "shape", risk=Interval(0.62, 0.58, 0.66), main=Interval(0.63, 0.59, 0.67),
        baseline=Interval(0.001, 0.0, 0.004), alarm=True, facts={"attempts": 800},
    ),
    Risk(
        "inference", "shopper", "worst", State.INVALID, Interval(0.01, 0.0, 0.08),
        "The attack is no better than guessing.", main=Interval(0.4, 0.36, 0.44), control=Interval(0.4, 0.36, 0.44),
        baseline=Interval(0.41, 0.37, 0.45),
    ),
    Risk("membership_distance", "shopper", "auc", risk=Interval(0.04, 0.0, 0.1), main=Interval(0.52, 0.49, 0.55)),
    Risk("replay", "shopper", "rows", risk=Interval(0.0, 0.0, 0.004), facts={"rows": 2000}),
    not_measured("singling_out", "shopper", "There are 5 records, and 20 are the least.", "univariate"),
)  # fmt: skip
QUALITY = (
    Quality("ReferentialIntegrity", "invoice.customer_fk", "validity", value=1.0, passed=True, rests=Rests.TARGET),
    Quality("KSComplement", "customer.age", "fidelity", value=0.93, low=0.91, high=0.95, ceiling=0.97, floor=0.4),
    Quality("TSTR", "shopper", "utility", "auc", value=0.81, ceiling=0.88, floor=0.5, facts={"label": "churned"}),
    unknown("KHopTrends", "customer with invoice", "fidelity", "No two columns are compared."),
)  # fmt: skip


def assessed(policy: str | None = "internal-test", **other: object) -> Assessed:
    verdict = policy and judge(
        read_policy(policy),
        risks=RISKS,
        quality=QUALITY,
        guarantee=NoGuarantee(),
        guarantees=(GUARANTEE,),
        scopes=SCOPES,
    )
    fields: dict[str, object] = {
        "id": "a-1", "run": "r-7", "plan": "shop", "plan_fingerprint": "ab" * 32, "schema_fingerprint": "cd" * 32,
        "key": "9f31", "source": "postgresql://qa@db.internal/shop", "target": "sqlite:///shop-test.db",
        "versions": {"lookalike": "0.1.0", "numpy": "2.4"}, "began": "2026-03-01T10:00:00+00:00", "seconds": 12.5, "seed": 0,
        "tables": {
            "customer": TableAssessed("mask", 1200, 1200, 1200, 1200), "invoice": TableAssessed("mask", 5100, 5100, 5100, 5100),
            "shopper": TableAssessed("synthesize", 2000, 2011, 2000, 2000), "secret_log": TableAssessed("drop", 77),
        },
        "guarantees": (GUARANTEE,), "budgets": (Spent("shoppers", 3.0, 1e-6, 8.0),), "models": ("chain",), "risks": RISKS,
        "quality": QUALITY, "left": ("Free text of customer.note is not examined.",), "policy": verdict or None,
        "run_evidence": "ef" * 32,
    }  # fmt: skip
    return Assessed(**fields | other)  # type: ignore[arg-type]
