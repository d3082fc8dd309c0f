"""Verbs of the open plan: opening, editing, checking, saving."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import unified_diff
from pathlib import Path

from desktop.backend.drafts import Drafts
from desktop.backend.plan_desk import desk_of, open_plan, trouble
from desktop.backend.room import Call, Room
from desktop.models.plan import Change, Draft, Edit, PlanState
from engine.commands.plans import agreed_domains
from engine.runs import plan_problems
from engine.text_splices import Splice

AT_ONCE = 400
"""Problems in one message."""


def open(room: Room, call: Call, path: str, source: str, target: str | None) -> PlanState:
    """Take up a plan's file. Raises UsageError where it cannot be read."""
    desk = desk_of(room)
    desk.open(Path(path), source, target)
    return desk.state()


def described(room: Room, call: Call) -> PlanState:
    """Describe the source, so that columns are counted which the plan does not name."""
    desk = open_plan(room)
    room.schema(desk.source)
    return desk.state()


def close(room: Room, call: Call) -> None:
    desk_of(room).close()


def edit(room: Room, call: Call, edits: Sequence[Edit]) -> Change:
    return open_plan(room).apply(edits)


def splice(room: Room, call: Call, splices: Sequence[Splice]) -> Change:
    """A step back, or the same step once more."""
    return open_plan(room).splice(splices)


def text(room: Room, call: Call) -> tuple[int, str]:
    """The version, and its text."""
    desk = open_plan(room)
    with desk.lock:
        return desk.state().version, desk.text


def set_text(room: Room, call: Call, text: str) -> Change:
    return open_plan(room).replace(text)


def save(room: Room, call: Call, path: str | None = None) -> PlanState:
    desk = open_plan(room)
    desk.save(Path(path) if path else None)
    return desk.state()


def look(room: Room, call: Call) -> PlanState | None:
    """The state, where somebody has changed the file; None as long as nobody has."""
    desk = open_plan(room)
    return desk.state() if desk.look() else None


def outside(room: Room, call: Call) -> str:
    """What the file says otherwise than the window, line by line."""
    desk = open_plan(room)
    lines = unified_diff(desk.text.splitlines(), desk.outside().splitlines(), "here", "outside", lineterm="", n=2)
    return "\n".join(lines)


def reload(room: Room, call: Call) -> Change:
    """Take the file as it is now."""
    return open_plan(room).take_outside()


def keep(room: Room, call: Call) -> PlanState:
    """Keep what is here, though the file is another."""
    desk = open_plan(room)
    desk.keep_mine()
    return desk.state()


def revert(room: Room, call: Call) -> Change:
    """Take back all that is not saved."""
    return open_plan(room).revert()


def drafts(room: Room, call: Call) -> tuple[Draft, ...]:
    """Plans with changes that a window was closed with, or died with, the newest first."""
    return tuple(Draft(kept.path, kept.when) for kept in Drafts(room.workspace.folder, room.window).all())


def discard(room: Room, call: Call, path: str) -> None:
    """Forget unsaved changes of a plan that is not open."""
    Drafts(room.workspace.folder, room.window).discard(Path(path))


def check(room: Room, call: Call) -> int:
    """Hold the plan against both databases: tells the problems some at a time, and says how many there are."""
    desk = open_plan(room)
    file = desk.file()
    agreed = agreed_domains(room.session, file.plan.key)
    with room.open(desk.source) as source:
        call.control.check()
        if desk.target is None:
            problems = plan_problems(file, source, agreed=agreed)
        else:
            with room.open_target(desk.target) as target:
                call.control.check()
                problems = plan_problems(file, source, target, agreed=agreed)
    for start in range(0, len(problems), AT_ONCE):
        call.control.check()
        call.tell(tuple(map(trouble, problems[start : start + AT_ONCE])))
    return len(problems)
