"""The budget of the plan's population, as the ledgers say."""

from __future__ import annotations

import math

from desktop.backend.plan_desk import open_plan
from desktop.backend.room import Call, Room
from desktop.models.hub import Budget
from engine.keystore import vault_path
from engine.plan import synthesises
from engine.synthesis.packages import packages_problem


def budget(room: Room, call: Call) -> Budget | None:
    """What is spent of it and what its cap is; None where the open plan synthesises nothing."""
    plan = open_plan(room).plan
    if plan.privacy is None or not synthesises(plan):
        return None
    spec = plan.privacy
    cap = spec.epsilon if spec.cap is None else spec.cap
    nothing = Budget(spec.population, 0.0, cap, spec.epsilon)
    problem = packages_problem()
    if problem is not None:
        return Budget(spec.population, None, cap, spec.epsilon, missing=f"{problem.reason} {problem.remedy}")
    from engine.privacy.accounts import populations

    anchored = room.keystore.populations() if vault_path(room.workspace.folder).exists() else {}
    found = next((each for each in populations(room.catalog, anchored) if each.name == spec.population), None)
    if found is None:
        return nothing
    spent = found.epsilon if math.isfinite(found.epsilon) else None
    return Budget(spec.population, spent, cap, spec.epsilon, len(found.releases), fault=found.fault or "")
