"""The privacy hub's verbs: look and propose, show the board, decide, and reveal."""

from __future__ import annotations

from connectors.names import TableName
from desktop.backend.hub_budget import budget
from desktop.backend.hub_decide import Decider, kept
from desktop.backend.hub_desk import PAGE, Ranges, columns_of, hub_desk, rows_of, waiting
from desktop.backend.hub_detail import detail, proposal
from desktop.backend.hub_discover import discover
from desktop.backend.hub_reveal import reveal
from desktop.backend.plan_desk import open_plan
from desktop.backend.room import Call, Room
from desktop.models.hub import Acceptable, Page, PolicyWords, Shown, Wish
from desktop.models.hub_board import coverage, matching, ordered, page, tally
from desktop.models.plan import Change
from engine.commands.status import UsageError
from engine.plan import Rule
from engine.profiling.policy import POLICIES, read_policy

__all__ = [
    "accept", "acceptable", "budget", "detail", "discover", "keep", "policies", "proposal", "remember", "reveal", "rows", "show",
]  # fmt: skip


def remember(room: Room, call: Call, plan: str, source: str) -> bool:
    """Take up what was found for a plan's source at an earlier time, for all pages that mark it. False: nobody has looked."""
    return hub_desk(room).remember(plan, source)


def show(room: Room, call: Call, wish: Wish) -> Shown:
    """What a wish leaves of the open plan's board, and its first rows. Raises PlanError where the plan cannot be read."""
    hub = hub_desk(room)
    board, stamp = hub.board()
    order = ordered(board, matching(board, wish), wish.sort, descending=wish.descending)
    view = hub.view(board, order)
    found = hub.evidence(open_plan(room))
    return Shown(
        stamp, view.number, len(order), tally(board, wish), coverage(board), found.at if found is not None else "",
        open_plan(room).plan.policy or "", page(board, order, view.number, 0, PAGE),
    )  # fmt: skip


def rows(room: Room, call: Call, view: int, first: int) -> Page:
    """Further rows of a view."""
    there = hub_desk(room).known(view)
    return page(there.board, there.rows, view, first, PAGE)


def acceptable(room: Room, call: Call, view: int, ranges: Ranges | None = None) -> Acceptable:
    """How many columns of a view, or of these rows of it, can be accepted; with those that keys join to a few chosen ones."""
    hub = hub_desk(room)
    there, proposals = hub.known(view), hub.proposals()
    sure, left = proposals.count(there, rows_of(there, ranges))
    return Acceptable(view, sure, left)


def accept(room: Room, call: Call, view: int, ranges: Ranges | None = None) -> Change:
    """Take the proposals for all undecided columns of a view, or of these rows of it, and for what keys join to them."""
    rules = {column: rule for column, rule in _accepted(room, view, ranges).items() if rule.masker is not None}
    if not rules:
        raise UsageError("there is no proposal to accept here: choose a mask on the Plan page, or keep with a reason")
    return _decided(room, rules)


def keep(room: Room, call: Call, view: int, ranges: Ranges, reason: str) -> Change:
    """Keep the columns in these rows as they are, with the reason."""
    there = hub_desk(room).known(view)
    columns = columns_of(there, rows_of(there, ranges))
    return _decided(room, {(table, column): kept(table, column, reason) for table, column in columns})


def policies(room: Room, call: Call) -> tuple[PolicyWords, ...]:
    """The policies that come with the product."""
    read = [(name, read_policy(name)) for name in POLICIES]
    return tuple(PolicyWords(name, policy.title, policy.caution) for name, policy in read)


def _accepted(room: Room, view: int, ranges: Ranges | None) -> dict[tuple[TableName, str], Rule]:
    """The rules that accepting these rows would write, and those that are missing."""
    hub = hub_desk(room)
    there = hub.known(view)
    return hub.proposals().together(columns_of(there, waiting(there, rows_of(there, ranges))))


def _decided(room: Room, rules: dict[tuple[TableName, str], Rule]) -> Change:
    plan = open_plan(room)
    with plan.lock:
        return plan.apply(Decider(plan.plan, plan.text).edits(rules))
