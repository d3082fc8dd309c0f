"""Write the reports of an assessment into a folder: for those who may see the source, and for whoever is given the target."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.assessment.assessed import Assessed, sealed
from engine.report.figures import Figures, figures_read
from engine.report.formats import NoFormat, printed
from engine.report.page import internal_report, on_paper, releasable_report
from engine.report.releasable import releasable
from engine.workspace import write_private

PAPER = "pdf"
FORMATS = ("html", "json", PAPER)
RELEASABLE = "releasable"
REPORTS = ("internal", RELEASABLE)
_PAGES = {"internal": internal_report, RELEASABLE: releasable_report}


def write_reports(
    assessed: Assessed,
    drawn: Mapping[str, Any] | None,
    folder: Path,
    *,
    reports: Sequence[str] = REPORTS,
    formats: Sequence[str] = FORMATS,
) -> tuple[list[Path], str | None]:
    """HTML, JSON and, where somebody prints it, PDF: `internal.*` and `releasable.*`, for their owner's eyes alone. The files; and why
    there is no PDF. `drawn`: the figures of both, as the assessment kept them; None: nothing was measured. `reports`, `formats`: only
    these of them. Raises OSError where the folder cannot be written."""
    folder.mkdir(parents=True, exist_ok=True)
    figures = {name: _figures(drawn, out=name == RELEASABLE) for name in reports}
    written: list[Path] = []
    if "html" in formats:
        pages = {name: _PAGES[name](assessed, figures[name]) for name in reports}
        written += _written(folder, pages, "html")
    if "json" in formats:
        said = {name: releasable(assessed) if name == RELEASABLE else assessed for name in reports}
        written += _written(folder, {name: sealed(each.to_json()) for name, each in said.items()}, "json")
    if PAPER not in formats:
        return written, None
    try:
        for name in reports:
            path = folder / f"{name}.{PAPER}"
            write_private(path, printed(on_paper(assessed, figures[name], out=name == RELEASABLE), PAPER))
            written.append(path)
    except NoFormat as missing:
        return written, str(missing)
    return written, None


def _figures(drawn: Mapping[str, Any] | None, *, out: bool) -> Figures:
    return figures_read(drawn["releasable" if out else "internal"]) if drawn is not None else Figures(out)


def _written(folder: Path, texts: Mapping[str, str], ending: str) -> Iterator[Path]:
    for name, text in texts.items():
        path = folder / f"{name}.{ending}"
        write_private(path, text.encode())
        yield path
