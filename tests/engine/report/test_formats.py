"""Formats beside HTML: printed by whoever is installed, and a sentence where nobody is."""

from __future__ import annotations

import sys

import pytest

from engine.report.figures import Figures
from engine.report.formats import NoFormat, printed
from engine.report.page import on_paper
from tests.engine.assessment.made import assessed

PAPER = on_paper(assessed(), Figures(), out=False)


def installed(folder, monkeypatch, *lines: str) -> None:
    """A distribution that says it prints reports."""
    information = folder / "printer-1.0.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: printer\nVersion: 1.0\n")
    (information / "entry_points.txt").write_text("[lookalike.report_formats]\n" + "\n".join(lines))
    monkeypatch.syspath_prepend(str(folder))


def test_an_installed_format_prints_the_report(tmp_path, monkeypatch):
    (tmp_path / "shouting_reports.py").write_text("def shout(paper):\n    return paper.html.upper().encode()\n")
    installed(tmp_path, monkeypatch, "shout = shouting_reports:shout")
    assert printed(PAPER, "shout") == PAPER.html.upper().encode()
    assert "shouting_reports" in sys.modules


def test_a_format_whose_library_is_missing_says_which(tmp_path, monkeypatch):
    (tmp_path / "needing_reports.py").write_text("import no_such_library_here.of_it\n")
    installed(tmp_path, monkeypatch, "needy = needing_reports:any")
    with pytest.raises(NoFormat, match="needs no_such_library_here, which is not installed here"):
        printed(PAPER, "needy")


def test_a_format_that_nobody_prints_is_a_sentence():
    with pytest.raises(NoFormat, match="not printed as papyrus here"):
        printed(PAPER, "papyrus")


def test_figures_on_paper_stand_beside_the_page_and_are_named_in_it():
    assert [f'src="figure:{place}"' in PAPER.html for place in range(len(PAPER.figures))] == [True] * len(PAPER.figures)
    assert PAPER.figures
    assert "<svg" not in PAPER.html
