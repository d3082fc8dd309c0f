"""What each treatment of a table means, in the words of the person who chooses it."""

from __future__ import annotations

from desktop.models.rule import TableView

WORDS = {
    "mask": "Mask, column by column",
    "copy": "Copy as it is",
    "empty": "Leave empty",
    "drop": "Leave out",
    "public": "Public: the same for everybody",
    "synthesize": "Synthesise new rows",
    "": "Not in the plan",
}
SHORT = {
    "mask": "mask", "copy": "copy", "empty": "empty", "drop": "leave out", "public": "public",
    "synthesize": "synthesise", "": "not in the plan",
}  # fmt: skip
REASONED = ("copy", "public")
"""Treatments that need a reason: real rows come into the target."""


def consequences(view: TableView, treatment: str) -> str:
    """What the target gets of this table, and what that does to its neighbours."""
    said = _CONSEQUENCES.get(treatment, "")
    referring = ", ".join(view.children[:4]) + (f" and {len(view.children) - 4} more" if len(view.children) > 4 else "")
    if treatment in ("empty", "drop") and view.children:
        return f"{said} Rows of {referring} refer to it: the check says what becomes of them."
    return said


_CONSEQUENCES = {
    "mask": "Every row comes into the target; each column is masked or kept as its rule says.",
    "copy": "Every row comes into the target unmasked, with the real values. The reason stands in the plan and in every report.",
    "empty": "The table comes into the target without rows.",
    "drop": "The target has no such table.",
    "public": "Every row comes into the target as it is, because it says nothing of people. No guarantee covers it: an officer "
    "signs the reason.",
    "synthesize": "No row comes into the target: new ones are learned from all of them together, within the privacy budget.",
    "": "The plan does not say what happens to it, and a run waits until it does.",
}
