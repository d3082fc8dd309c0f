"""Synthesis of the open plan: whose privacy, which tables, what the budget leaves; and turning it on."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace

from connectors.names import TableName, parse_table_name
from connectors.schema import Schema
from desktop.backend.plan_desk import open_plan, trouble
from desktop.backend.room import Call, Room
from desktop.backend.synthesis_process import BudgetOrder, ModelsOrder, apart
from desktop.models.columnar import names
from desktop.models.plan import Change, Edit, Trouble
from desktop.models.synthesis import Budget, Class, Model, Said, SynthesisForm, TableClass
from engine.check_privacy import budget as budget_problems
from engine.check_privacy import privacy
from engine.check_view import View
from engine.commands.plans import agreed_domains
from engine.commands.status import UsageError
from engine.jobs.control import Control
from engine.keystore import vault_path
from engine.plan import Plan, TablePlan, Treatment
from engine.planning import Asked, make_plan
from engine.planning_synthesis import SynthesisAsked
from engine.privacy.said import planned, scale_said
from engine.privacy.spec import PrivacySpec
from engine.problems import PlanError, Severity, errors
from engine.profiling.policy import PolicyError
from engine.propose_synthesis import likely_units
from engine.synthesis.classes import Classes
from engine.synthesis.packages import packages_problem
from engine.toml_text import inline_text

LISTED = 400
"""Tables of one message: those that matter to the person first."""


class _Models:
    """Looked at once: they are the same as long as the program is."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: tuple[Model, ...] | None = None

    def known(self, control: Control) -> tuple[Model, ...]:
        # A lock of its own: whoever asks for anything else of the room does not wait for torch.
        with self._lock:
            if self._known is None:
                self._known = apart(ModelsOrder(), control)
            return self._known


def shown(room: Room, call: Call) -> SynthesisForm:
    """What the plan says of synthesis, and what becomes of each table. Raises PlanError."""
    desk = open_plan(room)
    plan, schema = desk.plan, desk.schema
    spec, problem = plan.privacy, packages_problem()
    missing = f"{problem.reason} {problem.remedy}" if problem is not None else ""
    likely = likely_units(schema)
    units = names(map(str, likely))
    if spec is None:
        said = Said(unit=str(likely[0]) if likely else "")
        return SynthesisForm(False, said, units=units, missing=missing, scale=scale_said())
    tables = sorted(_classes(plan, schema), key=lambda each: _ORDER.index(each.of))
    public = [str(name) for name, each in plan.tables.items() if each.treatment is Treatment.PUBLIC]
    masked = any(each.treatment in (Treatment.MASK, Treatment.COPY) for each in plan.tables.values())
    promise = planned(spec, public, tuple(_attested(plan)), masked=masked)
    return SynthesisForm(
        True,
        _said(spec),
        tuple(tables[:LISTED]),
        max(0, len(tables) - LISTED),
        units,
        missing,
        promise,
        _troubles(plan, schema),
    )


def models(room: Room, call: Call) -> tuple[Model, ...]:
    """Every model, with what each of its options takes; none where synthesis is not installed. Raises UsageError, Cancelled."""
    if packages_problem() is not None:
        return ()
    return room.keep(_Models, _Models).known(call.control)


def budget(room: Room, call: Call) -> Budget:
    """What stands in the way of the plan's promise, what its budget leaves, and what is spent. Spends nothing and reads no row.

    Raises PlanError, UsageError, VaultError, Cancelled."""
    desk = open_plan(room)
    anchored = room.keystore.populations() if vault_path(room.workspace.folder).exists() else {}
    found: Budget = apart(BudgetOrder(desk.plan, desk.schema, str(room.workspace.catalog), anchored), call.control)
    return found


def begin(room: Room, call: Call, unit: str, epsilon: float, delta: float, entities: int | None) -> Change:
    """Propose how a unit and all that it owns is synthesised, as `lookalike plan --synthesize`. The plan's file must be saved: it is
    read and written. Raises PlanError, UsageError, Cancelled."""
    desk = open_plan(room)
    name = parse_table_name(unit)
    _refuse(desk.plan, desk.schema, PrivacySpec(desk.plan.name, name, epsilon, delta, entities))
    if not desk.saved:
        raise UsageError(f"{desk.opened.name} has changes that are not saved. Save it first.")
    asked = Asked(key=desk.plan.key, synthesis=SynthesisAsked(name, epsilon, delta, entities))
    try:
        with room.open(desk.source) as database:
            agreed = agreed_domains(room.session, desk.plan.key)
            make_plan(
                database,
                desk.opened,
                asked,
                agreed=agreed,
                progress=lambda _: call.control.check(),
                control=call.control,
            )
    except PolicyError as error:
        raise UsageError(str(error)) from None
    return desk.take_outside()


