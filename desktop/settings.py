"""What the window remembers of a person: how it looks and which projects were open. No secret, no cell value, no Qt."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from engine.workspace import private_folder, write_private

Kind = TypeVar("Kind")
MOST_RECENT = 12
SMALLEST, LARGEST = -3, 12
"""Of the size of text, from the usual one."""


class Scheme(StrEnum):
    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"
    CONTRAST = "contrast"


@dataclass(frozen=True, slots=True)
class Project:
    """A plan with the databases it is used on: what the command line is given each time."""

    plan: str
    """Its file, absolute."""
    source: str
    """The name of a saved connection."""
    target: str | None = None

    @property
    def name(self) -> str:
        return Path(self.plan).stem


@dataclass(frozen=True, slots=True)
class Settings:
    scheme: Scheme = Scheme.SYSTEM
    points: int = 0
    """Added to the font's size."""
    recent: tuple[Project, ...] = ()
    """The newest first."""
    geometry: str = ""
    """Of the window, as Qt writes it, in base 64."""
    first_run: bool = True
    """The wizard is offered."""
    kept: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Of single pages: positions in a diagram, widths of columns... JSON."""

    def opened(self, project: Project) -> Settings:
        """With this project in the first place."""
        others = tuple(each for each in self.recent if each.plan != project.plan)
        return replace(self, recent=(project, *others)[:MOST_RECENT])

    def forgotten(self, project: Project) -> Settings:
        return replace(self, recent=tuple(each for each in self.recent if each.plan != project.plan))


def window_folder(workspace: Path) -> Path:
    """Where the window keeps its own files: settings, drafts, the backend's log. Raises OSError."""
    return private_folder(workspace / "desktop")


def read_settings(workspace: Path) -> Settings:
    """What was remembered; the default for each thing that is not there or not readable."""
    try:
        said = json.loads((workspace / "desktop" / "settings.json").read_text("utf-8"))
    except (OSError, ValueError):
        return Settings()
    return _settings(said) if isinstance(said, dict) else Settings()


def _settings(said: dict[str, Any]) -> Settings:
    new = Settings()
    recent, scheme = said.get("recent"), said.get("scheme")
    found = tuple(filter(None, map(_project, recent))) if isinstance(recent, list) else ()
    return Settings(
        Scheme(scheme) if scheme in set(Scheme) else new.scheme,
        min(max(_of(said, "points", new.points), SMALLEST), LARGEST),
        found[:MOST_RECENT],
        _of(said, "geometry", new.geometry),
        _of(said, "first_run", new.first_run),
        {page: kept for page, kept in _of(said, "kept", new.kept).items() if isinstance(kept, dict)},
    )


def _of(said: dict[str, Any], name: str, default: Kind) -> Kind:
    """What is said under this name, where it is of the default's kind."""
    found = said.get(name)
    return found if isinstance(found, type(default)) else default


def _project(said: object) -> Project | None:
    if not isinstance(said, dict):
        return None
    plan, source, target = said.get("plan"), said.get("source"), said.get("target")
    if not isinstance(plan, str) or not isinstance(source, str):
        return None
    return Project(plan, source, target if isinstance(target, str) else None)


def merged(before: Settings, ours: Settings, theirs: Settings) -> Settings:
    """What changed here, over what another window has written meanwhile."""
    names = (each.name for each in fields(Settings) if getattr(ours, each.name) != getattr(before, each.name))
    changed = {name: getattr(ours, name) for name in names}
    known = {each.plan for each in (*before.recent, *ours.recent)}
    opened = tuple(each for each in theirs.recent if each.plan not in known)
    kept = {page: value for page, value in theirs.kept.items() if page not in before.kept or page in ours.kept}
    kept |= {page: value for page, value in ours.kept.items() if value != before.kept.get(page)}
    if "recent" in changed:
        changed["recent"] = (*ours.recent, *opened)[:MOST_RECENT]
    return replace(theirs, **changed | {"kept": kept})


def write_settings(workspace: Path, settings: Settings) -> None:
    """Raises OSError where the workspace cannot be written."""
    write_private(window_folder(workspace) / "settings.json", json.dumps(asdict(settings), indent=1).encode())
