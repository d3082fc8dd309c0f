"""The pages of the window: one file each, and one line here. They are made when somebody first goes there."""

PAGES: dict[str, str] = {
    "plan": "desktop.pages.plan:PlanPage",
    "connections": "desktop.pages.connections:ConnectionsPage",
    "evidence": "desktop.pages.evidence:EvidencePage",
    "schema": "desktop.pages.schema:SchemaPage",
    "home": "desktop.pages.home:HomePage",
    "discover": "desktop.pages.discover:DiscoverPage",
    "run": "desktop.pages.run:RunPage",
    "jobs": "desktop.pages.jobs:JobsPage",
    "wizard": "desktop.wizard:WizardPage",
}
"""Name -> "module:Class". Navigation shows those that have a place in it."""

PLACES: tuple[str, ...] = ("connections", "schema", "discover", "plan", "run", "evidence", "release", "jobs")
"""The order of the work, and so of the navigation; a place without a page is not shown."""