def end(room: Room, call: Call) -> Change:
    """The plan without [privacy], its synthesised tables emptied: whoever wants their rows masks them. Raises PlanError."""
    desk = open_plan(room)
    made = [name for name, each in desk.plan.tables.items() if each.treatment is Treatment.SYNTHESIZE]
    edits = [Edit(("privacy",), None), *(Edit(("tables", str(name)), 'treatment = "empty"\n') for name in made)]
    return desk.apply(edits)


def _refuse(plan: Plan, schema: Schema, spec: PrivacySpec) -> None:
    """What no check of the plan would let pass is said before it is written."""
    unit = TablePlan(Treatment.SYNTHESIZE)
    classes = Classes(replace(plan, tables={**plan.tables, spec.unit: unit}, privacy=spec), schema)
    of_unit = (problem for problem in classes.problems() if problem.code in ("privacy-unit", "privacy-unit-key"))
    if problems := errors((*budget_problems(spec), *of_unit)):
        raise PlanError(problems)


# What the plan says.


def _troubles(plan: Plan, schema: Schema) -> tuple[Trouble, ...]:
    """Without the model's options, for to read these torch is imported."""
    spec = plan.privacy
    assert spec is not None
    return tuple(map(trouble, privacy(View(replace(plan, privacy=replace(spec, options={})), schema))))


def _said(spec: PrivacySpec) -> Said:
    generate = f"{spec.generate} entities" if isinstance(spec.generate, int) else f"{spec.generate:g}"
    return Said(
        str(spec.unit), f"{spec.epsilon:g}", f"{spec.delta:g}", "" if spec.entities is None else str(spec.entities),
        spec.population, "" if spec.cap is None else f"{spec.cap:g}", spec.model, "" if spec.generate == 1.0 else generate,
        tuple((name, inline_text(value)) for name, value in spec.options.items()),
        tuple((str(owner.table), owner.columns) for owner in spec.owners),
    )  # fmt: skip


def _attested(plan: Plan) -> Iterator[str]:
    for name, rule in plan.rules():
        if rule.learn is not None and rule.learn.attested is not None:
            yield f"{name}.{rule.columns[0]} ({rule.learn.attested})"


_CLASSES = {
    Treatment.PUBLIC: (Class.PUBLIC, "copied as it is, not covered"),
    Treatment.MASK: (Class.MASKED, "each row masked"),
    Treatment.COPY: (Class.COPIED, "copied as it is"),
    Treatment.EMPTY: (Class.EMPTY, "no rows"),
    Treatment.DROP: (Class.DROPPED, "no table"),
}
_ORDER = (
    Class.UNIT, Class.UNOWNED, Class.SEVERAL, Class.OWNED, Class.PUBLIC, Class.COPIED, Class.MASKED, Class.EMPTY, Class.DROPPED,
)  # fmt: skip


def _classes(plan: Plan, schema: Schema) -> Iterator[TableClass]:
    classes = Classes(plan, schema)
    troubles: dict[TableName, str] = {}
    for problem in classes.problems():
        if problem.table is not None and problem.severity is Severity.ERROR:
            troubles.setdefault(problem.table, problem.reason)
    for name, decided in plan.tables.items():
        trouble = troubles.get(name, "")
        if name in classes.synthesised:
            yield _made(classes, name, trouble)
        else:
            of, becomes = _CLASSES.get(decided.treatment, (Class.UNOWNED, "not in the source"))
            yield TableClass(str(name), of, becomes, decided.reason or "", trouble=trouble)


def _made(classes: Classes, name: TableName, trouble: str) -> TableClass:
    spec = classes.plan.privacy
    if spec is not None and name == spec.unit:
        return TableClass(str(name), Class.UNIT, "new people, one row each", trouble=trouble)
    owners = classes.candidates.get(name, ())
    if not owners:
        return TableClass(str(name), Class.UNOWNED, "cannot be synthesised so", trouble=trouble)
    columns = tuple(key.columns for key in owners)
    if len(owners) > 1:
        return TableClass(str(name), Class.SEVERAL, "somebody says who owns its rows", owners=columns, trouble=trouble)
    ways = tuple(key.columns for key in classes.keys.get(name, ()))
    by = f"by {', '.join(owners[0].columns)} to {owners[0].parent}"
    return TableClass(str(name), Class.OWNED, "new rows of the new people", by, ways if len(ways) > 1 else (), trouble)
