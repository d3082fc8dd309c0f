"""The verbs of the command line: one verb, one file; `VERBS` is the index.

A verb is a function whose first parameter is the `Session` and whose others are its options; it calls one engine function,
prints, and gives an exit status (None is 0). A name can also stand for several verbs (`connect add`), one of them under `DEFAULT` too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

Verb = Callable[..., int | None]
DEFAULT = ""
"""The verb of several that is called where none of them is named: `budget` is `budget show`."""

VERBS = {
    "demo": "engine.commands.demo:demo",
    "doctor": "engine.commands.doctor:doctor",
    "connect": "engine.commands.connect:VERBS",
    "inspect": "engine.commands.inspect_source:inspect",
    "discover": "engine.commands.discover:discover",
    "plan": "engine.commands.plan:plan",
    "subset": "engine.commands.subset:VERBS",
    "check": "engine.commands.check:check",
    "preview": "engine.commands.preview:preview",
    "train": "engine.commands.train:train",
    "models": "engine.commands.models:models",
    "sample": "engine.commands.sample:sample",
    "budget": "engine.commands.budget:VERBS",
    "run": "engine.commands.run:run",
    "verify": "engine.commands.verify:verify",
    "assess": "engine.commands.assess:assess",
    "entity": "engine.commands.entity:VERBS",
    "jobs": "engine.commands.jobs:VERBS",
    "key": "engine.commands.key:VERBS",
    "worker": "engine.commands.worker:worker",
}


def load(name: str) -> Verb | Mapping[str, Verb]:
    """The verb of that name, or its verbs by name."""
    module, _, attribute = VERBS[name].partition(":")
    found: Any = getattr(import_module(module), attribute)
    return found  # type: ignore[no-any-return]
