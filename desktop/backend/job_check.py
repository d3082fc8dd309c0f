"""What stands between a saved plan and its run: the engine's check, and a look into the target."""

from __future__ import annotations

from pathlib import Path

from connectors.errors import TargetError
from desktop.backend.plan_desk import remedy
from desktop.backend.room import Call, Room
from desktop.models.jobs import Hindrance, RunCheck, TargetLook
from engine.commands.plans import agreed_domains, plan_file
from engine.problems import PlanError, Problem, Severity
from engine.roles import RoleError
from engine.runs import plan_problems
from engine.target_look import look_at_target


def check_run(room: Room, call: Call, plan: str, source: str, target: str | None, *, strict: bool) -> RunCheck:
    """Every problem at once. What cannot be asked for other reasons than the plan (a server that is gone) is raised."""
    try:
        file = plan_file(Path(plan))
        agreed = agreed_domains(room.session, file.plan.key)
    except PlanError as error:
        return RunCheck(tuple(_hindrance(each) for each in error.problems))
    call.control.check()
    with room.open(source) as origin:
        if target is None:
            return RunCheck(tuple(map(_hindrance, plan_problems(file, origin, agreed=agreed, strict=strict))))
        try:
            with room.open_target(target) as goal:
                problems = plan_problems(file, origin, goal, agreed=agreed, strict=strict)
                call.control.check()
                look = look_at_target(goal)
        except RoleError as refused:
            return RunCheck((Hindrance("target-role", True, _sentence(refused), refusal=True),))
        except TargetError as refused:
            return RunCheck((Hindrance(refused.code or "target-refused", True, _sentence(refused), refusal=True),))
    marker = look.marker
    seen = TargetLook(marker.run if marker else "", marker.state.value if marker else "", look.occupied, look.busy)
    return RunCheck(tuple(map(_hindrance, problems)), seen, len(file.plan.tables))


def _hindrance(problem: Problem) -> Hindrance:
    return Hindrance(
        problem.code, problem.severity is Severity.ERROR, problem.reason, remedy(problem),
        str(problem.table) if problem.table else "", problem.column or "",
    )  # fmt: skip


def _sentence(error: Exception) -> str:
    text = str(error)
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")
