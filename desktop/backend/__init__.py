"""The process behind the window: it calls the engine, so that the window never waits for a database and never imports what is heavy.

One verb is one function `verb(room, call, **arguments)`; a file of verbs belongs to one page. No module here knows Qt.
"""

VERBS: dict[str, str] = {
    "evidence": "desktop.backend.evidence",
    "jobs": "desktop.backend.jobs",
    "schema": "desktop.backend.schema",
    "diagram": "desktop.backend.diagram",
    "connections": "desktop.backend.connections",
    "start": "desktop.backend.start",
    "plan": "desktop.backend.plan",
    "rules": "desktop.backend.rules",
    "hub": "desktop.backend.hub",
    "vault": "desktop.backend.vault",
    "preview": "desktop.backend.preview",
    "subset": "desktop.backend.subset",
    "synthesis": "desktop.backend.synthesis",
}
"""The part of a verb's name before its dot -> the module that has it: `vault.state` is `state` of `desktop.backend.vault`."""
