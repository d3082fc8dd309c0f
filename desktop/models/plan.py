"""The open plan as the window knows it: where it stands, and edits as paths and values of its TOML."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256

from engine.plan_document import Edit as Edit
from engine.text_splices import Splice

Path = tuple[str, ...]
"""Of an Edit: as the file spells its keys; an element of a list by its ordinal."""


def digest(text: str) -> str:
    """Equal for equal texts, here and in the backend."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Trouble:
    """A problem of the plan, as the list of problems shows it."""

    code: str
    error: bool
    reason: str
    remedy: str
    table: str = ""
    column: str = ""
    line: int | None = None


@dataclass(frozen=True, slots=True)
class PlanState:
    """What every page may know of the open plan."""

    path: str
    source: str
    target: str | None
    version: int
    """Goes up with every change."""
    saved: bool
    name: str = ""
    key: str = ""
    decided: int = 0
    """Columns that are masked, kept or made."""
    undecided: int = 0
    """Columns that block the run."""
    readable: bool = True
    """False: the text is no plan at the moment; `troubles` say where."""
    synthesises: bool = False
    subset: bool = False
    troubles: tuple[Trouble, ...] = field(default=(), repr=False)
    """Of the text itself; those that need the databases come with `plan.check`."""
    digest: str = ""
    """Of the text: equal for equal texts."""
    missing: bool = False
    """There is no such file yet, and nothing to be written to it."""
    newer: bool = False
    """Made by a later version of Lookalike: it is shown and not changed."""
    outside: bool = False
    """The file is another than the one that was read: somebody changed it."""
    restored: str = ""
    """When the unsaved changes were made that were found at opening; empty where there were none."""
    drafted: bool = True
    """What is not saved is in the workspace's drafts: it outlives the window."""
    schema: bool = False
    """The source has been described: counts are of its columns, not only of those that the plan names."""

    @property
    def blocked(self) -> bool:
        return not self.readable or self.undecided > 0


@dataclass(frozen=True, slots=True)
class Change:
    """What a verb that changes the plan answers: `OpenPlan.change` makes a step of it that can be undone."""

    state: PlanState
    splices: tuple[Splice, ...] = ()
    said: object = None
    """Whatever else the verb has to tell."""


@dataclass(frozen=True, slots=True)
class Draft:
    """Unsaved changes of some plan, kept in the workspace."""

    path: str
    """The plan's file."""
    when: str
    """ISO 8601, local time."""
