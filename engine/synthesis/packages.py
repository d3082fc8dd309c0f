"""Is what synthesis needs installed? Looked for without importing it: a plan that synthesises nothing needs none of it."""

from __future__ import annotations

from importlib.util import find_spec

from engine.problems import PlanError, Problem, Severity

PACKAGES = ("torch", "opacus", "dp_accounting", "opendp", "safetensors")


def packages_problem() -> Problem | None:
    """The one problem that names what is missing."""
    missing = [name for name in PACKAGES if find_spec(name) is None]
    if not missing:
        return None
    reason = f"Synthesis needs packages that are not installed: {', '.join(missing)}."
    return Problem("synthesis-packages", Severity.ERROR, reason, "Install them: pip install 'lookalike[synthesis]'.")


def require_packages() -> None:
    """Raises PlanError where one is missing."""
    if (problem := packages_problem()) is not None:
        raise PlanError([problem])
