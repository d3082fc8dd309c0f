"""A plan that synthesises can keep its promise: the unit owns what is learned, the budget is sound, nothing couples entities."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import ValidationError

from engine.check_coverage import meant
from engine.check_entities import chosen_entities
from engine.check_learn import learned
from engine.check_view import View, error, warning
from engine.condition_text import columns_of, parse_condition
from engine.plan import Treatment
from engine.privacy.spec import How, PrivacySpec
from engine.problems import Problem
from engine.subset.coupling import by_own_row
from engine.synthesis import GENERATORS, make_generator
from engine.synthesis.classes import Classes
from engine.synthesis.packages import packages_problem

FEWEST = 1_000
"""Declared entities below which an epsilon of at most 1 leaves nothing but noise."""
WEAK = 10.0
"""Above this epsilon the promise says little."""


def privacy(view: View) -> Iterator[Problem]:
    """Problems of [privacy], of synthesised and of public tables."""
    classes = Classes(view.plan, view.schema)
    yield from classes.problems()
    yield from learned(view)
    yield from _public(view)
    yield from _without_parents(view)
    yield from _without_owner(classes)
    if (spec := view.plan.privacy) is not None:
        yield from budget(spec)
        yield from _entities(spec)
        yield from _model(spec)
        yield from _bounds(spec, classes)
        yield from _conditions(view, spec)
        yield from chosen_entities(view, spec)
    if classes.synthesised and (missing := packages_problem()) is not None:
        yield missing


def budget(spec: PrivacySpec) -> Iterator[Problem]:
    """What is wrong with epsilon, delta and cap by themselves."""
    if not spec.epsilon > 0:
        reason = "epsilon must be greater than 0: at 0 nothing at all could be learned."
        yield error("privacy-epsilon", reason, "Write epsilon = 1.0 (strong) to 10.0 (weak).")
    elif spec.epsilon == float("inf"):
        reason = "epsilon is infinite: the synthetic rows come with no guarantee, and every report says so."
        yield warning("no-privacy", reason, "Write a finite epsilon, or accept this.")
    elif spec.epsilon > WEAK:
        reason = f"An epsilon of {spec.epsilon:g} promises each person little."
        yield warning("privacy-weak", reason, f"Write an epsilon up to {WEAK:g}, or accept this.")
    if not 0 < spec.delta < 1:
        yield error("privacy-delta", "delta must lie between 0 and 1.", "Write delta = 1e-6.")
    elif spec.entities is not None and spec.delta > 1 / (10 * spec.entities):
        reason = (
            f"delta is above 1/(10 x {spec.entities:,} entities): it would let a whole entity slip through too often."
        )
        yield error("privacy-delta", reason, f"Write delta = {min(1e-6, 1 / (10 * spec.entities)):.0e}, or less.")
    if spec.cap is not None and spec.cap < spec.epsilon:
        reason = f"The population's cap ({spec.cap:g}) is below this plan's epsilon ({spec.epsilon:g})."
        yield error("privacy-cap", reason, "Raise cap, or lower epsilon.")


def _entities(spec: PrivacySpec) -> Iterator[Problem]:
    few = spec.entities is not None and spec.entities < FEWEST
    if few and spec.epsilon <= 1:
        reason = (
            f"{spec.entities:,} entities are too few for an epsilon of {spec.epsilon:g}: the noise would drown them."
        )
        remedy = f"Take a larger epsilon, rules in place of learning, or a population of {FEWEST:,} entities and more."
        yield error("privacy-few", reason, remedy)
    if not 0 <= spec.holdout < 1:
        reason = "holdout must be a share of the entities, from 0 to below 1."
        yield error("privacy-holdout", reason, "Write holdout = 0.15.")


def _model(spec: PrivacySpec) -> Iterator[Problem]:
    known = ("auto", *GENERATORS)
    if spec.model not in known:
        reason = f"There is no model {spec.model!r}.{meant(spec.model, known)}"
        yield error("privacy-model", reason, f"Write one of {', '.join(known)}.")
    elif spec.options and spec.model == "auto":
        reason = "[privacy.options] are of one model, and the model is chosen automatically."
        yield error("privacy-option", reason, f"Write model = one of {', '.join(GENERATORS)}, or take the options out.")
    elif spec.options and packages_problem() is None:
        # Torch is imported only where a model's options are to be read.
        try:
            make_generator(spec.model, spec.options)
        except ValidationError as refused:
            for detail in refused.errors(include_url=False, include_input=False, include_context=False):
                yield _option(spec, detail["type"], ".".join(map(str, detail["loc"])), detail["msg"])


def _option(spec: PrivacySpec, kind: str, option: str, message: str) -> Problem:
    if kind == "extra_forbidden":
        return error("privacy-option", f"The model {spec.model} has no option {option!r}.", "Take it out.")
    reason = f"Option {option!r} of the model {spec.model}: {message}."
    return error("privacy-option", reason, "Correct the option.")


def _bounds(spec: PrivacySpec, classes: Classes) -> Iterator[Problem]:
    for name in spec.bounds:
        if name not in classes.synthesised or name == spec.unit:
            why = "is the unit, of which an entity has one row" if name == spec.unit else "is not synthesised"
            reason = f"[privacy.bounds] limits the rows of this table, which {why}."
            yield error("privacy-bound", reason, "Take the line out.", name)


def _conditions(view: View, spec: PrivacySpec) -> Iterator[Problem]:
    table, decided = view.schema.by_name.get(spec.unit), view.plan.tables.get(spec.unit)
    if table is None or decided is None:
        return
    known = [column.name for column in table.stored]
    for name in spec.conditions:
        rule = decided.rule(name)
        if name not in known:
            reason = f"conditions names {name!r}, and the unit has no such stored column.{meant(name, known)}"
            yield error("privacy-condition", reason, f"Name a column of {spec.unit}.", spec.unit)
        elif rule is None or rule.learn is None or rule.learn.how is How.KEY:
            reason = "It is a condition column, and it is not learned: nothing is known of its values."
            remedy = 'Write { learn = "..." } for it, or take it out of conditions.'
            yield error("privacy-condition", reason, remedy, spec.unit, name)
    if spec.balance is not None and spec.balance not in spec.conditions:
        reason = f"balance names {spec.balance!r}, which is none of the condition columns."
        yield error("privacy-condition", reason, "Add it to conditions, or take balance out.", spec.unit)
    if spec.where is not None:
        yield from _where(view, spec, spec.where)


def _where(view: View, spec: PrivacySpec, where: str) -> Iterator[Problem]:
    known = {column.name.casefold(): column.name for column in view.schema.table(spec.unit).stored}
    condition = parse_condition(where, view.schema.dialect)
    if condition is None or not by_own_row(where, view.schema.dialect, spec.unit, known):
        reason = "where is not one SQL condition on the unit's own columns."
        yield error(
            "privacy-where", reason, "Write what could follow WHERE, such as \"Country = 'Canada'\".", spec.unit
        )
        return
    folded = {name.casefold() for name in spec.conditions}
    for name in sorted(known[name.casefold()] for name in columns_of(condition) if name.casefold() not in folded):
        reason = f"where reads {name!r}, which is none of the condition columns."
        remedy = f"Add it to conditions ({', '.join(spec.conditions) or 'none so far'}), or take it out of where."
        yield error("privacy-where", reason, remedy, spec.unit, name)


def _public(view: View) -> Iterator[Problem]:
    for table in view.tables(Treatment.PUBLIC):
        if not (view.plan.tables[table.name].reason or "").strip():
            reason = "The table is public, so copied as it is, and nobody says why."
            yield error("public-reason", reason, 'Write reason = "..." with the name of who signs it.', table.name)
        reason = (
            "It is copied as it is and no guarantee covers it: an officer signs that it says nothing of the people."
        )
        yield warning(
            "public-table", reason, "Accept this as the officer, or synthesise, mask or empty it.", table.name
        )


def _without_owner(classes: Classes) -> Iterator[Problem]:
    """Tables of which some rows may belong to nobody."""
    for name, (owner, *others) in ((name, keys) for name, keys in classes.candidates.items() if keys):
        loose = [column for column in owner.columns if classes.synthesised[name].column(column).nullable]
        if loose and not others:
            reason = f"Where it is NULL a row belongs to no {owner.parent}: nothing is learned from such rows, and none are made."
            remedy = "Accept this, or declare another owner in [[privacy.owners]]."
            yield warning("owner-null", reason, remedy, name, loose[0])


def _without_parents(view: View) -> Iterator[Problem]:
    """Synthetic rows that must refer to rows that the target will not have."""
    for table in view.tables(Treatment.SYNTHESIZE):
        for key in table.foreign_keys:
            gone = view.treatment(key.parent) in (Treatment.EMPTY, Treatment.DROP)
            if gone and key.columns and not any(table.column(name).nullable for name in key.columns):
                reason = f"Its synthetic rows must refer to {key.parent}, of which the target has no rows."
                remedy = f"Give {key.parent} another treatment, or empty this table too."
                yield error("needed-table", reason, remedy, table.name, key.columns[0])
